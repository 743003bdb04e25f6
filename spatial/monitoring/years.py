"""Years as they might come: counts around expected ones that are themselves only estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_EXCESS = 1e-6
"""Variance over mean is at least 1 and this; with it the law is Poisson's for all purposes."""


@dataclass(frozen=True, eq=False)
class Accuracy:
    """How well expected counts are known: infinite where they are not estimated.

    Attributes
    ----------
    level_cases : float
        Cases that a township's level was estimated from.
    season_cases : float or ndarray of float, shape (steps,)
        Cases that the season of each step was estimated from.
    dispersion_df : float
        Degrees of freedom of the dispersion.
    """

    level_cases: float = np.inf
    season_cases: float | Floats = np.inf
    dispersion_df: float = np.inf


EXACT = Accuracy()


def simulate_years(
    expected: Floats,
    dispersion: float,
    accuracy: Accuracy,
    n_years: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw the counts of years, given what was estimated.

    What is not known is drawn anew for each year from its distribution given the cases behind it:
    the level and each effect of the season are gamma with Jeffreys' prior, the dispersion is a
    scaled inverse chi-squared. Around them counts are negative binomial, the variance a multiple
    of the mean.

    Parameters
    ----------
    expected : ndarray of float, shape (steps,)
    dispersion : float
        Variance over mean.
    accuracy : Accuracy
    n_years : int
    rng : Generator

    Returns
    -------
    ndarray of float, shape (n_years, steps)
    """
    shape = (n_years, expected.size)
    mean = expected * _around_one(accuracy.level_cases, dispersion, (n_years, 1), rng)
    mean = mean * _around_one(accuracy.season_cases, dispersion, shape, rng)
    ratio = np.full((n_years, 1), dispersion)
    if np.isfinite(accuracy.dispersion_df):
        df = accuracy.dispersion_df
        ratio = ratio * df / rng.chisquare(df, (n_years, 1))
    excess = np.maximum(ratio - 1, LEAST_EXCESS)
    counts: Floats = rng.poisson(rng.gamma(mean / excess) * excess).astype(float)
    return counts


def _around_one(
    cases: float | Floats, dispersion: float, shape: tuple[int, int], rng: np.random.Generator
) -> Floats | float:
    """Draw by which factor the truth may differ from what so many cases told."""
    if np.isinf(cases).all():
        return 1.0
    behind = np.asarray(cases) / dispersion
    return rng.gamma(behind + 0.5, size=shape) / behind
