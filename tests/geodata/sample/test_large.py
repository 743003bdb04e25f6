"""Samples of any size: exact, reproducible, bounded, realistic, and imported as planted."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from geodata.areas import import_boundaries
from geodata.errors import InvalidOrder
from geodata.home import Home
from geodata.intake import import_cases
from geodata.places import import_places
from geodata.sample.calendar import MONTH_WEIGHTS
from geodata.sample.large import LargeSample, Order, write_large_city
from geodata.sample.large.reports import zipf
from geodata.store import CaseStore

NOW = datetime(2026, 2, 1, tzinfo=UTC)
SMALL = {"districts": 3, "townships": 18}


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def frame_of(written: LargeSample) -> pl.DataFrame:
    return pl.read_parquet(list(written.case_files))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> LargeSample:
    return write_large_city(Order(300_000, months=12), tmp_path_factory.mktemp("large"))


@pytest.mark.parametrize("format_", ["parquet", "csv"])
def test_the_same_order_gives_the_same_bytes(format_: str, tmp_path: Path) -> None:
    order = Order(20_000, format=format_, faults=0.01, updates=0.05, by_month=True, **SMALL)
    write_large_city(order, tmp_path / "one")
    write_large_city(order, tmp_path / "again")
    assert digests(tmp_path / "one") == digests(tmp_path / "again")
    other = Order(20_000, format=format_, seed=2, faults=0.01, updates=0.05, by_month=True, **SMALL)
    write_large_city(other, tmp_path / "other")
    assert not set(digests(tmp_path / "one").values()) & set(digests(tmp_path / "other").values())


@pytest.mark.parametrize("cases", [1, 7, 1_000, 131_073, 300_001])
def test_the_number_of_rows_is_exact(cases: int, tmp_path: Path) -> None:
    share = 0.003 if cases >= 1_000 else 0.0
    written = write_large_city(Order(cases, updates=0.1, faults=share, **SMALL), tmp_path)
    ids = frame_of(written)["case_id"]
    assert written.cases == len(ids) == cases
    assert written.updates == int((cases - int(cases * share)) * 0.1)
    assert ids.n_unique() >= cases - sum(written.faults.values())


def test_months_have_files_of_their_own(tmp_path: Path) -> None:
    written = write_large_city(Order(9_000, months=3, by_month=True, **SMALL), tmp_path)
    assert [path.name for path in written.case_files] == [
        f"cases-2024-0{month}.parquet" for month in (1, 2, 3)
    ]
    for path in written.case_files:
        months = pl.read_parquet(path)["received_at"].dt.strftime("%Y-%m").unique()
        assert months.to_list() == [path.stem.removeprefix("cases-")]


def test_calls_keep_the_rhythm_of_day_week_and_year(large: LargeSample) -> None:
    received = frame_of(large)["received_at"]
    assert received.is_sorted()
    hours = received.dt.hour().value_counts().sort("received_at")["count"].to_numpy()
    assert hours[9:11].mean() > 5 * hours[2:5].mean()
    a_day = Counter(received.dt.date().to_list())
    by_weekday = np.array(
        [np.mean([n for day, n in a_day.items() if day.weekday() == d]) for d in range(7)]
    )
    assert by_weekday[0] > 1.3 * by_weekday[6]
    by_month = np.array(
        [np.mean([n for day, n in a_day.items() if day.month == m + 1]) for m in range(12)]
    )
    assert np.corrcoef(by_month, MONTH_WEIGHTS)[0, 1] > 0.9


def test_places_and_callers_are_uneven(large: LargeSample) -> None:
    cases = frame_of(large)
    by_place = cases["reported_place"].drop_nulls().value_counts()["count"].sort(descending=True)
    assert by_place[: len(by_place) // 10].sum() > 0.3 * by_place.sum()
    by_caller = cases["caller"].value_counts()["count"]
    assert by_caller.max() > 20
    assert 0.3 < (by_caller == 1).mean() < 0.95


def test_ranks_follow_zipf() -> None:
    rng = np.random.default_rng(1)
    ranks = zipf(rng.random(400_000), np.full(400_000, 1_000), 0.5)
    counts = np.bincount(ranks, minlength=1_000)
    assert counts.sum() == 400_000
    # Ranks r and 4 r differ by the factor 4^-0.5.
    assert counts[400:440].sum() / counts[100:140].sum() == pytest.approx(
        np.sqrt(np.arange(101, 141).mean() / np.arange(401, 441).mean()), rel=0.05
    )


def test_things_are_reported_more_than_once(large: LargeSample) -> None:
    cases = frame_of(large).filter(pl.col("address").is_not_null())
    same = cases.group_by("address", "class_3").agg(
        pl.len(), pl.col("caller").n_unique().alias("callers"), pl.col("received_at").sort()
    )
    gaps = same.filter(pl.col("len") > 1)["received_at"].list.diff().explode().drop_nulls()
    close = (gaps.dt.total_hours() <= 24 * 4).sum() / len(cases)
    assert close > 0.08
    assert same.filter(pl.col("len") > pl.col("callers")).height > 0.02 * len(cases)


def test_some_places_are_told_in_words_only(large: LargeSample) -> None:
    cases = frame_of(large)
    words_only = cases.filter(pl.col("lng").is_null() & pl.col("address").is_not_null())
    assert 0.02 < len(words_only) / len(cases) < 0.04
    (lng, lat), n = Counter(cases.select("lng", "lat").drop_nulls().rows()).most_common(1)[0]
    assert n > 0.02 * len(cases)
    at_default = cases.filter((pl.col("lng") == lng) & (pl.col("lat") == lat))
    assert at_default["address"].n_unique() > 0.3 * n


def map_of(home: Home, written: LargeSample) -> None:
    files = written.map_files
    import_boundaries(home, files.districts, level="district", code_field="code", name_field="name")
    townships = import_boundaries(
        home, files.townships, level="township", code_field="code", name_field="name",
        district_field="district_code", population_field="population",
    )  # fmt: skip
    assert townships.areas == SMALL["townships"]
    import_places(
        home, files.places, code_field="code", name_field="name", kind_field="kind",
        households_field="households", population_field="population",
    )  # fmt: skip


@pytest.mark.parametrize("format_", ["parquet", "csv"])
def test_an_import_rejects_exactly_what_was_planted(format_: str, tmp_path: Path) -> None:
    order = Order(40_000, format=format_, faults=0.002, updates=0.02, **SMALL)
    written = write_large_city(order, tmp_path / "files")
    home = Home.at(tmp_path / "home")
    map_of(home, written)
    done = import_cases(home, written.case_files[0], "suyuan", now=NOW)
    planted = sum(written.faults.values())
    assert planted == 80
    assert (done.read, done.rejected, done.accepted) == (40_000, planted, 40_000 - planted)
    with done.rejects_path.open(encoding="utf-8-sig") as file:  # type: ignore[union-attr]
        assert Counter(row["rule"] for row in csv.DictReader(file)) == written.faults
    assert done.located > 0.9 * done.accepted
    assert set(done.flags) >= {"default_point", "no_coordinates", "swapped", "zero"}
    assert done.flags["default_point"] > 500
    later = import_cases(home, written.update_files[0], "suyuan", now=NOW)
    assert (later.read, later.updated, later.rejected) == (written.updates, written.updates, 0)
    store = (
        CaseStore(home)
        .scan()
        .select(pl.len(), called_back=pl.col("callback_at").is_not_null().mean())
        .collect()
    )
    assert store["len"][0] == 40_000 - planted
    assert store["called_back"][0] > 0.9


GROWTH = """
import json, sys
from pathlib import Path
from geodata.sample.large import Order, write_large_city

def peak() -> int:
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if x[:5] == "VmHWM")
    return int(line.split()[1]) // 1024

peaks = []
for cases in (200_000, 1_000_000):
    # Fewer months make full batches of the small sample too.
    write_large_city(Order(cases, months=1, districts=3, townships=18), Path(sys.argv[1]))
    peaks.append(peak())
print(json.dumps(peaks))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's /proc")
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", GROWTH, tmp_path], capture_output=True, text=True, check=True
    )
    small, large = json.loads(ended.stdout)
    assert large < 1_000
    # A few batches more may be in flight; 800,000 rows held at once would be some 500 MB.
    assert large - small < 150


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"cases": 0}, "cases"),
        ({"cases": 10_000, "faults": 0.5}, "faults"),
        ({"cases": 999, "faults": 0.1}, "cases"),
        ({"cases": 10, "updates": 1.5}, "updates"),
        ({"cases": 10, "months": 25}, "months"),
        ({"cases": 10, "districts": 17}, "districts"),
        ({"cases": 10, "townships": 30}, "townships"),
        ({"cases": 10, "format": "xlsx"}, "xlsx"),
    ],
)
def test_orders_out_of_range_are_refused(wrong: dict[str, int], named: str) -> None:
    with pytest.raises(InvalidOrder) as caught:
        Order(**wrong)
    assert named in str(caught.value)
    assert named in caught.value.chinese


def test_rows_carry_no_dictionaries(large: LargeSample) -> None:
    assert not [field for field in pq.read_schema(large.case_files[0]) if "dict" in str(field.type)]
