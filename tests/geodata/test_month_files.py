"""Staged months: nothing lost on the way, however little memory there is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.month_files import (
    MonthWriter,
    file_name,
    read_beside,
    read_month,
    repeated_ids,
    repeats,
    rewrite_month,
    rows_of,
    scan_months,
    sort_by_month,
    writing,
)
from geodata.schema import CASE_SCHEMA, SOURCE_ROW


def cases(rows: int, seed: int, start: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    days = rng.integers(0, 400, rows).astype("timedelta64[D]")
    received = np.datetime64("2024-01-15T08:00", "us") + days
    columns = {field.name: pa.nulls(rows, field.type) for field in CASE_SCHEMA}
    columns |= {
        "case_id": pa.array([f"c{number}" for number in rng.integers(0, 10**6, rows)]),
        "received_at": pa.array(received).cast(pa.timestamp("us", "UTC")),
        "received_local": pa.array(received),
        "zone": pa.repeat("UTC", rows),
        "month": pa.array(received.astype("datetime64[M]").astype(str)),
        "title": pa.array(rng.choice(["灯", "水", None], rows).tolist(), pa.string()),
        "flags": pa.array([["zero"] if flag else [] for flag in rng.integers(0, 2, rows)]),
        "located": pa.repeat(True, rows),
        "township_only": pa.repeat(False, rows),
        "batch": pa.repeat("b", rows),
    }
    table = pa.table([columns[name] for name in CASE_SCHEMA.names], schema=CASE_SCHEMA)
    return table.append_column(SOURCE_ROW, pa.array(np.arange(start, start + rows)))


def stage(folder: Path, tables: list[pa.Table]) -> list[Path]:
    with MonthWriter(folder, file_name("test")) as writer:
        for table in tables:
            writer.add(sort_by_month(table))
        return writer.close()


@pytest.mark.parametrize("waiting_bytes", [1, 20_000, 1 << 28])
def test_all_rows_come_back_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting_bytes: int
) -> None:
    monkeypatch.setattr(writing, "WAITING_BYTES", waiting_bytes)
    tables = [cases(300, seed, 300 * seed) for seed in range(5)]
    tables.append(cases(0, 0))
    paths = stage(tmp_path, tables)
    given = pl.DataFrame(pl.from_arrow(pa.concat_tables(tables)))
    staged = scan_months(paths).collect()
    assert staged.sort("case_id", "month").equals(
        given.drop(SOURCE_ROW).sort("case_id", "month"), null_equal=True
    )
    for path in paths:
        numbers = read_beside(path, SOURCE_ROW)
        assert (np.diff(numbers) > 0).all()
        read = pa.concat_tables(read_month(path))
        assert read[SOURCE_ROW].to_pylist() == numbers.tolist()
        expected = given.filter(pl.col(SOURCE_ROW).is_in(numbers.tolist()))
        assert read["case_id"].to_pylist() == expected["case_id"].to_list()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=80), st.integers(1, 40))
def test_repeated_ids_are_those_that_a_counter_finds(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], at_once: int
) -> None:
    folder = tmp_path_factory.mktemp("ids")
    table = cases(len(numbers), 1)
    ids = pa.array([f"id{number}" for number in numbers], pa.string())
    paths = stage(folder, [table.set_column(0, CASE_SCHEMA.field(0), ids)])
    twice = {name for name, times in Counter(ids.to_pylist()).items() if times > 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "IDS_AT_ONCE", at_once)
        found = repeated_ids(paths)
    assert sorted(found) == sorted(twice)
    if twice:
        rows = rows_of(paths, found, [pl.col("case_id")])
        assert {ids[row].as_py() for row in rows[SOURCE_ROW]} == twice
        assert rows.height == sum(f"id{number}" in twice for number in numbers)


def test_a_rewritten_month_keeps_what_it_should(tmp_path: Path) -> None:
    paths = stage(tmp_path, [cases(500, 3)])
    (path, *_) = paths
    before = pa.concat_tables(read_month(path))
    (written,) = rewrite_month(path, lambda rows: rows.slice(1))
    after = pa.concat_tables(read_month(written))
    assert after.equals(before.slice(1))
    assert rewrite_month(written, lambda rows: rows.slice(0, 0)) == []
    assert not list(path.parent.iterdir())
