"""The place register: kept in versions, placed in townships, refused when unusable."""

from __future__ import annotations

import pickle
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from geodata.areas.boundaries import import_boundaries
from geodata.areas.places import load_places
from geodata.areas.versions import current_version
from geodata.errors import ChangedMeanwhile, InvalidPlaces, MissingColumn, NotFound
from geodata.home import Home
from geodata.places import (
    NO_REGISTER,
    InvalidPlaceFile,
    Place,
    add_place,
    change_place,
    import_by_columns,
    import_places,
    merge_places,
    preview_places,
    read_register,
)
from geodata.places.checking import check_rows
from geodata.places.columns import NO_COLUMN
from geodata.places.tables import PlaceTable, headers_of

FIELDS = {"code_field": "code", "name_field": "name"}


def write(path: Path, shapes: list, **columns: list) -> Path:
    columns = {
        "code": ["b", "a"][: len(shapes)],
        "name": ["乙村", "甲小区"][: len(shapes)],
        **columns,
    }
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326").to_file(path)
    return path


def test_places_get_their_township(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    assert load_places(home) is None
    path = write(
        tmp_path / "places.gpkg",
        [shapely.Point(116.25, 39.05), shapely.box(116.01, 39.01, 116.02, 39.02)],
        kind=["村", None],
        people=[300, None],
    )
    report = import_places(home, path, **FIELDS, kind_field="kind", population_field="people")
    assert (report.places, report.polygons, report.points, report.population) == (2, 1, 1, 1)
    first = load_places(home)
    assert first.codes.tolist() == ["a", "b"]
    assert first.kinds.tolist() == [None, "村"]
    assert np.array_equal(first.population, [np.nan, 300], equal_nan=True)
    assert first.township.tolist() == [None, None]

    towns = write(tmp_path / "towns.geojson", [shapely.box(116, 39, 116.1, 39.1)])
    import_boundaries(home, towns, level="township", **FIELDS)
    assert load_places(home).township.tolist() == ["b", None]
    assert import_places(home, path, **FIELDS).outside == 1
    assert load_places(home, report.version).population[1] == 300
    with pytest.raises(NotFound, match="places-0"):
        load_places(home, "places-0")


def test_unusable_places_are_refused(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    spot = shapely.Point(116, 39)
    line = shapely.LineString([(116, 39), (117, 39)])
    with pytest.raises(InvalidPlaces, match=r"row 2: geometry .甲小区. has no polygon or point"):
        import_places(home, write(tmp_path / "a.gpkg", [spot, line]), **FIELDS)
    twice = write(tmp_path / "b.gpkg", [spot, spot], code=["x", "x"])
    with pytest.raises(InvalidPlaces, match="code given twice"):
        import_places(home, twice, **FIELDS)
    one = write(tmp_path / "c.gpkg", [spot])
    with pytest.raises(MissingColumn, match="'people'"):
        import_places(home, one, **FIELDS, population_field="people")
    assert load_places(home) is None


# ---- tables

ROWS = """点位名称,别名,点位类型,详细地址,所属街道,户数,常住人口,经度,纬度,启用日期
甲小区,甲苑；甲家园,小区,东路1号,东街道,"1,200",3000,116.02,39.02,2020年3月1日
乙村,,村,,东街道,,,116.03,39.03,
,,道路门牌,西路8号,,,,116.04,39.04,
"""


def table(path: Path, text: str = ROWS) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_table_needs_no_options(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    report = import_places(home, table(tmp_path / "p.csv"))
    assert (report.read, report.added, report.points, report.coded) == (3, 3, 3, 3)
    places = {place.name: place for place in read_register(home).values()}
    assert places["甲小区"].aliases == ("甲苑", "甲家园")
    assert (places["甲小区"].households, places["甲小区"].valid_from) == (1200, "2020-03-01")
    assert places["西路8号"].address == "西路8号", "an address without a name is its own name"
    assert all(code.startswith("p") and len(code) == 11 for code in read_register(home))


@pytest.mark.parametrize("suffix", ["gb18030", "tsv", "xlsx", "parquet"])
def test_every_kind_of_table_reads_alike(tmp_path: Path, suffix: str) -> None:
    frame = pl.read_csv(table(tmp_path / "p.csv"), infer_schema=False)
    path = tmp_path / f"same.{suffix}"
    if suffix == "gb18030":
        path.write_bytes(frame.write_csv().encode("gb18030"))
        path = path.rename(tmp_path / "same.csv")
    elif suffix == "tsv":
        frame.write_csv(path, separator="\t")
    elif suffix == "xlsx":
        frame.to_pandas().to_excel(path, index=False, startrow=2, engine="xlsxwriter")
    else:
        frame.with_columns(pl.col("经度", "纬度").cast(pl.Float64)).write_parquet(path)
    one, other = Home.at(tmp_path / "one"), Home.at(tmp_path / "other")
    assert import_places(one, tmp_path / "p.csv").version == import_places(other, path).version


def test_coordinates_are_converted(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    import_places(home, table(tmp_path / "p.csv"), crs="GCJ-02")
    moved = next(p for p in read_register(home).values() if p.name == "甲小区").lng_lat
    assert 0.003 < 116.02 - moved[0] < 0.01


def test_codes_made_from_content_stay(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    import_places(home, table(tmp_path / "p.csv"))
    codes = set(read_register(home))
    # Another order, full-width digits, and an estate measured anew: the same places.
    lines = ROWS.replace("东路1号", "东路１号").replace("116.02,39.02", "116.0201,39.0202")
    head, *rest = lines.splitlines()
    report = import_places(home, table(tmp_path / "q.csv", "\n".join([head, *rest[::-1]])))
    assert set(read_register(home)) == codes
    assert (report.added, report.changed, report.removed, report.unchanged) == (0, 1, 0, 2)


BAD = [
    ("甲,116.02,x\n", "lat", "x", "not a coordinate in degrees"),
    ("甲,0,0\n", "lng", "0, 0", "not a point of this Earth"),
    ("甲,216.02,39\n", "lng", "216.02, 39", "not a point of this Earth"),
    (",116.02,39\n", "name", "", "no name and no address"),
    ("甲,116.02,39,-3\n", "households", "-3", "not a number of 0 or more"),
    ("甲,116.02,39,,2025-02-30\n", "valid_from", "2025-02-30", "not a date"),
    ("甲,116.02,39,,2025-02-03,2025-02-03\n", "valid_to", "2025-02-03", "ends before it begins"),
]


@pytest.mark.parametrize(("row", "field", "value", "rule"), BAD)
def test_a_bad_row_is_named_and_nothing_is_taken(
    tmp_path: Path, row: str, field: str, value: str, rule: str
) -> None:
    home = Home.at(tmp_path / "home")
    good = "乙,116.03,39.03,,,\n"
    cells = row.rstrip("\n").split(",")
    row = ",".join(cells + [""] * (6 - len(cells))) + "\n"
    text = "name,lng,lat,households,valid_from,valid_to\n" + good + row
    with pytest.raises(InvalidPlaceFile) as told:
        import_places(home, table(tmp_path / "p.csv", text))
    (problem,) = told.value.problems
    assert (problem.row, problem.field, problem.value) == (3, field, value)
    assert rule in problem.english
    assert "\n" not in str(told.value)
    assert "p.csv" in told.value.chinese
    assert read_register(home) == {}
    assert pickle.loads(pickle.dumps(told.value)).problems == told.value.problems


def test_only_areas_count_as_repaired(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    rows = "甲,x,39\n乙,116.01,\n丙,116.01,39.01\n"
    found = preview_places(home, table(tmp_path / "p.csv", f"name,lng,lat\n{rows}"), {})
    assert (found.repaired, len(found.problems)) == (0, 2)
    bow_tie = shapely.Polygon([(116, 39), (116.1, 39.1), (116.1, 39), (116, 39.1)])
    found = preview_places(home, write(tmp_path / "p.gpkg", [bow_tie]), {})
    assert (found.repaired, found.problems) == (1, ())


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_an_area_without_finite_coordinates_is_refused_not_repaired() -> None:
    broken = shapely.from_wkt("POLYGON ((116 39, 116.1 nan, 116.1 39, 116 39))")
    shapes = np.array([broken, shapely.box(116, 39, 116.1, 39.1), None], dtype=object)
    rows = [{"name": name} for name in "甲乙丙"]
    found = check_rows(PlaceTable(rows, [1, 2, 3], shapes, (), {}))
    assert found.repaired == 0
    assert [(each.row, each.field) for each in found.problems] == [(1, "geometry"), (3, "geometry")]


def test_many_bad_rows_are_all_known_and_some_told(tmp_path: Path) -> None:
    text = "name,lng,lat\n" + "".join(f"甲{i},x{i},39\n" for i in range(20))
    with pytest.raises(InvalidPlaceFile, match="and 15 more") as told:
        import_places(Home.at(tmp_path / "home"), table(tmp_path / "p.csv", text))
    assert [problem.row for problem in told.value.problems] == list(range(2, 22))


def test_what_people_did_outlives_the_next_file(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    head = "code,name,lng,lat,kind\n"
    rows = "a,甲小区,116.02,39.02,小区\nb,乙村,116.03,39.03,村\nc,丙村,116.04,39.04,村\n"
    import_places(home, table(tmp_path / "p.csv", head + rows))
    a = read_register(home)["a"]
    change_place(home, "a", {"name": "甲花园", "aliases": ("甲小区",)}, a.fingerprint())
    merge_places(home, "b", "c")
    made = add_place(home, Place("", "丁公园", shapely.Point(116.05, 39.05)))
    moved = head + rows.replace("116.02", "116.021").replace("甲小区", "甲小区（新）")
    report = import_places(home, table(tmp_path / "q.csv", moved))
    places = read_register(home)
    assert set(places) == {"a", "b", made.code}
    assert (places["a"].name, places["a"].aliases) == ("甲花园", ("甲小区",))
    assert places["a"].lng_lat == (116.021, 39.02), "a field nobody edited follows the file"
    assert places["b"].former_codes == ("c",)
    assert (report.kept_edits, report.merged, report.changed) == (2, 1, 1)
    last = import_places(
        home, table(tmp_path / "r.csv", head + "e,戊,116.06,39.06,\n"), update=True
    )
    assert (last.added, last.removed, last.places) == (1, 0, 4)
    assert import_places(home, tmp_path / "r.csv").removed == 2


def test_a_preview_tells_what_the_import_then_does(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    west = write(tmp_path / "a.gpkg", [shapely.Point(116, 39), shapely.Point(117, 39)])
    east = write(tmp_path / "b.gpkg", [shapely.Point(118, 39)], name=["乙庄"])
    for path, update in ((west, False), (east, True), (west, False), (east, False), (east, False)):
        told = preview_places(home, path, {}, update=update)
        version = told.version
        assert version == (current_version(home.places, "places") or NO_REGISTER)
        done = import_by_columns(home, path, {}, update=update, seen=version)
        for count in ("read", "places", "added", "changed", "removed", "unchanged", "coded"):
            assert getattr(told, count) == getattr(done, count), count
        assert told.changes_anything == (done.version != version)
    with pytest.raises(ChangedMeanwhile):
        import_by_columns(home, west, {}, seen=NO_REGISTER)
    assert len(read_register(home)) == 1


def test_a_column_is_named_or_left_out(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    (tmp_path / "a.csv").write_text("name,kind,east,lat\n甲村,村,116,39\n", "utf-8")
    with pytest.raises(MissingColumn):
        preview_places(home, tmp_path / "a.csv", {})
    assert headers_of(tmp_path / "a.csv") == ("name", "kind", "east", "lat")
    import_by_columns(home, tmp_path / "a.csv", {"lng": "east", "kind": NO_COLUMN})
    (place,) = read_register(home).values()
    assert (place.name, place.kind, place.lng_lat) == ("甲村", None, (116, 39))
