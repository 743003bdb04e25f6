"""Suggestions on made-up standings, and on a small city of which the counts are known."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import app.townships.governing.suggesting as suggesting
from app.db import Database
from app.succession import Change, Lineage
from app.townships.assessment.cycles import Calendar, Cycle, find_cycle
from app.townships.assessment.governance_rules import GovernanceRules, SuggestionRules
from app.townships.assessment.models import RuleSet
from app.townships.assessment.most_cases import Leader
from app.townships.assessment.timeline import Timeline, timeline_from
from app.townships.designations.models import (
    CLOSED,
    DECLINED,
    DESIGNATED,
    EXITED,
    GOVERNED,
    PROPOSED,
    Designation,
)
from app.townships.governing.progress import Progress
from app.townships.governing.suggesting import suggestions, whole_cycles
from geodata.home import Home
from tests.app.townships.test_rule_sets import values

MONTHS = tuple(find_cycle(f"month-2025-{month:02}", Calendar()) for month in range(6, 0, -1))
"""The newest first, June to January."""

TODAY = date(2025, 7, 1)


@pytest.fixture
def timeline(database: Database) -> Timeline:
    """Of a city whose rule set counts two townships as the first."""
    two = GovernanceRules(suggestion=SuggestionRules(first=2))
    with database.session() as session:
        session.add(RuleSet(**values("两个", "2020-01-01", governance=two).columns({})))
    return timeline_from(database, 1)


def database_of(tmp_path: Path) -> Database:
    return Database(tmp_path / "app.sqlite3")


def standing(monkeypatch: pytest.MonkeyPatch, cases: dict[str, list[Any]]) -> None:
    """Let townships have these cases in June, May, and so on; None where there was none."""

    def most_cases(_home: Home, cycle: Cycle, *_how: object) -> tuple[Leader, ...]:
        at = MONTHS.index(cycle)
        counts = {code: each[at] for code, each in cases.items() if each[at] is not None}
        ordered = sorted(counts, key=lambda code: (-counts[code], code))
        return tuple(
            Leader(code, f"街道{code}", "", counts[code],
                   1 + sum(n > counts[code] for n in counts.values()),
                   list(counts.values()).count(counts[code]) > 1)
            for code in ordered
        )  # fmt: skip

    months = MONTHS[: len(next(iter(cases.values())))]
    monkeypatch.setattr(suggesting, "most_cases", most_cases)
    monkeypatch.setattr(suggesting, "whole_cycles", lambda _home, _timeline: months)


def one(state: str, township: str = "A", on: date | None = None, **more: object) -> Designation:
    record = Designation(township=township, name=township, state=state, since=on or TODAY, **more)
    record.id = 1
    return record


def found(tmp_path: Path, timeline: Timeline, *records: Designation, done: int = 10):  # type: ignore[no-untyped-def]
    how_far = {1: Progress(total=10, done=done)}
    return suggestions(Home.at(tmp_path), database_of(tmp_path), timeline, records, how_far, TODAY)


def test_two_of_three_months_among_the_first_are_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline
) -> None:
    standing(monkeypatch, {"A": [9, 9, 9], "B": [8, 8, 1], "C": [7, 1, 8], "D": [1, 2, 7]})
    entries = found(tmp_path, timeline).entries
    assert [(each.code, each.times) for each in entries] == [("A", 3), ("B", 2)]
    assert [place.cases for place in entries[1].places] == [8, 8, 1]


def test_all_that_tie_with_the_last_are_among_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline
) -> None:
    standing(monkeypatch, {"A": [9, 9], "B": [8, 8], "C": [8, 8], "D": [1, 1]})
    assert {each.code for each in found(tmp_path, timeline).entries} == {"A", "B", "C"}


@pytest.mark.parametrize("state", [PROPOSED, DESIGNATED, GOVERNED])
def test_what_is_under_way_is_not_suggested_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline, state: str
) -> None:
    standing(monkeypatch, {"A": [9, 9, 9], "B": [1, 1, 1], "C": [1, 1, 1]})
    assert "A" not in {each.code for each in found(tmp_path, timeline, one(state)).entries}


@pytest.mark.parametrize("state", [DECLINED, EXITED, CLOSED])
def test_what_was_declined_or_has_left_may_be_suggested_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline, state: str
) -> None:
    standing(monkeypatch, {"A": [9, 9, 9], "B": [1, 1, 1], "C": [1, 1, 1]})
    entry = found(tmp_path, timeline, one(state)).entries[0]
    assert entry.code == "A"
    assert (entry.declined is None) is (state != DECLINED)


SIX_OUT = {"A": [1] * 6, "B": [9] * 6, "C": [9] * 6}


@pytest.mark.parametrize(("done", "leaves"), [(9, True), (8, False)])
def test_one_leaves_after_six_months_outside_with_nine_of_ten_items_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline, done: int, leaves: bool
) -> None:
    standing(monkeypatch, SIX_OUT)
    record = one(GOVERNED, designated_on=date(2025, 1, 1))
    assert bool(found(tmp_path, timeline, record, done=done).exits) is leaves


def test_none_leaves_before_six_months_since_it_was_designated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline
) -> None:
    standing(monkeypatch, SIX_OUT)
    record = one(GOVERNED, designated_on=date(2025, 1, 2))
    assert not found(tmp_path, timeline, record).exits


def test_none_leaves_with_one_month_among_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline
) -> None:
    standing(monkeypatch, {"A": [1, 1, 1, 9, 1, 1], "B": [8] * 6, "C": [7] * 6})
    record = one(GOVERNED, designated_on=date(2025, 1, 1))
    assert not found(tmp_path, timeline, record).exits


RENAMED = Change(date(2025, 6, 1), ("A",), ("N",))
"""June is of the new code, the months before of the old one, as closed months tell them."""


def split(since: date) -> Change:
    return Change(since, ("A",), ("A", "M"))


def changed(monkeypatch: pytest.MonkeyPatch, *changes: Change) -> None:
    monkeypatch.setattr(suggesting, "lineage", lambda _database: Lineage(changes))


def test_months_of_the_old_code_count_for_the_new_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline
) -> None:
    standing(monkeypatch, {"N": [9, None, None], "A": [None, 9, 9], "B": [8] * 3, "C": [1] * 3})
    assert [each.code for each in found(tmp_path, timeline).entries] == ["B"]
    changed(monkeypatch, RENAMED)
    entry = found(tmp_path, timeline).entries[0]
    assert (entry.code, entry.times, entry.parted) == ("N", 3, None)
    # Designated, or declined, under the old code is so under the new one.
    under_way = found(tmp_path, timeline, one(GOVERNED))
    assert [each.code for each in under_way.entries] == ["B"]
    declined = one(DECLINED)
    assert found(tmp_path, timeline, declined).entries[0].declined is declined


@pytest.mark.parametrize(("april", "leaves"), [(1, True), (9, False)])
def test_a_renamed_township_leaves_by_the_months_of_both_codes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline, april: int, leaves: bool
) -> None:
    old = [None, 1, april, 1, 1, 1]
    standing(monkeypatch, {"N": [1] + [None] * 5, "A": old, "B": [8] * 6, "C": [7] * 6})
    record = one(GOVERNED, designated_on=date(2025, 1, 1))
    assert not found(tmp_path, timeline, record).exits
    changed(monkeypatch, RENAMED)
    assert bool(found(tmp_path, timeline, record).exits) is leaves


def test_months_before_a_split_are_of_another_township(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline
) -> None:
    standing(monkeypatch, {"A": [9, 9, 9], "M": [8, 8, None], "B": [1] * 3, "C": [0] * 3})
    june, may = split(date(2025, 6, 1)), split(date(2025, 5, 1))
    changed(monkeypatch, june)
    assert not {each.code for each in found(tmp_path, timeline).entries} & {"A", "M"}
    changed(monkeypatch, may)
    told = {each.code: each for each in found(tmp_path, timeline).entries}
    assert [(len(told[code].places), told[code].parted) for code in ("A", "M")] == [(2, may)] * 2


def test_a_part_does_not_leave_by_the_months_of_the_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, timeline: Timeline
) -> None:
    standing(monkeypatch, {"A": [1] * 6, "B": [9] * 6, "C": [9] * 6})
    record = one(GOVERNED, designated_on=date(2025, 1, 1))
    assert found(tmp_path, timeline, record).exits
    changed(monkeypatch, split(date(2025, 6, 1)))
    assert not found(tmp_path, timeline, record).exits


@pytest.mark.parametrize(("exited_on", "closes"), [((2024, 7, 1), True), ((2024, 7, 2), False)])
def test_a_watch_may_end_after_twelve_months(
    tmp_path: Path, timeline: Timeline, exited_on: tuple[int, int, int], closes: bool
) -> None:
    record = one(EXITED, exited_on=date(*exited_on))
    assert bool(found(tmp_path, timeline, record).closings) is closes


def test_whole_months_of_the_small_city(city_home: Path, timeline: Timeline) -> None:
    months = whole_cycles(Home.at(city_home), timeline)
    # The last call is of the morning of 30 June: whether June is whole, nobody can tell.
    assert [each.id for each in months] == [f"month-2025-0{n}" for n in (5, 4, 3, 2, 1)]


def test_months_without_any_data_are_none(tmp_path: Path, timeline: Timeline) -> None:
    assert found(tmp_path, timeline).entries == ()
