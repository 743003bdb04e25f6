"""Talks: what the rules give, by figures counted by hand, and how a person takes them further."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.access import Access, operator
from app.accounts.models import AuditEntry
from app.accounts.permissions import Permission
from app.accounts.units import UnitValues, create_unit
from app.cases.handlers import name_handler
from app.cases.uploads import import_file
from app.errors import Conflict, Forbidden, InvalidParameter
from app.services import services
from app.townships.assessment.closing import close
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.governance_rules import GovernanceRules, TalkRules
from app.townships.assessment.lines import Line, Share
from app.townships.assessment.models import RuleSet
from app.townships.assessment.rules import ResultRules, Rules
from app.townships.assessment.timeline import timeline
from app.townships.designations.models import Designation
from app.townships.governing.models import ListItem, Plan
from app.townships.supervising import talks, warnings
from app.townships.supervising.models import Talk
from app.townships.supervising.owing import Debt, debts_of_talk, overdue_talks
from app.townships.supervising.talk_rules import last, proposals, propose_talks
from app.townships.supervising.talks import Arrangement, Holding, NewTalk
from app.townships.supervising.waiting import to_supervise
from tests.app.townships.counted_city import make_counted_city, name_of
from tests.app.townships.supervised_city import TODAY, adopt, designate, person, unit_id
from tests.app.townships.test_rule_sets import values
from tests.papers import read_paper
from tests.people import client_as, make_app

MARCH = find_cycle("month-2025-03", Calendar())
RULES = Rules(results=ResultRules(talk_last=2, warn_first=1))

COUNTS = {code: {"2025-03": n, "2025-04": 1} for code, n in
          (("T1", 9), ("T2", 8), ("T3", 7), ("T4", 6))}  # fmt: skip
RESOLVED = {"T1": 10, "T2": 7, "T3": 4, "T4": 4}
"""Of ten callbacks each; all were answered and satisfied, so the score is 50 + 5 times this."""


def line(code: str, score: float | None, rank: int | None) -> Line:
    return Line(code, code, "", 0, None, 1, {}, Share(score, None, None), rank)


def test_who_is_last() -> None:
    scored = [line("A", 90, 1), line("B", 80, 2), line("C", 70, 3), line("D", 70, 3)]
    five = [*scored, line("E", None, None)]
    assert [each.code for each in last(five, 1)] == ["C", "D"]
    assert [each.code for each in last(five, 3)] == ["C", "D", "B"]
    assert [each.code for each in last(five, 10)] == ["C", "D", "B"]
    assert last([line("A", 70, 1), line("B", 70, 1)], 1) == ()
    assert last(five, 0) == ()
    assert last([], 1) == ()


def add_callbacks(app: Flask, folder: Path) -> None:
    """Ten callbacks of each township on 20 March, of cases of February."""
    rows = [
        {
            "case_id": f"B-{code}-{number}", "received_at": "2025-02-20 09:00:00",
            "reported_township": name_of(code), "callback_at": "2025-03-20 09:00:00",
            "valid": "是", "responded": "是", "resolved": "是" if number < resolved else "否",
            "satisfaction": "满意", "lead_handler": "水务" if code == "T3" else "市政",
        }
        for code, resolved in RESOLVED.items()
        for number in range(10)
    ]  # fmt: skip
    pl.DataFrame(rows).write_csv(folder / "callbacks.csv")
    import_file(services(app).home, folder / "callbacks.csv", "suyuan")


def add_departments(app: Flask) -> None:
    """Say which departments the two handlers of the callbacks are."""
    found = services(app)
    access = operator(found.database)
    name_handler(access, found.home, "水务", unit_id(app, "水务局"))
    works = create_unit(access, UnitValues(name="市政局", kind="department"))
    name_handler(access, found.home, "市政", works.id)


def add_slow_township(app: Flask) -> None:
    """Designate T2, whose only item is 31 days late."""
    designate(app, "T2", date(2025, 1, 1))
    with services(app).database.session() as session:
        number = session.scalars(select(Designation.id)).one()
        plan = Plan(level="township", area_code="T2", name="甲", year=2025, designation_id=number)
        session.add(plan)
        session.flush()
        due = TODAY - timedelta(days=31)
        item = ListItem(plan_id=plan.id, kind="tasks", title="乙", cooperating=[], due_on=due)
        session.add(item)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("talks")
    app = make_app(make_counted_city(folder, COUNTS).path)
    adopt(app)
    add_callbacks(app, folder)
    add_departments(app)
    add_slow_township(app)
    return app


@pytest.fixture(scope="module")
def inspector(app: Flask) -> Access:
    return person(app, "inspector", "inspection")


@pytest.fixture(scope="module")
def proposed(app: Flask, inspector: Access) -> dict[tuple[str | None, str], Talk]:
    home = services(app).home
    warnings.raise_warnings(inspector, home, MARCH, RULES, TODAY)
    made = propose_talks(inspector, home, MARCH, RULES, TODAY)
    return {(talk.rule, talk.subject): talk for talk in made}


def test_what_the_rules_give(app: Flask, proposed: dict[tuple[str | None, str], Talk]) -> None:
    # Townships: T1 100, T2 85, T3 and T4 70. Districts: D1 (T1, T3) 14 of 20, D2 11 of 20.
    # Departments: 水务局 has the callbacks of T3, 市政局 the others. No enterprise handles any.
    water = str(unit_id(app, "水务局"))
    assert set(proposed) == {
        ("last_district", "D2"), ("last_township", "T3"), ("last_township", "T4"),
        ("last_department", water), ("slow_township", "T2"), ("warning", "T1"),
    }  # fmt: skip
    second = proposed["last_district", "D2"]
    assert (second.kind, second.facts["score"]) == ("last", pytest.approx(50 + 50 * 11 / 20))
    department = proposed["last_department", water].facts
    assert (department["score"], department["rank"], department["of"]) == (pytest.approx(70), 2, 2)
    slow = proposed["slow_township", "T2"].facts
    assert (slow["done_share"], slow["scheduled_share"], slow["longest_overdue"]) == (0, 100, 31)
    third = proposed["last_township", "T3"]
    assert third.facts == {
        "score": pytest.approx(70), "rank": 3, "of": 4, "tied": True, "valid": 10,
    }  # fmt: skip
    assert (third.kind, third.state, third.subject_name) == ("collective", "proposed", "3街道")
    assert proposed["warning", "T1"].facts["cases"] == 9


def test_nothing_is_proposed_twice(
    app: Flask, inspector: Access, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    assert propose_talks(inspector, services(app).home, MARCH, RULES, TODAY) == ()
    assert len(talks.list_talks(inspector, TODAY, cycle_id=MARCH.id)) == len(proposed)


def test_only_whole_months_and_the_whole_city(app: Flask, inspector: Access) -> None:
    with pytest.raises(Conflict, match="do not reach"):
        propose_talks(inspector, services(app).home, MARCH.following, RULES, TODAY)
    with pytest.raises(Forbidden):
        propose_talks(
            person(app, "east", "inspection", "D1"), services(app).home, MARCH, RULES, TODAY
        )


HOLDING = Holding(talkers="副区长", demands="一月内整改", held_on=TODAY, deadline=date(2025, 5, 11))


def test_a_talk_on_a_warning_is_told_to_the_warning(
    inspector: Access, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    talk = proposed["warning", "T1"]
    (warning,) = warnings.list_warnings(inspector, TODAY)
    assert (warning.state, warning.talk_id) == ("open", talk.id)
    with pytest.raises(Conflict, match="it is proposed"):
        talks.hold(inspector, talk.id, talk.row_version, HOLDING)
    confirmed = talks.confirm(inspector, talk.id, talk.row_version, Arrangement(talkers="副区长"))
    assert warnings.get_warning(inspector, warning.id).state == "open"
    early = HOLDING.model_copy(update={"deadline": date(2025, 4, 1)})
    with pytest.raises(InvalidParameter, match="before the day of the talk"):
        talks.hold(inspector, talk.id, confirmed.row_version, early)
    ahead = date.today() + timedelta(days=1)
    later = HOLDING.model_copy(update={"held_on": ahead, "deadline": ahead})
    with pytest.raises(InvalidParameter, match="yet to come"):
        talks.hold(inspector, talk.id, confirmed.row_version, later)
    held = talks.hold(inspector, talk.id, confirmed.row_version, HOLDING)
    assert warnings.get_warning(inspector, warning.id).state == "talked"
    with pytest.raises(InvalidParameter, match="yet to come"):
        talks.recheck(inspector, talk.id, held.row_version, "已整改", ahead)
    with pytest.raises(InvalidParameter, match="before the day of the talk"):
        talks.recheck(inspector, talk.id, held.row_version, "已整改", date(2025, 4, 1))
    done = talks.recheck(inspector, talk.id, held.row_version, "已整改", date(2025, 5, 12))
    assert (done.state, done.recheck) == ("rechecked", "已整改")
    with pytest.raises(Conflict, match="only nothing"):
        talks.drop(inspector, talk.id, done.row_version, "算了")


def test_dropping_takes_words(
    inspector: Access, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    talk = proposed["last_township", "T4"]
    with pytest.raises(InvalidParameter):
        talks.drop(inspector, talk.id, talk.row_version, " ")
    assert talks.drop(inspector, talk.id, talk.row_version, "上月刚谈过").state == "dropped"


def test_each_sees_and_moves_those_of_her_area(
    app: Flask, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    west = person(app, "west", "inspection", "D2")
    assert {talk.subject for talk in talks.list_talks(west, TODAY)} <= {"D2", "T2", "T4"}
    third = proposed["last_township", "T3"]
    with pytest.raises(Forbidden):
        talks.get_talk(west, third.id)
    with pytest.raises(Forbidden):
        talks.confirm(west, third.id, third.row_version, Arrangement())


def test_a_unit_reads_the_talks_with_it(
    app: Flask, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    talk = proposed["last_department", str(unit_id(app, "水务局"))]
    water = person(app, "of-water", "handling_unit", "水务局")
    assert talk.id in {each.id for each in talks.list_talks(water, TODAY)}
    assert {each.subject_name for each in talks.list_talks(water, TODAY)} == {"水务局"}
    assert talks.get_talk(water, talk.id).subject == talk.subject
    assert talks.next_states(water, talk) == ()
    with pytest.raises(Forbidden):
        talks.get_talk(water, proposed["last_township", "T3"].id)


def test_nobody_talks_with_herself(
    app: Flask, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    town = person(app, "planner-of-t3", "planner", "T3")
    assert not town.may(Permission.SUPERVISE)
    third, second = proposed["last_township", "T3"], proposed["last_district", "D2"]
    assert talks.get_talk(town, third.id).subject == "T3"
    assert talks.next_states(town, third) == ()
    with pytest.raises(Forbidden):
        talks.confirm(town, third.id, third.row_version, Arrangement())
    west = person(app, "west", "inspection", "D2")
    assert talks.get_talk(west, second.id).subject == "D2"
    assert talks.next_states(west, second) == ()
    with pytest.raises(Forbidden):
        talks.drop(west, second.id, second.row_version, "不必谈")


def test_what_a_rule_proposed_is_confirmed_or_dropped_by_the_city(
    app: Flask, inspector: Access, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    talk = proposed["slow_township", "T2"]
    west = person(app, "west", "inspection", "D2")
    assert talks.next_states(inspector, talk) == ("confirmed", "dropped")
    assert talks.next_states(west, talk) == ()
    with pytest.raises(Forbidden, match="confirmed or dropped by the city"):
        talks.confirm(west, talk.id, talk.row_version, Arrangement())
    with pytest.raises(Forbidden, match="confirmed or dropped by the city"):
        talks.drop(west, talk.id, talk.row_version, "不必谈")
    client = client_as(app, "west", ["inspection"], unit_id(app, "D2"))
    page = client.get(f"/supervision/talks/{talk.id}").text
    assert f"/talks/{talk.id}/confirm" not in page
    assert f"/talks/{talk.id}/drop" not in page
    sent = {"row_version": str(talk.row_version), "words": "不必谈"}
    refused = client.post(f"/supervision/talks/{talk.id}/drop", data=sent)
    assert refused.status_code == 403
    assert "规则提出的约谈由市级确认或取消" in refused.text
    assert to_supervise(west, TODAY)["talks_to_confirm"] == (0, 0)
    assert to_supervise(inspector, TODAY)["talks_to_confirm"][0] >= 1
    # Once the city has confirmed it the district holds it, and drops only its own.
    confirmed = talks.confirm(inspector, talk.id, talk.row_version, Arrangement())
    assert talks.next_states(west, confirmed) == ("held",)
    own = NewTalk(kind="other", subject_kind="township", subject="T2", reason="积压")
    arranged = talks.arrange(west, services(app).home, own)
    assert talks.next_states(west, arranged) == ("held", "dropped")


def test_by_hand_as_often_as_need_be(app: Flask, inspector: Access) -> None:
    home = services(app).home
    given = NewTalk(kind="other", subject_kind="township", subject="T2", reason="媒体反映")
    first, second = (talks.arrange(inspector, home, given) for _ in range(2))
    assert first.id != second.id
    assert (first.state, first.rule, first.subject_name) == ("confirmed", None, "2街道")
    water = given.model_copy(
        update={"subject_kind": "unit", "subject": str(unit_id(app, "水务局"))}
    )
    assert talks.arrange(inspector, home, water).subject_name == "水务局"
    wrong = given.model_copy(update={"subject_kind": "district", "subject": "D9"})
    with pytest.raises(InvalidParameter, match="no district 'D9'"):
        talks.arrange(inspector, home, wrong)
    with pytest.raises(Forbidden):
        talks.arrange(person(app, "east", "inspection", "D1"), home, given)


def test_the_pages(app: Flask, proposed: dict[tuple[str | None, str], Talk]) -> None:
    client = client_as(app, "inspector", ["inspection"])
    third = proposed["last_township", "T3"]
    page = client.get(f"/supervision/talks/{third.id}")
    assert "综合得分 70.00，4 个单位中第 3 位（并列）" in page.text
    wrong = {"row_version": str(third.row_version), "talkers": "x" * 401}
    assert client.post(f"/supervision/talks/{third.id}/confirm", data=wrong).status_code == 422
    address = f"/supervision/talks?cycle={MARCH.id}&kind=collective"
    listed = client.get(address).text
    assert "按规则提出约谈" in listed
    west = client_as(app, "west", ["inspection"], unit_id(app, "D2")).get(address)
    assert "按规则提出约谈" not in west.text
    assert "3街道" in listed
    printed = client.get(f"/supervision/talks/print?cycle={MARCH.id}").text
    assert "3街道" in printed
    assert "4街道" not in printed  # dropped


def test_the_list_is_a_word_file_of_what_the_page_shows(
    app: Flask, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    client = client_as(app, "inspector", ["inspection"])
    query = f"cycle={MARCH.id}&kind=collective"
    paper = read_paper(client.get(f"/supervision/talks/list.docx?{query}"))
    printed = client.get(f"/supervision/talks/print?{query}").text
    (table,) = paper.tables
    assert len(table) - 1 == printed.count('<tr><td class="num">')
    for row in table[1:]:
        assert row[1] in printed
        assert all(line in printed for line in row[2].split("\n"))
    assert "集体约谈" in paper.texts[1]
    assert f"共 {len(table) - 1} 项" in paper.texts[1]
    with services(app).database.session() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "talks.export")).all()
    assert [each.subject_id for each in told] == [MARCH.id]


def test_a_list_holds_the_talks_of_her_area_and_no_small_count(
    app: Flask, inspector: Access
) -> None:
    with services(app).database.session() as session:
        facts = {"cases": 4, "rank": 1, "warning": 1}
        talk = Talk(
            kind="warning", rule="warning", cycle_id="month-2025-01", subject_kind="township",
            subject="T1", subject_name=name_of("T1"), facts=facts, state="confirmed",
        )  # fmt: skip
        session.add(talk)
    address = "/supervision/talks/list.docx?cycle=month-2025-01"
    told = {
        name: [row for table in read_paper(client.get(address)).tables for row in table[1:]]
        for name, client in (
            ("all", client_as(app, "inspector", ["inspection"])),
            ("viewer", client_as(app, "viewer", ["viewer"])),
            ("west", client_as(app, "west", ["inspection"], unit_id(app, "D2"))),
        )
    }
    (exact,), (shown,) = told["all"], told["viewer"]
    assert "诉求 4 件" in exact[2]
    assert "诉求 <5 件" in shown[2]
    assert not told["west"]


def test_a_closed_cycle_is_talked_of_by_its_document(tmp_path: Path) -> None:
    app = make_app(make_counted_city(tmp_path, COUNTS).path)
    adopt(app)
    add_callbacks(app, tmp_path)
    found, access = services(app), person(app, "inspector", "inspection")
    close(operator(found.database), found.home, timeline(found.database, found.settings), MARCH.id)
    # Late data would have T1 last with 5 of 110 resolved, and T4 with the most cases.
    late = [
        {
            "case_id": f"L-{number}", "received_at": "2025-03-20 09:00:00",
            "reported_township": name_of("T1"), "callback_at": "2025-03-21 09:00:00",
            "valid": "是", "responded": "否", "resolved": "否", "satisfaction": "不满意",
        }
        for number in range(100)
    ]  # fmt: skip
    late += [
        {**late[0], "case_id": f"M-{number}", "reported_township": name_of("T4")}
        for number in range(200)
    ]
    pl.DataFrame(late).write_csv(tmp_path / "late.csv")
    import_file(found.home, tmp_path / "late.csv", "suyuan")
    (warned,) = warnings.raise_warnings(access, found.home, MARCH, RULES, TODAY)
    assert (warned.township, warned.cases) == ("T1", 9)
    made = propose_talks(access, found.home, MARCH, RULES, TODAY)
    told = {(talk.rule, talk.subject): talk.facts.get("score") for talk in made}
    assert told == {
        ("last_district", "D2"): pytest.approx(50 + 50 * 11 / 20),
        ("last_township", "T3"): pytest.approx(70), ("last_township", "T4"): pytest.approx(70),
        ("warning", "T1"): None,
    }  # fmt: skip


def test_what_is_past_its_deadline_is_counted_and_owed(app: Flask, inspector: Access) -> None:
    home, before = services(app).home, talks.count_talks(inspector, TODAY)["overdue"]
    made = []
    for code, deadline, held in (
        ("T1", TODAY - timedelta(days=3), True), ("T1", TODAY, True),
        ("T2", TODAY - timedelta(days=9), False),
    ):  # fmt: skip
        new = NewTalk(kind="other", subject_kind="township", subject=code, reason="积压",
                      talkers="副市长", demands="清零", deadline=deadline)  # fmt: skip
        talk = talks.arrange(inspector, home, new)
        if held:
            told = Holding(held_on=TODAY - timedelta(days=20), talkers="副市长", demands="清零",
                           deadline=deadline)  # fmt: skip
            talk = talks.hold(inspector, talk.id, talk.row_version, told)
        made.append(talk)
    late = talks.list_talks(inspector, TODAY, "overdue")
    # Due today is not late; the one that was never held is owed too, and the latest comes first.
    assert [each.id for each in late if each.id in {talk.id for talk in made}] == [
        made[2].id, made[0].id,
    ]  # fmt: skip
    assert [talks.days_late(each, TODAY) for each in made] == [3, 0, 9]
    assert talks.count_talks(inspector, TODAY)["overdue"] == before + 2
    assert debts_of_talk(made[0]) == (Debt("1街道", "mend"), Debt("副市长", "recheck"))
    assert debts_of_talk(made[2]) == (Debt("副市长", "talk"),)
    owed = overdue_talks(inspector, TODAY)
    assert owed.n == len(late)
    assert dict(owed.debts)[Debt("副市长", "recheck")] >= 1
    page = client_as(app, "late-inspector", ["inspection"]).get("/supervision/talks?state=overdue")
    assert f"到期未复查 {talks.count_talks(inspector, date.today())['overdue']} 项" in page.text
    assert "1街道欠整改" in page.text
    checked = talks.recheck(inspector, made[0].id, made[0].row_version, "已清零", TODAY)
    assert talks.days_late(checked, TODAY) == 0
    assert talks.count_talks(inspector, TODAY)["overdue"] == before + 1


def test_how_many_are_talked_with_is_told_by_the_rule_set(
    app: Flask, proposed: dict[tuple[str | None, str], Talk]
) -> None:
    found = services(app)
    counts = TalkRules(last_districts=0, last_departments=0, last_enterprises=5)
    told = values("约谈", "2025-03-01", "2025-03-31", governance=GovernanceRules(talks=counts))
    record = RuleSet(**told.columns({}))
    with found.database.session() as session:
        session.add(record)
    given = {each.rule for each in proposals(found.home, found.database, MARCH, RULES, TODAY)}
    with found.database.session() as session:
        session.delete(session.get_one(RuleSet, record.id))
    assert given == {rule for rule, _subject in proposed if rule} - {
        "last_district", "last_department",
    }  # fmt: skip
