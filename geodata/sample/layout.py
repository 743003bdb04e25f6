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

STREET_SHARE, TOWN_SHARE = 0.56, 0.33
"""Share of townships that are 街道 and 镇; the rest are 乡."""

PROVINCE_CODE = "99"
"""No province has this code."""

STREET, TOWN, RURAL = "街道", "镇", "乡"

_SATELLITES = ((18.0, 3.4, 0.5), (17.0, 3.0, 0.42), (21.0, 2.4, 0.35))
"""Distance from the centre (km), size (km) and strength of the new towns around the old city."""


@dataclass(frozen=True)
class Layout:
    """Districts and townships.

    Attributes
    ----------
    district_codes, district_names : list of str, length 16
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


def make_layout(rng: np.random.Generator) -> Layout:
    """Draw the districts and townships of one seed.

    Parameters
    ----------
    rng : numpy Generator

    Returns
    -------
    Layout

    Examples
    --------
    >>> layout = make_layout(np.random.default_rng(1))
    >>> len(layout.names), len(set(layout.names)), len(layout.district_names)
    (232, 232, 16)
    """
    terrain = _make_terrain(rng)
    plans = _township_plans(terrain, rng)
    middles = shapely.get_coordinates(shapely.centroid(plans))
    district = _districts(plans, middles)
    order = np.lexsort((np.hypot(*middles.T), district))
    plans, middles, district = plans[order], middles[order], district[order]
    urbanity = terrain.urbanity(middles)
    kinds = _kinds(urbanity, rng)
    stems = township_stems(kinds, rng)
    outlines = geometry_to_degrees(plans)
    return Layout(
        district_codes=[f"{PROVINCE_CODE}01{i + 1:02d}" for i in range(N_DISTRICTS)],
        district_names=list(DISTRICT_NAMES),
        codes=_codes(district),
        names=[stem + kind for stem, kind in zip(stems, kinds, strict=True)],
        stems=stems,
        kinds=kinds,
        district=district,
        outlines=outlines,
        district_outlines=np.array(
            [shapely.coverage_union_all(outlines[district == i]) for i in range(N_DISTRICTS)]
        ),
        plans=plans,
        urbanity=urbanity,
    )


def _make_terrain(rng: np.random.Generator) -> Terrain:
    order = np.arange(2, 8)
    waves = np.column_stack([order, 0.16 / order**0.8, rng.uniform(0, 2 * np.pi, len(order))])
    angle = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    radius = float(np.sqrt(AREA_KM2 / (np.pi * np.mean(_reach(angle, waves) ** 2))))
    turn = rng.uniform(0, 2 * np.pi) + np.array([0.0, 2.2, 4.1])
    distance, size, strength = np.array(_SATELLITES).T
    around = np.column_stack([distance * np.cos(turn), distance * np.sin(turn), size, strength])
    return Terrain(waves, np.vstack([[0.0, 0.0, 8.5, 1.0], around]), radius)


def _reach(angle: NDArray[np.float64], waves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the outline's distance from the centre in each direction, 1 on average."""
    order, height, phase = waves.T
    uneven: NDArray[np.float64] = (height * np.cos(np.outer(angle, order) + phase)).sum(axis=1)
    return 1 + uneven


def _township_plans(terrain: Terrain, rng: np.random.Generator) -> NDArray[Any]:
    """Return township polygons in kilometres, merged from small cells around township seeds."""
    cloud = _dense_cloud(terrain, rng)
    inner = cloud[terrain.inside(cloud)]
    townships = spread_seeds(inner, N_TOWNSHIPS, 6, rng)
    share_inside = len(inner) / len(cloud)
    small = spread_seeds(cloud, int(N_TOWNSHIPS * CELLS_A_TOWNSHIP / share_inside), 3, rng)
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
    for empty in np.setdiff1d(np.arange(N_TOWNSHIPS), labels):
        sizes = np.bincount(labels[labels != OUTSIDE], minlength=N_TOWNSHIPS)
        spare = (labels != OUTSIDE) & (sizes[labels] > 2)
        away = np.hypot(*(cells - townships[empty]).T)
        labels[np.where(spare, away, np.inf).argmin()] = empty
    return labels


def _districts(plans: NDArray[Any], middles: Points) -> NDArray[np.int64]:
    """Group townships into connected districts, numbered from the centre outwards."""
    seeds = _far_apart(middles, N_DISTRICTS)
    for _ in range(12):
        label = np.asarray(cKDTree(seeds).query(middles)[1], dtype=np.int64)
        seeds = np.array([middles[label == i].mean(axis=0) for i in range(N_DISTRICTS)])
    one, other = shapely.STRtree(plans).query(plans, predicate="touches")
    label = keep_together(label, np.column_stack([one, other]))
    outward = np.argsort([np.hypot(*middles[label == i].mean(axis=0)) for i in range(N_DISTRICTS)])
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
    seen = dict.fromkeys(range(N_DISTRICTS), 0)
    codes = []
    for index in district.tolist():
        seen[index] += 1
        codes.append(f"{PROVINCE_CODE}01{index + 1:02d}{seen[index]:03d}")
    return codes
