"""Rows of a month that a file tells again, in whatever order and number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.month_files import hash_ids
from geodata.schema import SOURCE_COLUMNS
from geodata.store import stored_months
from geodata.store.stored_months import StoredMonth, rows_among, said_by
from tests.geodata.store.deliveries import case, locate, new_store, stage
from tests.geodata.store.test_recognising import parsed

NAMES = [f"case {number}" for number in range(40)]


def cases(names: list[str], title: str = "t") -> list[dict]:
    return [case(name, NAMES.index(name) / 100, title=title) for name in names]


@pytest.fixture
def month(tmp_path: Path) -> StoredMonth:
    """Two files of one month, in row groups of seven rows."""
    files = []
    for number, names in enumerate((NAMES[:25], NAMES[25:])):
        (path,) = stage(tmp_path / str(number), *cases(names))
        pq.write_table(pq.read_table(path, partitioning=None), path, row_group_size=7)
        files.append(path)
    return StoredMonth.load("2025-01", files, SOURCE_COLUMNS, np.empty(0, np.uint64))


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
    assert "_order" not in vars(month)
    assert len(recognised(month, [case("new"), *cases(NAMES[3:4])])[0]) == 1
    assert "_order" in vars(month)


@given(st.lists(st.lists(st.sampled_from([*NAMES[:9], "new", "other"]), max_size=14), max_size=4))
def test_each_stored_row_is_told_once(blocks: list[list[str]]) -> None:
    """The first row that says the same is the one that told it, whatever is between."""
    stored = hash_ids(pl.Series(NAMES))
    nothing = np.zeros(len(NAMES), dtype=np.int64)
    month = StoredMonth("2025-01", (), stored, stored ^ np.uint64(1), nothing)
    told: set[str] = set()
    number = 2
    for block in blocks:
        ids = hash_ids(pl.Series("id", block, dtype=pl.String))
        # A row at an odd place says something else.
        said = ids ^ np.where(np.arange(len(ids)) % 2, np.uint64(2), np.uint64(1))
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
    month = StoredMonth.load("2025-01", [path], SOURCE_COLUMNS, np.empty(0, np.uint64))
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
