"""Emerging hot spots: which places became hot, stayed hot, cooled down or come and go.

Every bin of the cube (a cell at a step) is tested with Gi* over its neighbours at that step and the
`k` steps before, corrected for the number of bins; every cell's course is tested for a trend; the
two together give the cell one of seventeen words (`spatial.emerging.categories`).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from spatial._checks import (
    check_choice,
    check_counts,
    check_expected,
    check_finite,
    check_not_negative,
    check_someone_at_risk,
    check_unused,
    check_weights,
)
from spatial.count_laws.dispersion import Dispersion
from spatial.cube import Cube
from spatial.emerging.bins import BinTests, bins_against_cube, bins_against_expected
from spatial.emerging.categories import EmergingCategory, categorise
from spatial.trend.mann_kendall import FEWEST_STEPS, score_test
from spatial.trend.rank_pairs import count_pairs
from spatial.trend.window import windowed_variance

NULLS = ("permutation", "normal", "poisson", "negative_binomial")
WITH_EXPECTED = ("poisson", "negative_binomial")
TREND_VARIANCES = ("window", "independent")
UNUSED_EXPECTED = (
    "expected: this null does not use it, and uneven population alone makes cells significant; "
    "use null='negative_binomial'"
)


@dataclass(frozen=True)
class EmergingHotSpots:
    """Categories with all that explains them. Row `i` of every array is the cell ``cells[i]``.

    Attributes
    ----------
    cells : ndarray of int64, shape (cells,)
        The cube's cells, or the row numbers where none were given.
    category : ndarray of int8, shape (cells,)
        Codes of `EmergingCategory`: 1 to 8 hot, -1 to -8 cold, 0 no pattern, 127 not tested.
    level : ndarray of int8, shape (cells, steps)
        1 at significantly hot steps, -1 at cold ones, 0 at others.
    z : ndarray of float, shape (cells, steps)
        Gi* of each bin, NaN where it could not be tested. Without expected counts it compares
        with all bins of the cube, with them it is ``(O - E) / sqrt(E + phi sum(e**2))``.
    rate : ndarray of float, shape (cells, steps)
        Mean of each bin's neighbourhood, or its observed over its expected total.
    q_value : ndarray of float, shape (cells, steps)
        The smaller of the q-values of both tails.
    hot_steps, cold_steps, tested_steps : ndarray of int64, shape (cells,)
    trend_s, trend_z, trend_p : ndarray of float, shape (cells,)
        Mann and Kendall's test of the cell's course, two-sided; NaN with fewer than 3 tested steps.
    k : int
    alpha, trend_alpha : float
    null, trend_variance : str
    dispersion : float or None
    """

    cells: NDArray[np.int64]
    category: NDArray[np.int8]
    level: NDArray[np.int8]
    z: NDArray[np.float64]
    rate: NDArray[np.float64]
    q_value: NDArray[np.float64]
    hot_steps: NDArray[np.int64]
    cold_steps: NDArray[np.int64]
    tested_steps: NDArray[np.int64]
    trend_s: NDArray[np.float64]
    trend_z: NDArray[np.float64]
    trend_p: NDArray[np.float64]
    k: int
    alpha: float
    trend_alpha: float
    null: str
    trend_variance: str
    dispersion: float | None = None

    @property
    def hot_share(self) -> NDArray[np.float64]:
        """Share of the tested steps that are hot; NaN where none was tested."""
        return self._share(self.hot_steps)

    @property
    def cold_share(self) -> NDArray[np.float64]:
        """Share of the tested steps that are cold; NaN where none was tested."""
        return self._share(self.cold_steps)

    def category_of(self, cell: int) -> EmergingCategory:
        """Return the category of one cell by its id.

        Raises
        ------
        KeyError
            If the cube has no such cell.
        """
        found = np.flatnonzero(self.cells == cell)
        if not found.size:
            raise KeyError(cell)
        return EmergingCategory(int(self.category[found[0]]))

    def _share(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        tested = self.tested_steps
        return np.where(tested > 0, steps / np.maximum(tested, 1), np.nan)


def emerging_hot_spots(
    cube: Cube | ArrayLike,
    weights: scipy.sparse.csr_array,
    *,
    k: int = 1,
    alpha: float = 0.05,
    trend_variance: str = "window",
    trend_alpha: float | None = None,
    null: str = "permutation",
    expected: ArrayLike | None = None,
    dispersion: Dispersion | float | None = None,
    cells: ArrayLike | None = None,
    n_permutations: int | None = None,
    rng: np.random.Generator | None = None,
) -> EmergingHotSpots:
    """Say of every cell how its heat developed, in one of seventeen words.

    Parameters
    ----------
    cube : Cube or array_like, shape (cells, steps)
        At least 3 steps. Counts in a `Cube` and for the nulls with expected counts; for
        ``"permutation"`` and ``"normal"`` an array may hold any finite numbers (rates, residuals).
    weights : sparse array, shape (cells, cells)
        Not negative; rows in the cube's order. A cell always belongs to its own neighbourhood: an
        empty diagonal is filled with ones.
    k : int
        Look-back: each bin's neighbourhood spans the current and the `k` previous steps.
    alpha : float
        A bin is hot (or cold) when its q-value is at most this. The family is all bins × both
        tails, by Benjamini and Hochberg.
    trend_variance : {"window", "independent"}
        Window tests the trend of `rate` with the variance that overlapping windows give it.
        Independent is ArcGIS's way, a plain Mann-Kendall test of `z`, which the overlap makes
        reject three times as often as it says; ArcGIS's labels need ``null="normal"`` too.
    trend_alpha : float, optional
        Level of the trend test, two-sided and of each cell by itself; by default `alpha`.
    null : {"permutation", "normal", "poisson", "negative_binomial"}
        The first two compare a bin with all bins of the cube, the others with its expected count.
    expected : array_like, shape of the cube, optional
        Expected counts, NaN where unknown: see `spatial.getis_ord`.
    dispersion : Dispersion or float, optional
        For ``"negative_binomial"``; by default estimated from the bins.
    cells : array_like of int, shape (cells,), optional
        Ids of an array's rows; a `Cube` brings its own.
    n_permutations, rng
        For a simulated permutation instead of the computed law.

    Returns
    -------
    EmergingHotSpots
        In the order of the cube's rows.

    Raises
    ------
    ValueError
        For fewer than 3 steps, NaN, negative counts, cases in a bin that expects 0, values that
        are all equal, shapes that differ, repeated cells, weights that are negative, not square or
        with half a diagonal, an unknown name, a level outside 0 to 1, or a look-back that is
        negative or as long as the cube.

    Warns
    -----
    UserWarning
        If expected counts are given to a null that does not use them.

    References
    ----------
    Esri, ArcGIS Pro, "How Emerging Hot Spot Analysis works"; Getis, Ord (1992), Geographical
    Analysis 24, 189-206; Mann (1945), Econometrica 13, 245-259.

    Examples
    --------
    A row of eight cells, of which the first three wake up in the last of four steps:

    >>> line = scipy.sparse.csr_array(np.eye(8) + np.eye(8, k=1) + np.eye(8, k=-1))
    >>> counts = np.ones((8, 4))
    >>> counts[:3, 3] = 20
    >>> found = emerging_hot_spots(
    ...     counts, line, k=0, null="poisson", expected=np.full((8, 4), 1.5), cells=range(100, 108)
    ... )
    >>> found.category_of(101).name, found.category_of(107).name
    ('NEW_HOT', 'NO_PATTERN')
    """
    check_choice("null", null, NULLS)
    check_unused("dispersion", dispersion, "negative_binomial", null)
    check_unused("n_permutations", n_permutations, "permutation", null)
    values, ids = _check_cube(cube, cells)
    matrix = _with_own(check_weights(weights, values.shape[0]))
    trend_level = alpha if trend_alpha is None else trend_alpha
    _check_settings(values.shape[1], k, trend_variance, alpha, trend_level)
    if null in WITH_EXPECTED:
        means = _check_means(values, expected, matrix, null)
        tests = bins_against_expected(values, means, matrix, k, null, dispersion)
    else:
        if expected is not None:
            warnings.warn(UNUSED_EXPECTED, UserWarning, stacklevel=2)
        if values.min() == values.max():
            raise ValueError(f"cube: all values equal {values[0, 0]}, nothing can be compared")
        tests = bins_against_cube(values, matrix, k, null, n_permutations, rng)
    level = (tests.q_hot <= alpha).astype(np.int8) - (tests.q_cold <= alpha).astype(np.int8)
    s, z, p = _trends(tests, k, trend_variance)
    tested = ~np.isnan(tests.q_hot)
    direction = np.where(p <= trend_level, np.sign(z), 0)
    return EmergingHotSpots(
        cells=ids,
        category=categorise(level, direction, tested),
        level=level,
        z=tests.z,
        rate=tests.rate,
        q_value=np.minimum(tests.q_hot, tests.q_cold),
        hot_steps=(level > 0).sum(axis=1),
        cold_steps=(level < 0).sum(axis=1),
        tested_steps=tested.sum(axis=1),
        trend_s=s,
        trend_z=z,
        trend_p=p,
        k=k,
        alpha=alpha,
        trend_alpha=trend_level,
        null=null,
        trend_variance=trend_variance,
        dispersion=tests.dispersion,
    )


def _trends(
    tests: BinTests, k: int, trend_variance: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return Mann and Kendall's count, z and two-sided p of every cell's course."""
    series = np.ascontiguousarray(tests.rate if trend_variance == "window" else tests.z)
    s, variance, n = count_pairs(series)
    if trend_variance == "window":
        variance = windowed_variance(variance, ~np.isnan(series), k)
    s[n < FEWEST_STEPS] = variance[n < FEWEST_STEPS] = np.nan
    return s, *score_test(s, variance)


def _check_cube(
    cube: Cube | ArrayLike, cells: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the values as floats and the ids of their rows."""
    if isinstance(cube, Cube):
        if cells is not None:
            raise ValueError("cells: the cube has its own, give none")
        values, ids = check_not_negative("cube", cube.counts), cube.cells
    else:
        values = check_finite("cube", cube)
        ids = np.arange(len(values)) if cells is None else np.asarray(cells)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"cube: expected cells x steps, found shape {values.shape}")
    if values.shape[1] < FEWEST_STEPS:
        raise ValueError(f"cube: needs at least {FEWEST_STEPS} steps, found {values.shape[1]}")
    if ids.shape != values.shape[:1]:
        raise ValueError(f"cells: expected {values.shape[0]} ids, found shape {ids.shape}")
    if np.unique(ids).size != ids.size:
        raise ValueError("cells: every cell may be given only once")
    return values, ids.astype(np.int64)


def _with_own(weights: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    """Return the weights with every cell in its own neighbourhood."""
    own = weights.diagonal() > 0
    if own.all():
        return weights
    if own.any():
        raise ValueError(
            "weights: the diagonal must be all zero or all positive, "
            f"found {int(own.sum())} of {own.size} positive"
        )
    return scipy.sparse.csr_array(weights + scipy.sparse.eye_array(own.size, format="csr"))


def _check_settings(
    steps: int, k: int, trend_variance: str, alpha: float, trend_alpha: float
) -> None:
    check_choice("trend_variance", trend_variance, TREND_VARIANCES)
    if not 0 <= k < steps or k != int(k):
        raise ValueError(f"k: expected a whole number from 0 to {steps - 1}, found {k}")
    for name, level in (("alpha", alpha), ("trend_alpha", trend_alpha)):
        if not 0 < level < 1:
            raise ValueError(f"{name}: expected a level between 0 and 1, found {level}")


def _check_means(
    values: NDArray[np.float64],
    expected: ArrayLike | None,
    weights: scipy.sparse.csr_array,
    null: str,
) -> NDArray[np.float64]:
    check_counts("cube", values)
    if expected is None:
        raise ValueError(f"expected: the {null} null needs expected counts")
    if not (weights.data == 1).all():
        raise ValueError(f"weights: the {null} null needs weights of 0 and 1")
    means = check_expected(expected, values.shape)
    check_someone_at_risk(values, means)
    return means
