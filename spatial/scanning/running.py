"""Searches on all cores: the observed counts centre by centre, the replicas group by group."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import chunks, cores, on_threads
from spatial.scanning.clusters import Found
from spatial.scanning.problem import FEWEST_CASES, Problem
from spatial.scanning.replicas import REPLICAS_OF_A_STREAM, null_counts
from spatial.scanning.search import search_observed, search_replicas
from spatial.scanning.significance import Replicas, stop_after
from spatial.scanning.zones import Zones, walking_order

# Streams whose replicas are searched together at most, and the memory in bytes they may take.
MOST_STREAMS = 4
MEMORY_OF_A_GROUP = 300_000_000
# Centres whose observed windows one thread looks at in one go.
CENTRES_AT_ONCE = 64


def search_counts(problem: Problem, zones: Zones, windows: NDArray[np.int64]) -> Found:
    """Return the best window round every centre.

    Parameters
    ----------
    problem : Problem
    zones : Zones
    windows : ndarray of int64, shape (windows, 2)
        See `list_windows`.

    Returns
    -------
    Found
    """
    areas = len(problem.counts)
    counts, measure = _running(problem.counts).astype(np.int32), _running(problem.measure)
    found = Found(np.zeros(areas), np.zeros(areas, np.int64), np.zeros(areas, np.int64))

    def search(first: int, last: int) -> None:
        search_observed(
            counts,
            measure,
            zones.members,
            zones.closes,
            zones.starts,
            first,
            last,
            windows,
            problem.bernoulli,
            float(problem.cases),
            problem.mass,
            FEWEST_CASES,
            found.ratio,
            found.size,
            found.window,
        )

    tasks: list[Callable[[], None]] = [
        partial(search, first, last) for first, last in chunks(areas, CENTRES_AT_ONCE)
    ]
    for _ in on_threads(tasks):
        pass
    return found


def search_null(
    problem: Problem,
    zones: Zones,
    windows: NDArray[np.int64],
    observed: float,
    n: int,
    early_stop: int | None,
    rng: np.random.Generator,
) -> Replicas:
    """Return the largest ratio of every replica, or of as many as it takes.

    Each stream of replicas has a generator of its own, so neither the number of cores nor the
    size of the groups that are searched together changes what comes out.

    Parameters
    ----------
    problem : Problem
    zones : Zones
    windows : ndarray of int64, shape (windows, 2)
    observed : float
        Largest ratio of the observed counts, which decides when it is enough.
    n : int
        Number of replicas.
    early_stop : int or None
        How many replicas must reach the observed ratio for the run to end.
    rng : numpy Generator

    Returns
    -------
    Replicas
    """
    streams = rng.spawn(-(-n // REPLICAS_OF_A_STREAM))
    groups = chunks(len(streams), _streams_at_once(problem, n, early_stop))
    measure, order = _running(problem.measure), walking_order(problem.points)

    def search(first: int, last: int) -> NDArray[np.float64]:
        size = min(last * REPLICAS_OF_A_STREAM, n) - first * REPLICAS_OF_A_STREAM
        best = np.zeros(size)
        search_replicas(
            null_counts(problem, size, streams[first:last]),
            measure,
            zones.members,
            zones.closes,
            zones.starts,
            order,
            windows,
            problem.bernoulli,
            float(problem.cases),
            problem.mass,
            FEWEST_CASES,
            best,
        )
        return best

    tasks: list[Callable[[], NDArray[np.float64]]] = [
        partial(search, first, last) for first, last in groups
    ]
    maxima = np.empty(0)
    for best in on_threads(tasks):
        maxima = np.concatenate([maxima, best])
        enough = stop_after(maxima, observed, early_stop)
        if enough is not None:
            return Replicas(maxima[:enough], stopped=True)
    return Replicas(maxima, stopped=False)


def _running(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return running sums over the steps with a leading zero."""
    return np.pad(np.cumsum(values, axis=1, dtype=np.float64), ((0, 0), (1, 0)))


def _streams_at_once(problem: Problem, n: int, early_stop: int | None) -> int:
    """Return how many streams' replicas are searched together; it changes no result.

    Many share the work of looking up thresholds; few waste less when the run ends early, and
    leave something to every core.
    """
    if early_stop is not None:
        return 1
    areas, steps = problem.counts.shape
    bytes_of_a_stream = 4 * areas * (steps + 1) * REPLICAS_OF_A_STREAM
    fair = -(-n // REPLICAS_OF_A_STREAM) // cores()
    return int(np.clip(min(MEMORY_OF_A_GROUP // bytes_of_a_stream, fair), 1, MOST_STREAMS))
