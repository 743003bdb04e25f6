"""A township that is renamed in mid-year is followed everywhere; one that is split stands apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.access import operator
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.units import adopt_boundaries
from app.errors import Conflict, Forbidden
from app.services import services
from app.succession import Lineage, lineage
from app.townships.assessment.board import board, board_of
from app.townships.assessment.code_changes import without_parted
from app.townships.assessment.cycles import Calendar, Cycle, find_cycle
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Earlier, source_of_now
from app.townships.choosing.measuring import months_on_top
from app.townships.choosing.models import Decision
from app.townships.designations.models import CLOSED, GOVERNED, Designation
from app.townships.desk import board as desk
from app.townships.desk.board import desk_board
from app.townships.desk.problems import Problem, with_counts_before
from app.townships.governing.demand import demand
from app.townships.governing.items import ItemValues, create_item
from app.townships.governing.plans import begin_plan, current_plans, plan_above
from app.townships.supervising import map_views
from app.townships.supervising.models import EarlyWarning, Talk
from app.townships.supervising.talk_rules import propose_talks
from app.townships.supervising.warnings import due_warnings, raise_warnings
from app.townships.supervising.whistles import WhistleValues, get_whistle, raise_whistle, withdraw
from geodata.store import CaseStore
from tests.app.townships.changed_city import DAY, make_changed_city
from tests.app.townships.supervised_city import person, unit_id
from tests.people import client_as, first_client

SINCE = date(2025, 2, 1)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_changed_city(tmp_path_factory.mktemp("renamed"))


@pytest.fixture(scope="module")
def governed(app: Flask) -> dict[str, int]:
    """T1, T2 and T3 were designated before the change: code → id of the designation."""
    with services(app).database.session() as session:
        found = {
            code: Designation(
                township=code, name=f"{code[1:]}街道", state=GOVERNED, since=SINCE,
                designated_on=SINCE,
            )
            for code in ("T1", "T2", "T3")
        }  # fmt: skip
        session.add_all(found.values())
        session.flush()
        return {code: each.id for code, each in found.items()}


@pytest.mark.parametrize(
    ("unit", "has"),
    [
        ("T1", {"T1", "N1"}),
        ("T2", {"T2"}),
        ("T3", {"T3"}),
        ("D1", {"T1", "N1", "T3", "T5"}),
        ("D2", {"T2", "P1", "P2", "T4"}),
    ],
)
def test_people_of_a_renamed_township_stay_those_of_its_records(
    app: Flask, unit: str, has: set[str]
) -> None:
    area = person(app, f"planner-{unit}", "planner", unit).area(Permission.WORK_PLANS)
    assert area.townships == has


def test_they_work_on_its_designation_plan_and_whistles_and_only_there(
    app: Flask, governed: dict[str, int]
) -> None:
    found = services(app)
    own, other = person(app, "own", "planner", "T1"), person(app, "other", "planner", "T3")
    plan = begin_plan(own, found.home, governed["T1"], 2025)
    district = plan_above(operator(found.database), plan)
    assert district is not None
    assert district.area_code == "D1"
    item = create_item(own, plan.id, ItemValues(title="修路灯", kind="tasks"))
    called = unit_id(app, "水务局")
    for code in ("T1", "N1"):
        values = WhistleValues(
            township=code, title="积水", deadline=date.max, lead=called, item_id=item.id
        )
        made = raise_whistle(own, values)
        with pytest.raises(Forbidden):
            get_whistle(other, made.id)
        withdraw(own, made.id, made.row_version, "重复")
    with pytest.raises(Forbidden):
        begin_plan(other, found.home, governed["T1"], 2026)
    with pytest.raises(Forbidden):
        begin_plan(own, found.home, governed["T3"], 2025)
    # A split leaves its records with the whole, and with the district that has all parts.
    assert begin_plan(person(app, "d2", "planner", "D2"), found.home, governed["T2"], 2025)
    with pytest.raises(Forbidden):
        begin_plan(own, found.home, governed["T2"], 2026)


def test_a_renamed_township_keeps_its_unit_and_parts_get_theirs(app: Flask) -> None:
    found = services(app)
    assert adopt_boundaries(operator(found.database), found.home) == 2
    with found.database.session() as session:
        codes = set(session.scalars(select(Unit.area_code).where(Unit.kind == "township")))
    assert codes == {"T1", "T2", "T3", "T4", "T5", "P1", "P2"}
    assert adopt_boundaries(operator(found.database), found.home) == 0


def lineage_of(app: Flask) -> Lineage:
    return lineage(services(app).database)


def test_the_curve_and_the_target_go_on_under_the_new_code(app: Flask) -> None:
    found = demand(services(app).home, lineage_of(app), "T1", SINCE)
    assert found is not None
    assert found.counts == (40, 40, 40, 40, 40, 1)
    assert (found.newest(), found.parted) == (40, None)
    # What was split is no more; a part is counted by itself, and meets nobody's target.
    assert demand(services(app).home, lineage_of(app), "T2", SINCE) is None
    part = demand(services(app).home, lineage_of(app), "P1", SINCE)
    assert part is not None
    assert part.parted is not None
    assert (part.counts[4], part.newest()) == (30, None)
    later = demand(services(app).home, lineage_of(app), "P1", DAY)
    assert later is not None
    assert (later.months[-1], later.newest()) == ("2025-06", None)  # no whole month since


def test_the_desk_has_whistles_problems_and_curve_of_both_codes(
    app: Flask, governed: dict[str, int]
) -> None:
    found = services(app)
    everybody = operator(found.database)
    called = unit_id(app, "水务局")
    made = [
        raise_whistle(everybody, WhistleValues(
            township=code, title=f"路灯 {code}", deadline=date.max, lead=called
        ))
        for code in ("T1", "N1")
    ]  # fmt: skip
    lines = {line.designation.id: line for line in desk_board(everybody, found.home, DAY)}
    own, split = lines[governed["T1"]], lines[governed["T2"]]
    assert {line.whistle.title for line in own.whistles} == {"路灯 T1", "路灯 N1"}
    assert (own.newest, own.parted) == (40, ())
    assert [change.kind for change in split.parted] == ["split"]
    assert (split.newest, split.whistles) == (None, ())
    for each in made:
        withdraw(everybody, each.id, each.row_version, "重复")
    page = first_client(app).get("/desk").text
    assert page.count("2025-05-01 区划调整：2街道（T2） → 2街道（P1）、新街道（P2）") == 1
    assert "前后的历史分开列示" in first_client(app).get(f"/desk/{governed['T2']}").text
    assert "现行边界里没有这个街乡镇" in first_client(app).get(f"/governance/{governed['T2']}").text


def test_problems_of_the_new_code_are_those_of_the_designation(
    app: Flask, governed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Problem("class", "N1", "物业管理", "物业管理", 40, "物业管理")
    monkeypatch.setattr(desk, "frequent_problems", lambda _home, _desk: (new,))
    found = services(app)
    lines = desk_board(operator(found.database), found.home, DAY)
    assert {line.designation.id for line in lines if (*line.problems, *line.lasting)} == {
        governed["T1"]
    }
    (told,) = with_counts_before(found.home, [new], ("T1", "N1"), date(2025, 2, 15), 15, exact=True)
    assert told.before == 40


def test_the_map_has_it_once_under_the_code_of_its_run(
    app: Flask, governed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> set[str]:
        return {each["code"] for each in first_client(app).get("/hotspots/warnings.json").json}

    # Without a run by its newest code; a part of what was split stands for itself.
    assert {"N1", "T2", "T3"} <= shown()
    assert not shown() & {"T1", "P1", "P2"}
    run = SimpleNamespace(id="of the old boundaries")
    monkeypatch.setattr(map_views, "chosen_run", lambda _home, _run: run)
    monkeypatch.setattr(map_views, "codes_in_run", lambda _home, _run: frozenset({"T1", "T2"}))
    assert {"T1", "T2", "T3"} <= shown()
    assert "N1" not in shown()


JANUARY, FEBRUARY, MAY = (find_cycle(f"month-2025-0{n}", Calendar()) for n in (1, 2, 5))


def warned(code: str, cycle: Cycle) -> EarlyWarning:
    return EarlyWarning(
        cycle_id=cycle.id, township=code, name=code, rank=1, cases=40, facts={}, state="open",
        raised_on=DAY,
    )  # fmt: skip


def test_it_is_warned_once_under_either_code(app: Flask, governed: dict[str, int]) -> None:
    found, rules = services(app), Rules()

    def leaders() -> list[str]:
        due = due_warnings(found.home, found.database, JANUARY, rules)
        return [each.code for each in due.leaders]

    assert leaders() == ["N1", "P1", "T3", "T4", "T5"]
    with found.database.session() as session:
        session.add_all([warned("T1", JANUARY), warned("T2", JANUARY)])
    # A part of what was split is another township.
    assert leaders() == ["P1", "T3", "T4", "T5"]
    made = raise_warnings(operator(found.database), found.home, MAY, rules, DAY)
    # T1, now N1, and T3 are designated; April was of the whole that P1 is a part of.
    assert {each.township: each.facts["cases_before"] for each in made} == {
        "P1": None, "T4": 10, "T5": 6,
    }  # fmt: skip


def test_a_talk_is_proposed_once_under_either_code(app: Flask) -> None:
    found = services(app)
    with found.database.session() as session:
        session.add_all([warned("T1", FEBRUARY), warned("T4", FEBRUARY)])
        session.add(
            Talk(
                kind="warning", rule="warning", cycle_id=FEBRUARY.id, subject_kind="township",
                subject="N1", subject_name="1街道", facts={}, state="proposed",
            )
        )  # fmt: skip
    talks = propose_talks(operator(found.database), found.home, FEBRUARY, Rules(), DAY)
    assert [each.subject for each in talks if each.rule == "warning"] == ["T4"]


def test_the_board_compares_the_renamed_and_not_the_parts(app: Flask) -> None:
    found = services(app)
    made = board(found.home, MAY, Rules())
    assert made is not None
    shown, apart = without_parted(made, lineage_of(app))
    assert set(apart) == {"P1", "P2"}
    before = {line.code: line.before for line in shown.lines}
    assert before["N1"] == 40


def test_a_closed_month_before_is_compared_under_the_new_code(app: Flask) -> None:
    """By location: its cases have the old code, since they are those of a store of then."""
    home, now = services(app).home, source_of_now(services(app).home)
    assert now is not None
    then = Earlier(now.cases - 1)  # before the cases were located anew
    rules = Rules(attribution="location")

    def before(earlier: Earlier) -> dict[str, int]:
        made = board_of(home, replace(now, earlier=earlier), MAY, rules, frozenset())
        return {line.code: line.before or 0 for line in made.lines}

    assert before(then)["N1"] == 0
    followed = before(replace(then, renamed=lineage_of(app).renamings))
    assert (followed["N1"], followed["P1"], followed["T3"]) == (40, 0, 20)


def test_months_in_the_top_ten_are_those_of_both_codes(app: Flask) -> None:
    """Located anew, the cases of before have the new code: a run counts all months under it."""
    counted = (
        CaseStore(services(app).home)
        .scan(columns=["township", "month"])
        .group_by("township", "month")
        .agg(n=pl.len())
        .collect()
    )
    codes = ["N1", "P1", "P2", "T3", "T4", "T5", *(f"X{n}" for n in range(8))]
    months = sorted(set(counted["month"]))
    of = {(code, month): n for code, month, n in counted.iter_rows()}
    monthly = np.array([[of.get((code, month), 0) for month in months] for code in codes])
    top = dict(zip(codes, months_on_top(monthly), strict=True))
    assert (top["N1"], top["P1"], top["P2"]) == (5, 5, 0)
    assert not {"T1", "T2"} & set(counted["township"])


def test_the_sheet_joins_the_renamed_and_tells_of_the_split(
    app: Flask, governed: dict[str, int]
) -> None:
    client = first_client(app)
    for code in ("T1", "N1"):
        page = client.get(f"/townships/{code}").text
        assert "曾用区划代码：T1，" in page  # whichever code the address has
        assert f"/governance/{governed['T1']}" in page
        assert "区划调整" not in page
    for code in ("T2", "P1", "P2"):
        page = client.get(f"/townships/{code}").text
        assert "2025-05-01 区划调整：2街道（T2） → 2街道（P1）、新街道（P2）" in page
        assert (f"/governance/{governed['T2']}" in page) is (code == "T2")
    assert client.get("/townships/T99").status_code == 404


def test_the_history_leads_to_the_decision(app: Flask, governed: dict[str, int]) -> None:
    with services(app).database.session() as session:
        decision = Decision(
            title="春季名单", run_id="r", case_store_version=0, decided_on=date(2025, 1, 27),
            decided_by="会", chosen=["1街道"], document="{}", digest="",
            recorded_at=datetime(2025, 1, 27, tzinfo=UTC), recorded_by="x",
        )  # fmt: skip
        session.add(decision)
        session.flush()
        session.get_one(Designation, governed["T1"]).decision_id = decision.id
        number = decision.id
    page = first_client(app).get("/townships/N1").text
    assert f'<a href="/townships/decisions/{number}">决策：春季名单' in page


def test_a_township_designated_twice_in_a_year_begins_a_plan_anew(app: Flask) -> None:
    found = services(app)
    everybody = operator(found.database)
    with found.database.session() as session:
        first = Designation(
            township="T5", name="5街道", state=CLOSED, since=date(2025, 4, 1),
            designated_on=SINCE, exited_on=date(2025, 4, 1), closed_on=date(2025, 4, 1),
        )  # fmt: skip
        session.add(first)
        session.flush()
        second = Designation(
            township="T5", name="5街道", state=GOVERNED, since=DAY, designated_on=DAY,
            former_id=first.id,
        )  # fmt: skip
        session.add(second)
        session.flush()
        numbers = first.id, second.id
    former, current = (begin_plan(everybody, found.home, number, 2025) for number in numbers)
    assert former.parent_id == current.parent_id  # the district's plan of a year is one
    with pytest.raises(Conflict, match="2025 already"):
        begin_plan(everybody, found.home, numbers[1], 2025)
    assert current_plans(found.database, {"T5"}, 2025) == {"T5": current.id}
    ahead = begin_plan(everybody, found.home, numbers[1], 2026)
    assert current_plans(found.database, {"T5"}, 2025) == {"T5": current.id}
    assert current_plans(found.database, {"T5"}, 2026) == {"T5": ahead.id}
    client = first_client(app)
    old = client.get(f"/governance/plans/{former.id}").text
    assert "以往方案" in old
    assert f'href="/governance/plans/{ahead.id}">查看现行方案' in old  # 2026 has begun
    assert "查看现行方案" not in client.get(f"/governance/plans/{ahead.id}").text
    below = client.get(f"/governance/plans/{current.parent_id}").text
    assert below.count("以往方案") >= 2  # both of 2025
    assert "现行方案" in client.get(f"/governance/{numbers[1]}").text


def test_lists_and_history_are_told_of_the_own_area_alone_and_that_is_said(
    app: Flask, governed: dict[str, int]
) -> None:
    neighbour = client_as(app, "neighbour", ["viewer"], unit_id(app, "T3"))
    page = neighbour.get("/governance").text
    assert "不在您的辖区内，不显示" in page
    other = neighbour.get(f"/governance/{governed['T1']}").text
    assert "不在您的辖区内，不显示经过。" in other
    assert "方案只对本辖区和全市的人员显示" in other
    own = neighbour.get(f"/governance/{governed['T3']}").text
    assert "不在您的辖区内" not in own
    sheet = neighbour.get("/townships/N1").text
    for told in ("不显示清单进展", "不显示点位", "只显示决策、纳入和退出"):
        assert told in sheet
