"""How sure a rank is: candidates scored again under drawn weights and drawn data.

A rank says nothing about how easily it could have been another. Weights are a decision that others
would take a little differently: they are drawn from a Dirichlet distribution around the chosen
ones. Data are one outcome of what could have been observed: counts are drawn again from a negative
binomial law, shares from their beta posterior. Each draw ranks all areas anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from spatial.candidates import SAME_SCORE_DECIMALS

Floats = NDArray[np.float64]

JEFFREYS = 0.5
"""Of both outcomes of a share, and for a count of nought: Jeffreys' prior."""


@dataclass(frozen=True)
class RankUncertainty:
    """What the draws say of each area, in the order of their columns.

    Attributes
    ----------
    low, high : ndarray of int64, shape (n,)
        Quantiles of its ranks that hold the share `level` of the draws between them.
    first_share : ndarray of float
        Share of the draws in which it is among the first; ties at the edge count in.
    level : float
    n_first, n_draws : int
    concentration : float
    """

    low: Floats
    high: Floats
    first_share: Floats
    level: float
    n_first: int
    n_draws: int
    concentration: float


def draw_counts(
    counts: ArrayLike, dispersion: float, n_draws: int, rng: np.random.Generator
) -> Floats:
    """Draw counts again from a negative binomial law around what was counted.

    Parameters
    ----------
    counts : array_like of float, shape (...)
        The means; nought is drawn around one half, as it does not prove that nothing can come.
    dispersion : float
        `phi` in ``var = e + phi e**2``; 0 for Poisson.
    n_draws : int
    rng : Generator

    Returns
    -------
    ndarray of float, shape (n_draws, ...)

    Raises
    ------
    ValueError
        If a count or the dispersion is negative or not finite.

    Examples
    --------
    >>> drawn = draw_counts([100.0], 0.01, 4_000, np.random.default_rng(1))
    >>> bool(abs(drawn.mean() - 100) < 1), bool(abs(drawn.var() - 200) < 20)
    (True, True)
    """
    mean = np.asarray(counts, dtype=float)
    if not (np.isfinite(mean) & (mean >= 0)).all():
        raise ValueError("counts: every count must be finite and not negative")
    if not (np.isfinite(dispersion) and dispersion >= 0):
        raise ValueError(f"dispersion: must be finite and not negative, found {dispersion}")
    mean = np.maximum(mean, JEFFREYS)
    shape = (n_draws, *mean.shape)
    if dispersion > 0:
        return np.asarray(rng.poisson(mean * rng.gamma(1 / dispersion, dispersion, shape)), float)
    return np.asarray(rng.poisson(mean, shape), float)


def table_dispersion(counts: ArrayLike) -> float:
    """Estimate how much more a table of areas and steps varies than Poisson around its margins.

    Parameters
    ----------
    counts : array_like of float, shape (n, steps)

    Returns
    -------
    float
        `phi` in ``var = e + phi e**2``, by moments, where e shares each area's total out as the
        whole's goes over the steps; 0 where the table varies no more than Poisson, or has only one
        row or step to tell from. True changes of an area raise it: it is rather too high.

    Examples
    --------
    >>> table_dispersion([[10, 10], [20, 20]])
    0.0
    >>> table_dispersion([[10, 90], [90, 10]]) > 0.5
    True
    """
    table = np.asarray(counts, dtype=float)
    rows, steps = table.shape
    free = (rows - 1) * (steps - 1) / max(rows * steps, 1)
    if free <= 0 or table.sum() <= 0:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    excess = ((table - expected) ** 2).sum() / free - expected.sum()
    return max(float(excess / (expected**2).sum()), 0.0)


def draw_shares(
    part: ArrayLike, whole: ArrayLike, n_draws: int, rng: np.random.Generator
) -> Floats:
    """Draw shares from their beta posterior under Jeffreys' prior.

    Parameters
    ----------
    part, whole : array_like of float, shape (n,)
        A part may be a sum of weights between 0 and 1. Where the whole is 0 there is no share.
    n_draws : int
    rng : Generator

    Returns
    -------
    ndarray of float, shape (n_draws, n)
        NaN where the whole is 0.

    Raises
    ------
    ValueError
        If a part is negative or more than its whole.

    Examples
    --------
    >>> drawn = draw_shares([30, 0], [100, 0], 4_000, np.random.default_rng(1))
    >>> bool(abs(drawn[:, 0].mean() - 0.3) < 0.01), bool(np.isnan(drawn[:, 1]).all())
    (True, True)
    """
    parts, wholes = (np.asarray(each, dtype=float) for each in (part, whole))
    if not ((parts >= 0) & (parts <= wholes * (1 + 1e-12))).all():
        raise ValueError("part: must be between 0 and the whole")
    rest = np.maximum(wholes - parts, 0.0)
    drawn: Floats = rng.beta(parts + JEFFREYS, rest + JEFFREYS, (n_draws, parts.size))
    drawn[:, wholes <= 0] = np.nan
    return drawn


def draw_weights(
    weights: Mapping[str, float], concentration: float, n_draws: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """Draw weights from a Dirichlet distribution whose mean they are.

    A weight of share w is drawn with standard deviation ``sqrt(w (1 - w) / (concentration + 1))``;
    one of nought stays nought, and under an infinite concentration all stay.

    Examples
    --------
    >>> drawn = draw_weights({"a": 3, "b": 1, "c": 0}, 50, 4_000, np.random.default_rng(1))
    >>> bool(abs(drawn["a"].mean() - 0.75) < 0.01), float(drawn["c"].max())
    (True, 0.0)
    """
    if not concentration > 0:
        raise ValueError(f"concentration: must be above 0, found {concentration}")
    whole = sum(weights.values())
    if np.isinf(concentration):
        return {name: np.full(n_draws, weight / whole) for name, weight in weights.items()}
    drawn = {
        name: rng.gamma(concentration * weight / whole, 1.0, n_draws)
        for name, weight in weights.items()
    }
    total = np.sum(list(drawn.values()), axis=0)
    return {name: each / total for name, each in drawn.items()}


def rank_uncertainty(
    standing: Mapping[str, ArrayLike],
    weights: Mapping[str, float],
    *,
    n_draws: int = 1_000,
    n_first: int = 10,
    level: float = 0.9,
    concentration: float = 100.0,
    rng: np.random.Generator,
) -> RankUncertainty:
    """Rank areas anew in each draw of weights and data.

    Parameters
    ----------
    standing : mapping of str to array_like of float, shape (n,) or (n_draws, n)
        Of each criterion, as `standings` gives them: a row for each draw where its data are
        uncertain, one row where they are not. NaN is missing, in all draws of an area or in none.
    weights : mapping of str to float
        Not negative, not all zero; only their ratios count.
    n_draws, n_first : int
    level : float
        Share of the draws inside the interval.
    concentration : float
        Of the Dirichlet distribution of the weights; infinite for weights that stay.
    rng : Generator

    Returns
    -------
    RankUncertainty

    Raises
    ------
    ValueError
        If names differ or a shape is another.

    References
    ----------
    Saisana, Saltelli, Tarantola (2005), Journal of the Royal Statistical Society A 168, 307-323,
    for composite indicators under drawn weights and data.

    Examples
    --------
    >>> found = rank_uncertainty({"x": [0.8, 0.5, 0.2]}, {"x": 1}, n_first=1,
    ...                          rng=np.random.default_rng(1))
    >>> found.low, found.high, found.first_share
    (array([1, 2, 3]), array([1, 2, 3]), array([1., 0., 0.]))
    """
    if set(standing) != set(weights):
        raise ValueError("weights: must name the same criteria as standing")
    drawn = draw_weights(weights, concentration, n_draws, rng)
    columns = {name: _draws(name, each, n_draws) for name, each in standing.items()}
    n = next(iter(columns.values())).shape[-1]
    score, carried = np.zeros((n_draws, n)), np.zeros((n_draws, n))
    for name, column in columns.items():
        weight = drawn[name][:, None]
        score += weight * np.nan_to_num(column)
        carried += weight * ~np.isnan(column)
    score = np.where(carried > 0, score / np.where(carried > 0, carried, 1.0), 0.0)
    ranks = stats.rankdata(-np.round(score, SAME_SCORE_DECIMALS), method="min", axis=1)
    tail = (1 - level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="closest_observation")
    first = (ranks <= n_first).mean(axis=0)
    return RankUncertainty(
        low.astype(np.int64), high.astype(np.int64), first, level, n_first, n_draws, concentration
    )


def _draws(name: str, standing: ArrayLike, n_draws: int) -> Floats:
    column = np.asarray(standing, dtype=float)
    if column.ndim == 1:
        return column[None, :]
    if column.ndim != 2 or column.shape[0] != n_draws:
        raise ValueError(f"standing: {name} needs {n_draws} draws, found shape {column.shape}")
    return column
