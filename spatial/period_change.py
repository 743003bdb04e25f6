"""Where the cases of two periods differ by more than chance, after the city's own change.

Given how many cases a place had in both periods together, the null says which part of them to
expect in the later one: as the whole city's cases fell. That frees the test from each place's
level, which need not be known. Rates are not quite steady even where nothing changes, so the split
is not binomial but beta-binomial, with a dispersion read from the ordinary places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from spatial._checks import (
    check_choice,
    check_counts,
    check_known_or_nan,
    check_same_length,
    check_weights,
)
from spatial.count_laws.beta_binomial import share_law, share_limits
from spatial.count_laws.dispersion import Dispersion, estimate_split_dispersion
from spatial.count_laws.split_sums import matched_split, split_tails
from spatial.inference import ALTERNATIVES, Tails, benjamini_hochberg

REFERENCES = ("city", "unchanged")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PeriodChange:
    """Each neighbourhood's change between two periods, in the order of the areas.

    Attributes
    ----------
    before, after : ndarray of float
        Cases of the neighbourhood.
    expected : ndarray of float
        Of `before` + `after` those expected in the later period.
    ratio : ndarray of float
        Rate of the later period over that of the earlier one, divided by the reference's own
        ratio; infinite where there were no cases before.
    low, high : ndarray of float
        Confidence limits of `ratio`, from the beta-binomial of the same mean and variance.
    p_value, q_value : ndarray of float
        p of the named alternative, and q by Benjamini and Hochberg over all areas.
    tails : Tails
        ``greater``: as many cases in the later period or more.
    reference_ratio : float
        Later over earlier rate of the reference: of the whole city, or 1.
    alternative : str
    dispersion : float
        Around which tails were averaged.
    """

    before: Floats
    after: Floats
    expected: Floats
    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats
    q_value: Floats
    tails: Tails
    reference_ratio: float
    alternative: str
    dispersion: float


def period_change(
    before: ArrayLike,
    after: ArrayLike,
    weights: scipy.sparse.csr_array | None = None,
    *,
    exposure: ArrayLike = (1.0, 1.0),
    reference: str = "city",
    alternative: str = "two-sided",
    dispersion: Dispersion | float | None = None,
    level: float = 0.95,
) -> PeriodChange:
    """Test every neighbourhood's change between two periods.

    Parameters
    ----------
    before, after : array_like of int, shape (areas,)
        Cases of the earlier and of the later period.
    weights : csr_array, shape (areas, areas), optional
        Binary neighbourhoods whose cases are added up, as by `hex_weights`; without them every
        area is tested by itself.
    exposure : array_like of float, shape (2,) or (areas, 2)
        Length of the periods, or days times those at risk. An area whose exposure is NaN has no
        test and takes no part in its neighbours' sums. What all areas share drops out of a
        comparison with the city, and out of `ratio`.
    reference : {"city", "unchanged"}
        What a steady area does: changes like the sum of all areas, or keeps its rate.
    alternative : {"two-sided", "greater", "less"}
        Greater finds areas that rose.
    dispersion : Dispersion or float, optional
        Of each period's count. Tails are averaged over what a `Dispersion` leaves plausible; a
        float is taken as known, and 0 makes the exact conditional test of Poisson counts. By
        default it is estimated from single areas.
    level : float
        Confidence of the interval.

    Returns
    -------
    PeriodChange
        NaN for neighbourhoods without cases, and for areas without neighbours, except with
        weights by which nobody has any.

    Raises
    ------
    ValueError
        For unknown names, lengths that differ, counts that are negative or not whole, exposures
        of 0, weights that are not binary, a level outside 0 to 1, or, where the city is the
        reference, a period without cases.

    References
    ----------
    Przyborowski, Wilenski (1940), Biometrika 31, 313-323: the conditional test of two Poisson
    counts. Prentice (1986), JASA 81, 321-327: the beta-binomial. Beyond: docs/METHODS.md.

    Examples
    --------
    >>> before = np.full(300, 40)
    >>> after = np.where(np.arange(300) < 3, 90, 40)
    >>> found = period_change(before, after)
    >>> np.flatnonzero(found.q_value < 0.05), found.ratio[:2].round(2)
    (array([0, 1, 2]), array([2.22, 2.22]))
    """
    check_choice("alternative", alternative, ALTERNATIVES)
    check_choice("reference", reference, REFERENCES)
    if not 0 < level < 1:
        raise ValueError(f"level: must lie between 0 and 1, found {level}")
    first, second = check_counts("before", before), check_counts("after", after)
    check_same_length(before=first, after=second)
    matrix = _neighbourhoods(weights, first.size)
    spans = _exposure(exposure, first.size)
    known = ~np.isnan(spans).any(axis=1)
    first, second = np.where(known, first, 0.0), np.where(known, second, 0.0)
    own_odds = np.where(known, spans[:, 1] / spans[:, 0], 1.0)
    factor = _city_ratio(first, second, own_odds) if reference == "city" else 1.0
    share = factor * own_odds / (1.0 + factor * own_odds)
    spread = _dispersion(first, second, share, dispersion)
    tested = known & _placed(matrix) & (matrix @ (first + second) > 0)
    return _compared(
        _Split(first, second, share, matrix, np.flatnonzero(tested)),
        spread, alternative, level, factor,
    )  # fmt: skip


@dataclass(frozen=True)
class _Split:
    """Counts, expected later shares, neighbourhoods, and the areas to test."""

    before: Floats
    after: Floats
    share: Floats
    weights: scipy.sparse.csr_array
    tested: NDArray[np.int64]


def _compared(
    split: _Split, spread: Dispersion, alternative: str, level: float, factor: float
) -> PeriodChange:
    rows, matrix = split.tested, split.weights[split.tested]
    total = (split.before + split.after).astype(np.int64)
    later = np.asarray(matrix @ split.after).astype(np.int64)
    tails = spread.averaged(lambda phi: split_tails(total, split.share, later, matrix, phi))
    sums, mean, matched = matched_split(total, *share_law(split.share, spread.central), matrix)
    low, high = share_limits(later, sums, matched, level)
    expected = np.asarray(matrix @ (total * split.share))

    def placed(values: Floats) -> Floats:
        every = np.full(total.size, np.nan)
        every[rows] = values
        return every

    def ratio(part: Floats, steady: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return placed(part / (1.0 - part) * (1.0 - steady) / steady)

    every = Tails(placed(tails.greater), placed(tails.less))
    p_value = every.of(alternative)
    return PeriodChange(
        before=placed((sums - later).astype(float)),
        after=placed(later.astype(float)),
        expected=placed(expected),
        ratio=ratio(later / sums, expected / sums),
        low=ratio(low, mean),
        high=ratio(high, mean),
        p_value=p_value,
        q_value=benjamini_hochberg(p_value),
        tails=every,
        reference_ratio=factor,
        alternative=alternative,
        dispersion=spread.central,
    )


def _neighbourhoods(weights: scipy.sparse.csr_array | None, n: int) -> scipy.sparse.csr_array:
    if weights is None:
        return scipy.sparse.eye_array(n, format="csr")
    matrix = check_weights(weights, n)
    if not (matrix.data == 1).all():
        raise ValueError("weights: counts are added up, which needs weights of 0 and 1")
    return matrix


def _placed(weights: scipy.sparse.csr_array) -> NDArray[np.bool_]:
    """Return which areas are not islands; where all are, each is to be tested by itself."""
    own = weights.diagonal() > 0
    placed = np.asarray(np.diff(weights.indptr) > own)
    return placed if placed.any() else own


def _exposure(exposure: ArrayLike, n: int) -> Floats:
    spans = check_known_or_nan("exposure", exposure)
    if spans.shape not in ((2,), (n, 2)):
        raise ValueError(f"exposure: expected shape (2,) or ({n}, 2), found {spans.shape}")
    if (spans == 0).any():
        raise ValueError("exposure: must be above 0, or NaN (unknown), found 0")
    return np.broadcast_to(spans, (n, 2))


def _city_ratio(before: Floats, after: Floats, own_odds: Floats) -> float:
    """Return the factor on all areas' own odds with which their expected counts add up."""
    if not before.sum() or not after.sum():
        raise ValueError(
            f"before, after: both periods need cases, found {before.sum():g} and {after.sum():g}"
        )
    total = before + after
    counted = total > 0
    if np.ptp(own_odds[counted]) == 0:
        return float(after.sum() / before.sum() / own_odds[counted][0])

    def missing(log_factor: float) -> float:
        odds = np.exp(log_factor) * own_odds
        return float((total * odds / (1.0 + odds)).sum() - after.sum())

    middle = np.log(after.sum() / before.sum())
    reach = np.abs(np.log(own_odds[counted])).max() + 1.0
    return float(np.exp(optimize.brentq(missing, middle - reach, middle + reach)))


def _dispersion(
    before: Floats, after: Floats, share: Floats, given: Dispersion | float | None
) -> Dispersion:
    if given is None:
        return estimate_split_dispersion(before, after, share)
    return given if isinstance(given, Dispersion) else Dispersion.known(given)
