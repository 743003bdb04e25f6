"""Which cases are a point's, and why: by its disc or area, or by the place of the register."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from app.hotspots.points.assignment import METRES_PER_DEGREE
from app.projects.models import Point
from app.projects.points.register import Corners

EARTH_RADIUS_M = 6_371_008.8

RING = math.sqrt(2)
"""Outer radius of the ring around a point over that of its disc: both have the same area."""

Why = Literal["disc", "area", "place"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """What makes cases a point's.

    Attributes
    ----------
    lng, lat : float
        Of the middle, in degrees.
    radius_m : float
        Of the disc; an area's is that of a disc as large.
    corners : tuple of (float, float) or None
        Of an area.
    place : str or None
        Code of a place of the register.
    """

    lng: float
    lat: float
    radius_m: float
    corners: Corners | None = None
    place: str | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north end."""
        if self.corners:
            lngs, lats = np.array(self.corners).T
            return float(lngs.min()), float(lats.min()), float(lngs.max()), float(lats.max())
        up = self.radius_m / METRES_PER_DEGREE
        aside = up / math.cos(math.radians(self.lat))
        return self.lng - aside, self.lat - up, self.lng + aside, self.lat + up

    def holds(self, lng: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Tell which positions lie in the disc or area; NaN lies in none."""
        if self.corners:
            return np.asarray(shapely.intersects_xy(shapely.Polygon(self.corners), lng, lat))
        return np.asarray(distances_m(lng, lat, self.lng, self.lat) <= self.radius_m)

    def rings(self, lng: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Tell which positions lie in the ring around, or in the disc or area itself."""
        if self.corners:
            return np.asarray(shapely.intersects_xy(self._with_ring(), lng, lat))
        return np.asarray(distances_m(lng, lat, self.lng, self.lat) <= RING * self.radius_m)

    def _with_ring(self) -> shapely.Polygon:
        """Return the area and as wide a ring around it as a disc of its size would have."""
        scale = METRES_PER_DEGREE * math.cos(math.radians(self.lat)), METRES_PER_DEGREE
        metres = shapely.transform(shapely.Polygon(self.corners), lambda at: at * scale)
        wide = shapely.buffer(metres, (RING - 1) * self.radius_m)
        return shapely.transform(wide, lambda at: at / scale)


def ground_of(point: Point) -> Ground:
    """Return what makes cases this point's."""
    corners = tuple((float(lng), float(lat)) for lng, lat in point.corners or ()) or None
    return Ground(point.lng, point.lat, point.radius_m, corners, point.place)


def attached(cases: pl.LazyFrame, grounds: Sequence[Ground]) -> pl.DataFrame:
    """Return the cases at some points, each once.

    Parameters
    ----------
    cases : LazyFrame
        With ``lng, lat, located, place``.
    grounds : sequence of Ground

    Returns
    -------
    DataFrame
        The cases with ``ground`` (the first that takes it) and ``why`` it does.
    """
    near = cases.filter(pl.any_horizontal([_is_near(each) for each in grounds])).collect()
    lng, lat = (near[name].fill_null(np.nan).to_numpy() for name in ("lng", "lat"))
    located, place = near["located"].to_numpy(), near["place"].cast(pl.String)
    owner = np.full(near.height, -1, dtype=np.int64)
    why = np.full(near.height, "", dtype=object)
    for at, ground in enumerate(grounds):
        inside = ground.holds(lng, lat) & located
        new = (owner < 0) & inside
        if ground.place is not None:
            named = (place == ground.place).fill_null(value=False).to_numpy()
            new |= (owner < 0) & named
        owner[new] = at
        why[new] = np.where(inside[new], "area" if ground.corners else "disc", "place")
    found = near.with_columns(
        ground=pl.Series(owner, dtype=pl.Int64), why=pl.Series(list(why), dtype=pl.String)
    )
    return found.filter(pl.col("ground") >= 0)


def _is_near(ground: Ground) -> pl.Expr:
    west, south, east, north = ground.box
    inside = (
        pl.col("located")
        & pl.col("lng").is_between(west, east)
        & pl.col("lat").is_between(south, north)
    )
    if ground.place is None:
        return inside.fill_null(value=False)
    return (inside | (pl.col("place") == ground.place)).fill_null(value=False)


def distances_m(lngs: Any, lats: Any, lng: float, lat: float) -> Any:
    """Great-circle distances in metres (haversine, mean radius)."""
    lat_1, lat_2 = np.radians(lats), np.radians(lat)
    half = np.sin((lat_1 - lat_2) / 2) ** 2
    half += np.cos(lat_1) * np.cos(lat_2) * np.sin(np.radians(lngs - lng) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half))
