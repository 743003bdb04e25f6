"""Numbers of governance in rule sets: their days and defaults, what is refused and shown."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from app.accounts.access import Access, operator
from app.db import Database
from app.errors import InvalidParameter, validated
from app.services import services
from app.townships.assessment.governance_rules import (
    DEFAULT,
    KEY,
    SUBJECTS,
    DeskRules,
    GovernanceRules,
    InEffect,
    MonitorRules,
    SlowRules,
    SuggestionRules,
    TalkRules,
    WatchRules,
    governance_of,
    in_effect,
)
from app.townships.assessment.models import RuleSet
from app.townships.assessment.rule_sets import create, end
from app.townships.assessment.rules import ResultRules
from app.townships.assessment.timeline import rules_of
from app.townships.designations.life import CLOSED, Move, Township, designate, move, needs_words
from app.townships.designations.models import EXITED, Designation
from app.townships.supervising.courses import Design
from app.townships.supervising.whistles import default_deadline
from tests.app.townships.test_rule_sets import values
from tests.people import client_as, first_client, make_app

OTHERS = GovernanceRules(
    suggestion=SuggestionRules(first=20, in_times=4, in_cycles=5, out_cycles=8, out_done=80),
    slow=SlowRules(points=10, days=15),
    watch=WatchRules(months=18),
    desk=DeskRules(window_days=14, class_top=3, class_least=7, before_windows=2, item_days=20,
                   whistle_days=5),
    monitor=MonitorRules(shift=2, false_alarms=10, baseline=8, least_baseline=5),
    talks=TalkRules(last_districts=2, last_departments=3, last_enterprises=0),
)  # fmt: skip


def test_a_set_of_before_reads_as_the_defaults(database: Database) -> None:
    old = RuleSet(**values("旧", "2025-01-01").columns({}))
    old.results = {name: n for name, n in old.results.items() if name != KEY}
    with database.session() as session:
        session.add(old)
    found = in_effect(database, date(2025, 6, 1))
    assert (found.rules, found.name, found.since) == (DEFAULT, "旧", date(2025, 1, 1))
    assert all(found.is_default(subject) for subject in (*SUBJECTS, "warnings"))


def test_the_numbers_are_those_of_the_day(access: Access) -> None:
    database = access.database
    made = create(access, values("甲", "2025-01-01", governance=OTHERS), 1)
    end(access, made.id, made.row_version, date(2025, 6, 30), 1)
    create(access, values("乙", "2025-07-01"), 1)
    days = {(2024, 12, 31): "", (2025, 1, 1): "甲", (2025, 6, 30): "甲", (2025, 7, 1): "乙"}
    for day, name in days.items():
        found = in_effect(database, date(*day))
        assert (found.name, found.rules) == (name, OTHERS if name == "甲" else DEFAULT)
    assert in_effect(database, date(2024, 1, 1)) == InEffect()
    # 5 days from 30 June by the first set, 7 from 1 July by the second.
    assert default_deadline(database, date(2025, 6, 30)) == date(2025, 7, 5)
    assert default_deadline(database, date(2025, 7, 1)) == date(2025, 7, 8)


@pytest.fixture
def access(database: Database) -> Access:
    return operator(database)


def test_they_are_kept_beside_the_results_and_reach_no_document() -> None:
    plain, other = (RuleSet(**values("甲", "2025-01-01", governance=numbers).columns({"old": 1}))
                    for numbers in (DEFAULT, OTHERS))  # fmt: skip
    assert governance_of(other.results) == OTHERS
    assert other.results["old"] == 1
    # What a closed cycle writes of its rules is the same, whatever the numbers are.
    assert rules_of(plain) == rules_of(other)
    assert KEY not in rules_of(other).results.model_dump()


@pytest.mark.parametrize(
    ("subject", "bad", "told"),
    [
        ("suggestion", {"in_times": 4, "in_cycles": 3}, "3 期中不可能有 4 期居前"),
        ("suggestion", {"first": 0}, "suggestion.first 的值 0 无效，应为不小于 1 的数"),
        ("slow", {"points": 101}, "slow.points 的值 101 无效，应为不大于 100 的数"),
        ("slow", {"days": 2.5}, "slow.days 的值 2.5 无效，应为整数"),
        ("watch", {"months": 5}, "watch.months 的值 5 无效，应为不小于 6 的数"),
        ("desk", {"class_least": 0}, "desk.class_least 的值 0 无效，应为不小于 1 的数"),
        ("monitor", {"shift": 1}, "monitor.shift 的值 1 无效，应为不小于 1.1 的数"),
        ("monitor", {"baseline": 5}, "最少半月数 6 大于基期半月数 5"),
        ("talks", {"last_districts": -1}, "talks.last_districts 的值 -1 无效，应为不小于 0 的数"),
    ],
)
def test_numbers_that_cannot_serve_are_told_in_one_line(subject, bad, told) -> None:
    with pytest.raises(InvalidParameter) as caught:
        validated(GovernanceRules, {subject: bad})
    assert told in caught.value.chinese
    assert "\n" not in caught.value.chinese


def test_false_alarms_are_of_a_year() -> None:
    told = {months: Design(MonitorRules(false_alarms=5), months).false_alarms
            for months in (6, 12, 24)}  # fmt: skip
    assert told == {
        6: pytest.approx(1 - 0.95**0.5), 12: pytest.approx(0.05), 24: pytest.approx(1 - 0.95**2),
    }  # fmt: skip


def test_the_watch_is_over_after_the_months_of_the_rule(access: Access) -> None:
    with access.database.session() as session:
        one = designate(access, session, Township("T1", "东街道"), date(2025, 1, 1), reason="多")
        one.state, one.since, one.exited_on = EXITED, date(2025, 6, 1), date(2025, 6, 1)
    day = date(2025, 12, 1)
    assert [needs_words(one, CLOSED, day, months) for months in (6, 7, 12)] == [False, True, True]
    with access.database.session() as session:
        version = session.get_one(Designation, one.id).row_version
    assert move(access, one.id, version, Move(CLOSED, day), 6).state == CLOSED


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("numbers") / "home")


def sent(**more: str) -> dict[str, str]:
    told = values("二〇二五", "2025-01-01").model_dump(
        exclude={"results", "last_day", "governance"}
    )
    return {**told, **ResultRules().model_dump(exclude_none=True), **more}


def test_the_form_takes_them_and_the_pages_tell_whose_they_are(app: Flask) -> None:
    planner, viewer = first_client(app), client_as(app, "viewer", ["viewer"])
    new = planner.get("/assessment/rules/new").text
    assert 'name="slow_points" type="number" value="20"' in new
    wrong = planner.post("/assessment/rules/new", data=sent(slow_points="x", watch_months="48"))
    assert wrong.status_code == 422
    assert wrong.text.count('class="field-error"') == 2
    twice = sent(suggestion_in_times="4", suggestion_in_cycles="3")
    answer = planner.post("/assessment/rules/new", data=twice)
    assert (answer.status_code, "3 期中不可能有 4 期居前" in answer.text) == (400, True)
    given = sent(slow_points="15", desk_item_days="")
    assert planner.post("/assessment/rules/new", data=given).status_code == 302
    now = in_effect(services(app).database, date(2025, 6, 1))
    assert now.rules == GovernanceRules(slow=SlowRules(points=15))
    assert [now.is_default(each) for each in ("slow", "desk")] == [False, True]
    listed = viewer.get("/assessment/rules").text
    assert "落后 15 个百分点" in listed
    form = planner.get("/assessment/rules/1").text
    assert 'name="slow_points" type="number" value="15"' in form
    assert "系统默认 20" in form
    for page in ("/supervision/follow-up", "/governance"):
        assert "规则“二〇二五”自 2025-01-01 起" in viewer.get(page).text


def test_numbers_of_warnings_and_talks_are_those_of_results() -> None:
    changed = InEffect(results=ResultRules(warn_first=12))
    assert (changed.is_default("warnings"), changed.is_default("talks")) == (False, True)
    assert not InEffect(results=ResultRules(talk_last=3)).is_default("talks")
    one = GovernanceRules(talks=TalkRules(last_districts=2))
    assert not InEffect(one).is_default("talks")
