"""The sample city's map: a tiling without gap or overlap, places that stand where they should."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geodata.sample.layout import Layout, make_layout
from geodata.sample.plane import KM_PER_DEGREE_LAT, KM_PER_DEGREE_LNG
from geodata.sample.settlements import Settlements, make_settlements
from spatial.grid import cell_areas_km2, cells_of_polygon

SEEDS = (1, 2, 3, 11)


@pytest.fixture(scope="module", params=SEEDS)
def layout(request: pytest.FixtureRequest) -> Layout:
    return make_layout(np.random.default_rng(request.param))


@pytest.fixture(scope="module")
def settlements(layout: Layout) -> Settlements:
    return make_settlements(layout, np.random.default_rng(5))


def test_townships_tile_the_city(layout: Layout) -> None:
    assert len(layout.outlines) >= 200
    assert all(outline.geom_type == "Polygon" for outline in layout.outlines)
    assert shapely.is_valid(layout.outlines).all()
    assert shapely.coverage_is_valid(layout.outlines)
    whole = shapely.union_all(layout.outlines)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert shapely.area(layout.outlines).sum() == pytest.approx(whole.area, rel=1e-9)


def test_districts_are_made_of_whole_townships(layout: Layout) -> None:
    assert len(set(layout.district_codes)) == len(set(layout.district_names)) == 16
    assert shapely.coverage_is_valid(layout.district_outlines)
    for index, outline in enumerate(layout.district_outlines):
        assert outline.geom_type == "Polygon"
        members = layout.outlines[layout.district == index]
        assert shapely.area(members).sum() == pytest.approx(outline.area, rel=1e-9)
        assert len(members) >= 3


def test_names_and_codes_are_distinct(layout: Layout) -> None:
    assert len(set(layout.names)) == len(set(layout.codes)) == len(layout.outlines)
    for code, district in zip(layout.codes, layout.district, strict=True):
        assert code.startswith(layout.district_codes[district])


def test_streets_lie_inside_and_rural_townships_at_the_rim(layout: Layout) -> None:
    middles = shapely.get_coordinates(shapely.centroid(layout.plans))
    away = np.hypot(*middles.T)
    kinds = np.array(layout.kinds)
    area = shapely.area(layout.plans)
    assert away[kinds == "街道"].mean() < away[kinds == "镇"].mean() < away[kinds == "乡"].mean()
    assert np.median(area[kinds == "街道"]) < 0.5 * np.median(area[kinds == "乡"])


def test_the_city_holds_about_twenty_thousand_cells(layout: Layout) -> None:
    cells = cells_of_polygon(shapely.union_all(layout.outlines), 9)
    assert 19_000 < cells.size < 21_500
    board = shapely.area(layout.outlines).sum() * KM_PER_DEGREE_LAT * KM_PER_DEGREE_LNG
    assert cell_areas_km2(cells).sum() == pytest.approx(board, rel=0.01)


def test_places_stand_apart_inside_their_township(layout: Layout, settlements: Settlements) -> None:
    footprints = settlements.footprints
    assert all(footprint.geom_type == "Polygon" for footprint in footprints)
    assert shapely.is_valid(footprints).all()
    assert shapely.covers(layout.outlines[settlements.township], footprints).all()
    one, other = shapely.STRtree(footprints).query(footprints, predicate="intersects")
    assert (one == other).all()


def test_every_township_has_places_with_names_of_their_own(
    layout: Layout, settlements: Settlements
) -> None:
    named = set(zip(settlements.township.tolist(), settlements.names, strict=True))
    assert len(named) == len(set(settlements.codes)) == len(settlements.names)
    assert set(settlements.township.tolist()) == set(range(len(layout.codes)))
    assert {"小区", "村庄", "公共空间"} == set(settlements.kinds)
    roads = set(zip(settlements.road_township.tolist(), settlements.road_names, strict=True))
    assert len(roads) == len(settlements.road_names)
    assert set(zip(settlements.township.tolist(), settlements.roads, strict=True)) <= roads


def test_people_are_plausible(settlements: Settlements) -> None:
    km2 = shapely.area(settlements.footprints) * KM_PER_DEGREE_LAT * KM_PER_DEGREE_LNG
    assert (settlements.people > 0).all()
    assert (settlements.people / km2).max() < 70_000
    assert 4e6 < settlements.township_people.sum() < 9e6
    scattered = settlements.scattered / settlements.township_people
    assert (scattered > 0.02).all()
    assert (scattered < 0.08).all()
