"""Which point a case belongs to, against a slow look at every place."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from app.demo import strongest_point
from app.hotspots.points.assignment import (
    METRES_PER_DEGREE,
    NEAR_PLACE_M,
    NO_PLACE,
    assign_places,
    near_box,
    places_in_reach,
)
from app.hotspots.points.table import find_points
from geodata.areas import Boundaries, Places, load_places
from geodata.home import Home
from geodata.places import import_places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    rng = np.random.default_rng(3)
    centres = np.column_stack([83 + rng.uniform(0, 0.02, 25), 39 + rng.uniform(0, 0.02, 25)])
    shapes = [shapely.Point(*centre).buffer(rng.uniform(2e-4, 1.5e-3)) for centre in centres]
    shapes[4] = shapely.Point(*centres[4])
    file = tmp_path / "places.geojson"
    names = [f"P{i:02d}" for i in range(25)]
    gpd.GeoDataFrame({"code": names, "name": names}, geometry=shapes, crs=4326).to_file(file)
    home = Home.at(tmp_path / "home")
    import_places(home, file, code_field="code", name_field="name")
    found = load_places(home)
    assert found is not None
    return found


def slowly(lng: float, lat: float, places: Places) -> int:
    """Look at every place: the first that is nearest, if near enough."""
    scale = np.array([METRES_PER_DEGREE * np.cos(np.radians(39.01)), METRES_PER_DEGREE])
    here = shapely.Point(np.array([lng, lat]) * scale)
    metres = [
        here.distance(shapely.transform(shape, lambda corner: corner * scale))
        for shape in places.geometry
    ]
    best = int(np.argmin(metres))
    return best if metres[best] <= NEAR_PLACE_M else NO_PLACE


def test_every_case_goes_where_a_slow_look_puts_it(places: Places) -> None:
    rng = np.random.default_rng(5)
    lng, lat = 83 + rng.uniform(-0.003, 0.023, 400), 39 + rng.uniform(-0.003, 0.023, 400)
    given = assign_places(lng, lat, places)
    expected = [slowly(x, y, places) for x, y in zip(lng, lat, strict=True)]
    assert given.tolist() == expected
    assert NO_PLACE in expected
    assert len(set(expected)) > 15


def test_looking_only_nearby_changes_nothing(places: Places) -> None:
    rng = np.random.default_rng(6)
    for index in range(len(places)):
        west, south, east, north = near_box(places.geometry[index])
        lng, lat = rng.uniform(west, east, 50), rng.uniform(south, north, 50)
        among = places_in_reach(places, (west, south, east, north))
        whole = assign_places(lng, lat, places)
        assert assign_places(lng, lat, places, among).tolist() == whole.tolist()
        outside = assign_places(np.array([west - 1e-6]), np.array([south - 1e-6]), places)
        assert outside[0] != index


def point(name: str, **values: object) -> dict[str, object]:
    plain = {"id": name, "reports": 10, "expected": 5.0, "unusually_high": True, "rules": ["r"]}
    return {**plain, "top_caller_share": 0.1, **values}


def test_a_planner_starts_where_many_people_report_too_much() -> None:
    found = [
        point("one person", reports=90, top_caller_share=0.9),
        point("big estate", reports=80, unusually_high=False, expected=79.0),
        point("real", reports=60),
        point("smaller", reports=40),
    ]
    assert strongest_point(found)["id"] == "real"
    assert strongest_point(found[:1])["id"] == "one person"


def test_the_day_told_is_that_of_the_rule_told() -> None:
    # In January three classes a week apart lead the month; only in March one class repeats.
    days = [f"2025-01-{day:02d}" for day in (1, 9, 17)] + ["2025-03-03", "2025-03-04", "2025-03-05"]
    cases = pl.DataFrame(
        {
            "lng": [83.0] * 6,
            "lat": [39.0] * 6,
            "received_local": [datetime.fromisoformat(day) for day in days],
            "class_1": ["a", "b", "c", "d", "d", "d"],
            "class_2": pl.Series([None] * 6, dtype=pl.String),
            "caller": [f"c{i}" for i in range(6)],
            "address": [""] * 6,
            "township": ["1"] * 6,
        }
    )
    city = Boundaries.of(["1"], ["Town"], [shapely.box(82.9, 38.9, 83.1, 39.1)])
    (found,) = find_points(cases, None, city, np.datetime64("2025-03-31")).to_dicts()
    assert found["rules"] == ["same_class_3_in_7_days", "monthly_top_20_least_3"]
    assert found["first_met"] == ["2025-03-05", "2025-01-17"]
    assert found["largest_window"] == [3, 3]
