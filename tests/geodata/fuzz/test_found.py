"""What fuzzing found, each as the smallest file that showed it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geodata.default_points import find_default_points
from geodata.errors import MissingColumn, UnreadableFile
from geodata.home import Home
from geodata.intake import ImportReport, import_cases
from geodata.reading.dates import parse_times
from geodata.reading.encodings import detect_encoding
from geodata.store import CaseStore
from tests.geodata.fuzz.writing import NOW

HEAD = "case_id,received_at,title,due_at,lng,lat\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def bring(home: Home, content: str | pa.Table, profile: str = "suyuan") -> ImportReport:
    path = home.path.parent / "cases"
    if isinstance(content, str):
        path.write_text(HEAD + content, "utf-8")
    else:
        pq.write_table(content, path)
    return import_cases(home, path, profile, now=NOW)


def rules(report: ImportReport) -> list[str]:
    if report.rejects_path is None:
        return []
    frame = pl.read_csv(report.rejects_path, infer_schema=False)
    return frame.sort(pl.col("source_row").cast(pl.Int64))["rule"].to_list()


def test_a_number_too_large_for_the_grid_lies_nowhere(home: Home) -> None:
    report = bring(home, "a,2025-01-01,x,,1e26,39.9\nb,2025-01-01,x,,116.4,2e19\n")
    assert (report.accepted, report.unlocated, report.rejected) == (2, 2, 0)
    assert find_default_points([1e300] * 60, [39.9] * 60, ["a"] * 60) == ()


def test_a_zero_byte_in_a_cell_does_not_cost_the_file(home: Home) -> None:
    report = bring(home, "a,2025-01-01,路灯\0不亮,,,\nb,2025-01-02,x,,,\n")
    assert report.accepted == 2
    assert "路灯\0不亮" in CaseStore(home).scan(columns=["title"]).collect()["title"].to_list()


def test_a_zero_byte_in_a_cell_of_wide_text() -> None:
    text = (HEAD + "a,2025-01-01,x\0y,,,\n" * 9).encode("utf-16-le")
    assert detect_encoding(text, "cases.csv").name == "utf-16-le"


def test_wide_text_with_hardly_any_ascii() -> None:
    text = "工单编号,来电时间,主要内容\r\nA1,2025-01-01," + "路灯不亮请修" * 9_000
    assert detect_encoding(text.encode("utf-16-le"), "cases.csv").name == "utf-16-le"


def test_a_half_written_file_is_no_text() -> None:
    with pytest.raises(UnreadableFile, match="zero bytes"):
        detect_encoding(HEAD.encode() + bytes(2_000), "cases.csv")


def test_more_digits_than_polars_has(home: Home) -> None:
    numbers = pa.array([Decimal("116.4"), None], pa.decimal256(60, 6))
    table = pa.table({"case_id": ["a", "b"], "received_at": ["2025-01-01"] * 2, "title": numbers})
    assert bring(home, table).accepted == 2


def test_a_time_that_is_no_number_is_missing(home: Home) -> None:
    days = pa.array([20250101.0, float("nan"), None], pa.float64())
    report = bring(home, pa.table({"case_id": ["a", "b", "c"], "received_at": days}))
    assert (report.accepted, rules(report)) == (1, ["missing_value"] * 2)


def test_no_time_is_stored_that_nothing_can_show(home: Home) -> None:
    path = home.path.parent / "cases.csv"
    path.write_text("id,created,target\n1,2025-01-01,9999-12-31 23:00:00\n2,2025-01-01,\n", "utf-8")
    # In Boston's zone the last evening of 9999 is a day of the year 10000.
    report = import_cases(home, path, "boston311", now=NOW)
    assert (report.accepted, rules(report)) == (1, ["unreadable_date"])
    assert CaseStore(home).scan(columns=["due_at"]).collect().rows() == [(None,)]


@pytest.mark.parametrize(
    "dtype", [pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ms", "UTC"), pl.Date]
)
def test_typed_times_beyond_the_calendar_are_unreadable(dtype: pl.DataType) -> None:
    far = 2**30 if dtype == pl.Date else 2**62
    steps = pl.Series([far, -far, None, 20_000])
    values = steps.cast(pl.Int32 if dtype == pl.Date else pl.Int64).cast(dtype)
    times = parse_times(values, zone="Asia/Shanghai")
    assert times.unreadable.to_list() == [True, True, False, False]
    assert times.instant.is_null().to_list() == [True, True, True, False]


def test_the_last_day_of_the_calendar_is_read() -> None:
    times = parse_times(pl.Series([date(9999, 12, 31), date(1, 1, 1)]), zone="UTC")
    assert not times.unreadable.any()


@pytest.mark.parametrize(
    ("first", "kept"), [("编号A,何时,哪里", True), ("20250319,张三丰,13912345678", False)]
)
def test_a_message_shows_headers_and_no_cases(first: str, kept: bool, home: Home) -> None:
    path = home.path.parent / "cases.csv"
    path.write_text(f"{first}\n{first}\n", "utf-8")
    with pytest.raises(MissingColumn) as refusal:
        import_cases(home, path, "workorder12345", now=NOW)
    for message in (refusal.value.english, refusal.value.chinese):
        assert ("哪里" in message) == kept
        assert "张三丰" not in message
        assert "139" not in message


def test_the_log_of_the_store_keeps_no_text(home: Home) -> None:
    bring(home, "ORDER7,2025-01-01,TITLE7,,116.4,39.9\n")
    bring(home, "ORDER7,2025-01-01,TITLE8,,116.4,39.9\nORDER9,2025-01-02,TITLE9,,,\n")
    CaseStore(home).compact()
    logs = [*home.cases.glob("_delta_log/*"), *home.history.glob("_delta_log/*")]
    assert {log.parent.parent for log in logs} == {home.cases, home.history}
    for log in logs:
        assert not re.search(rb"TITLE[789]|ORDER[79]", log.read_bytes()), log.name
