"""The place register: kept in versions, placed in townships, refused when unusable."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata.areas.boundaries import import_boundaries
from geodata.areas.places import import_places, load_places
from geodata.errors import InvalidPlaces, MissingColumn, NotFound
from geodata.home import Home

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
    with pytest.raises(InvalidPlaces, match="甲小区 has no polygon or point"):
        import_places(home, write(tmp_path / "a.gpkg", [spot, line]), **FIELDS)
    twice = write(tmp_path / "b.gpkg", [spot, spot], code=["x", "x"])
    with pytest.raises(InvalidPlaces, match="code given twice: x"):
        import_places(home, twice, **FIELDS)
    one = write(tmp_path / "c.gpkg", [spot])
    with pytest.raises(MissingColumn, match="'people'"):
        import_places(home, one, **FIELDS, population_field="people")
    assert load_places(home) is None
