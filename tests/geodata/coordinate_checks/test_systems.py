"""Which coordinate system a file is in: all combinations of what it says and what is true."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from geodata.areas import Boundaries
from geodata.areas.places import Places
from geodata.coordinate_checks import systems
from geodata.coordinate_checks.systems import SYSTEMS, judge_system, sample_of, sample_of_batch
from geodata.coordinates import wgs84_to_bd09, wgs84_to_gcj02

SHIFTS = {"WGS84": lambda x, y: (x, y), "GCJ-02": wgs84_to_gcj02, "BD-09": wgs84_to_bd09}
NINE = [(declared, true) for declared in SYSTEMS for true in SYSTEMS]


def chequered(west: float, south: float, n: int = 6, side: float = 0.03) -> Boundaries:
    """Return n × n square townships of about 3 km."""
    corners = [(west + i * side, south + j * side) for i in range(n) for j in range(n)]
    boxes = [shapely.box(x, y, x + side, y + side) for x, y in corners]
    return Boundaries.of(
        [f"{k:02d}" for k in range(n * n)], [f"第{k}镇" for k in range(n * n)], boxes
    )


def cases_of(
    areas: Boundaries, true: str, declared: str, *, named: bool = True, n: int = 3_000, noise=0.05
) -> pl.DataFrame:
    """Return cases anywhere in the city; some name a township that they are not in."""
    rng = np.random.default_rng(5)
    west, south, east, north = shapely.total_bounds(areas.geometry)
    lng, lat = rng.uniform(west, east, n), rng.uniform(south, north, n)
    where = areas.locate(lng, lat)
    wrong = rng.random(n) < noise
    where[wrong] = rng.integers(0, len(areas), wrong.sum())
    lng, lat = SHIFTS[true](lng, lat)
    return frame(lng, lat, declared, [areas.names[k] for k in where] if named else [None] * n)


def frame(lng, lat, declared: str, townships, places=None, addresses=None) -> pl.DataFrame:
    n = len(lng)
    return pl.DataFrame(
        {
            "case_id": [str(i) for i in range(n)],
            "source_lng": lng,
            "source_lat": lat,
            "source_crs": [declared] * n,
            "reported_township": pl.Series(townships, dtype=pl.String),
            "reported_district": pl.Series([None] * n, dtype=pl.String),
            "reported_place": pl.Series(places or [None] * n, dtype=pl.String),
            "address": pl.Series(addresses or [None] * n, dtype=pl.String),
        }
    )


def check(found, declared: str, true: str) -> None:
    if declared == true:
        assert (found.verdict, found.system, found.note) == ("fits", None, None)
    else:
        assert (found.verdict, found.system) == ("looks_like", true)
        assert f"--crs {true}" in found.note.english
        assert f"--crs {true}" in found.note.chinese
        assert found.better > 3 * found.worse


@pytest.mark.parametrize(("declared", "true"), NINE)
def test_townships_tell_all_nine(declared: str, true: str) -> None:
    areas = chequered(116.2, 39.8)
    check(judge_system(cases_of(areas, true, declared), areas, None, None), declared, true)


@pytest.mark.parametrize(("declared", "true"), NINE)
def test_places_tell_all_nine(declared: str, true: str) -> None:
    rng = np.random.default_rng(7)
    lng, lat = rng.uniform(116.2, 116.5, 40), rng.uniform(39.8, 40.0, 40)
    unknown = np.full(40, None, dtype=object)
    names = np.array([f"花园{chr(0x4E00 + k)}区" for k in range(40)], dtype=object)
    nothing = np.full(40, np.nan)
    places = Places(
        "v", names, names, unknown, nothing, nothing, shapely.points(lng, lat), lng, lat, unknown
    )
    at = rng.integers(0, 40, 400)
    x, y = SHIFTS[true](lng[at] + rng.normal(0, 5e-4, 400), lat[at] + rng.normal(0, 5e-4, 400))
    cases = frame(x, y, declared, [None] * 400, addresses=[f"大路1号{names[k]}3栋" for k in at])
    check(judge_system(cases, None, None, places), declared, true)


@pytest.mark.parametrize(("declared", "true"), NINE)
def test_without_evidence_nothing_is_claimed(declared: str, true: str) -> None:
    areas = chequered(116.2, 39.8)
    few = cases_of(areas, true, declared, n=30)
    silent = cases_of(areas, true, declared, named=False)
    assert judge_system(few, None, None, None).verdict == "cannot_tell"
    for cases in (few, silent):
        found = judge_system(cases, areas, None, None)
        assert found.verdict == "cannot_tell" or found.system == true or declared == true
        assert declared != true or found.note is None


def test_a_rim_alone_tells_what_it_can() -> None:
    """Everything a kilometre off: the wrong system pushes the eastern rim out of the city."""
    areas = chequered(116.2, 39.8)
    found = judge_system(cases_of(areas, "BD-09", "WGS84", named=False, n=9_000), areas, None, None)
    assert found.verdict in ("cannot_tell", "looks_like")
    assert found.system in (None, "BD-09")
    assert "extent" in [each.by for each in found.evidence]


@pytest.mark.parametrize("declared", SYSTEMS)
def test_outside_china_the_three_are_one(declared: str) -> None:
    areas = chequered(-71.2, 42.2)
    found = judge_system(cases_of(areas, "WGS84", declared), areas, None, None)
    assert (found.verdict, found.note) == ("no_matter", None)


def test_names_that_mean_nothing_raise_no_alarm() -> None:
    areas = chequered(116.2, 39.8)
    for seed in range(5):
        cases = cases_of(areas, "WGS84", "WGS84", noise=1.0)
        shuffled = cases.with_columns(pl.col("reported_township").shuffle(seed=seed))
        assert judge_system(shuffled, areas, None, None).note is None


def test_other_systems_are_no_matter() -> None:
    areas = chequered(116.2, 39.8)
    cases = cases_of(areas, "WGS84", "EPSG:4547")
    assert judge_system(cases, areas, None, None).verdict == "no_matter"


def test_the_sample_does_not_depend_on_the_order() -> None:
    cases = cases_of(chequered(116.2, 39.8), "WGS84", "WGS84", n=500).with_columns(
        batch=pl.lit("b")
    )
    one, other = sample_of(cases.lazy())["b"], sample_of(cases.reverse().lazy())["b"]
    assert one.equals(other)
    assert one.height == 500


def test_a_batch_alone_has_the_same_sample(monkeypatch) -> None:
    cases = cases_of(chequered(116.2, 39.8), "WGS84", "WGS84", n=3_000).lazy()
    for most in (200, 1_000, 5_000):
        monkeypatch.setattr(systems, "SAMPLED_CASES", most)
        both = pl.concat([cases.with_columns(batch=pl.lit(name)) for name in ("a", "b")])
        assert sample_of_batch(cases).equals(sample_of(both)["b"])


@pytest.mark.parametrize(("declared", "true"), NINE)
def test_shanghai(shared_data, declared: str, true: str) -> None:
    shapes = gpd.read_file(shared_data / "shanghai_townships_approx.geojson").sort_values("code")
    areas = Boundaries.of(
        shapes["code"].tolist(), shapes["name"].tolist(), list(shapes.geometry.make_valid())
    )
    districts = shapes["district"].to_numpy(dtype=object)
    areas = dataclasses.replace(areas, district_names=districts)
    rows = pl.read_parquet(shared_data / "shanghai_gazetteer.parquet")
    lng, lat = SHIFTS[true](rows["lon"].to_numpy(), rows["lat"].to_numpy())
    cases = frame(lng, lat, declared, rows["township"].to_list()).with_columns(
        reported_district=rows["district"]
    )
    check(judge_system(cases, areas, None, None), declared, true)
