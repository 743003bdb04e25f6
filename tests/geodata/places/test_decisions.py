"""Decisions on texts: only added to, undone by a line of their own, safe from kills and races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from geodata.errors import InvalidPlaces, NotFound
from geodata.home import Home
from geodata.places import TextKey, decide, read_decisions, undo_decision

KEY = TextKey.of("东路3号", "北区", " 东 街道 ")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def test_the_newest_standing_decision_counts(home: Home) -> None:
    first = decide(home, KEY, example="东路3号", place="a", how="candidate", cases=4)
    second = decide(home, KEY, example="东路3号", place=None, how="unplaced", reason="两处同名")
    assert read_decisions(home).by_key == {KEY: second}
    undo_decision(home, second.number)
    assert read_decisions(home).by_key == {KEY: first}
    undo_decision(home, first.number)
    known = read_decisions(home)
    assert (known.by_key, len(known.all), known.undone) == ({}, 2, {1, 2})
    with pytest.raises(NotFound):
        undo_decision(home, 1)


def test_keys_are_told_apart_by_what_was_reported(home: Home) -> None:
    assert TextKey.of("东路3号", "北区", "东街道") == KEY
    assert TextKey.of("东路3号", "南区", "东街道") != KEY
    assert KEY.id != TextKey.of("东路3号", None, None).id
    assert "东" not in KEY.id


def test_leaving_a_text_unplaced_needs_a_reason(home: Home) -> None:
    with pytest.raises(InvalidPlaces, match="reason"):
        decide(home, KEY, example="东路3号", place=None, how="unplaced", reason=" ")
    assert read_decisions(home).version == 0


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_what_a_kill_left_of_a_line_is_no_decision(home: Home, cut: int) -> None:
    decide(home, KEY, example="东路3号", place="a", how="candidate")
    path = home.places / "decisions.jsonl"
    decide(home, TextKey("x"), example="x", place="b", how="search")
    path.write_bytes(path.read_bytes()[:-cut])
    assert set(read_decisions(home).by_key) == {KEY}
    decide(home, TextKey("y"), example="y", place="c", how="search")
    known = read_decisions(home)
    assert set(known.by_key) == {KEY, TextKey("y")}
    assert [each.number for each in known.all] == [1, 2]


def test_decisions_made_at_once_are_all_kept(home: Home) -> None:
    def one(number: int) -> None:
        decide(home, TextKey(f"t{number}"), example="t", place="a", how="candidate")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(40)))
    known = read_decisions(home)
    assert len(known) == 40
    assert sorted(each.number for each in known.all) == list(range(1, 41))
