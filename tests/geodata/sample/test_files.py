"""The sample's rows and files: complete, reproducible, and read as an office's own would be."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import shapely

from geodata.areas.boundaries import import_boundaries
from geodata.coordinates import to_wgs84
from geodata.home import Home
from geodata.intake import import_cases, relocate_cases
from geodata.places import import_places, read_register
from geodata.sample import SampleFiles, make_city, write_city
from geodata.sample.files import UNREADABLE_TIMES
from geodata.store import CaseStore
from tests.geodata.sample.sample_cities import planted_city, small_city


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    return write_city(small_city(), tmp_path_factory.mktemp("sample"))


def digests(files: SampleFiles) -> dict[str, str]:
    folder = files.truth.parent
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(written: SampleFiles, tmp_path: Path) -> None:
    again = write_city(make_city(3, cases=8_000, months=12), tmp_path / "again")
    other = write_city(make_city(4, cases=8_000, months=12), tmp_path / "other")
    assert digests(again) == digests(written)
    assert not set(digests(other).values()) & set(digests(written).values())


def test_every_case_stands_in_one_export(written: SampleFiles) -> None:
    parquet, work_orders = written.exports
    ids = pq.read_table(parquet.path)["case_id"].to_pylist()
    ids += [row["工单编号"] for row in read_work_orders(work_orders.path)]
    good = [case_id for case_id in ids if not case_id.startswith("AHX")]
    assert sorted(good) == sorted(small_city().cases["case_id"].to_pylist())
    assert len(set(ids)) == len(ids) == 8_000 + len(UNREADABLE_TIMES)


def test_work_orders_carry_gcj02(written: SampleFiles) -> None:
    cases = small_city().cases
    true = dict(
        zip(
            cases["case_id"].to_pylist(),
            zip(cases["lng"].to_pylist(), cases["lat"].to_pylist(), strict=True),
            strict=True,
        )
    )
    rows = [row for row in read_work_orders(written.exports[1].path) if row["工单编号"] in true]
    given = [(float(row["经度"]), float(row["纬度"])) for row in rows if row["经度"]]
    wanted = np.array([true[row["工单编号"]] for row in rows if row["经度"]])
    lng, lat = to_wgs84(*np.array(given).T, "GCJ-02")
    usual = np.array([80 < east < 84 and east != 83 for east, _ in given])
    assert usual.mean() > 0.95
    assert np.hypot(lng - wanted[:, 0], lat - wanted[:, 1])[usual].max() < 1e-5
    assert np.hypot(*(np.array(given) - wanted)[usual].T).min() > 1e-3


def test_import_finds_what_is_in_the_files(written: SampleFiles, tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    import_boundaries(
        home, written.districts, level="district", code_field="code", name_field="name"
    )
    townships = import_boundaries(
        home, written.townships, level="township", code_field="code", name_field="name",
        district_field="district_code", population_field="population",
    )  # fmt: skip
    assert townships.areas == 232
    assert not townships.repaired
    now = datetime(2026, 1, 5, tzinfo=UTC)
    reports = [
        import_cases(home, export.path, export.profile, crs=export.crs, now=now)
        for export in written.exports
    ]
    counts = small_city().truth["counts"]
    assert [report.rejected for report in reports] == [0, len(UNREADABLE_TIMES)]
    assert sum(report.accepted for report in reports) == counts["cases"]
    flags = [report.flags for report in reports]
    total = {flag: sum(found[flag] for found in flags) for flag in flags[0]}
    assert total["default_point"] == counts["default_point"]
    assert total["no_coordinates"] == counts["without_coordinates"]
    faults = ("swapped", "zero", "whole_degree", "outside_area")
    assert sum(total[flag] for flag in faults) == counts["faulty_coordinates"]
    unlocated = (
        counts["default_point"] + counts["without_coordinates"] + counts["faulty_coordinates"]
    )
    assert sum(report.unlocated for report in reports) == unlocated
    nameless = counts["without_coordinates"] - counts["township_named_only"]
    assert sum(report.township_only for report in reports) == unlocated - nameless
    # With the register most cases without coordinates are placed by what they report.
    import_places(home, written.places)
    found = relocate_cases(home)
    assert found.flags == total, "why coordinates were not used stays told"
    assert found.unlocated < 0.4 * unlocated
    placed = CaseStore(home).scan().filter(pl.col("location_method") == "geocoded", "located")
    names = {code: place.name for code, place in read_register(home).items()}
    for code, reported, *texts in (
        placed.select("place", "reported_place", "address", "title", "content")
        .collect()
        .iter_rows()
    ):
        assert names[code] == reported or any(names[code] in (text or "") for text in texts)


def test_population_of_files_adds_up(written: SampleFiles) -> None:
    townships, districts, places = (
        [feature["properties"] for feature in json.loads(path.read_text("utf-8"))["features"]]
        for path in (written.townships, written.districts, written.places)
    )
    for district in districts:
        members = [t for t in townships if t["district_code"] == district["code"]]
        assert sum(t["population"] for t in members) == district["population"]
    for township in townships:
        inside = sum(p["population"] for p in places if p["township_code"] == township["code"])
        assert 0.9 * township["population"] < inside < township["population"]


def test_rows_are_complete() -> None:
    cases = planted_city().cases
    assert cases.num_rows == 320_000
    assert pc.count_distinct(cases["case_id"]).as_py() == cases.num_rows
    assert pc.min(pc.utf8_length(cases["content"])).as_py() > 10
    assert not pc.any(pc.match_substring_regex(cases["content"], r"[{}]")).as_py()
    assert not pc.any(pc.match_substring_regex(cases["title"], r"[{}]")).as_py()
    when = cases["received_at"].to_numpy()
    assert (when[1:] >= when[:-1]).all()
    assert when[0] >= np.datetime64("2024-01-01")
    assert when[-1] < np.datetime64("2026-01-01")
    assert pc.all(pc.match_substring_regex(cases["caller"], r"^12\d{9}$")).as_py()


def test_callbacks_are_consistent() -> None:
    rows = small_city().cases.to_pandas()
    assert rows.loc[rows["valid"].isna(), "callback_at"].isna().all()
    assert rows.loc[rows["valid"] != True, "satisfaction"].eq("未评价").all()  # noqa: E712
    assert rows.loc[rows["valid"] == True, "resolved"].notna().all()  # noqa: E712
    assert (rows["closed_at"].isna() == (rows["status"] == "办理中")).all()
    assert (rows["closed_at"].dropna() > rows.loc[rows["closed_at"].notna(), "received_at"]).all()
    solved = rows["resolved"].dropna().mean()
    assert 0.5 < solved < 0.8


def test_positions_lie_in_the_place_that_the_row_names() -> None:
    city = small_city()
    rows = city.cases.to_pandas()
    code_of_name = dict(zip(city.layout.names, range(len(city.layout.names)), strict=True))
    exact = rows[rows["lng"].between(80, 85) & rows["reported_township"].notna()]
    exact = exact[(exact["lng"] != 83) & (exact["lng"] < 84)]
    exact = exact[exact["lng"] != city.truth["default_point"]["lng"]]
    township = exact["reported_township"].map(code_of_name).to_numpy()
    outlines = shapely.buffer(city.layout.outlines, 2e-6)
    assert shapely.contains_xy(outlines[township], exact["lng"], exact["lat"]).all()


def read_work_orders(path: Path) -> list[dict[str, str]]:
    """Return the rows of a district's own export."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("gb18030"))))
