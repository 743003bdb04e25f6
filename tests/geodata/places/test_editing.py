"""Changes by hand: each a version and a line of the log; merges that can be taken back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.areas.places import load_places
from geodata.errors import ChangedMeanwhile, InvalidPlaces, NotFound
from geodata.home import Home
from geodata.places import (
    Place,
    add_place,
    change_place,
    find_place,
    history_of,
    merge_places,
    read_changes,
    read_register,
    undo_merge,
)


def spot(code: str, name: str, **facts: object) -> Place:
    return Place(code, name, shapely.Point(116 + len(name) / 100, 39), **facts)  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    add_place(home, spot("a", "甲小区", aliases=("甲苑",), kind="小区"))
    add_place(home, spot("b", "乙花园", address="东路1号", households=300.0))
    return home


def test_what_was_changed_is_told_with_before_and_after(home: Home) -> None:
    change_place(home, "a", {"name": "甲花园"}, find_place(home, "a").fingerprint())
    edit, made = history_of(home, "a")
    assert (edit.action, made.action) == ("edit", "add")
    assert edit.changed == {"a": {"name": ["甲小区", "甲花园"]}}
    assert read_register(home, edit.before)["a"].name == "甲小区"
    assert read_register(home, edit.after)["a"].name == "甲花园"
    assert [each.number for each in read_changes(home)] == [1, 2, 3]


def test_a_change_that_changes_nothing_makes_no_version(home: Home) -> None:
    before = read_changes(home)
    change_place(home, "a", {"name": "甲小区"}, find_place(home, "a").fingerprint())
    assert read_changes(home) == before


def test_who_comes_second_is_told_and_changes_nothing(home: Home) -> None:
    seen = find_place(home, "a").fingerprint()

    def rename(number: int) -> bool:
        try:
            change_place(home, "a", {"name": f"甲{number}"}, seen)
        except ChangedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(rename, range(8))) == 1
    assert len(read_changes(home)) == 3


def test_an_edit_elsewhere_is_no_conflict(home: Home) -> None:
    seen = find_place(home, "a").fingerprint()
    change_place(home, "b", {"kind": "小区"}, find_place(home, "b").fingerprint())
    change_place(home, "a", {"kind": "村"}, seen)
    assert find_place(home, "a").kind == "村"


def test_a_merge_keeps_every_name_and_code(home: Home) -> None:
    kept = merge_places(home, "a", "b")
    assert kept.aliases == ("甲苑", "乙花园", "东路1号")
    assert (kept.former_codes, kept.households, kept.kind) == (("b",), 300.0, "小区")
    assert kept.address == "东路1号", "what the kept one lacks comes from the other"
    assert find_place(home, "b").code == "a"
    places = load_places(home)
    assert places is not None
    assert places.positions() == {"a": 0, "b": 0}
    with pytest.raises(InvalidPlaces):
        merge_places(home, "a", "b")


def test_a_merge_is_taken_back_and_later_edits_stay(home: Home) -> None:
    before = read_register(home)
    merge_places(home, "a", "b")
    merged = find_place(home, "a")
    change_place(home, "a", {"name": "甲花园", "kind": "村"}, merged.fingerprint())
    number = next(each.number for each in read_changes(home) if each.action == "merge")
    undo_merge(home, number)
    after = read_register(home)
    assert after["b"].plain() == before["b"].plain()
    assert (after["a"].name, after["a"].kind) == ("甲花园", "村")
    assert (after["a"].aliases, after["a"].former_codes) == (("甲苑",), ())
    assert after["a"].households is None
    with pytest.raises(InvalidPlaces):
        undo_merge(home, number)
    with pytest.raises(NotFound):
        undo_merge(home, 1)


def test_a_killed_change_leaves_the_register_as_it_was(home: Home) -> None:
    """The log is written before the version becomes current: a line too many counts for nothing."""
    log, current = home.places / "changes.jsonl", home.places / "current.json"
    before, pointer = read_changes(home), current.read_text("utf-8")
    change_place(home, "a", {"name": "丙"}, find_place(home, "a").fingerprint())
    current.write_text(pointer, "utf-8")
    assert find_place(home, "a").name == "甲小区"
    assert read_changes(home) == before
    change_place(home, "a", {"name": "丁"}, find_place(home, "a").fingerprint())
    assert [json.loads(line)["number"] for line in log.read_text("utf-8").splitlines()] == [1, 2, 3]
    assert history_of(home, "a")[0].changed == {"a": {"name": ["甲小区", "丁"]}}


def test_codes_are_not_given_twice(home: Home) -> None:
    merge_places(home, "a", "b")
    for code in ("a", "b"):
        with pytest.raises(InvalidPlaces, match="taken"):
            add_place(home, spot(code, "丙"))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8))
def test_merging_and_undoing_everything_restores_the_register(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]
) -> None:
    home = Home.at(tmp_path_factory.mktemp("merge"))
    for i in range(5):
        add_place(home, spot(f"c{i}", f"{'甲' * (i + 1)}村", aliases=(f"别{i}",)))
    before = {code: place.plain() for code, place in read_register(home).items()}
    for one, other in pairs:
        try:
            merge_places(home, f"c{one}", f"c{other}")
        except InvalidPlaces:
            continue
        assert {find_place(home, code).code for code in before} == set(read_register(home))
    merges = [each.number for each in read_changes(home) if each.action == "merge"]
    for number in reversed(merges):
        undo_merge(home, number)
    after = {code: place.plain() for code, place in read_register(home).items()}
    for values in (*before.values(), *after.values()):
        values.pop("edited")
    assert after == before


def test_the_log_names_who_did_it_and_older_lines_have_no_name(home: Home) -> None:
    change_place(home, "a", {"name": "甲新村"}, find_place(home, "a").fingerprint(), by="li")
    merge_places(home, "a", "b", by="wang")
    undo_merge(home, read_changes(home)[-1].number, by="zhao")
    names = [change.about.get("by") for change in read_changes(home)]
    assert names[-3:] == ["li", "wang", "zhao"]
    assert set(names[:-3]) == {None}
