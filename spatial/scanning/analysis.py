"""The scan statistic: where and when cases cluster more than chance allows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_choice, check_whole
from spatial.scanning.clusters import Cluster, describe, most_likely
from spatial.scanning.problem import Problem, check_problem
from spatial.scanning.running import search_counts, search_null
from spatial.scanning.significance import Replicas
from spatial.scanning.windows import RATES, list_windows
from spatial.scanning.zones import Zones, chord_of_arc, circular_zones


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
    dispersion: float = 0.0,
    area_dispersion: float = 0.0,
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
    dispersion, area_dispersion : float
        Poisson: by how much rates scatter under the null, from step to step in every area, and
        from area to area over all steps. Replicas are drawn with it (variance
        ``e + dispersion * e**2``), so that what scatters anyway is no cluster. 0 is the plain
        Poisson model, which calls almost any city of uneven habits a cluster.
    n_permutations : int
        Number of replicas; 0 gives no p-values.
    early_stop : int, optional
        End once so many replicas have reached the most likely cluster. Saves time when nothing
        is there; p-values stay valid, but are coarse.
    rng : numpy Generator, optional
        Needed for replicas. A generator made from the same seed, not spawned from before, gives the
        same result on any machine.

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
    circle, and up to 300 MB for each core.

    References
    ----------
    Kulldorff (1997) Commun. Statist. Theory Meth. 26:1481; Kulldorff (2001) J. R. Statist. Soc.
    A 164:61; Kulldorff et al. (2005) PLoS Med. 2:e59; Besag & Clifford (1991) Biometrika 78:301;
    Abrams, Kulldorff & Kleinman (2010) Int. J. Health Geogr. 9:61. For the dispersion:
    Zhang, Zhang & Lin (2012) Stat. Med. 31:762.

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
    problem = replace(problem, scatter=_scatter(model, area_dispersion, dispersion))
    zones = _zones(problem, max_share, max_radius)
    steps = problem.counts.shape[1]
    windows = list_windows(steps, problem.analysis, rates, max_length)
    found = search_counts(problem, zones, windows)
    centres = most_likely(problem, zones, windows, found)
    largest = float(found.ratio.max(initial=0.0))
    replicas = Replicas(np.empty(0), stopped=False)
    if n_permutations and rng is not None:
        replicas = search_null(problem, zones, windows, largest, n_permutations, early_stop, rng)
    described = (describe(problem, zones, windows, found, c, replicas) for c in centres)
    clusters = tuple(c for c in described if not c.monte_carlo_p_value >= 1)
    return Scan(clusters, problem.model, problem.analysis, replicas.maxima, replicas.stopped)


def _check_replicas(
    n_permutations: int, early_stop: int | None, rng: np.random.Generator | None
) -> None:
    check_whole("n_permutations", n_permutations, 0)
    if early_stop is not None:
        check_whole("early_stop", early_stop, 1)
    if n_permutations and rng is None:
        raise ValueError("rng: replicas need a generator, found None")


def _scatter(model: str, area_dispersion: float, dispersion: float) -> tuple[float, float]:
    for name, value in (("area_dispersion", area_dispersion), ("dispersion", dispersion)):
        if not 0 <= value < np.inf:
            raise ValueError(f"{name}: expected 0 or more, found {value}")
        if value and model != "poisson":
            raise ValueError(f"{name}: only the poisson model has one, found {value} for {model}")
    return float(area_dispersion), float(dispersion)


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
