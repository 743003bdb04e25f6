"""Boundaries: what is repaired, what is refused, and where points lie."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geodata.areas.boundaries import (
    Boundaries,
    current_boundaries,
    import_boundaries,
    load_boundaries,
)
from geodata.areas.boundary_checks import polygon_areas_km2
from geodata.coordinates import wgs84_to_gcj02
from geodata.errors import InvalidBoundaries, MissingColumn, NotFound, UnknownCrs, UnreadableFile
from geodata.home import Home

BOX = shapely.box(116.0, 39.0, 116.1, 39.1)
EAST = shapely.box(116.1, 39.0, 116.2, 39.1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def write(path: Path, shapes: list, crs: str | None = "EPSG:4326", **columns: list) -> Path:
    columns = {
        "code": [str(i) for i in range(len(shapes))],
        "name": [f"街道{i}" for i in range(len(shapes))],
        **columns,
    }
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path)
    return path


def bring(home: Home, path: Path, **options):
    options = {"level": "township", "code_field": "code", "name_field": "name", **options}
    return import_boundaries(home, path, **options)


def test_boston_with_population_by_name(home: Home, shared_data: Path) -> None:
    report = import_boundaries(
        home,
        shared_data / "boston_neighborhoods.geojson",
        level="township",
        code_field="neighborhood",
        name_field="neighborhood",
        population_file=shared_data / "boston_neighborhoods_population.csv",
    )
    assert (report.areas, report.repaired) == (24, ())
    assert report.population.given == 22
    assert report.population.missing == ("Chinatown", "Harbor Islands")
    assert report.population.column == "pop 2015-2019"
    boundaries = load_boundaries(home, "township")
    assert boundaries.population[list(boundaries.names).index("Allston")] == 19261
    older = import_boundaries(
        home,
        shared_data / "boston_neighborhoods.geojson",
        level="township",
        code_field="neighborhood",
        name_field="neighborhood",
        population_field="pop 2013-2017",
        population_file=shared_data / "boston_neighborhoods_population.csv",
    )
    assert older.version != report.version
    kept = load_boundaries(home, "township", report.version)
    assert np.array_equal(kept.population, boundaries.population, equal_nan=True)
    assert current_boundaries(home, "township").version == older.version


def test_chicago_codes_are_whole_numbers(home: Home, shared_data: Path) -> None:
    path = shared_data / "chicago_community_areas.geojson"
    report = bring(home, path, code_field="NID", name_field="community", population_field="POP2010")
    assert (report.areas, report.population.given) == (77, 77)
    boundaries = load_boundaries(home, "township")
    assert boundaries.names[list(boundaries.codes).index("35")] == "DOUGLAS"


def test_shanghai_districts_then_townships(home: Home, shared_data: Path) -> None:
    """Published slivers pass; collections lose their stray lines, and that is told."""
    districts = shared_data / "shanghai_districts.geojson"
    report = bring(home, districts, level="district", code_field="district", name_field="district")
    assert report.areas == 16
    assert len(report.repaired) == 7
    townships = shared_data / "shanghai_townships_approx.geojson"
    bring(home, townships, district_field="district")
    by_field = load_boundaries(home, "township")
    bring(home, townships)
    by_place = load_boundaries(home, "township")
    assert np.mean(by_field.district_codes == by_place.district_codes) > 0.95


def test_same_content_same_version(home: Home, tmp_path: Path) -> None:
    turned = shapely.Polygon(np.roll(np.array(BOX.exterior.coords)[:-1], 2, axis=0))
    first = bring(home, write(tmp_path / "a.geojson", [BOX, EAST]))
    again = bring(home, write(tmp_path / "b.gpkg", [turned, EAST]))
    assert first.version == again.version
    assert len(list(home.boundaries.glob("*.parquet"))) == 1


def test_bow_tie_is_repaired_and_told(home: Home, tmp_path: Path) -> None:
    tie = shapely.Polygon([(116, 39), (116.1, 39.1), (116.1, 39), (116, 39.1)])
    report = bring(home, write(tmp_path / "tie.geojson", [tie]))
    assert report.repaired[0].name == "街道0"
    assert "Self-intersection" in report.repaired[0].what.english
    assert "自相交" in report.to_json("zh")["repaired"][0]["what"]
    assert shapely.is_valid(load_boundaries(home, "township").geometry).all()


@pytest.mark.parametrize(
    ("shapes", "columns", "message"),
    [
        ([BOX, shapely.box(116.05, 39, 116.2, 39.1)], {}, r"overlap: 街道0 and 街道1 48\.\d+ km²"),
        ([BOX, BOX], {}, "街道0 and 街道1"),
        ([BOX, EAST], {"code": ["1", "1"]}, r"code given twice: 1 \(街道0, 街道1\)"),
        ([BOX, EAST], {"code": ["1", None]}, "no code in row 2"),
        ([BOX, EAST], {"name": [None, "西"]}, "no name in row 1"),
        ([BOX, shapely.Point(116.3, 39)], {}, "街道1 has a polygon of zero area"),
        ([BOX, shapely.Polygon([(117, 39), (117.1, 39), (117.2, 39)])], {}, "街道1 .*zero area"),
        ([BOX, None], {}, "街道1 has no polygon"),
        ([BOX, shapely.Polygon()], {}, "街道1 has no polygon"),
    ],
)
def test_refused_by_name(home: Home, tmp_path: Path, shapes, columns, message) -> None:
    path = write(tmp_path / "f.gpkg", shapes, **columns)
    with pytest.raises(InvalidBoundaries, match=message):
        bring(home, path)
    assert current_boundaries(home, "township") is None


def test_thin_overlap_is_a_sliver(home: Home, tmp_path: Path) -> None:
    twenty_metres = 0.00023
    neighbour = shapely.box(116.1 - twenty_metres, 39.0, 116.2, 39.1)
    assert bring(home, write(tmp_path / "f.geojson", [BOX, neighbour])).areas == 2


def test_files_that_are_no_boundaries(home: Home, tmp_path: Path) -> None:
    words = tmp_path / "words.geojson"
    words.write_text("hello")
    table = tmp_path / "table.csv"
    table.write_text("code,name\n1,a\n")
    empty = tmp_path / "empty.geojson"
    empty.write_text('{"type":"FeatureCollection","features":[]}')
    for path in (words, table, empty, tmp_path / "absent.gpkg"):
        with pytest.raises(UnreadableFile, match=path.name):
            bring(home, path)
    good = write(tmp_path / "good.geojson", [BOX])
    with pytest.raises(MissingColumn, match="no column 'id', found code, name"):
        bring(home, good, code_field="id")
    with pytest.raises(UnknownCrs, match="mars"):
        bring(home, good, crs="mars")
    with pytest.raises(UnreadableFile, match="coordinate system"):
        bring(home, write(tmp_path / "bare.shp", [BOX], crs=None))
    with pytest.raises(NotFound, match="no township layer"):
        load_boundaries(home, "township")


def test_other_coordinate_systems(home: Home, tmp_path: Path) -> None:
    projected = gpd.GeoSeries([BOX], crs="EPSG:4326").to_crs("EPSG:32650")
    bring(home, write(tmp_path / "utm.gpkg", list(projected), crs="EPSG:32650"))
    utm = load_boundaries(home, "township").geometry[0]
    assert shapely.hausdorff_distance(utm, BOX) < 1e-6
    shifted = shapely.transform(BOX, lambda at: np.column_stack(wgs84_to_gcj02(at[:, 0], at[:, 1])))
    bring(home, write(tmp_path / "gcj.geojson", [shifted]), crs="GCJ-02")
    gcj = load_boundaries(home, "township").geometry[0]
    assert shapely.hausdorff_distance(gcj, BOX) < 1e-6


def test_population_table(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path / "f.geojson", [BOX, EAST])
    table = tmp_path / "people.csv"
    table.write_bytes('街道,2020年,备注\n街道1,"12,345",甲\n街道9,7,乙\n'.encode("gb18030"))
    report = bring(home, path, population_file=table)
    assert report.population.unmatched == ("街道9",)
    assert report.population.missing == ("街道0",)
    population = load_boundaries(home, "township").population
    assert np.array_equal(population, [np.nan, 12345], equal_nan=True)
    table.write_text("街道,人口\n甲,500\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="no row has the code or the name"):
        bring(home, path, population_file=table)


def test_areas_agree_with_geodesics(shared_data: Path) -> None:
    """Against areas on the ellipsoid, reckoned without a projection."""
    shapes = gpd.read_file(shared_data / "boston_neighborhoods.geojson").geometry.to_numpy()
    geod = Geod(ellps="WGS84")
    expected = [abs(geod.geometry_area_perimeter(shape)[0]) / 1e6 for shape in shapes]
    assert polygon_areas_km2(shapes) == pytest.approx(expected, rel=1e-5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-2, 42), st.integers(-2, 22)), min_size=1, max_size=50))
def test_located_as_a_plain_loop_does(ticks: list[tuple[int, int]]) -> None:
    """Points on a grid that hits edges and corners of a chequered city."""
    squares = [shapely.box(x, y, x + 1, y + 1) for y in range(2) for x in range(4)]
    city = Boundaries.of([str(i) for i in range(8)], ["n"] * 8, squares)
    lng, lat = np.array(ticks).T / 10
    expected = [
        next((i for i, square in enumerate(squares) if square.covers(shapely.Point(x, y))), -1)
        for x, y in zip(lng, lat, strict=True)
    ]
    assert city.locate(lng, lat).tolist() == expected


def test_nearest_keeps_to_its_distance() -> None:
    city = Boundaries.of(["a", "b"], ["A", "B"], [BOX, EAST])
    kilometre_north = 1000 / 111_020
    lng, lat = [116.05, 116.15, 116.15, np.nan, 0.0], [39.1 + 0.9 * kilometre_north] * 5
    lat[2] = 39.1 + 1.1 * kilometre_north
    assert city.nearest(lng, lat, 1000).tolist() == [0, 1, -1, -1, -1]
    assert city.locate([np.nan], [39.05]).tolist() == [-1]
