"""Test every cell's neighbourhood, in every step and over the whole span, in both directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy.sparse
from numpy.typing import NDArray

from app.errors import NothingToAnalyse
from app.hotspots.measures import COUNT, DEFAULT_MEASURE, measured
from app.hotspots.significance import levels
from app.hotspots.tables import CellResults
from geodata.areas import Boundaries, Places, expected_surface
from spatial.count_laws.dispersion import estimate_dispersion
from spatial.cube import build_cube
from spatial.getis_ord import getis_ord
from spatial.grid import cell_centres, parents
from spatial.inference import benjamini_hochberg
from spatial.weights import hex_weights

POPULATION_NULL = "negative_binomial"
NO_POPULATION_NULL = "permutation"


@dataclass(frozen=True)
class _Tests:
    """Both tails of some columns."""

    z: NDArray[np.float64]
    p_hot: NDArray[np.float64]
    p_cold: NDArray[np.float64]


def count_cells(
    located: pl.DataFrame,
    resolution: int,
    n_steps: int,
    study_area: NDArray[np.int64],
    measure: str = DEFAULT_MEASURE,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count located cases by cell and row (row 0: whole span), in the given measure.

    Parameters
    ----------
    located : DataFrame
        Columns ``cell`` (of the store), ``step`` and ``caller``.
    resolution : int
        Of the cells to count in.
    n_steps : int
    study_area : int64[m]
        All cells of the city; cells of cases at its rim are added.
    measure : str
        See `app.hotspots.measures`. A caller counts once in a step, and once in the whole span.

    Returns
    -------
    cells : int64[n], ascending
    counts : int64[n, 1 + n_steps]
    """
    coarser = pl.Series("cell", parents(located["cell"].to_numpy(), resolution))
    placed = located.with_columns(coarser)
    by_step = measured(placed, ["cell", "step"], measure)
    cube = build_cube(
        by_step["cell"].to_numpy(),
        by_step["step"].to_numpy(),
        n_steps,
        all_cells=np.union1d(study_area, by_step["cell"].to_numpy()),
        counts=by_step[COUNT].to_numpy(),
    )
    spanning = measured(placed, ["cell"], measure)
    whole = np.zeros(len(cube.cells), dtype=np.int64)
    whole[np.searchsorted(cube.cells, spanning["cell"].to_numpy())] = spanning[COUNT].to_numpy()
    return cube.cells, np.column_stack([whole, cube.counts])


def assess_cells(
    cells: NDArray[np.int64],
    counts: NDArray[np.int64],
    boundaries: Boundaries,
    places: Places | None,
    resolution: int,
    seed: int,
) -> CellResults:
    """Test the neighbourhood of every cell and correct over the whole family.

    The family is all cells × rows × both tails. Where population is known, a step's total is shared
    out by population; where none is known anywhere, counts are permuted among cells.

    Raises
    ------
    NothingToAnalyse
        Population is known, but not where any case is.
    """
    weights = hex_weights(cells)
    population = expected_surface(cells, boundaries, places, resolution)
    if population is None:
        expected = np.full(counts.shape, np.nan)
        dispersion: dict[str, float] = {}
        tests = _permuted(counts, weights, seed)
        compared = np.repeat(counts.mean(axis=0, keepdims=True), len(cells), axis=0)
    else:
        population = _known_risk(counts, population)
        if not counts[np.isfinite(population)].any():
            raise NothingToAnalyse(
                "no located case lies where the population is known: nothing can be compared",
                "已定位的诉求都不在有人口数据的范围内，无法比较",
            )
        expected = _share_out(counts, population)
        tests, dispersion = _against_population(counts, expected, weights)
        compared = expected
    q_hot, q_cold = _correct(tests)
    known = np.isfinite(compared)
    lat, lng = cell_centres(cells)
    return CellResults(
        cells=cells,
        township=boundaries.locate(lng, lat),
        counts=counts,
        expected=expected,
        neighbourhood_counts=weights @ np.where(known, counts, 0).astype(float),
        neighbourhood_expected=weights @ np.where(known, compared, 0.0),
        z=tests.z,
        p_hot=tests.p_hot,
        p_cold=tests.p_cold,
        q_hot=q_hot,
        q_cold=q_cold,
        level=levels(q_hot, q_cold),
        null=NO_POPULATION_NULL if population is None else POPULATION_NULL,
        dispersion=dispersion,
        family=int(np.isfinite(tests.p_hot).sum() + np.isfinite(tests.p_cold).sum()),
    )


def assess_separately(counts: NDArray[np.int64], at_risk: NDArray[np.float64]) -> NDArray[np.int8]:
    """Test units, such as townships, each by itself as cells are tested with their neighbours.

    Parameters
    ----------
    counts : int64[units, 1 + steps]
        Row by row of the analysis, the whole span first.
    at_risk : float[units]
        By which each row's total is shared out; NaN where it is not known.

    Returns
    -------
    int8[units, 1 + steps]
        Levels as in `CellResults.level`.
    """
    alone = scipy.sparse.eye_array(len(counts), format="csr")
    known = _known_risk(counts, at_risk)
    tests, _ = _against_population(counts, _share_out(counts, known), alone)
    return levels(*_correct(tests))


def _known_risk(counts: NDArray[np.int64], population: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the population, NaN where there are cases but nobody: then it is not known.

    A road between estates has no residents when all of its township's people are inside places,
    and yet somebody is there to report. It is so in every row, so that rows can be compared.
    """
    return np.where((population == 0) & counts.any(axis=1), np.nan, population)


def _share_out(counts: NDArray[np.int64], population: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share each row's cases out over the cells by population; NaN where that is not known."""
    known = np.isfinite(population)
    share = population / population[known].sum()
    totals = counts[known].sum(axis=0).astype(float)
    return np.outer(share, totals)


def _against_population(
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
) -> tuple[_Tests, dict[str, float]]:
    """Test against expected counts; the whole span and the steps have each their own dispersion.

    Each is estimated from the counts themselves and used at its upper bound: one that is too low
    by chance would see things everywhere.
    """
    parts = [
        getis_ord(counts[:, rows], weights, expected=expected[:, rows], null=POPULATION_NULL)
        for rows in (slice(0, 1), slice(1, None))
    ]
    tests = _Tests(
        np.column_stack([part.z for part in parts]),
        np.column_stack([part.tails.greater for part in parts]),
        np.column_stack([part.tails.less for part in parts]),
    )
    names = ("whole", "steps")
    dispersion = {
        name: part.dispersion
        for name, part in zip(names, parts, strict=True)
        if part.dispersion is not None
    }
    # Not used by the tests: what neighbours share beyond it tells how coarse the population is.
    shared = estimate_dispersion(counts[:, 0], expected[:, 0], weights=weights)
    return tests, {**dispersion, "whole_neighbourhoods": shared.upper}


def _permuted(counts: NDArray[np.int64], weights: scipy.sparse.csr_array, seed: int) -> _Tests:
    """Permute counts among cells. A step without any variation has nothing to permute."""
    z, hot, cold = (np.full(counts.shape, np.nan) for _ in range(3))
    rows = np.flatnonzero(counts.min(axis=0) < counts.max(axis=0))
    if rows.size:
        found = getis_ord(
            counts[:, rows],
            weights,
            null=NO_POPULATION_NULL,
            rng=np.random.default_rng(seed),
        )
        z[:, rows] = found.z
        hot[:, rows], cold[:, rows] = found.tails.greater, found.tails.less
    return _Tests(z, hot, cold)


def _correct(tests: _Tests) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Correct both tails of everything as one family."""
    q = benjamini_hochberg(np.stack([tests.p_hot, tests.p_cold]))
    return q[0], q[1]
