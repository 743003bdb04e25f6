"""The rolling origin: no look ahead, figures by hand, and what must not matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.typing import NDArray

from spatial import backtest
from spatial.backtesting.backtest import Backtest
from spatial.backtesting.forecasts import (
    METHODS,
    Forecast,
    History,
    Method,
    last_28_days,
    last_365_days,
)
from spatial.backtesting.rolling_origin import pick_by_earlier

SHARES = (0.05, 0.2)
CELLS = 60
LINE = scipy.sparse.csr_array(np.eye(CELLS, k=1) + np.eye(CELLS, k=-1))
AREAS = np.ones(CELLS)


def city(seed: int = 1, days: int = 700) -> NDArray[np.int64]:
    """Places with lasting rates and passing bursts."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.4, 0.4, CELLS)[:, None] * np.ones(days)
    for _ in range(25):
        cell, begin = rng.integers(CELLS), rng.integers(days)
        rate[cell, begin : begin + 60] += 0.5
    return rng.poisson(rate)


def run(counts: Any, **options: Any) -> Backtest:
    given = {"shares": SHARES, "rng": np.random.default_rng(7), "n_resamples": 200, **options}
    return backtest(counts, given.pop("areas", AREAS), given.pop("weights", LINE), **given)


COUNTS = city()
FOUND = run(COUNTS)


def top_hits(scores: NDArray[Any], came: NDArray[Any], area: float) -> float:
    """Fill an area with cells of area 1 from the top; ties share what is left."""
    hits = 0.0
    for score in sorted(set(scores.tolist()), reverse=True):
        tied = scores == score
        part = min(1.0, area / tied.sum())
        hits += part * came[tied].sum()
        area -= part * tied.sum()
    return hits


def test_figures_by_hand() -> None:
    methods = {"last_365_days": METHODS["last_365_days"], "last_28_days": METHODS["last_28_days"]}
    found = run(COUNTS, methods=methods, warm_up=2)
    origins = [700 - 28 * back for back in range(11, 0, -1)]
    assert found.origins.tolist() == origins[2:]
    hits: dict[str, list[list[float]]] = {name: [] for name in methods}
    kept: dict[str, list[list[float]]] = {name: [] for name in methods}
    possible, cases = [], []
    for origin in origins:
        came = COUNTS[:, origin : origin + 28].sum(axis=1)
        cases.append(came.sum())
        possible.append([top_hits(came, came, CELLS * share) for share in SHARES])
        for name, days in (("last_365_days", 365), ("last_28_days", 28)):
            past = COUNTS[:, origin - days : origin].sum(axis=1)
            hits[name].append([top_hits(past, came, CELLS * share) for share in SHARES])
            shares_of_past = [top_hits(past, past, CELLS * s) / past.sum() for s in SHARES]
            kept[name].append([came.sum() * each for each in shares_of_past])
    assert found.cases.tolist() == cases[2:]
    assert found.possible == pytest.approx(np.array(possible[2:]))
    baseline = np.array(hits["last_365_days"][2:]).sum(axis=0)
    for name in methods:
        method, total = found.methods[name], np.array(hits[name][2:]).sum(axis=0)
        assert method.hits == pytest.approx(np.array(hits[name][2:]))
        assert method.hit_rate.value == pytest.approx(total / sum(cases[2:]))
        assert method.pai.value == pytest.approx(total / sum(cases[2:]) / SHARES)
        assert method.pei.value == pytest.approx(total / np.array(possible[2:]).sum(axis=0))
        assert method.rri.value == pytest.approx(total / np.array(kept[name][2:]).sum(axis=0))
        assert method.gain.value == pytest.approx(total / baseline - 1)
    for window in range(2, 11):
        pei = [
            np.mean(
                np.array(hits[n][:window]).sum(axis=0) / np.array(possible[:window]).sum(axis=0)
            )
            for n in methods
        ]
        assert found.picked.chosen[window - 2] == list(methods)[int(np.argmax(pei))]


def test_methods_are_handed_nothing_but_the_past() -> None:
    seen: list[tuple[int, float]] = []

    def spy(history: History) -> Forecast:
        seen.append((history.days, history.counts.sum()))
        return last_28_days(history)

    found = run(COUNTS, methods={"spy": Method(spy)}, warm_up=1)
    assert seen[1:] == [(day, COUNTS[:, :day].sum()) for day in found.origins]


@pytest.mark.parametrize("window", [0, 3, 7])
def test_later_days_change_no_earlier_pick(window: int) -> None:
    day = FOUND.origins[window]
    changed = COUNTS.copy()
    changed[:, day:] = np.random.default_rng(0).permutation(COUNTS[:, day:])
    again = run(changed)
    for name in FOUND.methods:
        # The pick for the window that begins on this day must not know what comes in it.
        assert (
            again.methods[name].parameters[: window + 1]
            == (FOUND.methods[name].parameters[: window + 1])
        )
        assert again.methods[name].hits[:window] == pytest.approx(FOUND.methods[name].hits[:window])
    assert again.picked.chosen[: window + 1] == FOUND.picked.chosen[: window + 1]
    assert again.picked.parameters[: window + 1] == FOUND.picked.parameters[: window + 1]
    assert not np.allclose(again.picked.hits[window:], FOUND.picked.hits[window:])


def test_picks_are_the_best_of_the_windows_before() -> None:
    rng = np.random.default_rng(4)
    hits, possible = rng.uniform(0, 5, (9, 4, 2)), rng.uniform(5, 9, (9, 2))
    picks = pick_by_earlier(hits, possible)
    assert picks[0] == 0
    for window in range(1, 10):
        pei = [
            sum(hits[:window, c, s].sum() / possible[:window, s].sum() for s in range(2))
            for c in range(4)
        ]
        assert picks[window] == np.argmax(pei)
    assert (pick_by_earlier(np.ones((3, 4, 1)), np.ones((3, 1))) == 0).all()


def test_labels_do_not_matter() -> None:
    order = np.random.default_rng(3).permutation(CELLS)
    areas = np.linspace(1, 3, CELLS)
    here = run(COUNTS, areas=areas)
    moved = scipy.sparse.csr_array(LINE.toarray()[np.ix_(order, order)])
    there = run(COUNTS[order], areas=areas[order], weights=moved)
    assert there.picked.chosen == here.picked.chosen
    for name, method in here.methods.items():
        assert there.methods[name].hits == pytest.approx(method.hits)
        assert there.methods[name].rri.low == pytest.approx(method.rri.low)


def test_units_of_area_and_dense_or_sparse_do_not_matter() -> None:
    again = run(scipy.sparse.csr_array(COUNTS), areas=AREAS * 0.105)
    assert again.picked.parameters == FOUND.picked.parameters
    assert again.picked.hits == pytest.approx(FOUND.picked.hits)


def test_twice_as_many_cases_everywhere_change_no_rate() -> None:
    # Empirical Bayes trusts larger counts more, so it alone may change.
    methods = {name: m for name, m in METHODS.items() if name != "local_empirical_bayes"}
    once, twice = run(COUNTS, methods=methods), run(2 * COUNTS, methods=methods)
    for name in methods:
        for figure in ("hit_rate", "pai", "pei", "rri", "gain"):
            first, second = (
                getattr(once.methods[name], figure),
                getattr(twice.methods[name], figure),
            )
            assert second.value == pytest.approx(first.value)
            assert second.low == pytest.approx(first.low)
    assert (twice.cases == 2 * once.cases).all()


def test_slight_differences_of_area_decide_no_tie() -> None:
    counts = np.zeros((CELLS, 700), dtype=int)
    counts[::3, ::7] = 1
    areas = np.linspace(1.0, 1.04, CELLS)
    found = run(counts, areas=areas, shares=[0.1])
    hit_rate = 0.1 * areas.sum() / areas[::3].sum()
    assert found.methods["last_365_days"].hit_rate.value == pytest.approx([hit_rate])


def test_a_forecast_that_says_nothing_is_as_good_as_chance() -> None:
    same = Method(lambda history: Forecast(np.zeros(CELLS), history.between(28, 0)))
    found = run(COUNTS, methods={"same": same})
    assert found.picked.pai.value == pytest.approx([1, 1])
    assert found.picked.rri.value == pytest.approx([1, 1])


def test_a_city_that_never_changes_is_forecast_perfectly() -> None:
    counts = np.repeat(np.arange(CELLS)[:, None], 700, axis=1)
    found = run(counts)
    for name in ("last_28_days", "last_365_days", "power_decay", "seasonal"):
        assert found.methods[name].pei.value == pytest.approx([1, 1])
        assert found.methods[name].rri.value == pytest.approx([1, 1])
    # Smoothing lowers the last cell of the line, whose only neighbour is lower.
    assert (found.methods["gi_star"].pei.value <= 1).all()


def test_all_efficiencies_are_shares() -> None:
    for method in FOUND.methods.values():
        assert (method.hits <= FOUND.possible + 1e-9).all()
        assert ((method.pei.low <= method.pei.value) & (method.pei.value <= method.pei.high)).all()


def test_bursts_that_last_are_found_by_forgetting() -> None:
    rng = np.random.default_rng(11)
    # Every place draws a new rate each half year: what is a year old says nothing.
    rate = rng.gamma(0.4, 1.0, (CELLS, 7)).repeat(182, axis=1)
    found = run(rng.poisson(rate))
    for name in ("power_decay", "exponential_decay"):
        assert (found.methods[name].gain.low > 0).all()
    assert (found.picked.gain.low > 0).all()


def test_the_same_seed_gives_the_same_and_inputs_stay() -> None:
    counts, areas, weights = COUNTS.copy(), AREAS.copy(), LINE.copy()
    again = run(counts, areas=areas, weights=weights)
    assert (again.picked.pai.low == FOUND.picked.pai.low).all()
    assert (counts == COUNTS).all()
    assert (areas == AREAS).all()
    assert (weights != LINE).nnz == 0
    sparse = scipy.sparse.coo_array(([1, 1, 5], ([0, 0, 1], [3, 3, 599])), (CELLS, 600))
    run(sparse, first_origin=365)
    assert sparse.nnz == 3


def test_a_short_history_leaves_out_what_needs_a_year() -> None:
    found = run(city(2, 184))
    assert found.left_out == {"same_28_days_last_year": 365, "seasonal": 365}
    assert found.origins.tolist() == [156]
    assert np.isnan(found.picked.pai.low).all()


def wrong(**changes: Any) -> dict[str, Any]:
    return {"counts": COUNTS, **changes}


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (wrong(counts=COUNTS * np.nan), "counts: every value must be finite, found nan"),
        (wrong(counts=-COUNTS), "counts: no value may be negative, found -"),
        (wrong(counts=COUNTS / 2), "counts: counts must be whole numbers, found 0.5"),
        (wrong(counts=COUNTS[0]), r"counts: expected cells x days, found shape \(700,\)"),
        (wrong(counts=COUNTS[:5]), r"areas: expected one a cell \(5\), found 60"),
        (wrong(counts=0 * COUNTS), "counts: the windows to score hold no case"),
        (wrong(counts=COUNTS[:, :100]), "counts: expected 168 days or more .* found 100"),
        (wrong(counts=scipy.sparse.csr_array(-COUNTS)), "counts: no value may be negative"),
        (wrong(areas=-AREAS), "areas: every area must be positive, found -1"),
        (wrong(areas=AREAS * np.nan), "areas: every value must be finite"),
        (wrong(weights=LINE[:, :5]), "weights: expected a square of 60 cells"),
        (wrong(weights=-LINE), "weights: every weight must be finite and not negative"),
        (wrong(weights=LINE.toarray()), "weights: expected a sparse matrix"),
        (wrong(shares=[0.0]), "shares: every share must lie between 0 and 1, found 0"),
        (wrong(level=1.0), "level: expected a share between 0 and 1, found 1"),
        (wrong(horizon=0), "horizon: expected 1 or more, found 0"),
        (wrong(warm_up=0), "warm_up: expected 1 or more, found 0"),
        (wrong(first_origin=0), "first_origin: expected 1 or more days of history, found 0"),
        (wrong(first_origin=690), "counts: expected 802 days or more"),
        (wrong(rng=None), "rng: intervals need a numpy Generator, found None"),
        (wrong(n_resamples=0), "n_resamples: expected 1 or more, found 0"),
        (
            wrong(methods={"late": Method(last_365_days, needs_days=9999)}),
            "methods: none can do with 392 days of history",
        ),
    ],
)
def test_bad_input_is_named(given: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        run(given.pop("counts"), **given)
