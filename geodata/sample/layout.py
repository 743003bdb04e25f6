"""The map of the sample city: outline, sixteen districts, townships dense in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

from geodata.sample.names import DISTRICT_NAMES, township_stems
from geodata.sample.plane import Points, geometry_to_degrees
from geodata.sample.tiling import (
    OUTSIDE,
    Labels,
    keep_together,
    merged_tiles,
    spread_seeds,
)

AREA_KM2 = 2_404.0
"""Holds about 20,000 H3 cells of resolution 9 at this latitude."""

N_DISTRICTS = 16
N_TOWNSHIPS = 232
CELLS_A_TOWNSHIP = 8
"""Voronoi cells merged into one township."""

MOST_DISTRICTS, MOST_TOWNSHIPS = len(DISTRICT_NAMES), 1_000
"""There are names for so many."""

STREET_SHARE, TOWN_SHARE = 0.56, 0.33
"""Share of townships that are 街道 and 镇; the rest are 乡."""

PROVINCE_CODE = "99"
"""No province has this code."""

STREET, TOWN, RURAL = "街道", "镇", "乡"

_SATELLITES = ((18.0, 3.4, 0.5), (17.0, 3.0, 0.42), (21.0, 2.4, 0.35))
"""Distance from the centre (km), size (km) and strength of the new towns around the old city."""


@dataclass(frozen=True)
class Size:
    """How large a city is; its area grows with its townships.

    Attributes
    ----------
    districts, townships : int

    Raises
    ------
    ValueError
        There are no names for so many, or a district has fewer than four townships on average.

    Examples
    --------
    >>> Size(16, 232).stretch, Size(16, 928).stretch
    (1.0, 2.0)
    """

    districts: int = N_DISTRICTS
    townships: int = N_TOWNSHIPS

    def __post_init__(self) -> None:
        if not 1 <= self.districts <= MOST_DISTRICTS:
            raise ValueError(f"districts: expected 1 to {MOST_DISTRICTS}, found {self.districts}")
        least = 4 * self.districts
        if not least <= self.townships <= MOST_TOWNSHIPS:
            raise ValueError(
                f"townships: expected {least} to {MOST_TOWNSHIPS}, found {self.townships}"
            )

    @property
    def share(self) -> float:
        """Townships relative to the usual city's."""
        return self.townships / N_TOWNSHIPS

    @property
    def stretch(self) -> float:
        """Lengths relative to the usual city's."""
        return float(np.sqrt(self.share))


USUAL = Size()


@dataclass(frozen=True)
class Layout:
    """Districts and townships.

    Attributes
    ----------
    district_codes, district_names : list of str, one a district
    codes, names, stems, kinds : list of str, length n
        Townships: nine-digit code, full name, name without its kind, kind (街道, 镇, 乡).
    district : ndarray of int64, shape (n,)
        Index of each township's district.
    outlines, district_outlines : ndarray of shapely polygons
        WGS84, longitude first.
    plans : ndarray of shapely polygons, shape (n,)
        The townships in kilometres on the drawing board.
    urbanity : ndarray of float, shape (n,)
        0 (open land) to 1 (the old centre).
    """

    district_codes: list[str]
    district_names: list[str]
    codes: list[str]
    names: list[str]
    stems: list[str]
    kinds: list[str]
    district: NDArray[np.int64]
    outlines: NDArray[Any]
    district_outlines: NDArray[Any]
    plans: NDArray[Any]
    urbanity: NDArray[np.float64]


@dataclass(frozen=True)
class Terrain:
    """Where the city is dense: its outline and its centres, both turned by the seed."""

    waves: NDArray[np.float64]
    centres: NDArray[np.float64]
    radius: float

    def inside(self, points: Points) -> NDArray[np.bool_]:
        """Tell which points (km) lie within the city's outline."""
        angle = np.arctan2(points[:, 1], points[:, 0])
        within: NDArray[np.bool_] = np.hypot(*points.T) < self.radius * _reach(angle, self.waves)
        return within

    def urbanity(self, points: Points) -> NDArray[np.float64]:
        """Return 0 (open land) to 1 (the old centre) for points (km)."""
        total = np.zeros(len(points))
        for east, north, size, strength in self.centres:
            away = np.hypot(points[:, 0] - east, points[:, 1] - north) / size
            total += strength * np.exp(-(away**1.25))
        return total.clip(max=1.0)


def make_layout(rng: np.random.Generator, size: Size = USUAL) -> Layout:
    """Draw the districts and townships of one seed.

    Parameters
    ----------
    rng : numpy Generator
    size : Size

    Returns
    -------
    Layout

    Examples
    --------
    >>> layout = make_layout(np.random.default_rng(1))
    >>> len(layout.names), len(set(layout.names)), len(layout.district_names)
    (232, 232, 16)
    """
    terrain = _make_terrain(rng, size)
    plans = _township_plans(terrain, size, rng)
    middles = shapely.get_coordinates(shapely.centroid(plans))
    district = _districts(plans, middles, size.districts)
    order = np.lexsort((np.hypot(*middles.T), district))
    plans, middles, district = plans[order], middles[order], district[order]
    urbanity = terrain.urbanity(middles)
    kinds = _kinds(urbanity, rng)
    stems = township_stems(kinds, rng)
    outlines = geometry_to_degrees(plans)
    return Layout(
        district_codes=[f"{PROVINCE_CODE}01{i + 1:02d}" for i in range(size.districts)],
        district_names=list(DISTRICT_NAMES[: size.districts]),
        codes=_codes(district),
        names=[stem + kind for stem, kind in zip(stems, kinds, strict=True)],
        stems=stems,
        kinds=kinds,
        district=district,
        outlines=outlines,
        district_outlines=np.array(
            [shapely.coverage_union_all(outlines[district == i]) for i in range(size.districts)]
        ),
        plans=plans,
        urbanity=urbanity,
    )


def _make_terrain(rng: np.random.Generator, size: Size) -> Terrain:
    order = np.arange(2, 8)
    waves = np.column_stack([order, 0.16 / order**0.8, rng.uniform(0, 2 * np.pi, len(order))])
    angle = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    area = AREA_KM2 * size.share
    radius = float(np.sqrt(area / (np.pi * np.mean(_reach(angle, waves) ** 2))))
    turn = rng.uniform(0, 2 * np.pi) + np.array([0.0, 2.2, 4.1])
    distance, reach, strength = np.array(_SATELLITES).T
    around = np.column_stack([distance * np.cos(turn), distance * np.sin(turn), reach, strength])
    centres = np.vstack([[0.0, 0.0, 8.5, 1.0], around])
    centres[:, :3] *= size.stretch
    return Terrain(waves, centres, radius)


def _reach(angle: NDArray[np.float64], waves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline's distance from the centre in each direction, 1 on average."""
    order, height, phase = waves.T
    uneven: NDArray[np.float64] = (height * np.cos(np.outer(angle, order) + phase)).sum(axis=1)
    return 1 + uneven


def _township_plans(terrain: Terrain, size: Size, rng: np.random.Generator) -> NDArray[Any]:
    """Return township polygons in kilometres, merged from small cells around township seeds."""
    cloud = _dense_cloud(terrain, rng)
    inner = cloud[terrain.inside(cloud)]
    townships = spread_seeds(inner, size.townships, 6, rng)
    share_inside = len(inner) / len(cloud)
    small = spread_seeds(cloud, int(size.townships * CELLS_A_TOWNSHIP / share_inside), 3, rng)
    diagram = Voronoi(small)
    pairs = diagram.ridge_points.astype(np.int64)
    bend = _warp(small, rng) * (1.15 - terrain.urbanity(small))[:, None]
    labels = cKDTree(townships).query(small + bend)[1]
    labels = np.where(terrain.inside(small), labels, OUTSIDE).astype(np.int64)
    labels = _fill(keep_together(labels, pairs), small, townships)
    return merged_tiles(diagram, keep_together(labels, pairs), rng)


def _dense_cloud(terrain: Terrain, rng: np.random.Generator) -> Points:
    """Draw points where townships are dense, beyond the outline too, so that the rim has cells."""
    reach = terrain.radius * 1.55
    points = rng.uniform(-reach, reach, (180_000, 2))
    density = 0.05 + 0.95 * terrain.urbanity(points)
    return points[rng.random(len(points)) < density]


def _warp(points: Points, rng: np.random.Generator) -> Points:
    """Return smooth displacements (km) that bend the borders between townships."""
    moved = np.zeros_like(points)
    for wavelength, height in ((9.0, 0.55), (4.0, 0.25)):
        phase = rng.uniform(0, 2 * np.pi, 4)
        wave = 2 * np.pi * points / wavelength
        moved[:, 0] += height * (np.sin(wave[:, 1] + phase[0]) + np.sin(wave[:, 0] + phase[1]))
        moved[:, 1] += height * (np.sin(wave[:, 0] + phase[2]) + np.sin(wave[:, 1] + phase[3]))
    return moved


def _fill(labels: Labels, cells: Points, townships: Points) -> Labels:
    """Give a township that got no cell the nearest one, so that none is lost."""
    labels = labels.copy()
    n = len(townships)
    for empty in np.setdiff1d(np.arange(n), labels):
        sizes = np.bincount(labels[labels != OUTSIDE], minlength=n)
        spare = (labels != OUTSIDE) & (sizes[labels] > 2)
        away = np.hypot(*(cells - townships[empty]).T)
        labels[np.where(spare, away, np.inf).argmin()] = empty
    return labels


def _districts(plans: NDArray[Any], middles: Points, n: int) -> NDArray[np.int64]:
    """Group townships into connected districts, numbered from the centre outwards."""
    seeds = _far_apart(middles, n)
    for _ in range(12):
        label = np.asarray(cKDTree(seeds).query(middles)[1], dtype=np.int64)
        seeds = np.array([middles[label == i].mean(axis=0) for i in range(n)])
    one, other = shapely.STRtree(plans).query(plans, predicate="touches")
    label = keep_together(label, np.column_stack([one, other]))
    outward = np.argsort([np.hypot(*middles[label == i].mean(axis=0)) for i in range(n)])
    return np.argsort(outward)[label].astype(np.int64)


def _far_apart(points: Points, n: int) -> Points:
    """Return `n` of the points, each as far as possible from those before it, the centre first."""
    chosen = [int(np.hypot(*points.T).argmin())]
    for _ in range(n - 1):
        away = np.asarray(cKDTree(points[chosen]).query(points)[0])
        chosen.append(int(away.argmax()))
    return points[chosen]


def _kinds(urbanity: NDArray[np.float64], rng: np.random.Generator) -> list[str]:
    """Call dense townships 街道, the others 镇 or, further out, 乡."""
    mixed = urbanity + rng.normal(0, 0.008, len(urbanity))
    standing = np.argsort(np.argsort(-mixed)) / len(mixed)
    names = np.select(
        [standing < STREET_SHARE, standing < STREET_SHARE + TOWN_SHARE], [STREET, TOWN], RURAL
    )
    return [str(name) for name in names]


def _codes(district: NDArray[np.int64]) -> list[str]:
    seen = dict.fromkeys(district.tolist(), 0)
    codes = []
    for index in district.tolist():
        seen[index] += 1
        codes.append(f"{PROVINCE_CODE}01{index + 1:02d}{seen[index]:03d}")
    return codes
