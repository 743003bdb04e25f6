"""Where people live: 小区, 村 and public places with footprints and population, and the roads.

Every township is cut into blocks (Voronoi cells); a place stands in its own block, so footprints
never overlap, and stays inside its township. A small rest of each township's people lives
scattered over its whole area.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from geodata.sample.layout import N_TOWNSHIPS, RURAL, STREET, TOWN, Layout
from geodata.sample.names import estate_names, public_names, road_names, village_names
from geodata.sample.plane import Points, geometry_to_degrees
from geodata.sample.tiling import spread_seeds

ESTATE, VILLAGE, PUBLIC = "小区", "村庄", "公共空间"

BLOCK_GAP_KM = 0.012
"""Half the width of a street between two blocks."""

PEOPLE_A_KM2 = {ESTATE: 38_000.0, VILLAGE: 6_500.0, PUBLIC: 4_000.0}
"""Residents per km² of footprint …"""
CROWDING = 1.6
"""… and at most this many times as many, where a block is too small for those drawn."""

MEDIAN_PEOPLE = {ESTATE: 2_300.0, VILLAGE: 950.0, PUBLIC: 160.0}
SPREAD_OF_PEOPLE = {ESTATE: 0.45, VILLAGE: 0.4, PUBLIC: 0.4}
"""Median residents of a place and the standard deviation of their logarithm."""

PEOPLE_A_HOUSEHOLD = 2.6

PLACES_A_TOWNSHIP = {
    STREET: {ESTATE: 13, PUBLIC: 2},
    TOWN: {ESTATE: 4, VILLAGE: 11, PUBLIC: 1},
    RURAL: {VILLAGE: 10, PUBLIC: 1},
}
SMALL_TOWNSHIP_KM2 = 1.4
"""Townships below it have proportionally fewer places."""

N_LARGE_ESTATES = 110
LARGE_ESTATE_PEOPLE = (6_500, 12_000)
"""Estates that stand out by size, as on the edge of every big city; so many in the usual one."""

SCATTERED_SHARE = (0.03, 0.07)
"""Share of a township's people who live outside its places."""

ROADS_A_TOWNSHIP = 5


@dataclass(frozen=True)
class Settlements:
    """Places, their people and the roads they stand on.

    Attributes
    ----------
    codes, names, kinds, communities, roads : list of str, length m
        Places: twelve-digit code, name, kind (小区, 村庄, 公共空间), community, nearest road.
    township : ndarray of int64, shape (m,)
        Index of each place's township, ascending.
    people, households : ndarray of int64, shape (m,)
    footprints : ndarray of shapely polygons, shape (m,)
        WGS84, longitude first.
    scattered : ndarray of int64, shape (townships,)
        People who live outside the places.
    road_names : list of str
    road_lines : ndarray of shapely lines
        WGS84; with `road_township` (index), the roads inside each township.
    """

    codes: list[str]
    names: list[str]
    kinds: list[str]
    communities: list[str]
    roads: list[str]
    township: NDArray[np.int64]
    people: NDArray[np.int64]
    households: NDArray[np.int64]
    footprints: NDArray[Any]
    scattered: NDArray[np.int64]
    road_names: list[str]
    road_lines: NDArray[Any]
    road_township: NDArray[np.int64]

    @property
    def township_people(self) -> NDArray[np.int64]:
        """People of each township: those of its places and the scattered ones."""
        in_places = np.bincount(self.township, self.people, len(self.scattered))
        return in_places.astype(np.int64) + self.scattered


@dataclass(frozen=True)
class _Place:
    township: int
    kind: str
    name: str
    community: str
    road: str
    people: int
    plan: Any


def make_settlements(layout: Layout, rng: np.random.Generator) -> Settlements:
    """Settle the townships of a layout.

    Parameters
    ----------
    layout : Layout
    rng : numpy Generator

    Returns
    -------
    Settlements

    Examples
    --------
    >>> from geodata.sample.layout import make_layout
    >>> settlements = make_settlements(make_layout(np.random.default_rng(1)),
    ...                                np.random.default_rng(1))
    >>> len(set(settlements.codes)) == len(settlements.names) > 2_500
    True
    """
    kinds = [_place_kinds(layout, index) for index in range(len(layout.codes))]
    blocks = _blocks(layout, [len(kind) for kind in kinds], rng)
    people = _people(kinds, rng)
    places: list[_Place] = []
    road_names_, road_lines, road_township = [], [], []
    for index, township_kinds in enumerate(kinds):
        names, lines = _roads(layout.plans[index], rng)
        road_names_ += names
        road_lines += lines
        road_township += [index] * len(names)
        found = _settle(layout, index, township_kinds, people[index], blocks[index], rng)
        places += [_on_road(place, names, lines) for place in found]
    return _collect(layout, places, road_names_, road_lines, road_township, rng)


def _place_kinds(layout: Layout, index: int) -> list[str]:
    share = min(1.0, float(layout.plans[index].area) / SMALL_TOWNSHIP_KM2)
    wanted = PLACES_A_TOWNSHIP[layout.kinds[index]]
    return [kind for kind, n in wanted.items() for _ in range(max(1, round(n * share)))]


def _people(kinds: list[list[str]], rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Draw the residents of every place; some estates are made large."""
    flat = np.array([kind for township in kinds for kind in township])
    median = np.array([MEDIAN_PEOPLE[kind] for kind in flat])
    spread = np.array([SPREAD_OF_PEOPLE[kind] for kind in flat])
    people = median * np.exp(rng.normal(0, spread))
    n_large = round(N_LARGE_ESTATES * len(kinds) / N_TOWNSHIPS)
    large = rng.choice(np.flatnonzero(flat == ESTATE), n_large, replace=False)
    people[large] = rng.uniform(*LARGE_ESTATE_PEOPLE, n_large)
    ends = np.cumsum([len(township) for township in kinds])
    return np.split(people.round().astype(np.int64), ends[:-1])


def _blocks(layout: Layout, sizes: list[int], rng: np.random.Generator) -> list[NDArray[Any]]:
    """Cut every township into blocks, those nearest its middle first."""
    seeds = [_block_seeds(plan, n, rng) for plan, n in zip(layout.plans, sizes, strict=True)]
    points = np.vstack(seeds)
    frame = np.array([[-1e3, -1e3], [-1e3, 1e3], [1e3, -1e3], [1e3, 1e3]])
    diagram = Voronoi(np.vstack([points, frame]))
    corners = [diagram.vertices[diagram.regions[r]] for r in diagram.point_region[: len(points)]]
    cells = np.array([shapely.Polygon(ring) for ring in corners])
    inner = np.repeat(shapely.buffer(layout.plans, -2 * BLOCK_GAP_KM), sizes)
    kept = shapely.intersection(shapely.buffer(cells, -BLOCK_GAP_KM), inner)
    return np.split(kept, np.cumsum(sizes)[:-1])


def _block_seeds(plan: Any, n: int, rng: np.random.Generator) -> Points:
    """Spread block seeds over a township, denser around its middle."""
    west, south, east, north = plan.bounds
    cloud = rng.uniform((west, south), (east, north), (n * 60, 2))
    cloud = cloud[shapely.contains_xy(plan, cloud)]
    middle = np.array(plan.centroid.coords[0])
    away = np.hypot(*(cloud - middle).T)
    dense = rng.random(len(cloud)) < 0.25 + 0.75 * np.exp(-((away / 2.0) ** 2))
    seeds: Points = spread_seeds(cloud[dense] if dense.sum() > 4 * n else cloud, n, 4, rng)
    outward = np.hypot(*(seeds - middle).T).argsort()
    ordered: Points = seeds[outward]
    return ordered


def _settle(
    layout: Layout,
    index: int,
    kinds: list[str],
    people: NDArray[np.int64],
    blocks: NDArray[Any],
    rng: np.random.Generator,
) -> Iterator[_Place]:
    """Yield the places of one township: 小区 in the blocks of the middle, villages further out."""
    angle = rng.uniform(0, np.pi / 2)
    names = {
        ESTATE: estate_names(kinds.count(ESTATE), rng),
        VILLAGE: village_names(kinds.count(VILLAGE), rng),
        PUBLIC: public_names(layout.stems[index], kinds.count(PUBLIC), rng),
    }
    for i, (kind, block) in enumerate(zip(kinds, blocks, strict=True)):
        plan = _footprint(block, kind, int(people[i]), angle + rng.normal(0, 0.05), rng)
        name = names[kind].pop(0)
        community = _community(layout.stems[index], kind, name, i)
        fitting = round(float(plan.area) * PEOPLE_A_KM2[kind] * CROWDING)
        yield _Place(index, kind, name, community, "", min(int(people[i]), fitting), plan)


def _community(stem: str, kind: str, name: str, i: int) -> str:
    """Name the residents' or village committee: one for three 小区, one for every village."""
    if kind == VILLAGE:
        return name
    return stem + "一二三四五六七八九"[min(i // 3, 8)] + "社区"


def _footprint(block: Any, kind: str, people: int, angle: float, rng: np.random.Generator) -> Any:
    """Draw a place inside its block: villages are round, everything else follows the streets."""
    largest = max(shapely.get_parts(block), key=lambda part: float(part.area))
    middle = largest.representative_point()
    if largest.contains(largest.centroid):
        middle = largest.centroid
    area = people / PEOPLE_A_KM2[kind]
    shape = _blob(area, rng) if kind == VILLAGE else _rectangle(area, angle, rng)
    placed = shapely.transform(shape, lambda points: points + np.array(middle.coords[0]))
    parts = shapely.get_parts(shapely.intersection(placed, largest))
    return max(parts, key=lambda part: float(part.area))


def _rectangle(area: float, angle: float, rng: np.random.Generator) -> Any:
    width = np.sqrt(area * rng.uniform(1.0, 1.7))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, area / width / 2]
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return shapely.Polygon(corners @ turn)


def _blob(area: float, rng: np.random.Generator) -> Any:
    around = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    radius = np.sqrt(area / np.pi) * rng.uniform(0.75, 1.2, len(around))
    return shapely.Polygon(np.column_stack([radius * np.cos(around), radius * np.sin(around)]))


def _roads(plan: Any, rng: np.random.Generator) -> tuple[list[str], list[Any]]:
    """Lay streets across a township, in two directions at right angles."""
    middle = np.array(plan.centroid.coords[0])
    angle = rng.uniform(0, np.pi / 2)
    reach = float(np.sqrt(plan.area))
    lines = []
    for i in range(ROADS_A_TOWNSHIP):
        turn = angle + (i % 2) * np.pi / 2
        along, across = (
            np.array([np.cos(turn), np.sin(turn)]),
            np.array([-np.sin(turn), np.cos(turn)]),
        )
        start = middle + across * reach * (0.28 * (i // 2 - 1) + rng.normal(0, 0.05))
        position = np.linspace(-1.4, 1.4, 15)[:, None] * reach
        bend = np.cumsum(rng.normal(0, 0.012, 15))[:, None] * reach
        inside = shapely.intersection(
            shapely.LineString(start + position * along + bend * across), plan
        )
        lines.append(max(shapely.get_parts(inside), key=lambda part: float(part.length)))
    return road_names(ROADS_A_TOWNSHIP, rng), lines


def _on_road(place: _Place, names: list[str], lines: list[Any]) -> _Place:
    nearest = int(shapely.distance(np.array(lines), place.plan).argmin())
    return _Place(**{**vars(place), "road": names[nearest]})


def _collect(
    layout: Layout,
    places: list[_Place],
    road_names_: list[str],
    road_lines: list[Any],
    road_township: list[int],
    rng: np.random.Generator,
) -> Settlements:
    township = np.array([place.township for place in places], dtype=np.int64)
    people = np.array([place.people for place in places], dtype=np.int64)
    in_places = np.bincount(township, people, len(layout.codes))
    share = rng.uniform(*SCATTERED_SHARE, len(layout.codes))
    first = np.searchsorted(township, township)
    number = np.arange(len(places)) - first + 1
    return Settlements(
        codes=[f"{layout.codes[t]}{n:03d}" for t, n in zip(township, number, strict=True)],
        names=[place.name for place in places],
        kinds=[place.kind for place in places],
        communities=[place.community for place in places],
        roads=[place.road for place in places],
        township=township,
        people=people,
        households=(people / PEOPLE_A_HOUSEHOLD).round().astype(np.int64),
        footprints=geometry_to_degrees(np.array([place.plan for place in places])),
        scattered=(in_places * share / (1 - share)).round().astype(np.int64),
        road_names=road_names_,
        road_lines=geometry_to_degrees(np.array(road_lines)),
        road_township=np.array(road_township, dtype=np.int64),
    )
