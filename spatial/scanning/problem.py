"""What is scanned: counts and what is at risk, checked, with areas that have neither left out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import (
    check_choice,
    check_counts,
    check_finite,
    check_known_or_nan,
    check_same_length,
)
from spatial.scanning.zones import points_on_sphere

MODELS = ("poisson", "bernoulli", "space_time_permutation")
ANALYSES = ("spatial", "retrospective", "prospective")
FEWEST_STEPS = 3
FEWEST_CASES = 2
# numpy draws at most this many individuals without replacement.
MOST_INDIVIDUALS = 10**9


@dataclass(frozen=True)
class Problem:
    """Areas that take part, in the caller's order.

    Attributes
    ----------
    model : str
    analysis : str
    counts : ndarray of int64, shape (areas, steps)
    measure : ndarray of float, shape (areas, steps)
        Expected cases (Poisson: adding up to all cases; permutation: from the margins) or
        individuals (Bernoulli).
    points : ndarray of float, shape (areas, dimensions)
        Plain coordinates, or points on the sphere in space.
    on_sphere : bool
    ids : tuple
        The caller's names of these areas.
    scatter : tuple of float
        Dispersion of rates among areas, and among their steps, that replicas are drawn with.
    """

    model: str
    analysis: str
    counts: NDArray[np.int64]
    measure: NDArray[np.float64]
    points: NDArray[np.float64]
    on_sphere: bool
    ids: tuple[Hashable, ...]
    scatter: tuple[float, float] = (0.0, 0.0)

    @property
    def cases(self) -> int:
        """All cases."""
        return int(self.counts.sum())

    @property
    def mass(self) -> float:
        """Sum of the measure; of expected cases it is the sum of all cases."""
        return float(self.measure.sum()) if self.bernoulli else float(self.cases)

    @property
    def bernoulli(self) -> bool:
        """Whether individuals are cases or not."""
        return self.model == "bernoulli"


def check_problem(
    counts: ArrayLike,
    *,
    model: str,
    analysis: str | None,
    population: ArrayLike | None,
    expected: ArrayLike | None,
    lat: ArrayLike | None,
    lng: ArrayLike | None,
    coordinates: ArrayLike | None,
    ids: Sequence[Hashable] | None,
) -> Problem:
    """Return what `spatial.scan` was asked for, or raise ValueError naming what is wrong."""
    check_choice("model", model, MODELS)
    cases = check_counts("counts", counts)
    if cases.ndim not in (1, 2):
        raise ValueError(f"counts: expected areas or areas × steps, found shape {cases.shape}")
    analysis = analysis or ("spatial" if cases.ndim == 1 else "retrospective")
    check_choice("analysis", analysis, ANALYSES)
    points, on_sphere = _points(cases, lat, lng, coordinates)
    names = _names(ids, len(cases))
    table = cases.reshape(len(cases), -1)
    _check_enough(table, model, analysis)
    measure = _measure(table, model, population, expected, names)
    if analysis == "spatial":
        table, measure = table.sum(axis=1)[:, None], measure.sum(axis=1)[:, None]
    kept = np.flatnonzero(measure.sum(axis=1) > 0)
    measure = measure[kept]
    if model == "poisson":
        measure = measure * (table.sum() / measure.sum())
    return Problem(
        model=model,
        analysis=analysis,
        counts=table[kept].astype(np.int64),
        measure=measure,
        points=points[kept],
        on_sphere=on_sphere,
        ids=tuple(names[area] for area in kept),
    )


def _points(
    counts: NDArray[np.float64],
    lat: ArrayLike | None,
    lng: ArrayLike | None,
    coordinates: ArrayLike | None,
) -> tuple[NDArray[np.float64], bool]:
    if coordinates is not None:
        if lat is not None or lng is not None:
            raise ValueError("coordinates: give either these or lat and lng, found both")
        plain = check_finite("coordinates", coordinates)
        check_same_length(counts=counts, coordinates=plain)
        if plain.ndim != 2:
            raise ValueError(f"coordinates: expected areas × dimensions, found shape {plain.shape}")
        return plain, False
    if lat is None or lng is None:
        raise ValueError("coordinates: expected either these or lat and lng, found neither")
    north, east = check_finite("lat", lat), check_finite("lng", lng)
    check_same_length(counts=counts, lat=north, lng=east)
    for name, degrees, largest in (("lat", north, 90), ("lng", east, 360)):
        if degrees.ndim != 1:
            raise ValueError(f"{name}: expected one value an area, found shape {degrees.shape}")
        beyond = np.flatnonzero(np.abs(degrees) > largest)
        if beyond.size:
            raise ValueError(
                f"{name}: expected one value an area from -{largest} to {largest}°, "
                f"found {degrees[beyond[0]]} at {beyond[:1]}"
            )
    return points_on_sphere(north, east), True


def _names(ids: Sequence[Hashable] | None, n: int) -> list[Hashable]:
    names: list[Hashable] = list(range(n)) if ids is None else list(ids)
    if isinstance(ids, np.ndarray):
        names = ids.tolist()
    if len(names) != n or len(set(names)) != n:
        raise ValueError(
            f"ids: expected {n} different ones, found {len(names)}, {len(set(names))} different"
        )
    return names


def _check_enough(counts: NDArray[np.float64], model: str, analysis: str) -> None:
    if len(counts) < 2:
        raise ValueError(f"counts: a scan needs at least 2 areas, found {len(counts)}")
    if counts.sum() < FEWEST_CASES:
        raise ValueError(
            f"counts: a scan needs at least {FEWEST_CASES} cases, found {counts.sum():g}"
        )
    if analysis == "spatial" and model == "space_time_permutation":
        raise ValueError("analysis: the space-time permutation needs time, found 'spatial'")
    if analysis != "spatial" and counts.shape[1] < FEWEST_STEPS:
        raise ValueError(
            f"counts: a space-time scan needs at least {FEWEST_STEPS} steps, "
            f"found {counts.shape[1]}"
        )


def _measure(
    counts: NDArray[np.float64],
    model: str,
    population: ArrayLike | None,
    expected: ArrayLike | None,
    names: list[Hashable],
) -> NDArray[np.float64]:
    """Return what is at risk in each area and step, 0 where nothing is known of it."""
    if model == "space_time_permutation":
        if population is not None or expected is not None:
            raise ValueError("population: the space-time permutation model takes cases alone")
        return np.asarray(np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum())
    if (population is None) == (expected is None) or (model == "bernoulli" and population is None):
        wanted = "population" if model == "bernoulli" else "either population or expected"
        given = "neither" if population is None and expected is None else "expected"
        given = "both" if population is not None and expected is not None else given
        raise ValueError(f"population: the {model} model needs {wanted}, found {given}")
    name = "population" if expected is None else "expected"
    measure = _at_risk(name, population if expected is None else expected, counts, model)
    bad = (measure == 0) & (counts > 0)
    if bad.any():
        area, step = np.argwhere(bad)[0]
        raise ValueError(
            f"{name}: where there are cases it must be positive, "
            f"found none and {counts[area, step]:g} cases in area {names[area]!r}, step {step}"
        )
    if model == "bernoulli":
        _check_individuals(counts, measure, names)
    return measure


def _at_risk(
    name: str, values: ArrayLike | None, counts: NDArray[np.float64], model: str
) -> NDArray[np.float64]:
    array = np.nan_to_num(check_known_or_nan(name, [] if values is None else values), nan=0.0)
    if array.shape == (len(counts),):
        if model == "bernoulli" and counts.shape[1] > 1:
            raise ValueError(f"{name}: the bernoulli model needs individuals of every step")
        return np.repeat(array[:, None] / counts.shape[1], counts.shape[1], axis=1)
    if array.shape != counts.shape:
        raise ValueError(
            f"{name}: expected the shape of counts {counts.shape} or one value an area, "
            f"found {array.shape}"
        )
    return np.asarray(array)


def _check_individuals(
    counts: NDArray[np.float64], individuals: NDArray[np.float64], names: list[Hashable]
) -> None:
    check_counts("population", individuals)
    if (individuals < counts).any():
        area, step = np.argwhere(individuals < counts)[0]
        raise ValueError(
            f"population: individuals include the cases, found {individuals[area, step]:g} and "
            f"{counts[area, step]:g} cases in area {names[area]!r}, step {step}"
        )
    if not counts.sum() < individuals.sum() < MOST_INDIVIDUALS:
        raise ValueError(
            f"population: expected more individuals than cases and fewer than "
            f"{MOST_INDIVIDUALS:,}, found {individuals.sum():,.0f}"
        )
