"""Rows with a known mark are not parsed; what becomes of marks as the store changes."""

from __future__ import annotations

import csv
import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from geodata import row_marks
from geodata.home import Home
from geodata.intake import ImportReport, import_cases
from geodata.month_files import MonthWriter, file_name, sort_by_month
from geodata.reading import cases as reading_cases
from geodata.row_marks import (
    MARK,
    NO_MARK,
    append_marks,
    marks_beside,
    read_marks,
    reading_beside,
)
from geodata.schema import CASE_SCHEMA
from geodata.store import CaseStore
from geodata.withdrawal import withdraw_batch
from tests.geodata.store.deliveries import case

NOW = datetime(2025, 6, 1, tzinfo=UTC)
COLUMNS = ("case_id", "received_at", "title", "caller", "updated_at", "lng", "lat")
ROWS = [
    {
        "case_id": f"c{number}",
        "received_at": f"2025-0{1 + number // 150}-{1 + number % 28:02d} 10:00:00",
        "title": "路灯",
        "caller": f"1380000{number:04d}",
        "updated_at": "2025-03-01 00:00:00",
        "lng": f"{116.05 + number / 1e4:.4f}1",
        "lat": "39.050001",
    }
    for number in range(300)
]


class Office:
    """A home, its files, and how many rows of each were parsed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.number = folder, Home.at(folder / "home"), 0
        self.parsed = 0

    def bring(self, rows: list[dict[str, str]], **options: Any) -> ImportReport:
        self.number += 1
        self.parsed = 0
        now = options.pop("now", NOW + timedelta(hours=self.number))
        path = self.folder / f"{self.number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, options.pop("columns", COLUMNS), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return import_cases(self.home, path, "suyuan", now=now, **options)

    def marks(self) -> dict[str, list[int]]:
        store = CaseStore(self.home)
        files = [self.home.cases / name for name in store._cases.files()]
        return {path.parent.name: read_marks(path)[1].tolist() for path in files}

    def title_of(self, case_id: str) -> str:
        rows = CaseStore(self.home).scan().filter(pl.col("case_id") == case_id)
        return str(rows.collect()["title"][0])


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = Office(tmp_path)
    parse = reading_cases.parse_batch

    def counted(batch: pa.Table, *args: Any, **options: Any) -> tuple[pa.Table, pa.Table]:
        cases, rejects = parse(batch, *args, **options)
        made.parsed += len(cases) + len(rejects)
        return cases, rejects

    monkeypatch.setattr(reading_cases, "parse_batch", counted)
    return made


def counts(report: ImportReport) -> tuple[int, ...]:
    return (report.read, report.accepted, report.updated, report.unchanged, report.rejected)


def changed(number: int, **values: str) -> list[dict[str, str]]:
    return [*ROWS[:number], {**ROWS[number], **values}, *ROWS[number + 1 :]]


def test_only_rows_that_were_not_told_before_are_parsed(office: Office) -> None:
    assert counts(office.bring(ROWS)) == (300, 300, 0, 0, 0)
    assert office.parsed == 300
    assert {name: len(marks) for name, marks in office.marks().items()} == {
        "month=2025-01": 150, "month=2025-02": 150,
    }  # fmt: skip
    assert counts(office.bring(ROWS)) == (300, 0, 0, 300, 0)
    assert office.parsed == 0
    new = [{**ROWS[0], "case_id": "new"}, {**ROWS[0], "case_id": "bad", "received_at": "x"}]
    later = changed(7, title="已修", updated_at="2025-04-01 00:00:00")
    assert counts(office.bring([*later, *new])) == (302, 1, 1, 299, 1)
    assert office.parsed == 3
    assert office.title_of("c7") == "已修"


def test_rows_in_any_order_are_known(office: Office) -> None:
    office.bring(ROWS)
    assert counts(office.bring(ROWS[::-1])) == (300, 0, 0, 300, 0)
    assert office.parsed == 0


def test_marks_outlive_changes_of_other_rows(office: Office) -> None:
    """A row that has changed is told twice, so it goes the whole way from then on."""
    office.bring(ROWS)
    before = office.marks()
    later = changed(7, title="已修", updated_at="2025-04-01 00:00:00")
    office.bring(later)
    after = office.marks()
    assert [n for n, mark in enumerate(after["month=2025-01"]) if mark == NO_MARK] == [7]
    assert after["month=2025-02"] == before["month=2025-02"]
    assert counts(office.bring(later)) == (300, 0, 0, 300, 0)
    assert office.parsed == 1
    older = office.bring(ROWS)
    assert (office.parsed, older.outdated, older.unchanged) == (1, 1, 299)
    assert office.title_of("c7") == "已修"


@pytest.mark.parametrize("caller", ["13899990000", "138-0000-0007", "", "张先生"])
def test_another_caller_is_a_change(office: Office, caller: str) -> None:
    office.bring(ROWS)
    report = office.bring(changed(7, caller=caller, updated_at="2025-04-01 00:00:00"))
    assert (office.parsed, report.updated) == (1, 1)
    same = office.bring(changed(8, caller="+86 13800000008"))
    assert (office.parsed, same.updated, same.unchanged) == (2, 0, 299)
    assert same.outdated == 1


def test_another_way_to_read_is_no_known_row(office: Office) -> None:
    office.bring(ROWS)
    assert counts(office.bring(ROWS, zone="UTC"))[1:3] == (0, 300)
    office.bring(ROWS, columns=(*COLUMNS[:-2],))
    assert office.parsed == 300


def test_a_row_that_the_file_holds_twice(office: Office) -> None:
    office.bring(ROWS)
    twice = office.bring([*ROWS, ROWS[3], {**ROWS[4], "case_id": " c4", "title": "其它"}])
    assert counts(twice) == (302, 0, 1, 299, 2)
    assert office.title_of("c4") == "其它"


def test_a_withdrawn_batch_leaves_no_mark_of_what_it_told(office: Office) -> None:
    office.bring(ROWS)
    report = office.bring(changed(7, title="已修", updated_at="2025-04-01 00:00:00"))
    withdraw_batch(office.home, report.batch)
    more = [*ROWS, {**ROWS[0], "case_id": "new"}]
    assert counts(office.bring(more)) == (301, 1, 0, 300, 0)
    assert office.title_of("c7") == "路灯"
    first = next(iter(CaseStore(office.home).log().batches))
    withdraw_batch(office.home, first)
    assert office.title_of("c7") == "路灯"


def test_marks_go_with_their_files(office: Office) -> None:
    office.bring(ROWS)
    store = CaseStore(office.home)
    (office.home.cases / "month=2025-01" / "orphan.parquet").write_bytes(b"x")
    (office.home.cases / "month=2025-01" / "orphan.marks").write_bytes(b"x")
    assert store.delete_orphans() == 1
    office.bring(changed(7, title="已修", updated_at="2025-04-01 00:00:00"))
    store.clean((), 0)
    files = [office.home.cases / name for name in store._cases.files()]
    assert {marks_beside(path) for path in files} == {*office.home.cases.glob("*/*.marks")}


def test_without_marks_a_file_comes_to_the_same(office: Office) -> None:
    office.bring(ROWS)
    for path in office.home.cases.glob("*/*.marks"):
        path.write_bytes(path.read_bytes()[:-8])
    assert counts(office.bring(ROWS)) == (300, 0, 0, 300, 0)
    assert office.parsed == 300


def test_a_clock_that_was_put_back_refuses_what_lies_in_its_future(office: Office) -> None:
    office.bring(ROWS, columns=COLUMNS[:4])
    early = datetime(2025, 1, 20, tzinfo=UTC)
    later = sum(row["received_at"] > "2025-01-21 08" for row in ROWS)
    assert counts(office.bring(ROWS, columns=COLUMNS[:4], now=early))[3:] == (300 - later, later)
    assert counts(office.bring(ROWS, columns=COLUMNS[:4])) == (300, 0, 0, 300, 0)
    assert office.parsed == 0


def test_rows_with_and_without_marks_in_one_file(tmp_path: Path) -> None:
    rows = pa.Table.from_pylist([case(name, title="t") for name in "abc"], CASE_SCHEMA)
    marks = pa.array([1, 2**64 - 1, 3], pa.uint64())
    marked = rows.append_column(MARK, marks)
    with MonthWriter(tmp_path, file_name("test"), CASE_SCHEMA.names, 5) as writer:
        for each in (rows, marked, rows, marked, rows):
            writer.add(sort_by_month(each))
            writer._write()
        writer.add(sort_by_month(marked))
        writer.add(sort_by_month(rows))
        (file,) = writer.close()
    nothing, some = [0] * 3, marks.to_pylist()
    assert reading_beside(file) == 5
    assert read_marks(file)[1].tolist() == 2 * (nothing + some) + nothing + some + nothing


def test_a_full_disk_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_marks, "marks_beside", lambda _: Path("/dev/full"))
    with pytest.raises(OSError, match="No space left") as told:
        append_marks(Path("x.parquet"), 1, np.ones(3, dtype=np.uint64))
    assert told.value.errno == errno.ENOSPC


def test_a_clean_up_counts_files_without_their_marks(office: Office) -> None:
    office.bring(ROWS)
    office.bring(changed(7, title="已修", updated_at="2025-04-01 00:00:00"))
    done = CaseStore(office.home).clean((), 0)
    assert done.before.files - done.after.files == done.unused == 1
