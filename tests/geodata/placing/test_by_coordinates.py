"""Places by coordinates, against a slow oracle that measures every place from every case."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.areas import Places
from geodata.areas.places import places_of
from geodata.places import Place
from geodata.places.records import frame_of
from geodata.placing.by_coordinates import (
    CLEARLY_NEARER,
    METRES_PER_DEGREE,
    NAMED_M,
    NEAR_M,
    NearbyPlaces,
)

LNG, LAT = 116.0, 39.0
EAST = METRES_PER_DEGREE * np.cos(np.radians(LAT))


def at(easting: float, northing: float) -> tuple[float, float]:
    return LNG + easting / EAST, LAT + northing / METRES_PER_DEGREE


def point(easting: float, northing: float) -> shapely.Point:
    return shapely.Point(at(easting, northing))


def square(easting: float, northing: float, side: float) -> shapely.Polygon:
    return shapely.box(*at(easting, northing), *at(easting + side, northing + side))


def register(
    *shapes: tuple[str, shapely.Geometry], aliases: dict[str, str] | None = None
) -> Places:
    known = aliases or {}
    places = [
        Place(f"c{i}", name, shape, aliases=(known[name],) if name in known else ())
        for i, (name, shape) in enumerate(shapes)
    ]
    return places_of("places-x", frame_of(places), None)


def placed(
    places: Places, *spots: tuple[float, float], place: str = "", address: str = "", title: str = ""
) -> list[str | None]:
    lng, lat = np.array([at(*spot) for spot in spots]).T
    named = pl.DataFrame(
        {"reported_place": [place] * len(spots), "address": [address] * len(spots),
         "title": [title] * len(spots)}
    )  # fmt: skip
    found = NearbyPlaces(places).place(lng, lat, named)
    return [None if i < 0 else str(places.names[i]) for i in found]


def test_a_case_inside_an_outline_belongs_to_it() -> None:
    places = register(
        ("大院", square(0, 0, 200)), ("小院", square(50, 50, 40)), ("点", point(100, 10))
    )
    assert placed(places, (10, 10), (60, 60), (100, 10), (-30, 10), (-70, 10)) == [
        "大院", "小院", "大院", "大院", None,
    ]  # fmt: skip


def test_what_a_case_names_decides_between_places_around_it() -> None:
    places = register(
        ("东路1号", point(0, 0)), ("东路11号", point(30, 0)), ("甲小区", square(0, 40, 60)),
        aliases={"甲小区": "甲苑二期"},
    )  # fmt: skip
    assert placed(places, (14, 0)) == [None], "both are about as near"
    assert placed(places, (14, 0), address="东路１号 201室") == ["东路1号"]
    assert placed(places, (14, 0), address="北区东路11号") == ["东路11号"]
    assert placed(places, (14, 0), title="甲苑二期噪声") == ["甲小区"]
    assert placed(places, (1, 0)) == ["东路1号"], "clearly nearer than the next"


def test_an_exactly_named_place_may_be_farther() -> None:
    places = register(
        ("甲小区", point(0, 0)), ("乙小区", point(900, 0)), ("甲小区", point(5000, 0))
    )
    assert placed(places, (200, 0), place=" 甲小区") == ["甲小区"]
    assert placed(places, (400, 0), place="甲小区") == [None], "beyond the reach of a name"
    assert placed(places, (200, 0), place="甲") == [None]
    assert placed(places, (895, 0), place="甲小区") == ["乙小区"], "what lies at hand comes first"


COORDINATE = st.integers(-12, 12).map(lambda step: step * 10.0)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(COORDINATE, COORDINATE, st.sampled_from([0, 35, 90])), min_size=1, max_size=7
    ),
    st.lists(st.tuples(COORDINATE, COORDINATE, st.integers(-1, 7)), min_size=1, max_size=8),
)
def test_the_rules_hold_wherever_places_and_cases_are(
    shapes: list[tuple[float, float, int]], cases: list[tuple[float, float, int]]
) -> None:
    places = register(
        *(
            (f"名{i}号", square(x, y, side) if side else point(x, y))
            for i, (x, y, side) in enumerate(shapes)
        )
    )
    for x, y, named in cases:
        text = f"在名{named}号旁" if named >= 0 else ""
        assert placed(places, (x + 3, y + 4), address=text) == [oracle(places, x + 3, y + 4, text)]


def oracle(places: Places, x: float, y: float, text: str) -> str | None:
    """The four rules, read aloud."""
    case = shapely.Point(*at(x, y))
    flat = [
        shapely.transform(each, lambda c: c * [EAST, METRES_PER_DEGREE]) for each in places.geometry
    ]
    here = shapely.transform(case, lambda c: c * [EAST, METRES_PER_DEGREE])
    metres = [shapely.distance(shape, here) for shape in flat]
    holding = [i for i, m in enumerate(metres) if m == 0 and flat[i].area > 0]
    around = holding or [i for i, m in enumerate(metres) if m <= NEAR_M]
    named = [i for i in around if places.names[i] in text]
    if len(around) > 1 and named:
        return str(places.names[named[0]])
    if holding:
        return str(places.names[min(holding, key=lambda i: (round(flat[i].area, 1), i))])
    if not around:
        return None
    order = sorted(around, key=lambda i: (metres[i], i))
    if len(order) == 1 or (
        metres[order[0]] <= CLEARLY_NEARER * metres[order[1]] and metres[order[1]] > 0
    ):
        return str(places.names[order[0]])
    return None


def test_constants_are_in_order() -> None:
    assert NEAR_M < NAMED_M


@pytest.mark.parametrize("n", [0, 1])
def test_a_register_of_nothing_places_nothing(n: int) -> None:
    places = register(*[("甲", point(0, 0))] * n)
    assert placed(places, (5_000, 0)) == [None]
