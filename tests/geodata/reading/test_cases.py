"""Whole files, real ones among them, from disk to parsed cases."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from geodata.errors import MissingColumn, UnknownCrs, UnknownProfile, UnknownZone, UnreadableFile
from geodata.reading.cases import open_cases, read_cases

KEY = b"k" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)

BALTIMORE = """
name: baltimore311
zone: America/New_York
date_order: mdy
columns:
  case_id: [SRRecordID]
  received_at: [CreatedDate]
  due_at: [DueDate]
  closed_at: [CloseDate]
  class_1: [SRType]
  channel: [MethodReceived]
  status: [SRStatus]
  handler: [Agency]
  address: [Address]
  reported_township: [Neighborhood]
  source_lng: [Longitude]
  source_lat: [Latitude]
"""


def read(path: Path, profile: Any, **options: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    batches = list(read_cases(path, profile, caller_key=KEY, now=NOW, **options))
    assert all(b.rows_read == b.cases.num_rows + b.rejects.num_rows for b in batches)
    cases = pa.concat_tables(batch.cases for batch in batches)
    rejects = pa.concat_tables(batch.rejects for batch in batches)
    return pl.DataFrame(pl.from_arrow(cases)), pl.DataFrame(pl.from_arrow(rejects))


def test_boston_is_read_whole(shared_data: Path) -> None:
    path = shared_data / "boston_311_2011H2.parquet"
    raw = pl.read_parquet(path)
    cases, rejects = read(path, "boston311")
    assert cases.height + rejects.height == raw.height == 58_251
    assert cases["case_id"].to_list() == raw["id"].to_list()
    # An independent way to the same instants: pandas' zone arithmetic on the naive column.
    expected = (
        raw["created"]
        .to_pandas()
        .dt.tz_localize("America/New_York", ambiguous=True, nonexistent="shift_forward")
    )
    assert (cases["received_at"].to_pandas() == expected.dt.tz_convert("UTC")).all()
    assert cases["received_local"].equals(raw["created"])
    assert cases["overdue"].sum() == (raw["on_time"] == "OVERDUE").sum()
    assert cases.filter(pl.col("reported_township") == "Mattapan").height == 3489 + 85
    assert (cases["source_lng"] == raw["lon"]).all()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_the_same_rows_as_csv_give_the_same_cases(
    shared_data: Path, tmp_path: Path, encoding: str
) -> None:
    raw = pl.read_parquet(shared_data / "boston_311_2011H2.parquet").head(5_000)
    raw.write_parquet(tmp_path / "a.parquet")
    text = raw.write_csv(datetime_format="%Y/%-m/%-d %H:%M:%S", separator=";")
    (tmp_path / "a.csv").write_bytes(f"Boston\n\n{text}".encode(encoding))
    from_parquet, _ = read(tmp_path / "a.parquet", "boston311")
    from_csv, _ = read(tmp_path / "a.csv", "boston311")
    assert from_csv.drop("source_row").equals(from_parquet.drop("source_row"))
    assert (from_csv["source_row"] - from_parquet["source_row"] == 3).all()


def test_chicago_keeps_its_strays_and_names_areas_by_number(shared_data: Path) -> None:
    path = shared_data / "chicago_sanitation_2011_2013.parquet"
    raw = pl.read_parquet(path)
    cases, rejects = read(path, "chicago311")
    assert cases.height + rejects.height == 55_343
    assert rejects.height == 0
    assert (cases["month"] < "2011-01").sum() == (raw["created"].dt.year() < 2011).sum() > 0
    assert cases["reported_township"].drop_nulls().str.contains(r"^\d{1,2}$").all()
    assert cases.filter(pl.col("source_lng").is_null())["source_crs"].null_count() == 24
    assert cases["case_id"].n_unique() == raw["id"].n_unique() < cases.height


def test_baltimore_by_a_profile_of_ones_own(shared_data: Path, tmp_path: Path) -> None:
    profile = tmp_path / "baltimore.yaml"
    profile.write_text(BALTIMORE, encoding="utf-8")
    path = shared_data / "baltimore_311_sample.csv"
    cases, rejects = read(path, profile)
    raw = pl.read_csv(path, infer_schema=False)
    assert cases.height + rejects.height == raw.height == 10_000
    first = cases.row(0, named=True)
    assert first["received_at"] == datetime(2018, 4, 12, 15, 11, 26, tzinfo=UTC)
    assert cases["source_lng"].null_count() == raw["Longitude"].null_count()
    assert (cases["source_lng"] == -77).sum() == (raw["Longitude"] == "-77").sum() > 0


def test_changsha_is_read_and_its_users_are_hidden(shared_data: Path) -> None:
    path = shared_data / "changsha_complaints.parquet"
    raw = pl.read_parquet(path)
    cases, rejects = read(path, "workorder12345")
    assert (cases.height, rejects.height) == (3_028, 0)
    users = set(raw["留言用户"])
    assert not users & set(cases["caller"].drop_nulls())
    assert cases["caller"].n_unique() <= len(users)
    assert cases["content"].null_count() == 0


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    row = f"A,2025-01-01,{'x' * 200}\n"
    path.write_text("case_id,received_at,title\n" + row * 200_000, encoding="utf-8")
    told: list[float] = []
    read(path, "suyuan", progress=told.append)
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_file_is_refused_at_once_and_not_with_its_first_batch(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("case_id,title\n1,x\n", encoding="utf-8")
    with pytest.raises(MissingColumn, match="received_at"):
        read_cases(path, "suyuan", caller_key=KEY, now=NOW)


def test_settings_are_checked_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("case_id,received_at\n1,2025-01-01\n", encoding="utf-8")
    with pytest.raises(UnknownCrs, match="GCJ-03"):
        open_cases(path, "suyuan", caller_key=KEY, now=NOW, crs="GCJ-03")
    with pytest.raises(UnknownZone, match="Mars"):
        open_cases(path, "suyuan", caller_key=KEY, now=NOW, zone="Mars")
    with pytest.raises(UnknownProfile, match="nowhere"):
        open_cases(path, "nowhere", caller_key=KEY, now=NOW)


@pytest.mark.parametrize("rest", ["", "\n\n", ",\n,\n"])
def test_a_header_without_rows_is_refused(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("月报\ncase_id,received_at\n" + rest, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="no rows below the header in row 2"):
        read(path, "suyuan")


def test_broken_rows_are_told_beside_faulty_ones_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "case_id,received_at,title\n1,2025-01-01,a\n2,soon,b\n3,2025\n,,\n4,never,c\n", "utf-8"
    )
    cases, rejects = read(path, "suyuan")
    assert cases["source_row"].to_list() == [2]
    assert rejects["source_row"].to_list() == [3, 4, 6]
    assert rejects["rule"].to_list() == ["unreadable_date", "ragged_row", "unreadable_date"]
