"""Named points of an exclusion 点位: which cases lie near them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import polars as pl

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius, as for the points of projects."""

MARGIN = 1.01
"""How much wider than the circle the box is that is looked at first."""

POINT_COLUMNS = ("located", "lng", "lat")
"""Columns of cases that tell whether one lies near a point."""


@dataclass(frozen=True)
class NamedPoint:
    """A place with a name, and how far around it cases belong to it.

    Attributes
    ----------
    name : str
    lng, lat : float
        Degrees, WGS84.
    radius_m : int
        Metres; a case as far away as that is still near.
    """

    name: str
    lng: float
    lat: float
    radius_m: int

    def to_json(self) -> dict[str, Any]:
        """As plain values, for a column or a document that is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(str(told["name"]), float(told["lng"]), float(told["lat"]), int(told["radius_m"]))


def points_of(told: Sequence[Mapping[str, Any]]) -> tuple[NamedPoint, ...]:
    """Read the points of a column."""
    return tuple(map(NamedPoint.from_json, told))


def is_near(point: NamedPoint) -> pl.Expr:
    """Tell which cases with `POINT_COLUMNS` are located near a point, by great circles."""
    up = MARGIN * math.degrees(point.radius_m / EARTH_RADIUS_M)
    aside = up / math.cos(math.radians(point.lat))
    lng, lat = pl.col("lng"), pl.col("lat")
    rise, run = (lat - point.lat).radians() / 2, (lng - point.lng).radians() / 2
    level = lat.radians().cos() * math.cos(math.radians(point.lat))
    half = rise.sin().pow(2) + level * run.sin().pow(2)
    metres = 2 * EARTH_RADIUS_M * half.sqrt().arcsin()
    return pl.all_horizontal(
        pl.col("located"),
        lat.is_between(point.lat - up, point.lat + up),
        lng.is_between(point.lng - aside, point.lng + aside),
        metres <= point.radius_m,
    )
