"""What to expect of a township: its own level of late, with the season of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_codes, check_counts, check_numbers, check_same_length
from spatial.monitoring.years import Accuracy

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

ALIKE = 30
"""Townships nearest in level whose scatter is taken together."""

ROUNDS, TOLERANCE = 500, 1e-10
"""Of the fit of the season; with all seasons in one span it is done in two."""


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of a history that are known: how long, which part of the year, which year back."""

    days: Floats
    part: Codes
    span: Codes
    parts: int


@dataclass(frozen=True, eq=False)
class ExpectedCounts:
    """Expected counts of one township for steps to come.

    Attributes
    ----------
    expected : ndarray of float, shape (steps ahead,)
    level : float
        Cases a day, season apart.
    dispersion : float
        Variance over mean of townships of like size, 1 or more.
    accuracy : Accuracy
        How well all this is known.
    """

    expected: Floats
    level: float
    dispersion: float
    accuracy: Accuracy


def expected_from_history(
    counts: ArrayLike,
    days: ArrayLike,
    season: ArrayLike,
    *,
    township: int,
    baseline: ArrayLike,
    days_ahead: ArrayLike,
    season_ahead: ArrayLike,
    alike: int = ALIKE,
) -> ExpectedCounts:
    """Return what to expect of a township from its last steps and the others' season.

    Parameters
    ----------
    counts : array_like of int, shape (townships, steps)
        The history, the earliest first; NaN in steps of which the data are not whole.
    days : array_like of float, shape (steps,)
        How long each step is.
    season : array_like of int, shape (steps,)
        Which part of the year it is, from 0 on.
    township : int
        Row of the township.
    baseline : array_like of bool, shape (steps,)
        Steps that its level is estimated from.
    days_ahead, season_ahead : array_like, shape (steps ahead,)
        The same of the steps to come.
    alike : int
        How many townships nearest in level the dispersion is estimated from.

    Raises
    ------
    ValueError
        For lengths that differ, counts that are negative or not whole, parts of the year that the
        other townships have no case in, or a baseline without a case.

    Examples
    --------
    >>> history = np.array([[50, 100] * 4, [30, 60] * 4, [26, 54] * 4])
    >>> found = expected_from_history(history, [15] * 8, [0, 1] * 4, township=0,
    ...     baseline=[False] * 4 + [True] * 4, days_ahead=[15, 15], season_ahead=[0, 1])
    >>> found.expected.round(1), round(found.level, 2), found.dispersion
    (array([ 49.4, 100.6]), 5.0, 1.0)
    """
    table, long = check_numbers("counts", counts), check_numbers("days", days)
    part = check_codes("season", season)
    ahead = check_codes("season_ahead", season_ahead)
    base = np.asarray(baseline, dtype=bool)
    check_same_length(days=long, season=part, baseline=base, counts=table.T)
    known = ~np.isnan(table).any(axis=0)
    base = base & known
    check_counts("counts", table[:, known])
    parts = int(max(part.max(initial=0), ahead.max(initial=0))) + 1
    spans = _spans(part.size, parts)
    others = np.delete(table, township, axis=0).sum(axis=0)[known]
    steps = Steps(long[known], part[known], spans[known], parts)
    effect, behind = _season(others, steps)
    missing = np.setdiff1d(np.r_[ahead, part[base]], np.flatnonzero(behind > 0))
    if missing.size:
        raise ValueError(f"season: the other townships have no case in part {missing[0]}")
    cases, time = table[township, base].sum(), (long * effect[part])[base].sum()
    if cases == 0:
        raise ValueError(f"baseline: township {township} has no case in it")
    level = cases / time
    ratio, df = _dispersion(table[:, known], steps, township, alike)
    # The season's own error in the baseline is part of the level's.
    season_of_base = behind[part[base]].sum()
    told = cases * season_of_base / (cases + season_of_base)
    return ExpectedCounts(
        level * effect[ahead] * check_numbers("days_ahead", days_ahead),
        float(level),
        ratio,
        Accuracy(float(told), behind[ahead], df),
    )


def _spans(steps: int, parts: int) -> Codes:
    """Return which year back from the last step each step is in.

    Each has its own level, so that a city that grows is not taken for a season.
    """
    spans: Codes = (steps - 1 - np.arange(steps)) // parts
    return spans


def _season(total: Floats, steps: Steps) -> tuple[Floats, Floats]:
    """Return the effect of each part of the year, on average 1, and the cases behind it.

    The fit is that of Poisson counts with a factor for each span and one for each part.
    """
    behind = _sums(steps.part, total, steps.parts)
    by_span = _sums(steps.span, total)
    effect = np.ones(steps.parts)
    for _ in range(ROUNDS):
        level = _ratio(by_span, _sums(steps.span, steps.days * effect[steps.part]))
        fitted = _ratio(behind, _sums(steps.part, steps.days * level[steps.span], steps.parts))
        fitted /= fitted[behind > 0].mean() if behind.any() else 1.0
        moved = np.abs(fitted - effect).max()
        effect = fitted
        if moved < TOLERANCE:
            break
    return effect, behind


def _dispersion(table: Floats, steps: Steps, township: int, alike: int) -> tuple[float, float]:
    """Return Pearson's variance over mean of townships of like size, and its freedom."""
    effect, _ = _season(table.sum(axis=0), steps)
    time = steps.days * effect[steps.part]
    in_span = np.eye(int(steps.span.max()) + 1)[steps.span]
    levels = _ratio(
        table @ in_span, np.broadcast_to(time @ in_span, (len(table), in_span.shape[1]))
    )
    means = levels[:, steps.span] * time
    squares = _ratio((table - means) ** 2, means).sum(axis=1)
    free = (means > 0).sum(axis=1) - (levels > 0).sum(axis=1).astype(float)
    used_by_season = np.unique(steps.part).size - 1
    left = max(1 - used_by_season / max(free.sum(), 1.0), 0.0)
    size = np.log(table.sum(axis=1) + 0.5)
    chosen = np.argsort(np.abs(size - size[township]), kind="stable")[:alike]
    df = float(free[chosen].sum() * left)
    if df < 1:
        raise ValueError("counts: too few townships and steps to tell how counts scatter")
    return max(1.0, float(squares[chosen].sum() / df)), df


def _sums(codes: Codes, values: Floats, least: int = 0) -> Floats:
    return np.bincount(codes, values, least).astype(float)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
