"""The variants of an analysis: the same cases by another measure, in other cells, by township."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.errors import NothingToAnalyse
from app.hotspots.cell_tests import assess_cells, assess_separately, count_cells
from app.hotspots.measures import COUNT, MEASURES, check_measurable, measured
from app.hotspots.people_at_points import people_where_reports_are
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from geodata.areas import Boundaries, Places, study_cells
from geodata.schema import STORE_RESOLUTION
from spatial.grid import cell_centres, parents
from spatial.hot_areas import NO_UNIT, pieces_across
from spatial.sensitivity import MEASURE, NEEDED_SHARE, SCALE, TOWNSHIP, Variant, finer_share

FINER_CELLS = 7
"""Cells of the next resolution in one cell."""

LARGEST_VARIANT = 200_000
"""Cells beyond which a finer variant is not made: 25 rows of so many take about 2 GB."""

TOWNSHIPS = "township"

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """One variant to make.

    Attributes
    ----------
    name, kind : str
        As in `spatial.Variant`.
    measure : str
    resolution : int or None
        None for townships.
    """

    name: str
    kind: str
    measure: str
    resolution: int | None

    def to_json(self) -> dict[str, Any]:
        """As the stored result names it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "measure": self.measure,
            "resolution": self.resolution,
        }


@dataclass(frozen=True)
class Base:
    """The result that is looked at again, and what it was made from.

    Attributes
    ----------
    cells : int64[n]
    counts : int64[n, 1 + steps]
        In the base's measure, the whole span first.
    level : int8[n, 1 + steps]
    cases : DataFrame
        Cases of the window and classes, as when the run was made; located ones have an
        ``incident``.
    """

    cells: Ints
    counts: Ints
    level: NDArray[np.int8]
    cases: pl.DataFrame
    boundaries: Boundaries
    places: Places | None
    resolution: int
    measure: str
    seed: int

    @property
    def n_steps(self) -> int:
        """Steps besides the whole span."""
        return int(self.counts.shape[1]) - 1


@dataclass(frozen=True)
class Made:
    """A variant in every row, or why it could not be made.

    Attributes
    ----------
    level : int8[units, 1 + steps]
    piece_cell, piece_unit : int64[pieces]
    cases : int64[pieces, 1 + steps]
    reason : str or None
        ``too_many_cells``, ``no_finer_cells``, ``no_callers`` or ``nothing_compared``.
    """

    level: NDArray[np.int8]
    piece_cell: Ints
    piece_unit: Ints
    cases: Ints
    reason: str | None = None


def plans(resolution: int, measure: str) -> tuple[Plan, ...]:
    """Return the variants of a result: the other measures, cells coarser and finer, townships."""
    others = (each for each in MEASURES if each != measure)
    return (
        *(Plan(each, MEASURE, each, resolution) for each in others),
        Plan("coarser", SCALE, measure, resolution - 1),
        Plan("finer", SCALE, measure, resolution + 1),
        Plan(TOWNSHIPS, TOWNSHIP, measure, None),
    )


def make_variant(base: Base, plan: Plan) -> Made:
    """Count and test the base's cases anew, as the plan says."""
    try:
        if plan.resolution is None:
            return _by_township(base)
        reason = _impossible(base, plan.resolution)
        return _unmade(base, reason) if reason else _by_cell(base, plan.measure, plan.resolution)
    except NothingToAnalyse:
        return _unmade(base, "no_callers" if plan.measure == "callers" else "nothing_compared")


def rows_of(plan: Plan, made: Made, resolution: int) -> Iterator[Variant]:
    """Give the variant as `spatial.sensitivity` reads it, row by row."""
    finer = plan.resolution is not None and plan.resolution > resolution
    for row in range(made.level.shape[1]):
        level = made.level[:, row]
        tested = level != NOT_TESTED
        yield Variant(
            name=plan.name,
            kind=plan.kind,
            hot=tested & (level >= SIGNIFICANT_LEVEL),
            tested=tested,
            piece_cell=made.piece_cell,
            piece_unit=made.piece_unit,
            cases=made.cases[:, row].astype(float),
            needed=finer_share() if finer else NEEDED_SHARE,
        )


def _impossible(base: Base, resolution: int) -> str | None:
    if resolution > STORE_RESOLUTION:
        return "no_finer_cells"
    if resolution > base.resolution and len(base.cells) * FINER_CELLS > LARGEST_VARIANT:
        return "too_many_cells"
    return None


def _unmade(base: Base, reason: str) -> Made:
    """Stand for a variant that could not be made: no unit, so nothing tested."""
    every = np.arange(len(base.cells))
    none = np.zeros((0, base.counts.shape[1]), dtype=np.int8)
    return Made(none, every, np.full(every.size, NO_UNIT), base.counts, reason)


def _by_cell(base: Base, measure: str, resolution: int) -> Made:
    located = base.cases.filter("located")
    check_measurable(located, measure)
    area = study_cells(base.boundaries, resolution)
    cells, counts = count_cells(located, resolution, base.n_steps, area, measure)
    people = base.places and people_where_reports_are(base.places, located)
    tested = assess_cells(cells, counts, base.boundaries, people, resolution, base.seed)
    piece_cell, piece_unit = pieces_across(base.cells, cells)
    # Finer cells are counted in the base's own measure: what each of them has is a piece.
    finer = resolution > base.resolution
    cases = counts[piece_unit] if finer else base.counts[piece_cell]
    return Made(tested.level, piece_cell, piece_unit, cases)


def _by_township(base: Base) -> Made:
    """Test townships each by itself, cases that only name theirs included."""
    boundaries = base.boundaries
    placed = base.cases.filter(pl.col("located") | pl.col("township_only")).with_columns(
        unit=pl.col("township").replace_strict(
            list(map(str, boundaries.codes)),
            np.arange(len(boundaries)),
            default=None,
            return_dtype=pl.Int64,
        )
    )
    counts = _count_rows(placed, base, len(boundaries))
    level = assess_separately(counts, _at_risk(boundaries))
    return Made(level, *_cells_by_township(base, placed.filter("located")))


def _cells_by_township(base: Base, located: pl.DataFrame) -> tuple[Ints, Ints, Ints]:
    """Cut cells at the borders of townships: their cases say how much of a cell is where."""
    above = parents(located["cell"].to_numpy(), base.resolution)
    known = np.isin(above, base.cells)
    located, above = located.filter(pl.Series(known)), above[known]
    cell = np.searchsorted(base.cells, above)
    township = located["unit"].fill_null(NO_UNIT).to_numpy()
    pairs, unit = np.unique(np.column_stack([cell, township]), axis=0, return_inverse=True)
    numbered = located.with_columns(unit=pl.Series(unit.ravel()))
    cases = _count_rows(numbered, base, len(pairs))
    # A cell without cases lies where its centre does.
    empty = np.setdiff1d(np.arange(len(base.cells)), cell)
    lat, lng = cell_centres(base.cells[empty])
    return (
        np.concatenate([pairs[:, 0], empty]),
        np.concatenate([pairs[:, 1], base.boundaries.locate(lng, lat)]),
        np.concatenate([cases, np.zeros((empty.size, cases.shape[1]), dtype=np.int64)]),
    )


def _count_rows(cases: pl.DataFrame, base: Base, n_units: int) -> Ints:
    """Count cases by ``unit`` and row in the base's measure, the whole span first."""
    counts = np.zeros((n_units, 1 + base.n_steps), dtype=np.int64)
    spanning = measured(cases, ["unit"], base.measure)
    counts[spanning["unit"].to_numpy(), 0] = spanning[COUNT].to_numpy()
    by_step = measured(cases, ["unit", "step"], base.measure)
    counts[by_step["unit"].to_numpy(), by_step["step"].to_numpy() + 1] = by_step[COUNT].to_numpy()
    return counts


def _at_risk(boundaries: Boundaries) -> NDArray[np.float64]:
    """Return the townships' residents; their land where no residents are known anywhere."""
    known = boundaries.population > 0
    if known.any():
        return np.where(known, boundaries.population, np.nan)
    shapes = gpd.GeoSeries(boundaries.geometry, crs=4326)
    return np.asarray(shapes.to_crs(shapes.estimate_utm_crs()).area, dtype=float)
