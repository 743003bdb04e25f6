"""Which forecast would have found most of the next cases? A backtest with a rolling origin.

At each origin every method sees the days before it and ranks all cells; the window that follows
tells how many of its cases lie in the cells ranked first. Parameters, and the method itself, are
picked by earlier windows only, so what the pick achieves is what a city that follows it would have
had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_counts, check_weights
from spatial.backtesting.accuracy import check_areas, check_shares
from spatial.backtesting.bootstrap import Estimate, draw_blocks, estimate_ratio
from spatial.backtesting.forecasts import METHODS, Method
from spatial.backtesting.rolling_origin import (
    Parameters,
    Progress,
    Rolled,
    origins_of,
    pick_by_earlier,
    roll,
)

SHARES = (0.01, 0.02, 0.05)
HORIZON_DAYS = 28
WARM_UP = 3
"""Windows that only serve to pick, so that no figure rests on a default parameter."""

PICKED = "picked"


@dataclass(frozen=True)
class MethodAccuracy:
    """What one method achieved over the scored windows; figures by share of the area.

    Attributes
    ----------
    name : str
    chosen : tuple of str
        Method behind each scored window; differs from `name` only for the pick among methods.
    parameters : tuple of mappings
        Used in each scored window, picked by the windows before it.
    hits : ndarray of float, shape (windows, shares)
        Cases of the window in the cells taken; not whole where a cell is taken in part.
    hit_rate : Estimate, shape (shares,)
        Hits over all cases.
    pai : Estimate
        Hit rate over share of the area; 1 is what a random choice gives.
    pei : Estimate
        Hits over the most that any choice of the same area could have had.
    rri : Estimate
        Hits over what there would have been, had the cells taken kept their share of the past
        counts that the forecast builds on; below 1 as far as concentration did not last.
    gain : Estimate
        Hits over the baseline's in the same windows, minus one.
    """

    name: str
    chosen: tuple[str, ...]
    parameters: tuple[Parameters, ...]
    hits: NDArray[np.float64]
    hit_rate: Estimate
    pai: Estimate
    pei: Estimate
    rri: Estimate
    gain: Estimate


@dataclass(frozen=True)
class Backtest:
    """A comparison of forecasts.

    Attributes
    ----------
    shares : tuple of float
        Shares of the area.
    horizon : int
        Length of a window in days.
    origins : ndarray of int64, shape (windows,)
        First day of each scored window.
    cases : ndarray of int64, shape (windows,)
        Cases of each scored window.
    possible : ndarray of float, shape (windows, shares)
        The most of them that any choice of the area could have had.
    methods : dict of MethodAccuracy
        In the order given; the first is the baseline.
    picked : MethodAccuracy
        Follows, window by window, the method that was best before.
    baseline : str
    left_out : dict of str to int
        Methods that the history is too short for, with the days that they need before the first
        origin.
    next_method : str
    next_parameters : mapping
        What all windows together pick for the days after the last.
    warm_up : int
        Windows before the first scored one, which only served to pick.
    level : float
        Confidence level of the intervals.
    """

    shares: tuple[float, ...]
    horizon: int
    origins: NDArray[np.int64]
    cases: NDArray[np.int64]
    possible: NDArray[np.float64]
    methods: dict[str, MethodAccuracy]
    picked: MethodAccuracy
    baseline: str
    left_out: dict[str, int]
    next_method: str
    next_parameters: Parameters
    warm_up: int
    level: float


def backtest(
    counts: ArrayLike | scipy.sparse.sparray,
    areas: ArrayLike,
    weights: scipy.sparse.csr_array,
    *,
    rng: np.random.Generator,
    shares: Sequence[float] = SHARES,
    horizon: int = HORIZON_DAYS,
    first_origin: int | None = None,
    warm_up: int = WARM_UP,
    methods: Mapping[str, Method] = METHODS,
    n_resamples: int = 2000,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Backtest:
    """Compare forecasts of the next window, origin by origin.

    Parameters
    ----------
    counts : array or sparse array, shape (cells, days)
        Cases by cell and day, days without gaps.
    areas : array_like of float, shape (cells,)
        Area of each cell, in any unit.
    weights : sparse array, shape (cells, cells)
        Positive where two cells touch; the diagonal does not matter.
    rng : numpy Generator
        Draws the bootstrap; nothing else is random.
    shares : sequence of float
        Shares of the area to choose.
    horizon : int
        Days to forecast, and the step from origin to origin. The last window ends with the last
        day.
    first_origin : int, optional
        Least days of history before the first window. By default 365 where that leaves a window
        to score, and 56 elsewhere.
    warm_up : int
        Windows at the beginning that only serve to pick, one or more.
    methods : mapping of str to Method
        What to compare; the first is the baseline. See `spatial.backtesting.forecasts`.
    n_resamples : int
        Of the bootstrap over windows.
    level : float
        Confidence level of the intervals.
    progress : callable, optional
        Called with windows done and windows in all.

    Returns
    -------
    Backtest

    Raises
    ------
    ValueError
        For counts that are negative, not whole or not two-dimensional, areas that are not
        positive, weights that are not square or are negative, shares or level out of range, days
        too few for the warm-up and one window, or scored windows without any case.

    References
    ----------
    Chainey, Tompson, Uhlig (2008), Security Journal 21, 4-28 (PAI); Levine (2008), ibid. 295-302
    (RRI); Hunt (2016), dissertation, University of Cincinnati (PEI).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rates = np.repeat([0.5, 0.1, 0.0, 0.0], [2, 8, 10, 20])
    >>> counts = rng.poisson(rates[:, None], (40, 240))
    >>> line = scipy.sparse.csr_array(np.eye(40, k=1) + np.eye(40, k=-1))
    >>> found = backtest(counts, np.ones(40), line, shares=[0.05], rng=rng)
    >>> found.picked.hit_rate.value.round(2), found.picked.pai.value.round(1)
    (array([0.5]), array([9.9]))
    """
    daily, sizes, wanted = _daily(counts), check_areas(areas), check_shares(shares)
    if sizes.size != daily.shape[0]:
        raise ValueError(f"areas: expected one a cell ({daily.shape[0]}), found {sizes.size}")
    if not 0 < level < 1:
        raise ValueError(f"level: expected a share between 0 and 1, found {level}")
    if n_resamples < 1:
        raise ValueError(f"n_resamples: expected 1 or more, found {n_resamples}")
    if not hasattr(rng, "integers"):
        raise ValueError(f"rng: intervals need a numpy Generator, found {rng!r}")
    adjacent = check_weights(weights, sizes.size)
    origins = origins_of(daily.shape[1], horizon, first_origin, warm_up)
    usable = {name: m for name, m in methods.items() if m.needs_days <= origins[0]}
    if not usable:
        raise ValueError(f"methods: none can do with {origins[0]} days of history")
    rolled = roll(daily, sizes, adjacent, origins, horizon, wanted, usable, progress)
    if not rolled.cases[warm_up:].any():
        raise ValueError("counts: the windows to score hold no case")
    names = list(usable)
    followed = _follow(rolled)
    figures = _figures(rolled, warm_up, wanted, rng, n_resamples, level)
    next_track = rolled.tracks[names[followed[-1]]]
    return Backtest(
        shares=tuple(wanted.tolist()),
        horizon=horizon,
        origins=origins[warm_up:],
        cases=rolled.cases[warm_up:].astype(np.int64),
        possible=rolled.possible[warm_up:],
        methods={name: figures(name, np.full(origins.size, i)) for i, name in enumerate(names)},
        picked=figures(PICKED, followed[:-1]),
        baseline=names[0],
        left_out={name: m.needs_days for name, m in methods.items() if name not in usable},
        next_method=names[followed[-1]],
        next_parameters=next_track.choices[next_track.picked[-1]],
        warm_up=warm_up,
        level=level,
    )


def _daily(counts: Any) -> scipy.sparse.csc_array:
    """Return counts as a sparse copy by columns, checked."""
    given: Any = counts
    if not scipy.sparse.issparse(counts):
        given = check_counts("counts", counts)
    if given.ndim != 2 or not all(given.shape):
        raise ValueError(f"counts: expected cells x days, found shape {given.shape}")
    daily: scipy.sparse.csc_array = scipy.sparse.csc_array(given, dtype=float, copy=True)
    daily.sum_duplicates()
    check_counts("counts", daily.data)
    return daily


def _follow(rolled: Rolled) -> NDArray[np.int64]:
    """Return the method that was best before each window, each method with its own picks."""
    achieved = [track.achieved()[0] for track in rolled.tracks.values()]
    return pick_by_earlier(np.stack(achieved, axis=1), rolled.possible)


def _figures(
    rolled: Rolled,
    warm_up: int,
    shares: NDArray[np.float64],
    rng: np.random.Generator,
    n_resamples: int,
    level: float,
) -> Callable[[str, NDArray[np.int64]], MethodAccuracy]:
    """Return a function from the method behind each window to its figures.

    All see the same resampled windows, so their differences are paired.
    """
    names, tracks = list(rolled.tracks), list(rolled.tracks.values())
    hits, kept = (
        np.stack(each, axis=1) for each in zip(*(t.achieved() for t in tracks), strict=True)
    )
    scored = np.arange(warm_up, rolled.cases.size)
    drawn = draw_blocks(scored.size, n_resamples, rng)
    cases = np.repeat(rolled.cases[scored, None], shares.size, axis=1)
    possible, baseline = rolled.possible[scored], hits[scored, 0]

    def figures(name: str, behind: NDArray[np.int64]) -> MethodAccuracy:
        method = behind[scored]
        own = hits[scored, method]

        def ratio(below: NDArray[np.float64]) -> Estimate:
            return estimate_ratio(own, below, drawn, level)

        hit_rate, gain = ratio(cases), ratio(baseline)
        return MethodAccuracy(
            name=name,
            chosen=tuple(names[i] for i in method),
            parameters=tuple(
                tracks[i].choices[tracks[i].picked[window]]
                for i, window in zip(method, scored, strict=True)
            ),
            hits=own,
            hit_rate=hit_rate,
            pai=hit_rate.mapped(lambda rate: rate / shares),
            pei=ratio(possible),
            rri=ratio(kept[scored, method]),
            gain=gain.mapped(lambda relative: relative - 1),
        )

    return figures
