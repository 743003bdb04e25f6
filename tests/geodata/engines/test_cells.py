"""Counting by cell and period: against plain loops, and engine against engine, cell by cell."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import h3
import polars as pl
import pytest

from geodata.areas import import_boundaries
from geodata.engines import CellJob, PolarsEngine, RowSource, SparkEngine, open_source, store_source
from geodata.errors import (
    InvalidJob,
    MissingColumn,
    MissingPackage,
    NotFound,
    UnknownZone,
    UnreadableFile,
    UserError,
)
from geodata.home import Home
from geodata.intake import import_cases
from geodata.locating import Area
from geodata.sample.large import LargeSample, Order, write_large_city
from geodata.schema import CASE_SCHEMA
from geodata.staging import known_area
from geodata.store import CaseStore
from tests.conftest import ROOT, SLOW, run_suyuan
from tests.geodata.store.deliveries import case, stage

CASES = 1_000_000
NOW = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> LargeSample:
    order = Order(CASES, months=6, districts=6, townships=60)
    return write_large_city(order, tmp_path_factory.mktemp("cells"))


@pytest.fixture(scope="module")
def home(sample: LargeSample, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the sample's townships and a store of a small sample of the same city."""
    home = Home.at(tmp_path_factory.mktemp("home"))
    import_boundaries(
        home, sample.map_files.townships, level="township", code_field="code", name_field="name",
        district_field="district_code",
    )  # fmt: skip
    small = Order(20_000, months=6, districts=6, townships=60, updates=0.1)
    written = write_large_city(small, tmp_path_factory.mktemp("small"))
    for file in (*written.case_files, *written.update_files):
        import_cases(home, file, "suyuan", now=NOW)
    return home


@pytest.fixture(scope="module")
def area(home: Home) -> Area:
    return known_area(home)


def test_both_engines_count_a_million_rows_alike(
    sample: LargeSample, area: Area, spark: SparkEngine
) -> None:
    source = open_source(str(sample.case_files[0]))
    job = CellJob(resolution=8, class_level=1)
    told: list[int] = []
    ours = PolarsEngine().count_cells(source, job, area, told.append)
    theirs = spark.count_cells(source, job, area)
    assert ours.table.equals(theirs.table)
    assert ours.table.schema == theirs.table.schema
    assert ours.cases == CASES == told[-1]
    assert 0.93 < ours.located / CASES < 0.98
    assert ours.table.height > 20_000
    assert ours.table["callers"].sum() < CASES


def loops(rows: list[dict[str, Any]], resolution: int) -> dict[tuple[str | None, date], Any]:
    """Count in plain Python: (cell, first day of month) → reports, callers, incidents."""
    reports: dict[Any, int] = defaultdict(int)
    callers, incidents = defaultdict(set), defaultdict(set)
    for number, row in enumerate(rows):
        cell = h3.latlng_to_cell(row["lat"], row["lng"], 11) if row["located"] else None
        key = (
            cell and h3.str_to_int(h3.cell_to_parent(cell, resolution)),
            row["received_local"].date().replace(day=1),
        )
        reports[key] += 1
        if row["caller"] is not None:
            callers[key].add(row["caller"])
        # An incident without a number is one of its own.
        incidents[key].add(number if row["incident"] is None else f"n{row['incident']}")
    return {key: (n, len(callers[key]), len(incidents[key])) for key, n in reports.items()}


@pytest.fixture(scope="module")
def numbered(home: Home, tmp_path_factory: pytest.TempPathFactory) -> RowSource:
    """The store's rows with incidents, some unknown callers, and late evenings at month's end."""
    rows = CaseStore(home).scan().collect().with_row_index("row")
    incident = pl.when(pl.col("row") % 7 > 0).then(pl.col("row").cast(pl.Int64) // 3)
    unknown = pl.when(pl.col("row") % 5 > 0).then("caller")
    # 31 January 23:30 in the city is 15:30 in London, and February in Honolulu is still January.
    local = (
        pl.when(pl.col("row") % 9 == 0)
        .then(pl.datetime(2024, 1, 31, 23, 30))
        .otherwise(
            pl.when(pl.col("row") % 9 == 1)
            .then(pl.datetime(2024, 2, 1, 0, 30))
            .otherwise("received_local")
        )
    )
    rows = rows.with_columns(
        incident=incident, caller=unknown, received_local=local.cast(pl.Datetime("us"))
    )
    path = tmp_path_factory.mktemp("numbered") / "cases.parquet"
    rows.drop("row", "flags").write_parquet(path)
    return open_source(str(path))


def as_loops(table: pl.DataFrame) -> dict[tuple[int | None, date], tuple[int, int, int]]:
    return {(cell, period): tuple(counts) for cell, period, *counts in table.rows()}


def test_counts_are_those_of_plain_loops(numbered: RowSource, area: Area) -> None:
    rows = pl.read_parquet(numbered.files[0]).to_dicts()
    counted = PolarsEngine().count_cells(numbered, CellJob(resolution=9), area)
    assert as_loops(counted.table) == loops(rows, 9)


@pytest.mark.parametrize(
    "job",
    [
        CellJob(resolution=7, by="day", class_level=2),
        CellJob(resolution=10, classes=("物业管理", "噪声扰民"), class_level=3),
        CellJob(resolution=0),
    ],
    ids=["days and classes", "some classes", "one cell"],
)
def test_engines_agree_with_incidents(
    job: CellJob, numbered: RowSource, area: Area, spark: SparkEngine
) -> None:
    ours = PolarsEngine().count_cells(numbered, job, area).table
    assert "incidents" in ours.columns
    assert ours.equals(spark.count_cells(numbered, job, area).table)
    assert 0 < ours["reports"].sum() <= 20_000


def test_the_store_is_read_from_its_files(home: Home, area: Area, spark: SparkEngine) -> None:
    job = CellJob(resolution=11)
    newest = PolarsEngine().count_cells(store_source(home), job, area)
    assert newest.table.equals(spark.count_cells(store_source(home), job, area).table)
    # Updated cases leave their old rows in files that the version no longer names.
    counts = CaseStore(home).count()
    assert (
        (newest.cases, newest.located) == (counts.cases, counts.located) == (20_000, newest.located)
    )
    month = pl.col("received_local").dt.truncate("1mo").dt.date().alias("period")
    stored = (
        CaseStore(home)
        .scan()
        .group_by("cell", month)
        .agg(
            pl.len().cast(pl.Int64).alias("reports"),
            pl.col("caller").n_unique().cast(pl.Int64).alias("callers"),
        )
    )
    stored = stored.collect().sort("cell", "period")
    assert newest.table.equals(stored)


def test_an_older_version_may_be_asked_for(home: Home, area: Area) -> None:
    first = open_source(f"{home.cases}@0")
    assert first.files != store_source(home).files
    assert PolarsEngine().count_cells(first, CellJob(), area).cases == 20_000


def test_files_that_lack_columns_are_counted_like_those_that_have_them(
    spark: SparkEngine, tmp_path: Path
) -> None:
    """Places that a store found without coordinates must not pass for coordinates."""
    store = CaseStore(Home.at(tmp_path / "home"))
    found = {"lng": 83.05, "lat": 39.05}
    given = {"source_lng": 83.05, "source_lat": 39.05, "source_crs": "EPSG:4326"}
    batches = {
        "named": (
            ("class_1", "lng", "lat"),
            [case(f"a{n}", n, class_1="x", **found) for n in (1, 2)],
        ),
        "located": (tuple(given), [case(f"b{n}", n, **given) for n in (1, 2)]),
        "whole": (CASE_SCHEMA.names, [case(f"c{n}", n, caller="k", **given) for n in (1, 2)]),
    }
    counted = []
    for name, (columns, rows) in batches.items():
        staged = stage(tmp_path / "staged", *rows, columns=(*columns, "title", "cell", "flags"))
        store.upsert(staged, {"batch": name}, lambda rows: rows)
    for _ in range(2):
        source = store_source(Home.at(tmp_path / "home"))
        for engine in (PolarsEngine(), spark):
            table = engine.count_cells(source, CellJob(resolution=6, class_level=1), Area()).table
            counted.append(table.to_dicts())
        store.compact()
    assert counted == [counted[0]] * 4
    located = {(row["class"], row["cell"] is None): row["reports"] for row in counted[0]}
    assert located == {("x", True): 2, (None, False): 4}


def test_text_is_read_like_typed_rows(
    numbered: RowSource, area: Area, spark: SparkEngine, tmp_path: Path
) -> None:
    rows = pl.read_parquet(numbered.files[0], columns=list(numbered.columns)).head(3_000)
    # A quote and a line break in a field must not part a row in two.
    rows = rows.with_columns(caller=pl.lit('甲,"乙"\n') + pl.col("caller"))
    rows.write_parquet(tmp_path / "rows.parquet")
    rows.write_csv(tmp_path / "rows.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    job = CellJob(class_level=1)
    typed, text = (open_source(str(tmp_path / f"rows.{kind}")) for kind in ("parquet", "csv"))
    ours = PolarsEngine().count_cells(typed, job, area).table
    assert ours.equals(PolarsEngine().count_cells(text, job, area).table)
    assert ours.equals(spark.count_cells(text, job, area).table)


def test_no_row_is_lost_whatever_stands_in_it(area: Area, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "received_at,lng,lat,class_1\n,,,\n2024-01-40 08:00:00,东经,北纬,a\n"
        "2024-01-31T16:00:00Z,83.01,39.01,\n9,1e999,nan,b\n"
    )
    counted = PolarsEngine().count_cells(open_source(str(path)), CellJob(class_level=1), area)
    # A line of empty cells is a row too.
    assert counted.cases == 4
    assert counted.located == 1
    known = counted.table.filter(pl.col("period").is_not_null())
    assert known["period"].to_list() == [date(2024, 2, 1)]
    assert counted.table["class"].null_count() == 2


def test_instants_count_by_the_citys_clock(spark: SparkEngine, tmp_path: Path) -> None:
    moments = [datetime(2024, 1, 31, 15, 59, tzinfo=UTC), datetime(2024, 1, 31, 16, 1, tzinfo=UTC)]
    table = pl.DataFrame({"received_at": moments, "lng": [83.0, 83.0], "lat": [39.0, 39.0]})
    table.write_parquet(tmp_path / "rows.parquet")
    source = open_source(str(tmp_path / "rows.parquet"))
    for engine in (PolarsEngine(), spark):
        there = engine.count_cells(source, CellJob(), Area()).table["period"].to_list()
        assert there == [date(2024, 1, 1), date(2024, 2, 1)]
        london = engine.count_cells(source, CellJob(zone="Europe/London"), Area()).table
        assert london["reports"].to_list() == [2]


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", *(["Asia/Shanghai"] if SLOW else [])])
def test_the_machines_zone_takes_no_part(
    zone: str, home: Home, spark_ready: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    written = []
    for engine in ("polars", "spark"):
        out = tmp_path / f"{engine}.parquet"
        options = ["--engine", engine, "--by", "day", "--out", out]
        told = run_suyuan(home.path, "cases", "cells", *options)
        assert told["located"] + told["unlocated"] == told["cases"] == 20_000
        written.append(out.read_bytes())
    assert written[0] == written[1]
    first = pl.read_parquet(out)["period"].min()
    assert first == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("ask", "kind", "named"),
    [
        (lambda f: open_source(str(f / "none.parquet")), NotFound, "none.parquet"),
        (lambda f: open_source(str(f / "texts")), UnreadableFile, "Delta"),
        (lambda f: open_source(str(f / "a.csv")), MissingColumn, "source_lng"),
        (lambda f: store_source(Home.at(f / "home")), NotFound, "--source"),
        (lambda f: CellJob(resolution=12), InvalidJob, "12"),
        (lambda f: CellJob(by="week"), InvalidJob, "week"),
        (lambda f: CellJob(class_level=4), InvalidJob, "4"),
        (lambda f: CellJob(zone="Mars/Base"), UnknownZone, "Mars/Base"),
        (
            lambda f: PolarsEngine().count_cells(open_source("s3://a/b"), CellJob(), Area()),
            UnreadableFile,
            "s3://a/b",
        ),
    ],
)
def test_mistakes_are_told_in_both_languages(
    ask: Any, kind: type[UserError], named: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("case_id,received_at\n1,2024-01-01\n")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").touch()
    with pytest.raises(kind) as caught:
        ask(tmp_path)
    assert named in str(caught.value)
    assert named in caught.value.chinese


def test_a_url_that_is_not_there_is_told(spark: SparkEngine, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="PATH_NOT_FOUND"):
        spark.count_cells(open_source(f"file://{tmp_path}/none"), CellJob(), Area())


def test_a_url_is_read_by_spark(spark: SparkEngine, numbered: RowSource, area: Area) -> None:
    far = open_source(f"file://{numbered.files[0]}")
    near = PolarsEngine().count_cells(numbered, CellJob(), area).table
    assert near.equals(spark.count_cells(far, CellJob(), area).table)


def test_without_pyspark_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, numbered: RowSource
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r"requirements-spark\.txt"):
        SparkEngine().count_cells(numbered, CellJob(), Area())
