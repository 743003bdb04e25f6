"""The first townships of a cycle, by counts that were made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.most_cases import Leader, first, most_cases
from geodata.home import Home
from tests.app.townships.counted_city import add_cases, make_counted_city

MARCH = find_cycle("month-2025-03", Calendar())
COUNTS = {"T1": {"2025-03": 5, "2025-02": 9}, "T2": {"2025-03": 7}, "T3": {"2025-03": 5}, "T4": {}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("most")
    make_counted_city(folder, COUNTS)
    return folder


def test_townships_stand_by_their_cases(folder: Path) -> None:
    home = Home.at(folder / "home")
    assert [(each.code, each.cases, each.rank, each.tied) for each in most_cases(home, MARCH)] == [
        ("T2", 7, 1, False), ("T1", 5, 2, True), ("T3", 5, 2, True), ("T4", 0, 4, False),
    ]  # fmt: skip
    second = most_cases(home, MARCH)[1]
    assert (second.name, second.district) == ("1街道", "东区")
    assert [each.cases for each in most_cases(home, MARCH.previous)] == [9, 0, 0, 0]


def test_new_cases_count_at_once(tmp_path: Path) -> None:
    home = make_counted_city(tmp_path, COUNTS)
    assert most_cases(home, MARCH)[0].code == "T2"
    add_cases(home, tmp_path, {"T4": {"2025-03": 8}})
    assert most_cases(home, MARCH)[0].code == "T4"


def test_a_home_without_cases_has_none(tmp_path: Path) -> None:
    assert most_cases(Home.at(tmp_path / "home"), MARCH) == ()


def leaders(counts: list[int]) -> tuple[Leader, ...]:
    ordered = sorted(counts, reverse=True)
    return tuple(
        Leader(f"T{at}", "", "", n, 1 + sum(m > n for m in counts), counts.count(n) > 1)
        for at, n in enumerate(ordered)
    )


@given(st.lists(st.integers(0, 6), max_size=30), st.integers(1, 12))
def test_who_is_first_when_some_are_alike(counts: list[int], n: int) -> None:
    """All: as many as have fewer than `n` before them. None: nobody who ties with one left out."""
    found = leaders(counts)
    everybody = {each.code for each in found if sum(m > each.cases for m in counts) < n}
    with_cases = {each.code for each in found if each.cases}
    assert {each.code for each in first(found, n, "all")} == everybody & with_cases
    strict = first(found, n, "none")
    assert len(strict) <= n
    left_out = [each.cases for each in found if each not in strict]
    assert all(each.cases > max(left_out, default=0) for each in strict)
    following = [each for each in found if each.cases == max(left_out, default=0) > 0]
    assert not following or len(strict) + len(following) > n
