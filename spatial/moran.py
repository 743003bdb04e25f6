"""Moran's I: whether neighbours are alike over the whole city, and where.

Global I asks whether like stands beside like anywhere; local I asks it of each cell. High values of
local I mark clusters (high among high, low among low), low values mark outliers (high among low,
low among high); `quadrant` tells which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from spatial._checks import check_choice, check_finite, check_unused, check_weights
from spatial.inference import ALTERNATIVES, Tails, benjamini_hochberg
from spatial.permutation.conditional import (
    check_permutations,
    drawn_moments,
    permuted_tails,
    without_self,
)
from spatial.permutation.shuffles import TIE, shuffled_products

# Deviations and lags below this share of the largest deviation are rounding, and count as 0.
ROUNDING = 1e-12

LOCAL_NULLS = ("permutation", "normal")
GLOBAL_NULLS = ("randomisation", "normality", "permutation")
PERMUTATIONS = 999


@dataclass(frozen=True)
class LocalMoran:
    """Local statistics with their tests, in the order and shape of the values.

    Attributes
    ----------
    statistic : ndarray of float
        ``(n - 1) z_i sum_j w_ij z_j / sum_j z_j**2``, with z the deviation from the mean.
    z : ndarray of float
        Standardised by mean and variance under conditional permutation.
    p_value, q_value : ndarray of float
        p of the named alternative, and q by Benjamini and Hochberg over the whole array.
    quadrant : ndarray of int8
        1 high among high, 2 low among high, 3 low among low, 4 high among low; 0 where a cell has
        no neighbours. At the mean, up to rounding, counts as low.
    tails : Tails
        Both one-sided p-values: greater for clusters, less for outliers.
    null, alternative : str
    n_permutations : int or None
        Simulated permutations; 0 where the permutation law was computed.
    """

    statistic: NDArray[np.float64]
    z: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    quadrant: NDArray[np.int8]
    tails: Tails
    null: str
    alternative: str
    n_permutations: int | None = None


@dataclass(frozen=True)
class Moran:
    """Global Moran's I with its test.

    Attributes
    ----------
    statistic : float
        ``n / W * sum_ij w_ij z_i z_j / sum_i z_i**2`` with W the sum of all weights.
    expected : float
        ``-1 / (n - 1)``.
    variance_normality, variance_randomisation : float
        Of the statistic, when values are normal, and when the values at hand are shuffled.
    z : float
        By the variance of the named null; by randomisation for ``"permutation"``.
    p_value : float
    null, alternative : str
    n_permutations : int or None
    """

    statistic: float
    expected: float
    variance_normality: float
    variance_randomisation: float
    z: float
    p_value: float
    null: str
    alternative: str
    n_permutations: int | None = None


def local_moran(
    values: ArrayLike,
    weights: scipy.sparse.csr_array,
    *,
    null: str = "permutation",
    alternative: str = "two-sided",
    n_permutations: int | None = None,
    rng: np.random.Generator | None = None,
) -> LocalMoran:
    """Test every cell's likeness to its neighbours.

    Parameters
    ----------
    values : array_like, shape (cells,) or (cells, periods)
        Counts, rates or residuals. Periods are tested separately; q-values run over the whole
        array.
    weights : sparse array, shape (cells, cells)
        Not negative; the diagonal is left out. Row-standardise them to make the lag a mean.
    null : {"permutation", "normal"}
        Permutation is conditional: the cell keeps its value, the others are shuffled.
    alternative : {"greater", "less", "two-sided"}
        Greater finds clusters, less finds outliers.
    n_permutations : int, optional
        Simulate so many; by default the law is computed and nothing is simulated.
    rng : numpy Generator, optional
        Needed to simulate.

    Returns
    -------
    LocalMoran
        NaN for cells without neighbours. A cell exactly at the mean has statistic 0 and p 1.

    Raises
    ------
    ValueError
        For unknown names, lengths that differ, values that are not finite or all equal, weights
        that are negative or not square, a simulation without `rng`, or `n_permutations` for the
        normal null.

    References
    ----------
    Anselin (1995), Geographical Analysis 27, 93-115; Sokal, Oden, Thomson (1998), ibid. 30,
    331-354.

    Examples
    --------
    >>> line = scipy.sparse.csr_array(np.eye(8, k=1) + np.eye(8, k=-1))
    >>> found = local_moran([9, 8, 8, 1, 0, 9, 0, 1], line)
    >>> found.quadrant
    array([1, 1, 4, 3, 2, 4, 2, 3], dtype=int8)
    """
    check_choice("null", null, LOCAL_NULLS)
    check_choice("alternative", alternative, ALTERNATIVES)
    check_unused("n_permutations", n_permutations, "permutation", null)
    array = _checked(values)
    columns = array.reshape(array.shape[0], -1)
    neighbours = without_self(check_weights(weights, array.shape[0]))
    deviation, noise = _deviations(columns)
    lag = np.asarray(neighbours @ deviation)
    lag[np.abs(lag) <= noise * np.asarray(neighbours.sum(axis=1))[:, None]] = 0.0
    alone = np.diff(neighbours.indptr)[:, None] == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (array.shape[0] - 1) * deviation * lag / (deviation**2).sum(axis=0)
    mean, variance = drawn_moments(deviation, neighbours)
    sign = np.sign(deviation)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(alone, np.nan, sign * (lag - mean) / np.sqrt(variance))
    if null == "normal":
        tails = Tails(stats.norm.sf(z), stats.norm.cdf(z))
    else:
        tails = _turned(_permuted(columns, neighbours, n_permutations, rng), sign)
    tails = Tails(tails.greater.reshape(array.shape), tails.less.reshape(array.shape))
    quadrant = np.where(deviation > 0, np.where(lag > 0, 1, 4), np.where(lag > 0, 2, 3))
    p = tails.of(alternative)
    return LocalMoran(
        statistic=np.where(alone, np.nan, statistic).reshape(array.shape),
        z=z.reshape(array.shape),
        p_value=p,
        q_value=benjamini_hochberg(p),
        quadrant=np.where(alone, 0, quadrant).astype(np.int8).reshape(array.shape),
        tails=tails,
        null=null,
        alternative=alternative,
        n_permutations=None if null == "normal" else n_permutations or 0,
    )


def moran(
    values: ArrayLike,
    weights: scipy.sparse.csr_array,
    *,
    null: str = "randomisation",
    alternative: str = "greater",
    n_permutations: int = PERMUTATIONS,
    rng: np.random.Generator | None = None,
) -> Moran:
    """Test whether neighbours are alike over the whole city.

    Parameters
    ----------
    values : array_like, shape (cells,)
        Counts, rates or residuals. For rates over uneven population see `standardised_rates`.
    weights : sparse array, shape (cells, cells)
        Not negative; the diagonal is left out. Cells without neighbours count among the n.
    null : {"randomisation", "normality", "permutation"}
        The first two refer z to the normal law; the last simulates shuffles of all values.
    alternative : {"greater", "less", "two-sided"}
        Greater: neighbours are alike; less: they differ.
    n_permutations : int
        Shuffles, for ``"permutation"``; p is ``(1 + as extreme) / (1 + n_permutations)``.
    rng : numpy Generator, optional
        Needed to simulate.

    Returns
    -------
    Moran
        z is NaN, and p with it unless simulated, where no shuffle changes the statistic.

    Raises
    ------
    ValueError
        As for `local_moran`, if there are fewer than 4 cells, or if no cell has a neighbour.

    References
    ----------
    Moran (1950), Biometrika 37, 17-23; Cliff, Ord (1981), Spatial Processes, chapter 2.

    Examples
    --------
    >>> line = scipy.sparse.csr_array(np.eye(8, k=1) + np.eye(8, k=-1))
    >>> found = moran([9, 8, 8, 6, 4, 3, 1, 1], line)
    >>> round(found.statistic, 3), round(found.expected, 3), found.p_value < 0.01
    (0.778, -0.143, True)
    """
    check_choice("null", null, GLOBAL_NULLS)
    check_choice("alternative", alternative, ALTERNATIVES)
    array = _checked(values)
    if array.ndim != 1 or array.size < 4:
        raise ValueError(f"values: expected at least 4 cells, found shape {array.shape}")
    neighbours = without_self(check_weights(weights, array.size))
    if not neighbours.nnz:
        raise ValueError("weights: no cell has a neighbour")
    deviation = _deviations(array)[0]
    scale = array.size / neighbours.sum() / (deviation**2).sum()
    statistic = float(scale * (deviation @ (neighbours @ deviation)))
    expected = -1.0 / (array.size - 1)
    normality, randomisation = _variances(deviation, neighbours)
    variance = normality if null == "normality" else randomisation
    # Rounding leaves a little of a variance that is 0: then every shuffle gives the same value.
    z = (statistic - expected) / np.sqrt(variance) if variance > 1e-14 else np.nan
    if null == "permutation":
        source = check_permutations(n_permutations, rng)
        drawn = scale * shuffled_products(deviation, neighbours, n_permutations, source)
        slack = TIE * max(1.0, abs(statistic))
        above, below = drawn >= statistic - slack, drawn <= statistic + slack
        tails = Tails(
            np.array((1 + above.sum()) / (1 + n_permutations)),
            np.array((1 + below.sum()) / (1 + n_permutations)),
        )
    else:
        tails = Tails(np.array(stats.norm.sf(z)), np.array(stats.norm.cdf(z)))
    return Moran(
        statistic=statistic,
        expected=expected,
        variance_normality=normality,
        variance_randomisation=randomisation,
        z=float(z),
        p_value=float(tails.of(alternative)),
        null=null,
        alternative=alternative,
        n_permutations=n_permutations if null == "permutation" else None,
    )


def _checked(values: ArrayLike) -> NDArray[np.float64]:
    array = check_finite("values", values)
    if array.ndim not in (1, 2) or not array.size:
        raise ValueError(f"values: expected cells or cells x periods, found shape {array.shape}")
    same = array.max(axis=0) == array.min(axis=0)
    if same.any():
        value = array[0][same].flat[0]
        raise ValueError(f"values: all are equal ({value:g}), nothing can be compared")
    return array


def _deviations(
    columns: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return deviations from the mean, and below which size they are rounding: those are 0.

    Whether a cell at the mean lies above it would else depend on the order of the sum.
    """
    deviation = columns - columns.mean(axis=0)
    # Again: the mean is rounded to its own digits, what is left of it to those of the deviations.
    deviation -= deviation.mean(axis=0)
    noise = ROUNDING * np.abs(deviation).max(axis=0)
    deviation[np.abs(deviation) <= noise] = 0.0
    return deviation, noise


def _permuted(
    columns: NDArray[np.float64],
    neighbours: scipy.sparse.csr_array,
    n_permutations: int | None,
    rng: np.random.Generator | None,
) -> Tails:
    found = [
        permuted_tails(np.ascontiguousarray(column), neighbours, n_permutations, rng)
        for column in columns.T
    ]
    greater = np.stack([tails.greater for tails in found], axis=1)
    return Tails(greater, np.stack([tails.less for tails in found], axis=1))


def _turned(sums: Tails, sign: NDArray[np.float64]) -> Tails:
    """Return tails of the statistic from tails of neighbours' sums: it grows with sign times sum.

    A cell at the mean has statistic 0 whatever its neighbours: both tails are certain.
    """
    certain = np.where(np.isnan(sums.greater), np.nan, 1.0)
    greater = np.where(sign > 0, sums.greater, np.where(sign < 0, sums.less, certain))
    less = np.where(sign > 0, sums.less, np.where(sign < 0, sums.greater, certain))
    return Tails(greater, less)


def _variances(
    deviation: NDArray[np.float64], neighbours: scipy.sparse.csr_array
) -> tuple[float, float]:
    """Return Cliff and Ord's variances under normality and randomisation."""
    n = float(deviation.size)
    s0 = float(neighbours.sum())
    both = neighbours + neighbours.T
    s1 = float(both.power(2).sum()) / 2
    s2 = float(((neighbours.sum(axis=1) + neighbours.sum(axis=0)) ** 2).sum())
    kurtosis = float((deviation**4).mean() / (deviation**2).mean() ** 2)
    expected_squared = 1.0 / (n - 1) ** 2
    normality = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n - 1) * (n + 1) * s0**2) - expected_squared
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    second = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    randomisation = (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected_squared
    return normality, randomisation
