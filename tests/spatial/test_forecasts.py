"""Every forecast against its definition, written as plain loops over cells and days."""

from __future__ import annotations

import math
import warnings
from collections import deque
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.typing import NDArray

from spatial.backtesting import forecasts
from spatial.backtesting.forecasts import METHODS, Forecast, History, Neighbourhoods

SIDE, DAYS, HORIZON = 7, 800, 28
CELLS = SIDE * SIDE


def touching(cell: int) -> list[int]:
    """Neighbours on a square grid with one diagonal: six of them, as hexagons have."""
    row, column = divmod(cell, SIDE)
    steps = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1))
    places = [(row + down, column + right) for down, right in steps]
    return [r * SIDE + c for r, c in places if 0 <= r < SIDE and 0 <= c < SIDE]


def steps_from(cell: int) -> dict[int, int]:
    """Steps from a cell to every other one, by breadth-first search."""
    away, waiting = {cell: 0}, deque([cell])
    while waiting:
        here = waiting.popleft()
        for other in touching(here):
            if other not in away:
                away[other] = away[here] + 1
                waiting.append(other)
    return away


def adjacency() -> scipy.sparse.csr_array:
    matrix = np.zeros((CELLS, CELLS))
    for cell in range(CELLS):
        matrix[cell, touching(cell)] = 1
    return scipy.sparse.csr_array(matrix)


def random_counts(days: int = DAYS) -> NDArray[np.int64]:
    rng = np.random.default_rng(8)
    return rng.poisson(rng.gamma(0.3, 0.2, CELLS)[:, None], (CELLS, days))


COUNTS = random_counts()


def history(counts: NDArray[np.int64] = COUNTS) -> History:
    return History(
        scipy.sparse.csc_array(counts.astype(float)),
        np.ones(counts.shape[0]),
        Neighbourhoods(adjacency()),
        HORIZON,
    )


def day_sum(cell: int, days: range) -> float:
    return float(sum(COUNTS[cell, day] for day in days if 0 <= day < DAYS))


def weighted_sum(cell: int, weight: Any) -> float:
    return math.fsum(weight(DAYS - 1 - day) * COUNTS[cell, day] for day in range(DAYS))


def check(found: Forecast, wanted: list[float], up_to_scale: bool = False) -> None:
    scores = found.scores
    if up_to_scale:
        scores, wanted = scores / scores.sum(), np.array(wanted) / sum(wanted)
    assert scores == pytest.approx(np.array(wanted), rel=1e-9, abs=1e-12)


def test_counts_of_past_days() -> None:
    cells = range(CELLS)
    check(
        forecasts.last_28_days(history()),
        [day_sum(cell, range(DAYS - 28, DAYS)) for cell in cells],
    )
    check(
        forecasts.last_365_days(history()),
        [day_sum(cell, range(DAYS - 365, DAYS)) for cell in cells],
    )
    check(
        forecasts.same_28_days_last_year(history()),
        [day_sum(cell, range(DAYS - 365, DAYS - 365 + 28)) for cell in cells],
    )


@pytest.mark.parametrize("half_life", [28, 120])
def test_exponential_decay(half_life: float) -> None:
    def weight(age: int) -> float:
        return math.exp(-math.log(2) * age / half_life)

    found = forecasts.exponential_decay(history(), half_life=half_life)
    check(found, [weighted_sum(cell, weight) for cell in range(CELLS)])


def test_power_decay() -> None:
    found = forecasts.power_decay(history(), exponent=0.7)
    wanted = [weighted_sum(cell, lambda age: 1 / (1 + age / 28) ** 0.7) for cell in range(CELLS)]
    check(found, wanted)


@pytest.mark.parametrize("bandwidth", [0.4, 1.2])
def test_decay_and_kernel(bandwidth: float) -> None:
    decayed = [weighted_sum(cell, lambda age: 0.5 ** (age / 90)) for cell in range(CELLS)]
    wanted = []
    for cell in range(CELLS):
        weights = {
            other: math.exp(-(steps**2) / (2 * bandwidth**2))
            for other, steps in steps_from(cell).items()
            if steps <= 3
        }
        total = sum(weight * decayed[other] for other, weight in weights.items())
        wanted.append(total / sum(weights.values()))
    found = forecasts.decay_kernel(history(), half_life=90, bandwidth=bandwidth)
    check(found, wanted)
    assert found.builds_on == pytest.approx(decayed)


@pytest.mark.parametrize("reach", [0, 14])
def test_seasonal(reach: int) -> None:
    wanted = []
    for cell in range(CELLS):
        season, days = 0.0, 0
        for back in (365, 730):
            window = range(DAYS - back - reach, DAYS - back + HORIZON + reach)
            season += day_sum(cell, window)
            days += len([day for day in window if day >= 0])
        level = day_sum(cell, range(DAYS - 365, DAYS)) / 365
        wanted.append(0.5 * level + 0.5 * season / days)
    check(forecasts.seasonal(history(), season_share=0.5, reach=reach), wanted)


def test_gi_star_is_that_of_esda() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda.getisord import G_Local
        from libpysal.weights import W, fill_diagonal

        around = fill_diagonal(W({cell: touching(cell) for cell in range(CELLS)}))
        counts = COUNTS[:, -365:].sum(axis=1)
        theirs = G_Local(counts, around, transform="B", star=None, permutations=0)
    assert forecasts.gi_star(history(), days=365).scores == pytest.approx(theirs.Zs)


def test_gi_star_leaves_islands_last_and_even_counts_tied() -> None:
    apart = scipy.sparse.csr_array(np.diag([1.0, 0.0], 1) + np.diag([1.0, 0.0], -1))
    counts = scipy.sparse.csc_array(np.array([[1.0], [0.0], [9.0]]))
    past = History(counts, np.ones(3), Neighbourhoods(apart), HORIZON)
    assert forecasts.gi_star(past, days=28).scores[2] == -np.inf
    even = History(scipy.sparse.csc_array(np.ones((3, 1))), np.ones(3), Neighbourhoods(apart), 28)
    assert forecasts.gi_star(even, days=28).scores.tolist() == [0, 0, 0]


def test_local_empirical_bayes_is_that_of_esda() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda.smoothing import Spatial_Empirical_Bayes
        from libpysal.weights import W

        around = W({cell: touching(cell) for cell in range(CELLS)}, id_order=list(range(CELLS)))
        counts = COUNTS[:, -365:].sum(axis=1)
        theirs = Spatial_Empirical_Bayes(counts, np.ones(CELLS), around).r.ravel()
    found = forecasts.local_empirical_bayes(history(), reach=1)
    assert found.scores == pytest.approx(theirs)


@pytest.mark.parametrize("name", METHODS)
def test_forecasts_do_not_depend_on_labels(name: str) -> None:
    order = np.random.default_rng(2).permutation(CELLS)
    moved = History(
        scipy.sparse.csc_array(COUNTS[order].astype(float)),
        np.ones(CELLS),
        Neighbourhoods(scipy.sparse.csr_array(adjacency().toarray()[np.ix_(order, order)])),
        HORIZON,
    )
    for parameters in METHODS[name].choices:
        here = METHODS[name].forecast(history(), **parameters)
        there = METHODS[name].forecast(moved, **parameters)
        assert there.scores == pytest.approx(here.scores[order])
        assert there.builds_on == pytest.approx(here.builds_on[order])


@pytest.mark.parametrize("name", METHODS)
def test_a_young_history_is_no_error(name: str) -> None:
    method = METHODS[name]
    young = history(random_counts(max(method.needs_days, 3)))
    for parameters in method.choices:
        assert np.isfinite(method.forecast(young, **parameters).scores).all()
