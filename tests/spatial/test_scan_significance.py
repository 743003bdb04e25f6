"""Replicas follow the null; p-values keep their promise; planted clusters are found."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from scipy import stats

from spatial import scan
from spatial.scanning.problem import Problem, check_problem
from spatial.scanning.replicas import null_counts
from spatial.scanning.significance import Replicas

MODELS = ("poisson", "bernoulli", "space_time_permutation")
PLACES = np.array([(e, n) for e in range(6) for n in range(5)], dtype=float)


def problem_of(model: str, counts: np.ndarray, at_risk: np.ndarray) -> Problem:
    return check_problem(
        counts,
        model=model,
        analysis=None,
        population=at_risk if model == "bernoulli" else None,
        expected=at_risk if model == "poisson" else None,
        lat=None,
        lng=None,
        coordinates=np.arange(float(len(counts)))[:, None],
        ids=None,
    )


@pytest.mark.parametrize("cases", [8, 60])
def test_poisson_replicas_are_multinomial(cases: int) -> None:
    """Few and many cases are drawn in different ways from the same law."""
    share = np.array([[1.0, 2.0, 3.0, 0.0], [4.0, 5.0, 6.0, 3.0], [2.0, 2.0, 1.0, 1.0]])
    counts = np.zeros((3, 4), dtype=int)
    counts[0, 1] = cases
    drawn = np.diff(
        null_counts(problem_of("poisson", counts, share), 20_000, rng(1).spawn(313)), axis=1
    )
    assert (drawn.sum(axis=(0, 1)) == cases).all()
    p = share / share.sum()
    error = (drawn.mean(axis=2) - cases * p) / np.sqrt(cases * p * (1 - p) / 20_000 + 1e-12)
    assert np.abs(error).max() < 4
    np.testing.assert_allclose(drawn.var(axis=2), cases * p * (1 - p), rtol=0.05)


def test_bernoulli_replicas_are_hypergeometric() -> None:
    individuals = np.array([[10, 4, 6], [20, 2, 8]])
    counts = np.array([[5, 2, 3], [4, 1, 5]])
    drawn = np.diff(
        null_counts(problem_of("bernoulli", counts, individuals), 20_000, rng(2).spawn(313)), 1, 1
    )
    assert (drawn.sum(axis=(0, 1)) == 20).all()
    assert (drawn <= individuals[:, :, None]).all()
    seen = np.bincount(drawn[1, 0], minlength=21) / 20_000
    np.testing.assert_allclose(seen, stats.hypergeom(50, 20, 20).pmf(np.arange(21)), atol=0.012)


def test_permuted_replicas_keep_both_margins() -> None:
    counts = rng(3).poisson(3, (7, 5))
    drawn = np.diff(
        null_counts(problem_of("space_time_permutation", counts, counts), 5000, rng(4).spawn(79)),
        1,
        1,
    )
    assert (drawn.sum(axis=1) == counts.sum(axis=1)[:, None]).all()
    assert (drawn.sum(axis=0) == counts.sum(axis=0)[:, None]).all()
    # One cell of a table with fixed margins is hypergeometric.
    law = stats.hypergeom(counts.sum(), counts[2].sum(), counts[:, 1].sum())
    seen = np.bincount(drawn[2, 1], minlength=40)[:40] / 5000
    np.testing.assert_allclose(seen, law.pmf(np.arange(40)), atol=0.025)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def null_city(model: str, generator: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
    """Counts without any cluster: uneven places, uneven times, no interaction."""
    uneven = generator.gamma(1.0, 1.0, (30, 1)) + 0.1
    if model == "bernoulli":
        people = np.ceil(uneven * 20 * np.ones((30, 6)))
        return generator.binomial(people.astype(int), 0.2), {"population": people}
    season = 1 + 0.5 * np.sin(np.arange(6))
    if model == "poisson":
        return generator.poisson(uneven * season * 4), {"expected": uneven * season}
    return generator.poisson(uneven * season * 4), {}


@pytest.mark.parametrize(
    ("model", "early_stop"), [(model, None) for model in MODELS] + [("poisson", 5)]
)
def test_false_alarms_are_as_rare_as_promised(model: str, early_stop: int | None) -> None:
    generator = rng(7)
    cities, p = 300, []
    for _ in range(cities):
        counts, at_risk = null_city(model, generator)
        found = scan(
            counts, model=model, **at_risk, coordinates=PLACES, n_permutations=99,
            early_stop=early_stop, rng=generator,
        )  # fmt: skip
        p.append(found.clusters[0].monte_carlo_p_value if found.clusters else 1.0)
    for level in (0.05, 0.2, 0.5):
        low, high = stats.binom(cities, level).ppf([0.0005, 0.9995])
        assert low <= (np.array(p) <= level).sum() <= high, level


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("analysis", ["retrospective", "prospective"])
@pytest.mark.parametrize("rate", ["high", "low"])
def test_planted_cluster_is_found(model: str, analysis: str, rate: str) -> None:
    generator = rng(11)
    people = np.full((30, 6), 60.0)
    risk = np.full((30, 6), 0.3)
    planted = [7, 2, 6, 8, 12]
    times = slice(4, 6) if analysis == "prospective" else slice(1, 3)
    risk[planted, times] = 0.75 if rate == "high" else 0.05
    counts = generator.binomial(60, risk)
    at_risk = {} if model == "space_time_permutation" else {"population": people}
    found = scan(
        counts, model=model, analysis=analysis, rates="both", **at_risk,
        coordinates=PLACES, rng=generator,
    ).clusters[0]  # fmt: skip
    assert set(found.members) == set(planted)
    assert (found.start, found.end, found.rate) == (times.start, times.stop, rate)
    assert found.p_value <= 0.001
    if analysis == "prospective":
        assert found.recurrence_interval == 1 / found.p_value
    else:
        assert found.recurrence_interval is None


def test_same_result_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, at_risk = null_city("poisson", rng(1))
    found = []
    for cores in (1, 3):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=cores: set(range(n)))
        found.append(scan(counts, **at_risk, coordinates=PLACES, rng=rng(5), n_permutations=300))
    assert found[0].clusters == found[1].clusters
    np.testing.assert_array_equal(found[0].replica_maxima, found[1].replica_maxima)


def test_early_stop_ends_on_the_replica_that_makes_it_enough() -> None:
    counts, at_risk = null_city("poisson", rng(1))
    whole = scan(counts, **at_risk, coordinates=PLACES, rng=rng(5), n_permutations=600)
    short = scan(
        counts, **at_risk, coordinates=PLACES, rng=rng(5), n_permutations=600, early_stop=20
    )
    n = short.replica_maxima.size
    assert short.stopped_early
    assert n < 600
    np.testing.assert_array_equal(short.replica_maxima, whole.replica_maxima[:n])
    first = short.clusters[0]
    assert (short.replica_maxima >= first.log_likelihood_ratio).sum() == 20
    assert short.replica_maxima[-1] >= first.log_likelihood_ratio
    assert first.monte_carlo_p_value == 20 / n


def test_p_of_every_cluster_is_read_off_the_replicas_maxima() -> None:
    counts, at_risk = null_city("poisson", rng(1))
    counts[3] += 9
    found = scan(counts, **at_risk, coordinates=PLACES, rng=rng(5), n_permutations=99)
    assert len(found.clusters) > 1
    for cluster in found.clusters:
        reached = (found.replica_maxima >= cluster.log_likelihood_ratio).sum()
        assert cluster.monte_carlo_p_value == (1 + reached) / 100
    members = [area for cluster in found.clusters for area in cluster.members]
    assert len(members) == len(set(members))


def test_gumbel_tail_is_near_the_true_one() -> None:
    """999 replicas tell a p-value of 1e-4 within a factor of two; 40,000 tell the truth."""
    counts, at_risk = null_city("poisson", rng(1))
    many = scan(counts, **at_risk, coordinates=PLACES, rng=rng(6), n_permutations=40_000)
    ratio = float(np.quantile(many.replica_maxima, 1 - 1e-3))
    few = scan(counts, **at_risk, coordinates=PLACES, rng=rng(7), n_permutations=999)
    told = Replicas(few.replica_maxima, stopped=False).gumbel(ratio)
    assert 0.5e-3 < told < 2e-3


def test_without_replicas_there_is_no_p_value() -> None:
    counts, at_risk = null_city("poisson", rng(1))
    first = scan(counts, **at_risk, coordinates=PLACES, n_permutations=0).clusters[0]
    assert np.isnan([first.p_value, first.monte_carlo_p_value, first.gumbel_p_value]).all()


def test_all_cases_in_one_place_have_an_infinite_relative_risk() -> None:
    counts = np.zeros(30, dtype=int)
    counts[4] = 12
    first = scan(counts, population=np.ones(30), coordinates=PLACES, rng=rng(1)).clusters[0]
    assert first.members == (4,)
    assert first.relative_risk == np.inf
    assert first.log_likelihood_ratio == pytest.approx(12 * np.log(30))
