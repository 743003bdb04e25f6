"""Which areas to govern first: a score made of named parts that add up to it.

Each criterion gives an area points by its *standing*, the percentile among all areas, so that one
extreme value cannot decide alone and units do not matter. A criterion that is missing for an area
gives no points there, and the area's other criteria carry its weight: areas stay comparable, none
is dropped, and the gap is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

HIGH, LOW = "high", "low"
FULL_SCORE = 100.0
# Scores that differ by less come from the order of additions and share their rank.
SAME_SCORE_DECIMALS = 9


@dataclass(frozen=True)
class CandidateScores:
    """Scores in the order of `codes`, as they were given.

    Attributes
    ----------
    codes : ndarray, shape (n,)
    score : ndarray of float
        0 to 100; the sum of the contributions. 0 where every criterion is missing.
    rank : ndarray of int64
        1 for the highest score; equal scores share a rank.
    order : ndarray of int64
        Positions from first to last: by score, then by code.
    contributions : dict of ndarray of float
        Points of each criterion.
    standing : dict of ndarray of float
        Percentile of each area in each criterion, 0 to 1, ties in the middle; NaN if missing.
    missing : dict of ndarray of bool
    """

    codes: NDArray[Any]
    score: NDArray[np.float64]
    rank: NDArray[np.int64]
    order: NDArray[np.int64]
    contributions: dict[str, NDArray[np.float64]]
    standing: dict[str, NDArray[np.float64]]
    missing: dict[str, NDArray[np.bool_]]


def score_candidates(
    codes: ArrayLike,
    criteria: Mapping[str, ArrayLike],
    weights: Mapping[str, float],
    directions: Mapping[str, str] | None = None,
) -> CandidateScores:
    """Score areas by weighted percentile standings.

    Parameters
    ----------
    codes : array_like, shape (n,)
        Distinct codes of the areas.
    criteria : mapping of str to array_like of float, shape (n,)
        Values of each criterion; NaN is missing.
    weights : mapping of str to float
        Weight of each criterion, not negative; only their ratios count.
    directions : mapping of str to {"high", "low"}, optional
        Which end of a criterion speaks for governing; high unless named.

    Returns
    -------
    CandidateScores

    Raises
    ------
    ValueError
        If names of criteria and weights differ, lengths differ, codes repeat, a weight is negative
        or all are zero, a value is infinite, or a direction is unknown.

    References
    ----------
    Hwang, Yoon (1981), Multiple Attribute Decision Making, for simple additive weighting.

    Examples
    --------
    >>> found = score_candidates(
    ...     ["a", "b", "c"], {"volume": [5, 9, 1], "growth": [0.2, float("nan"), 0.1]},
    ...     {"volume": 3, "growth": 1})
    >>> found.score.round(1), found.rank
    (array([56.2, 83.3, 18.8]), array([2, 1, 3]))
    >>> found.contributions["growth"].round(1), found.missing["growth"]
    (array([18.8,  0. ,  6.2]), array([False,  True, False]))
    """
    names = np.asarray(codes)
    _check_names(names, criteria, weights, directions or {})
    values = {name: _values(name, criteria[name], names.size) for name in weights}
    toward = directions or {}
    standing = {name: standings(column, toward.get(name, HIGH)) for name, column in values.items()}
    return score_standings(names, standing, weights)


def score_standings(
    codes: ArrayLike, standing: Mapping[str, ArrayLike], weights: Mapping[str, float]
) -> CandidateScores:
    """Score areas whose standings are known already, as when only the weights change.

    Parameters
    ----------
    codes : array_like, shape (n,)
        Distinct codes of the areas.
    standing : mapping of str to array_like of float, shape (n,)
        As `CandidateScores.standing`; NaN is missing.
    weights : mapping of str to float
        As for `score_candidates`.

    Returns
    -------
    CandidateScores

    Raises
    ------
    ValueError
        If names differ, lengths differ, codes repeat, or a weight is negative or all are zero.

    Examples
    --------
    >>> score_standings(["a", "b"], {"x": [0.25, 0.75]}, {"x": 1}).score
    array([25., 75.])
    """
    names = np.asarray(codes)
    _check_names(names, standing, weights, {})
    known = {name: _values(name, standing[name], names.size) for name in weights}
    missing = {name: np.isnan(column) for name, column in known.items()}
    carried = np.zeros(names.size)
    for name, weight in weights.items():
        carried += np.where(missing[name], 0.0, weight)
    # An area without any criterion of positive weight scores nothing instead of dividing by zero.
    full = np.where(carried > 0, FULL_SCORE / np.where(carried > 0, carried, 1.0), 0.0)
    contributions = {
        name: np.where(missing[name], 0.0, np.nan_to_num(known[name]) * weight * full)
        for name, weight in weights.items()
    }
    score = np.sum(list(contributions.values()), axis=0)
    compared = np.round(score, SAME_SCORE_DECIMALS)
    return CandidateScores(
        codes=names,
        score=score,
        rank=stats.rankdata(-compared, method="min").astype(np.int64),
        order=np.lexsort((names, -compared)),
        contributions=contributions,
        standing=known,
        missing=missing,
    )


def standings(values: NDArray[np.float64], direction: str = HIGH) -> NDArray[np.float64]:
    """Return (areas below + half of those equal, itself included) / areas with a value.

    Parameters
    ----------
    values : ndarray of float, shape (..., n)
        Areas along the last axis; an area is NaN in all rows or in none.
    direction : {"high", "low"}
        Which end speaks for governing.

    Examples
    --------
    >>> standings(np.array([[3.0, np.nan, 1.0], [1.0, np.nan, 1.0]]))
    array([[0.75,  nan, 0.25],
           [0.5 ,  nan, 0.5 ]])
    """
    known = ~np.isnan(values).reshape(-1, values.shape[-1]).any(axis=0)
    standing = np.full(values.shape, np.nan)
    told = values[..., known]
    ranks = stats.rankdata(told if direction == HIGH else -told, axis=-1)
    standing[..., known] = (ranks - 0.5) / max(int(known.sum()), 1)
    return standing


def _values(name: str, values: ArrayLike, n: int) -> NDArray[np.float64]:
    column = np.asarray(values, dtype=float)
    if column.shape != (n,):
        raise ValueError(f"criteria: {name} needs {n} values, found shape {column.shape}")
    if np.isinf(column).any():
        raise ValueError(f"criteria: {name} holds an infinite value")
    return column


def _check_names(
    codes: NDArray[Any],
    criteria: Mapping[str, ArrayLike],
    weights: Mapping[str, float],
    directions: Mapping[str, str],
) -> None:
    if np.unique(codes).size != codes.size:
        raise ValueError("codes: every area may be given only once")
    if set(criteria) != set(weights):
        odd = sorted(set(criteria) ^ set(weights))
        raise ValueError(f"weights: must name the same criteria as criteria, differ in {odd}")
    for name, weight in weights.items():
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(f"weights: {name} must be finite and not negative, found {weight}")
    if not sum(weights.values()) > 0:
        raise ValueError("weights: at least one must be above 0")
    for name, direction in directions.items():
        if name not in weights or direction not in (HIGH, LOW):
            raise ValueError(
                f"directions: expected high or low for a criterion, found {name}: {direction!r}"
            )
