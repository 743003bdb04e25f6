"""Rows of a month that a file tells again, in whatever order and number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.month_files import hash_ids
from geodata.row_marks import NO_MARK, append_marks, carry_marks, marks_beside
from geodata.schema import SOURCE_COLUMNS
from geodata.store import stored_months
from geodata.store.stored_months import StoredMonth, rows_among, said_by
from tests.geodata.store.deliveries import case, locate, new_store, stage
from tests.geodata.store.test_recognising import parsed

NAMES = [f"case {number}" for number in range(40)]


def cases(names: list[str], title: str = "t") -> list[dict]:
    return [case(name, NAMES.index(name) / 100, title=title) for name in names]


READING = 5
NONE = np.empty(0, np.uint64)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, int]]:
    """Two files of one month, in row groups of seven rows."""
    made = []
    for number, names in enumerate((NAMES[:25], NAMES[25:])):
        (path,) = stage(tmp_path_factory.mktemp(str(number)), *cases(names))
        pq.write_table(pq.read_table(path, partitioning=None), path, row_group_size=7)
        made.append((path, len(names)))
    return made


@pytest.fixture
def month(files: list[tuple[Path, int]]) -> StoredMonth:
    return StoredMonth("2025-01", files, SOURCE_COLUMNS, NONE, READING)


def marks_of(names: list[str]) -> np.ndarray:
    return pl.Series(names, dtype=pl.String).hash(9).to_numpy()


@pytest.fixture
def marked(files: list[tuple[Path, int]]) -> Iterator[StoredMonth]:
    """The month, whose rows have marks."""
    start = 0
    for path, rows in files:
        append_marks(path, READING, marks_of(NAMES[start : start + rows]))
        start += rows
    yield StoredMonth("2025-01", files, SOURCE_COLUMNS, NONE, READING)
    for path, _ in files:
        marks_beside(path).unlink()


def recognised(month: StoredMonth, *blocks: list[dict]) -> list[list[str]]:
    """Ids that are recognised in each of some blocks of a file."""
    found, start = [], 0
    for block in blocks:
        rows = parsed(*block)
        numbers = np.arange(2 + start, 2 + start + len(rows))
        mask = month.recognise(hash_ids(rows["case_id"]), said_by(rows, SOURCE_COLUMNS), numbers)
        found.append(rows.filter(pa.array(mask))["case_id"].to_pylist())
        start += len(rows)
    return found


ORDERS = {
    "as stored": NAMES,
    "reversed": NAMES[::-1],
    "shuffled": np.random.default_rng(1).permutation(NAMES).tolist(),
    "rotated": NAMES[17:] + NAMES[:17],
    "every other": NAMES[1::2],
    "across the end of a file": NAMES[20:30],
}


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_is_recognised(month: StoredMonth, order: str) -> None:
    assert recognised(month, cases(ORDERS[order])) == [ORDERS[order]]
    told = pl.Series(np.flatnonzero(month.told))
    assert sorted(NAMES[n] for n in told) == sorted(ORDERS[order])
    who = pa.concat_tables(month.who_told())
    assert who["case_id"].to_pylist() == [NAMES[n] for n in told]
    assert month.scan().collect()["case_id"].to_list() == [NAMES[n] for n in told]


def test_blocks_of_a_file_come_in_any_order(month: StoredMonth) -> None:
    """Threads finish when they do: the last block may be looked at first."""
    blocks = [cases(NAMES[start : start + 9]) for start in (27, 9, 36, 0, 18)]
    assert [len(each) for each in recognised(month, *blocks)] == [9, 9, 4, 9, 9]
    assert month.told.all()


def test_new_and_changed_rows_between_hide_no_other(month: StoredMonth) -> None:
    rows = cases(NAMES)
    for place in (33, 20, 11, 7, 2, 0):
        rows.insert(place, case(f"new {place}"))
    rows[5] = {**rows[5], "title": "changed"}
    (found,) = recognised(month, rows)
    expected = [row["case_id"] for n, row in enumerate(rows) if n != 5 and row["case_id"] in NAMES]
    assert found == expected


def test_no_index_is_made_for_rows_in_their_order(month: StoredMonth) -> None:
    changed = [*cases(NAMES[:3]), *cases(NAMES[3:4], "changed"), *cases(NAMES[4:])]
    assert len(recognised(month, changed)[0]) == len(NAMES) - 1
    assert "_order" not in vars(month.ids)
    assert len(recognised(month, [case("new"), *cases(NAMES[3:4])])[0]) == 1
    assert "_order" in vars(month.ids)


BLOCKS = st.lists(st.lists(st.sampled_from([*NAMES[:9], "new", "other"]), max_size=14), max_size=4)
SAME_FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SAME_FILES
@given(BLOCKS)
def test_each_stored_row_is_told_once(files: list[tuple[Path, int]], blocks: Any) -> None:
    """The first row that says the same is the one that told it, whatever is between."""
    month = StoredMonth("2025-01", files, SOURCE_COLUMNS, NONE, READING)
    said_there = dict(zip(month.ids.hashes.tolist(), month.said.tolist(), strict=True))
    told: set[str] = set()
    number = 2
    for block in blocks:
        ids = hash_ids(pl.Series("id", block, dtype=pl.String))
        # A row at an odd place says something else.
        said = np.array([said_there.get(each, 0) for each in ids.tolist()], dtype=np.uint64)
        said ^= (np.arange(len(ids)) % 2).astype(np.uint64)
        numbers = np.arange(number, number + len(ids))
        found = month.recognise(ids, said, numbers)
        for place, name in enumerate(block):
            is_first = not place % 2 and name in NAMES and name not in told
            assert found[place] == is_first
            if is_first:
                told.add(name)
                assert month.source_row[NAMES.index(name)] == numbers[place]
        number += len(ids)
    assert np.count_nonzero(month.told) == len(told)


@SAME_FILES
@given(BLOCKS)
def test_marks_tell_a_stored_row_once(marked: StoredMonth, blocks: Any) -> None:
    marked.source_row[:] = 0
    told: set[str] = set()
    for number, block in enumerate(blocks):
        rows = 100 * number + 2 + np.arange(len(block))
        found = marked.recognise_marks(marks_of(block), rows)
        for place, name in enumerate(block):
            assert found[place] == (name in NAMES and name not in told)
            if found[place]:
                told.add(name)
                assert marked.source_row[NAMES.index(name)] == rows[place]
    assert np.count_nonzero(marked.told) == len(told)


def test_rows_known_by_marks_and_parsed_ones_are_noted_together(marked: StoredMonth) -> None:
    assert marked.recognise_marks(marks_of(NAMES[:30]), np.arange(2, 32)).all()
    (found,) = recognised(marked, cases(NAMES[20:]))
    assert found == NAMES[30:]
    assert marked.told.all()


def test_marks_of_another_reading_or_number_of_rows_do_not_count(
    marked: StoredMonth, files: list[tuple[Path, int]]
) -> None:
    assert marked.is_marked
    other = StoredMonth("2025-01", files, SOURCE_COLUMNS, NONE, READING + 1)
    assert not other.is_marked
    assert not other.recognise_marks(marks_of(NAMES), np.arange(2, 42)).any()
    append_marks(files[0][0], READING, marks_of(["one too many"]))
    assert not StoredMonth("2025-01", files, SOURCE_COLUMNS, NONE, READING).is_marked


def test_rows_without_a_mark_are_not_taken_for_each_other(
    files: list[tuple[Path, int]], marked: StoredMonth
) -> None:
    target = files[0][0].with_name("other.parquet")
    carry_marks(files[0][0], target, np.array([3], dtype=np.uint32))
    marks_beside(target).replace(marks_beside(files[0][0]))
    month = StoredMonth("2025-01", files, SOURCE_COLUMNS, NONE, READING)
    assert month.is_marked
    wanted = marks_of(NAMES).copy()
    wanted[7] = NO_MARK
    found = month.recognise_marks(wanted, np.arange(2, 42))
    assert np.flatnonzero(~found).tolist() == [3, 7]


def test_cases_told_several_times_are_not_known_by_their_marks(
    marked: StoredMonth, files: list[tuple[Path, int]]
) -> None:
    several = hash_ids(pl.Series([NAMES[4], "elsewhere"]))
    month = StoredMonth("2025-01", files, SOURCE_COLUMNS, several, READING)
    found = month.recognise_marks(marks_of(NAMES), np.arange(2, 42))
    assert np.flatnonzero(~found).tolist() == [4]


@given(
    st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), max_size=60),
    st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), max_size=20),
)
def test_few_among_many(values: list[int], few: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_months, "_AT_ONCE", 7)
        found = rows_among(np.array(values, np.uint64), np.sort(np.array(few, np.uint64)))
    assert found.tolist() == [n for n, value in enumerate(values) if value in few]


def test_columns_that_a_file_leaves_out_are_blank(tmp_path: Path) -> None:
    (path,) = stage(tmp_path, *cases(NAMES[:3]))
    rows = pq.read_table(path, partitioning=None)
    empty = [
        name
        for name in SOURCE_COLUMNS
        if name in rows.column_names and rows[name].null_count == len(rows)
    ]
    assert len(empty) > 20
    pq.write_table(rows.drop_columns(empty), path)
    month = StoredMonth("2025-01", [(path, 3)], SOURCE_COLUMNS, NONE, READING)
    assert recognised(month, cases(NAMES[:3])) == [NAMES[:3]]
    assert recognised(month, [case(NAMES[0], closed_at=case("x", 3)["received_at"])]) == [[]]


def test_ids_in_a_looked_at_month_and_in_another(tmp_path: Path) -> None:
    """Staged ids are found wherever they are stored: by hash, or among the ids of other months."""
    store = new_store(tmp_path / "home")
    first = [case("a"), case("b", 0.1), case("far", 40)]
    store.upsert(stage(tmp_path / "s", *first), {"batch": "1"}, locate)
    known = store.recognising(SOURCE_COLUMNS, tmp_path)
    known.sift(parsed(case("a")))
    staged = stage(tmp_path / "t", case("b", 0.1, title="x"), case("far", 40), case("new"))
    like = known.may_be_stored(staged)
    assert {month: ids.to_list() for month, ids in like.items()} == {"2025-01": ["b"]}
