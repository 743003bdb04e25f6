"""Rates that scatter anyway are no cluster: replicas with dispersion, and what it does to p."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from spatial import scan
from spatial.scanning.problem import check_problem
from spatial.scanning.replicas import REPLICAS_OF_A_STREAM, null_counts

PLACES = np.array([(e, n) for e in range(6) for n in range(5)], dtype=float)
SCATTER = (0.3, 0.2)
"""Among areas over all steps, and among the steps of each."""


def scattered_city(rng: np.random.Generator) -> np.ndarray:
    """Counts whose rates differ from area to area and from step to step, and nothing else."""
    among_areas, among_steps = SCATTER
    rates = rng.gamma(1 / among_areas, among_areas, (30, 1))
    rates = rates * rng.gamma(1 / among_steps, among_steps, (30, 6))
    return rng.poisson(20 * rates)


def test_replicas_vary_as_their_dispersion_says() -> None:
    """Variance of one bin among very many: e + f e² with 1 + f = (1 + areas) (1 + steps)."""
    bins, expected, n = 4_000, 5.0, 4 * REPLICAS_OF_A_STREAM
    counts = np.full((bins, 3), int(expected))
    problem = check_problem(
        counts, model="poisson", analysis=None, population=None, expected=np.ones((bins, 3)),
        lat=None, lng=None, coordinates=np.arange(float(bins))[:, None], ids=None,
    )  # fmt: skip
    streams = np.random.default_rng(1).spawn(4)
    drawn = np.diff(null_counts(replace(problem, scatter=SCATTER), n, streams), axis=1)
    both = (1 + SCATTER[0]) * (1 + SCATTER[1]) - 1
    assert drawn.mean() == pytest.approx(expected)
    assert drawn.var() == pytest.approx(expected + both * expected**2, rel=0.02)
    # What two steps of an area have in common is the scatter among areas.
    together = np.mean((drawn[:, 0] - expected) * (drawn[:, 1] - expected))
    assert together == pytest.approx(SCATTER[0] * expected**2, rel=0.05)


def test_scattered_rates_alone_are_rarely_a_cluster() -> None:
    cities, plain, carried = 120, [], []
    rng = np.random.default_rng(2)
    for _ in range(cities):
        counts = scattered_city(rng)
        at_risk = {"expected": np.ones(counts.shape), "coordinates": PLACES}
        known = {"area_dispersion": SCATTER[0], "dispersion": SCATTER[1]}
        plain.append(scan(counts, **at_risk, n_permutations=19, rng=rng))
        carried.append(scan(counts, **at_risk, **known, n_permutations=99, rng=rng))
    bold = sum(each.clusters[0].monte_carlo_p_value <= 0.05 for each in plain)
    p = np.array([each.clusters[0].monte_carlo_p_value if each.clusters else 1 for each in carried])
    assert bold == cities, "the plain Poisson model calls every one of them a cluster"
    for level in (0.05, 0.2, 0.5):
        low, high = stats.binom(cities, level).ppf([0.0005, 0.9995])
        assert low <= (p <= level).sum() <= high, level


def test_dispersion_moves_no_cluster() -> None:
    """It decides how likely a cluster is by chance, not where the most likely one lies."""
    counts = scattered_city(np.random.default_rng(3))
    given = {"expected": np.ones(counts.shape), "coordinates": PLACES, "n_permutations": 19}
    one = scan(counts, **given, rng=np.random.default_rng(4))
    other = scan(counts, **given, rng=np.random.default_rng(4), dispersion=0.1)
    assert one.clusters[0].members == other.clusters[0].members
    ratios = [each.clusters[0].log_likelihood_ratio for each in (one, other)]
    assert ratios[0] == ratios[1]


def test_a_strong_cluster_is_still_found() -> None:
    rng = np.random.default_rng(5)
    counts = scattered_city(rng)
    counts[7:9, 2:5] += 400
    found = scan(
        counts, expected=np.ones(counts.shape), coordinates=PLACES, n_permutations=99, rng=rng,
        area_dispersion=SCATTER[0], dispersion=SCATTER[1],
    )  # fmt: skip
    assert {7, 8} <= set(found.clusters[0].members)
    assert found.clusters[0].p_value < 0.05


@pytest.mark.parametrize("name", ["dispersion", "area_dispersion"])
@pytest.mark.parametrize(
    ("value", "model"), [(-0.1, "poisson"), (np.nan, "poisson"), (0.2, "space_time_permutation")]
)
def test_a_dispersion_that_cannot_be_is_refused(name: str, value: float, model: str) -> None:
    counts = np.arange(20).reshape(5, 4)
    at_risk = {"expected": np.ones((5, 4))} if model == "poisson" else {}
    with pytest.raises(ValueError, match=f"^{name}: "):
        scan(
            counts,
            model=model,
            coordinates=np.arange(5.0)[:, None],
            n_permutations=0,
            **at_risk,
            **{name: value},
        )
