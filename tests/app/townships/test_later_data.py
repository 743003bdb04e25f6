"""What was closed stays beside what comes later: suggestions, changes and warnings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.accounts.access import Access
from app.config import Settings
from app.townships.assessment.closing import assessed, close, recompute
from app.townships.assessment.governance_rules import GovernanceRules, SuggestionRules
from app.townships.assessment.models import RuleSet
from app.townships.assessment.timeline import Timeline, timeline
from app.townships.governing.suggesting import Suggestions, suggestions
from app.townships.supervising.warnings import raise_warnings
from geodata.home import Home
from tests.app.townships.counted_city import Counts, add_cases, make_counted_city
from tests.app.townships.test_rule_sets import values
from tests.people import operator_of

MONTHS = ("2025-01", "2025-02", "2025-03")
COUNTS: Counts = {
    "T1": {"2024-12": 1, **dict.fromkeys(MONTHS, 5), "2025-04": 1},
    "T2": dict.fromkeys(MONTHS, 3),
    "T3": dict.fromkeys(MONTHS, 1),
}
LATER: Counts = {"T2": {"2025-02": 9, "2025-03": 9}}
"""T2 would be first of February and March with these: 9 against 5."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_counted_city(tmp_path, COUNTS)


@pytest.fixture
def access(home: Home) -> Access:
    """Of a city that counts one township as the first of a cycle."""
    access = operator_of(home)
    one = GovernanceRules(suggestion=SuggestionRules(first=1))
    with access.database.session() as session:
        session.add(RuleSet(**values("一个", "2020-01-01", governance=one).columns({})))
    return access


def over_time(access: Access) -> Timeline:
    return timeline(access.database, Settings())


def suggested(access: Access, home: Home) -> Suggestions:
    day = date(2025, 4, 11)
    return suggestions(home, access.database, over_time(access), [], {}, day)


def test_suggestions_stand_on_closed_cycles(access: Access, home: Home, tmp_path: Path) -> None:
    for month in MONTHS[:2]:
        close(access, home, over_time(access), f"month-{month}")
    add_cases(home, tmp_path, LATER)
    found = suggested(access, home)
    assert found.rules.first == 1
    # March is open and T2's by what came later; January and February stay T1's.
    assert [(each.code, each.times) for each in found.entries] == [("T1", 2)]
    places = [(place.cycle.id, place.cases) for place in found.entries[0].places]
    assert places == [("month-2025-03", 5), ("month-2025-02", 5), ("month-2025-01", 5)]


def test_without_closing_they_follow_the_data(access: Access, home: Home, tmp_path: Path) -> None:
    add_cases(home, tmp_path, LATER)
    assert [(each.code, each.times) for each in suggested(access, home).entries] == [("T2", 2)]


def test_the_cases_before_are_those_of_the_closed_cycle(
    access: Access, home: Home, tmp_path: Path
) -> None:
    close(access, home, over_time(access), "month-2025-02")
    closed = assessed(home, access.database, over_time(access), "month-2025-02").board
    add_cases(home, tmp_path, LATER)
    march = over_time(access).find("month-2025-03")
    now = assessed(home, access.database, over_time(access), march.id).board
    assert closed is not None
    assert now is not None
    before = {line.code: line.before for line in now.lines}
    assert before == {line.code: line.cases for line in closed.lines} == {"T1": 5, "T2": 3, "T3": 1}
    assert {line.code: line.cases for line in now.lines} == {"T1": 5, "T2": 9, "T3": 1}
    rules = over_time(access).rules_for(march)
    warned = raise_warnings(access, home, march, rules, date(2025, 4, 11))
    told = {each.township: (each.cases, each.facts["cases_before"]) for each in warned}
    assert told == {"T1": (5, 5), "T2": (9, 3), "T3": (1, 1)}


def test_a_cycle_closed_after_another_is_worked_out_from_both(
    access: Access, home: Home, tmp_path: Path
) -> None:
    first = close(access, home, over_time(access), "month-2025-02")
    assert '"before"' not in first.document.partition('"boards"')[2].partition('"inputs"')[2]
    add_cases(home, tmp_path, LATER)
    second = close(access, home, over_time(access), "month-2025-03")
    add_cases(home, tmp_path, {"T3": {"2025-02": 50, "2025-03": 50}})
    again = [recompute(access, home, each.cycle_id) for each in (first, second)]
    assert [each.same for each in again] == [True, True]
    board = assessed(home, access.database, over_time(access), "month-2025-03").board
    assert board is not None
    assert {line.code: (line.before, line.cases) for line in board.lines} == {
        "T1": (5, 5), "T2": (3, 9), "T3": (1, 1),
    }  # fmt: skip
