"""The rules for shared and coarse coordinates as plain queries over all cases: slow, and right."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from geodata.coordinate_checks import precision
from geodata.coordinate_checks.decimals import COARSE_DECIMALS, MOST_DECIMALS
from geodata.coordinate_checks.precision import CoarseRule, Grid
from geodata.coordinates import is_geographic

EQUAL_DEG = 1e-9


def row_decimals(lng: pl.Expr, lat: pl.Expr) -> pl.Expr:
    def has_more(values: pl.Expr, decimals: int) -> pl.Expr:
        scaled = values * 10.0**decimals
        return (scaled - scaled.round()).abs() >= EQUAL_DEG * 10.0**decimals

    beyond = [has_more(lng, d) | has_more(lat, d) for d in range(MOST_DECIMALS)]
    return pl.sum_horizontal([each.cast(pl.Int8) for each in beyond]).alias("decimals")


def in_system(cases: pl.LazyFrame, crs: str) -> pl.LazyFrame:
    lng, lat = pl.col("source_lng"), pl.col("source_lat")
    zero = (lng == 0) & (lat == 0)
    whole = (lng == lng.round()) & (lat == lat.round()) & is_geographic(crs)
    usable = cases.filter(
        pl.col("source_crs") == crs, ~zero, ~whole, lng.is_finite(), lat.is_finite()
    )
    return usable.select(lng=lng, lat=lat)


def coarse_rule(cases: pl.LazyFrame) -> CoarseRule | None:
    decimals, usual = coarse_decimals(cases)
    rest = cases
    if decimals is not None:
        rest = cases.filter(row_decimals(pl.col("lng"), pl.col("lat")) > decimals)
    grid = None if usual <= COARSE_DECIMALS else grid_of(rest)
    return CoarseRule(decimals, usual, grid) if decimals is not None or grid else None


def coarse_decimals(cases: pl.LazyFrame) -> tuple[int | None, int]:
    with_decimals = cases.select("lng", "lat", row_decimals(pl.col("lng"), pl.col("lat")))
    counted = with_decimals.group_by("decimals").len().collect()
    rows = np.zeros(MOST_DECIMALS + 1, dtype=np.int64)
    rows[counted["decimals"].to_numpy()] = counted["len"].to_numpy()
    if not rows.sum():
        return None, MOST_DECIMALS
    usual = int(np.searchsorted(np.cumsum(rows), precision.USUAL_SHARE * rows.sum()))
    few = with_decimals.filter(pl.col("decimals") <= COARSE_DECIMALS)
    different = dict(few.unique().group_by("decimals").len().collect().iter_rows())
    for decimals in range(COARSE_DECIMALS, 0, -1):
        found = sum(n for each, n in different.items() if each <= decimals)
        chance = 0.0
        if usual > COARSE_DECIMALS:
            chance = float(rows[decimals + 1 :].sum()) * 100.0 ** (decimals - usual)
        if found >= max(precision.LEAST_COARSE, precision.BEYOND_CHANCE * chance):
            return decimals, usual
    return None, usual


def grid_of(cases: pl.LazyFrame) -> Grid | None:
    points = cases.select("lng", "lat").unique().collect().sort("lng", "lat")
    points = points.gather_every(-(-points.height // precision.SAMPLED_POINTS) or 1)
    if points.height < precision.LEAST_GRID_POINTS:
        return None
    lines = [shared_values(points[name].to_numpy()) for name in ("lng", "lat")]
    on_both = np.isin(points["lng"].to_numpy(), lines[0])
    on_both &= np.isin(points["lat"].to_numpy(), lines[1])
    if on_both.mean() < precision.GRID_SHARE:
        return None
    steps = [step(values) for values in lines]
    if steps[0] is None or steps[1] is None:
        return None
    up = 111_195.0
    across = up * math.cos(math.radians(float(lines[1][0])))
    if max(steps[0] * across, steps[1] * up) < precision.LEAST_STEP_M:
        return None
    return Grid(float(lines[0][0]), float(lines[1][0]), steps[0], steps[1])


def shared_values(values: np.ndarray) -> np.ndarray:
    each, times = np.unique(values, return_counts=True)
    return each[times >= precision.SHARED_BY]


def step(lines: np.ndarray) -> float | None:
    if lines.size < precision.SHARED_BY:
        return None
    gaps = np.diff(lines)
    found = float(np.median(gaps[gaps <= 1.5 * gaps.min()]))
    whole = np.abs(gaps / found - np.rint(gaps / found)) < precision.GRID_TOLERANCE
    return found if whole.mean() >= precision.GRID_SHARE else None
