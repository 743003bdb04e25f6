"""Forecasts at every origin, and what earlier windows would have picked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial.backtesting.accuracy import most_possible, taken_shares
from spatial.backtesting.forecasts import YEAR_DAYS, History, Method, Neighbourhoods

SHORT_HISTORY_DAYS = 56
"""Least history before the first window where there is no year to begin with."""

SAME_SIZE = 1.05
"""Cells whose areas differ by less than this factor are ranked as one size: otherwise equal counts
would be ordered by the grid's slight distortion, which favours one side of the city."""

Parameters = Mapping[str, float]
Progress = Callable[[int, int], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """One method through all windows.

    Attributes
    ----------
    choices : tuple of mappings
        Parameters that may be chosen.
    hits, kept : ndarray of float, shape (windows, choices, shares)
        Cases in the cells taken, and those there would have been, had these cells kept their share
        of the past counts that the forecast builds on.
    picked : ndarray of int64, shape (windows + 1,)
        Choice for each window, by the windows before it; the last is for the window to come.
    """

    choices: tuple[Parameters, ...]
    hits: Floats
    kept: Floats
    picked: NDArray[np.int64]

    def achieved(self) -> tuple[Floats, Floats]:
        """Return hits and kept with the choice picked for each window, shape (windows, shares)."""
        windows = np.arange(self.hits.shape[0])
        return self.hits[windows, self.picked[:-1]], self.kept[windows, self.picked[:-1]]


@dataclass(frozen=True)
class Rolled:
    """All methods through all windows.

    Attributes
    ----------
    cases : ndarray of float, shape (windows,)
    possible : ndarray of float, shape (windows, shares)
        The most that any choice of the area could have had.
    tracks : dict of Track
    """

    cases: Floats
    possible: Floats
    tracks: dict[str, Track]


def origins_of(
    days: int, horizon: int, first_origin: int | None, warm_up: int
) -> NDArray[np.int64]:
    """Return the first day of each window; windows lie side by side and end with the last day.

    Raises
    ------
    ValueError
        If not one window beyond the warm-up fits.

    Examples
    --------
    >>> origins_of(500, 28, None, 3)
    array([388, 416, 444, 472])
    >>> origins_of(184, 28, None, 3)
    array([ 72, 100, 128, 156])
    """
    for name, value in (("horizon", horizon), ("warm_up", warm_up)):
        if value < 1:
            raise ValueError(f"{name}: expected 1 or more, found {value}")
    needed = (warm_up + 1) * horizon
    if first_origin is None:
        first_origin = YEAR_DAYS if days >= YEAR_DAYS + needed else SHORT_HISTORY_DAYS
    if first_origin < 1:
        raise ValueError(f"first_origin: expected 1 or more days of history, found {first_origin}")
    if days < first_origin + needed:
        raise ValueError(
            f"counts: expected {first_origin + needed} days or more ({first_origin} of history and "
            f"{warm_up + 1} windows of {horizon}), found {days}"
        )
    windows = (days - first_origin) // horizon
    return days - horizon * np.arange(windows, 0, -1)


def roll(
    counts: scipy.sparse.csc_array,
    areas: Floats,
    adjacent: scipy.sparse.csr_array,
    origins: NDArray[np.int64],
    horizon: int,
    shares: Floats,
    methods: Mapping[str, Method],
    progress: Progress | None = None,
) -> Rolled:
    """Let every method forecast at every origin and count its hits.

    A method is handed the days before the origin and nothing else.
    """
    sizes = np.full_like(areas, areas.mean()) if _one_size(areas) else areas
    neighbourhoods = Neighbourhoods(adjacent)
    cases, possible = np.zeros(origins.size), np.zeros((origins.size, shares.size))
    hits = {
        name: np.zeros((origins.size, len(m.choices), shares.size)) for name, m in methods.items()
    }
    kept = {name: np.zeros_like(values) for name, values in hits.items()}
    for window, origin in enumerate(origins):
        if progress is not None:
            progress(window, origins.size)
        came = np.asarray(counts[:, origin : origin + horizon].sum(axis=1), dtype=float).ravel()
        cases[window], possible[window] = came.sum(), most_possible(came, areas, shares)
        history = History(counts[:, :origin], sizes, neighbourhoods, horizon)
        for name, method in methods.items():
            for i, parameters in enumerate(method.choices):
                forecast = method.forecast(history, **parameters)
                taken = taken_shares(forecast.scores, areas, shares)
                hits[name][window, i] = taken @ came
                past = forecast.builds_on
                kept[name][window, i] = came.sum() * (taken @ past) / max(past.sum(), 1e-300)
    tracks = {
        name: Track(m.choices, hits[name], kept[name], pick_by_earlier(hits[name], possible))
        for name, m in methods.items()
    }
    return Rolled(cases, possible, tracks)


def pick_by_earlier(hits: Floats, possible: Floats) -> NDArray[np.int64]:
    """Return the best candidate before each window, and one for the window to come.

    Parameters
    ----------
    hits : ndarray of float, shape (windows, candidates, shares)
    possible : ndarray of float, shape (windows, shares)

    Returns
    -------
    ndarray of int64, shape (windows + 1,)
        Entry w is the candidate with the highest PEI over the windows before w, averaged over
        the shares; the first candidate where nothing came before, and among equals.

    Examples
    --------
    >>> hits = np.array([[[1.0], [2.0]], [[5.0], [2.0]], [[1.0], [2.0]]])
    >>> pick_by_earlier(hits, np.full((3, 1), 6.0))
    array([0, 1, 0, 0])
    """
    so_far = np.cumsum(hits, axis=0)
    most = np.cumsum(possible, axis=0)[:, None, :]
    # Equal to so many digits is equal: sums in another order must not decide.
    pei = np.round((so_far / np.where(most > 0, most, 1.0)).mean(axis=2), 12)
    return np.concatenate([[0], pei.argmax(axis=1)])


def _one_size(areas: Floats) -> bool:
    return bool(areas.max() < SAME_SIZE * areas.min())
