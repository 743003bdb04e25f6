"""The scan statistic: where and when cases cluster more than chance allows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_choice
from spatial._compiled import chunks, on_threads
from spatial.scanning.clusters import Cluster, Found, describe, most_likely
from spatial.scanning.problem import FEWEST_CASES, Problem, check_problem
from spatial.scanning.replicas import null_counts
from spatial.scanning.search import search_observed, search_replicas
from spatial.scanning.significance import Replicas, stop_after
from spatial.scanning.zones import Zones, chord_of_arc, circular_zones

RATES = ("high", "low", "both")
# Replicas that are searched together, each with its own place in the processor's registers.
REPLICAS_AT_ONCE = 128
# Centres whose observed windows one thread looks at in one go.
CENTRES_AT_ONCE = 64
# A share of the steps that is a whole number must not fall below it by rounding.
TINY = 1e-9


@dataclass(frozen=True)
class Scan:
    """What a scan found.

    Attributes
    ----------
    clusters : tuple of Cluster
        The most likely one first, then those that share no area with an earlier one, as long as
        at least one replica stays below them.
    model, analysis : str
    replica_maxima : ndarray of float
        Largest log likelihood ratio of each replica that was run.
    stopped_early : bool
    """

    clusters: tuple[Cluster, ...]
    model: str
    analysis: str
    replica_maxima: NDArray[np.float64]
    stopped_early: bool


def scan(
    counts: ArrayLike,
    *,
    model: str = "poisson",
    population: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    lat: ArrayLike | None = None,
    lng: ArrayLike | None = None,
    coordinates: ArrayLike | None = None,
    ids: Sequence[Hashable] | None = None,
    analysis: str | None = None,
    rates: str = "high",
    max_share: float = 0.5,
    max_radius: float | None = None,
    max_length: float = 0.5,
    n_permutations: int = 999,
    early_stop: int | None = None,
    rng: np.random.Generator | None = None,
) -> Scan:
    """Find circles of areas, in spans of time, with more (or fewer) cases than expected.

    Round every area, circles of growing radius are tried with every span of steps. The largest
    log likelihood ratio is compared with the largest of each replica of the same number of cases
    under the null, so p-values hold for all places, sizes and times together.

    Parameters
    ----------
    counts : array_like of int, shape (areas,) or (areas, steps)
        Cases.
    model : {"poisson", "bernoulli", "space_time_permutation"}
        Cases among many at risk; individuals who are cases or not; cases alone, whose places
        and times are taken as given and only their interaction is tested.
    population : array_like of float, shape (areas,) or (areas, steps)
        Poisson: at risk, best as person-time of each step (see `person_time`).
        Bernoulli: individuals, cases included.
    expected : array_like of float, shape (areas,) or (areas, steps)
        Poisson, instead of the population: expected cases, for instance standardised (see
        `expected_cases`). Only their proportions count. NaN or 0: not known; areas without any
        are left out.
    lat, lng : array_like of float, shape (areas,)
        Degrees. Circles are then great circles.
    coordinates : array_like of float, shape (areas, dimensions)
        Plain coordinates instead, for instance easting and northing in metres.
    ids : sequence, optional
        Names of the areas; by default their positions.
    analysis : {"spatial", "retrospective", "prospective"}, optional
        Over all steps together; any span of steps; spans that reach the last step. By default
        "spatial" for one column, otherwise "retrospective".
    rates : {"high", "low", "both"}
    max_share : float
        Largest share of a circle in all expected cases (Poisson), individuals (Bernoulli) or
        cases (permutation), over all steps.
    max_radius : float, optional
        In kilometres, or the unit of plain coordinates.
    max_length : int or float
        Longest span: a whole number of steps, or a share (float up to 1.0) of all steps.
    n_permutations : int
        Number of replicas; 0 gives no p-values.
    early_stop : int, optional
        End once so many replicas have reached the most likely cluster. Saves time when nothing
        is there; p-values stay valid, but are coarse.
    rng : numpy Generator, optional
        Needed for replicas. The same generator state gives the same result on any machine.

    Returns
    -------
    Scan

    Raises
    ------
    ValueError
        If an argument is not as described, a value is NaN (other than at risk) or negative,
        lengths differ, there are cases where nobody is at risk, fewer than 2 areas or cases, or
        fewer than 3 steps in a space-time analysis.

    Notes
    -----
    Clusters with high rates have at least 2 cases. Circles hold all areas at the same distance
    or none of them. Memory is 5 bytes for each pair of a centre and an area in its largest
    circle, and 512 bytes per area and step and core.

    References
    ----------
    Kulldorff (1997) Commun. Statist. Theory Meth. 26:1481; Kulldorff (2001) J. R. Statist. Soc.
    A 164:61; Kulldorff et al. (2005) PLoS Med. 2:e59; Besag & Clifford (1991) Biometrika 78:301;
    Abrams, Kulldorff & Kleinman (2010) Int. J. Health Geogr. 9:61.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> side = np.arange(10)
    >>> places = np.array([(e, n) for e in side for n in side], dtype=float)
    >>> cases = np.full(100, 2)
    >>> cases[[0, 1, 10]] = 12
    >>> found = scan(cases, population=np.ones(100), coordinates=places, rng=rng)
    >>> cluster = found.clusters[0]
    >>> cluster.members, cluster.observed, round(cluster.expected, 1)
    ((0, 1, 10), 36, 6.9)
    >>> cluster.p_value < 0.001
    True
    """
    check_choice("rates", rates, RATES)
    problem = check_problem(
        counts,
        model=model,
        analysis=analysis,
        population=population,
        expected=expected,
        lat=lat,
        lng=lng,
        coordinates=coordinates,
        ids=ids,
    )
    _check_replicas(n_permutations, early_stop, rng)
    zones = _zones(problem, max_share, max_radius)
    windows = _windows(problem, rates, max_length)
    found = _observed(problem, zones, windows)
    centres = most_likely(problem, zones, windows, found)
    largest = float(found.ratio.max(initial=0.0))
    replicas = Replicas(np.empty(0), stopped=False)
    if n_permutations and rng is not None:
        replicas = _replicas(problem, zones, windows, largest, n_permutations, early_stop, rng)
    described = (describe(problem, zones, windows, found, c, replicas) for c in centres)
    clusters = tuple(c for c in described if not c.monte_carlo_p_value >= 1)
    return Scan(clusters, problem.model, problem.analysis, replicas.maxima, replicas.stopped)


def _check_replicas(
    n_permutations: int, early_stop: int | None, rng: np.random.Generator | None
) -> None:
    if n_permutations < 0:
        raise ValueError(f"n_permutations: expected 0 or more, found {n_permutations}")
    if early_stop is not None and early_stop < 1:
        raise ValueError(f"early_stop: expected at least 1 replica, found {early_stop}")
    if n_permutations and rng is None:
        raise ValueError("rng: replicas need a generator, found None")


def _zones(problem: Problem, max_share: float, max_radius: float | None) -> Zones:
    if not 0 < max_share <= 1:
        raise ValueError(f"max_share: expected more than 0 and at most 1, found {max_share}")
    if max_radius is not None and not max_radius >= 0:
        raise ValueError(f"max_radius: expected 0 or more, found {max_radius}")
    reach = np.inf if max_radius is None else max_radius
    if problem.on_sphere and np.isfinite(reach):
        reach = chord_of_arc(reach)
    return circular_zones(
        problem.points, problem.measure.sum(axis=1), max_share * problem.mass, reach
    )


def _windows(problem: Problem, rates: str, max_length: float) -> NDArray[np.int64]:
    """Return the spans as pairs of positions in running sums; the later one first if high."""
    steps = problem.counts.shape[1]
    if problem.analysis == "spatial":
        longest = 1
    elif isinstance(max_length, (int, np.integer)):
        longest = int(max_length)
    else:
        longest = int(max_length * steps + TINY) if 0 < max_length <= 1 else 0
    if not 1 <= longest <= steps:
        raise ValueError(
            f"max_length: expected 1 to {steps} steps or a share of them, found {max_length}"
        )
    ends = range(1, steps + 1) if problem.analysis == "retrospective" else [steps]
    spans = [(end, start) for end in ends for start in range(max(0, end - longest), end)]
    high = np.array(spans, dtype=np.int64)
    parts = {"high": [high], "low": [high[:, ::-1]], "both": [high, high[:, ::-1]]}
    return np.ascontiguousarray(np.concatenate(parts[rates]))


def _observed(problem: Problem, zones: Zones, windows: NDArray[np.int64]) -> Found:
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


def _replicas(
    problem: Problem,
    zones: Zones,
    windows: NDArray[np.int64],
    observed: float,
    n: int,
    early_stop: int | None,
    rng: np.random.Generator,
) -> Replicas:
    """Run the replicas group by group, each group with its own generator."""
    groups = chunks(n, REPLICAS_AT_ONCE)
    measure, order = _running(problem.measure), _spread(len(problem.counts))

    def search(size: int, generator: np.random.Generator) -> NDArray[np.float64]:
        best = np.zeros(size)
        search_replicas(
            null_counts(problem, size, generator),
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
        partial(search, last - first, generator)
        for (first, last), generator in zip(groups, rng.spawn(len(groups)), strict=True)
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


def _spread(n: int) -> NDArray[np.int64]:
    """Return all positions in an order whose beginning is spread over the whole range.

    Early centres give each replica a good first ratio only if they lie in different parts.
    """
    step = max(1, round(n * 0.618))
    while np.gcd(step, n) != 1:
        step += 1
    return np.arange(n, dtype=np.int64) * step % n
