"""Getis and Ord's local statistic: where neighbourhoods total more, or less, than chance gives.

Gi leaves the cell itself out, Gi* counts it in; which one is computed follows from the weights'
diagonal. Without expected counts a neighbourhood is compared with the city's mean, by permutation
or the normal approximation. With expected counts (from population) it is compared with its own
expected total, under a Poisson or negative binomial null, which is what a city of uneven
population needs.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from spatial._checks import (
    check_choice,
    check_counts,
    check_expected,
    check_finite,
    check_someone_at_risk,
    check_unused,
    check_weights,
)
from spatial.count_laws.dispersion import Dispersion, estimate_dispersion
from spatial.count_laws.neighbour_sums import member_expected, sum_tails
from spatial.inference import ALTERNATIVES, Tails, benjamini_hochberg
from spatial.permutation.conditional import permuted_tails

NULLS = ("permutation", "normal", "poisson", "negative_binomial")


@dataclass(frozen=True)
class GetisOrd:
    """Local statistics with their tests, in the order and shape of the values.

    Attributes
    ----------
    statistic : ndarray of float
        Without expected counts Getis and Ord's G, the share of the city's total that lies in the
        neighbourhood; with them the neighbourhood's observed over its expected total.
    z : ndarray of float
        Standardised deviation. A guide for the eye: p-values do not come from it unless the null
        is ``"normal"``.
    p_value, q_value : ndarray of float
        p of the named alternative, and q by Benjamini and Hochberg over the whole array.
    tails : Tails
        Both one-sided p-values, for families that look at both.
    null, alternative : str
    dispersion : float or None
        Of a negative binomial test: as given, or the estimate around which tails were averaged.
    n_permutations : int or None
        Simulated permutations; 0 where the permutation law was computed exactly.
    """

    statistic: NDArray[np.float64]
    z: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    tails: Tails
    null: str
    alternative: str
    dispersion: float | None = None
    n_permutations: int | None = None


def getis_ord(
    values: ArrayLike,
    weights: scipy.sparse.csr_array,
    *,
    expected: ArrayLike | None = None,
    null: str = "permutation",
    alternative: str = "greater",
    n_permutations: int | None = None,
    rng: np.random.Generator | None = None,
    dispersion: Dispersion | float | None = None,
) -> GetisOrd:
    """Test every cell's neighbourhood total against a named null.

    Parameters
    ----------
    values : array_like, shape (cells,) or (cells, periods)
        Counts, or for ``"permutation"`` and ``"normal"`` any finite numbers. Periods are tested
        separately; q-values run over the whole array.
    weights : sparse array, shape (cells, cells)
        Not negative. A full diagonal gives Gi*, an empty one Gi. The nulls with expected counts
        need binary weights; with the identity they test every cell by itself.
    expected : array_like of float, shape of `values`, optional
        Expected counts, for ``"poisson"`` and ``"negative_binomial"``. A cell whose expected count
        is NaN has no test and takes no part in its neighbours' sums, observed or expected. 0 says
        that nobody is at risk there, so there may be no case either.
    null : {"permutation", "normal", "poisson", "negative_binomial"}
        Permutation is conditional: the cell keeps its value, the others are shuffled.
    alternative : {"greater", "less", "two-sided"}
        Greater finds hot cells, less finds cold ones.
    n_permutations : int, optional
        Simulate so many permutations, as a check. By default none: the law is computed, exactly
        for counts with one weight a row, and see docs/METHODS.md for the error elsewhere.
    rng : numpy Generator, optional
        Needed to simulate.
    dispersion : Dispersion or float, optional
        For ``"negative_binomial"``. Tails are averaged over what a `Dispersion` leaves plausible,
        a float is taken as known. By default it is estimated from single cells, so that what
        neighbours have in common is found and not explained away; see `estimate_dispersion` for
        the stricter one from neighbourhood sums.

    Returns
    -------
    GetisOrd
        NaN for cells without neighbours and for neighbourhoods that expect nothing.

    Raises
    ------
    ValueError
        For unknown names, lengths that differ, arguments that the null does not take, counts that
        are negative or not whole where counts are needed, cases where 0 are expected, weights
        that are negative, not square or with half a diagonal, values that are all equal where a
        variance is needed, or a simulation without `rng`.

    Warns
    -----
    UserWarning
        If values are permuted although expected counts are given: uneven population alone then
        makes the centre hot. The expected counts are not used.

    References
    ----------
    Getis, Ord (1992), Geographical Analysis 24, 189-206; Ord, Getis (1995), ibid. 27, 286-306.

    Examples
    --------
    >>> line = scipy.sparse.csr_array(np.eye(6) + np.eye(6, k=1) + np.eye(6, k=-1))
    >>> found = getis_ord([9, 8, 1, 0, 1, 0], line, expected=[2.0] * 6, null="poisson")
    >>> found.q_value < 0.05
    array([ True,  True, False, False, False, False])
    """
    check_choice("null", null, NULLS)
    check_choice("alternative", alternative, ALTERNATIVES)
    check_unused("dispersion", dispersion, "negative_binomial", null)
    check_unused("n_permutations", n_permutations, "permutation", null)
    array = check_finite("values", values)
    if array.ndim not in (1, 2) or not array.size:
        raise ValueError(f"values: expected cells or cells x periods, found shape {array.shape}")
    matrix = check_weights(weights, array.shape[0])
    columns = array.reshape(array.shape[0], -1)
    spread: Dispersion | None = None
    simulated: int | None = None
    if null in ("poisson", "negative_binomial"):
        check_counts("values", array)
        means = _means(expected, array, matrix, null)
        poisson = null == "poisson"
        spread = Dispersion.known(0.0) if poisson else _dispersion(columns, means, dispersion)
        statistic, z, tails = _against_expected(columns, means, matrix, spread)
    else:
        if expected is not None:
            _refuse_or_warn(null)
        statistic, z = _standardised(columns, matrix)
        if null == "normal":
            tails = Tails(stats.norm.sf(z), stats.norm.cdf(z))
        else:
            tails, simulated = _permuted(columns, matrix, n_permutations, rng)
    tails = Tails(tails.greater.reshape(array.shape), tails.less.reshape(array.shape))
    p = tails.of(alternative)
    return GetisOrd(
        statistic=statistic.reshape(array.shape),
        z=z.reshape(array.shape),
        p_value=p,
        q_value=benjamini_hochberg(p),
        tails=tails,
        null=null,
        alternative=alternative,
        dispersion=spread.central if spread and null == "negative_binomial" else None,
        n_permutations=simulated,
    )


def _refuse_or_warn(null: str) -> None:
    if null == "normal":
        raise ValueError("expected: the normal null takes none; use poisson or negative_binomial")
    warnings.warn(
        "expected: a permutation of raw counts does not use it, and uneven population alone makes "
        "cells significant; use null='negative_binomial'",
        UserWarning,
        stacklevel=3,
    )


def _means(
    expected: ArrayLike | None,
    values: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    null: str,
) -> NDArray[np.float64]:
    if expected is None:
        raise ValueError(f"expected: the {null} null needs expected counts")
    if not (weights.data == 1).all():
        raise ValueError(f"weights: the {null} null needs weights of 0 and 1")
    means = check_expected(expected, values.shape)
    check_someone_at_risk(values, means)
    return means.reshape(values.shape[0], -1)


def _dispersion(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    given: Dispersion | float | None,
) -> Dispersion:
    if given is None:
        return estimate_dispersion(counts, expected)
    return given if isinstance(given, Dispersion) else Dispersion.known(given)


def _against_expected(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    dispersion: Dispersion,
) -> tuple[NDArray[np.float64], NDArray[np.float64], Tails]:
    """Return statistic, z and tails, periods in columns, against expected neighbourhood totals."""
    known = ~np.isnan(expected)
    means = np.where(known, expected, 0.0)
    observed = np.asarray(weights @ np.where(known, counts, 0.0))
    totals, squares = np.asarray(weights @ means), np.asarray(weights @ means**2)
    # Weights without any neighbour ask for each cell by itself, which these nulls can answer.
    placed = _has_neighbours(weights)
    placed |= ~placed.any() & (weights.diagonal() > 0)
    tested = known & (totals > 0) & placed[:, None]
    greater, less = np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    for period in range(counts.shape[1]):
        rows = np.flatnonzero(tested[:, period])
        tails_at = partial(
            sum_tails, observed[rows, period], member_expected(means[:, period], weights)[rows]
        )
        tails = dispersion.averaged(tails_at)
        greater[rows, period], less[rows, period] = tails.greater, tails.less
    spread = np.sqrt(totals + dispersion.central * squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(tested, observed / totals, np.nan)
        z = np.where(tested, (observed - totals) / spread, np.nan)
    return statistic, z, Tails(greater, less)


def _standardised(
    values: NDArray[np.float64], weights: scipy.sparse.csr_array
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Ord and Getis' G and z (1995, equations 4 and 5), periods in columns."""
    # Gi takes mean and variance from the other cells, Gi* from all.
    left_out = 0.0 if _is_star(weights) else 1.0
    others = values.shape[0] - left_out
    total = values.sum(axis=0) - left_out * values
    mean = total / others
    # Centred first: squares of large values that hardly differ would lose the difference.
    centred = values - values.mean(axis=0)
    shift = (centred.sum(axis=0) - left_out * centred) / others
    variance = ((centred**2).sum(axis=0) - left_out * centred**2) / others - shift**2
    same = values.max(axis=0) == values.min(axis=0)
    if same.any():
        raise ValueError(f"values: all are equal ({values[0, same][0]:g}), nothing can be compared")
    lag = np.asarray(weights @ values)
    size = np.asarray(weights.sum(axis=1))[:, None]
    squared = np.asarray(weights.power(2).sum(axis=1))[:, None]
    alone = ~_has_neighbours(weights)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(variance * (others * squared - size**2) / (others - 1))
        z = np.where(alone | (spread <= 0), np.nan, (lag - mean * size) / spread)
        return np.where(alone | (total == 0), np.nan, lag / total), z


def _permuted(
    values: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    n_permutations: int | None,
    rng: np.random.Generator | None,
) -> tuple[Tails, int]:
    # Gi* adds the cell's own value, which stays: its permutation test is that of the neighbours.
    found = [
        permuted_tails(np.ascontiguousarray(column), weights, n_permutations, rng)
        for column in values.T
    ]
    greater = np.stack([tails.greater for tails in found], axis=1)
    return Tails(greater, np.stack([tails.less for tails in found], axis=1)), n_permutations or 0


def _is_star(weights: scipy.sparse.csr_array) -> bool:
    diagonal = weights.diagonal() > 0
    if diagonal.any() and not diagonal.all():
        raise ValueError(
            "weights: the diagonal must be all zero (Gi) or all positive (Gi*), "
            f"found {int(diagonal.sum())} of {diagonal.size} positive"
        )
    return bool(diagonal.any())


def _has_neighbours(weights: scipy.sparse.csr_array) -> NDArray[np.bool_]:
    """Return which cells have a neighbour other than themselves."""
    return np.asarray(np.diff(weights.indptr) > (weights.diagonal() > 0))
