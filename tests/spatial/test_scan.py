"""Scans against a plain search of every circle and span; properties; bad input."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import xlogy

from spatial import expected_cases, person_time, scan
from spatial.scanning.problem import Problem, check_problem
from spatial.scanning.replicas import null_counts

MODELS = ("poisson", "bernoulli", "space_time_permutation")
NO_REPLICAS = {"n_permutations": 0}


@dataclass(frozen=True)
class City:
    """A small random problem of any model."""

    counts: np.ndarray
    at_risk: np.ndarray
    places: np.ndarray

    def arguments(self, model: str) -> dict[str, Any]:
        known: dict[str, Any] = {"model": model, "coordinates": self.places}
        if model == "poisson":
            known["expected"] = self.at_risk
        elif model == "bernoulli":
            known["population"] = self.at_risk
        return known


def random_city(seed: int, areas: int = 9, steps: int = 4) -> City:
    rng = np.random.default_rng(seed)
    at_risk = np.ceil(rng.gamma(1.0, 12.0, (areas, steps))) + 2
    counts = rng.binomial(at_risk.astype(int), rng.uniform(0.05, 0.4, (areas, 1)))
    # Coordinates on a coarse grid: some areas are at the same distance, or in the same place.
    return City(counts, at_risk, rng.integers(0, 5, (areas, 2)).astype(float))


def plain_ratio(bernoulli: bool, c: Any, m: Any, cases: float, mass: float) -> Any:
    """Log likelihood at the two fitted rates minus that at one rate, as Kulldorff writes it."""
    if not bernoulli:
        return (
            xlogy(c, c / m)
            + xlogy(cases - c, (cases - c) / (mass - m))
            - xlogy(cases, cases / mass)
        )

    def fit(k: Any, n: Any) -> Any:
        return xlogy(k, k / n) + xlogy(n - k, (n - k) / n)

    return fit(c, m) + fit(cases - c, mass - m) - fit(cases, mass)


def plain_search(problem: Problem, counts: np.ndarray, **limits: Any) -> list[tuple[Any, ...]]:
    """Return (ratio per replica, centre, members, start, end, rate) of every circle and span.

    `counts` has the shape (areas, steps, replicas).
    """
    rates, share, longest = limits["rates"], limits["max_share"], limits["longest"]
    steps = problem.counts.shape[1]
    spans = [
        (start, end)
        for start, end in itertools.combinations(range(steps + 1), 2)
        if end - start <= longest and (problem.analysis != "prospective" or end == steps)
    ]
    rows = []
    for centre, place in enumerate(problem.points):
        distance = np.sqrt(((problem.points - place) ** 2).sum(axis=1))
        for radius in sorted(set(distance)):
            members = np.flatnonzero(distance <= radius)
            if problem.measure[members].sum() > share * problem.mass + 1e-9:
                continue
            for start, end in spans:
                m = problem.measure[members, start:end].sum()
                c = counts[members, start:end].sum(axis=(0, 1))
                if not 0 < m < problem.mass * (1 - 1e-12):
                    continue
                with np.errstate(all="ignore"):
                    ratio = plain_ratio(problem.bernoulli, c, m, float(problem.cases), problem.mass)
                mean = problem.cases * m / problem.mass
                for rate, here in (("high", (c > mean) & (c >= 2)), ("low", c < mean)):
                    if rates in (rate, "both"):
                        found = np.where(here, ratio, 0.0)
                        rows.append((found, centre, frozenset(members), start, end, rate))
    return rows


def plain_clusters(rows: list[tuple[Any, ...]]) -> list[tuple[float, frozenset[int], Any]]:
    """Return the best of each centre, leaving out those that overlap a better one."""
    best: dict[int, tuple[Any, ...]] = {}
    for row in rows:
        if row[0][0] > best.get(row[1], ([0.0],))[0][0] + 1e-12:
            best[row[1]] = row
    taken: set[int] = set()
    chosen = []
    for row in sorted(best.values(), key=lambda row: -row[0][0]):
        if not taken & row[2]:
            taken |= row[2]
            chosen.append((float(row[0][0]), row[2], row[3:]))
    return chosen


VARIANTS = [
    (model, analysis, rates)
    for model in MODELS
    for analysis in ("spatial", "retrospective", "prospective")
    for rates in ("high", "low", "both")
    if (model, analysis) != ("space_time_permutation", "spatial")
]


@pytest.mark.parametrize(("model", "analysis", "rates"), VARIANTS)
def test_search_loses_nothing(model: str, analysis: str, rates: str) -> None:
    """Every replica's maximum and every cluster are those of a plain search."""
    for seed in range(3):
        city = random_city(seed)
        share, longest = (0.5, 0.7, 1.0)[seed], (2, 3, 4)[seed]
        limits = {"rates": rates, "max_share": share}
        replicas = 130 if seed == 0 else 20
        arguments = city.arguments(model)
        found = scan(
            city.counts,
            analysis=analysis,
            **arguments,
            **limits,
            max_length=longest,
            n_permutations=replicas,
            rng=np.random.default_rng(seed),
        )
        asked = dict.fromkeys(("population", "expected", "lat", "lng", "ids"))
        problem = check_problem(city.counts, **{**asked, **arguments, "analysis": analysis})
        limits["longest"] = 1 if analysis == "spatial" else longest
        # Replicas as the scan draws them: every 64 have a generator of their own.
        streams = np.random.default_rng(seed).spawn(-(-replicas // 64))
        simulated = np.diff(null_counts(problem, replicas, streams), axis=1)
        rows = plain_search(problem, simulated, **limits)
        maxima = np.max([row[0] for row in rows], axis=0)
        np.testing.assert_allclose(found.replica_maxima, maxima, rtol=1e-9, atol=1e-12)

        rows = plain_search(problem, problem.counts[:, :, None], **limits)
        everything = scan(
            city.counts, analysis=analysis, **arguments, rates=rates, max_share=share,
            max_length=longest, **NO_REPLICAS,
        )  # fmt: skip
        plain = plain_clusters(rows)
        assert len(everything.clusters) > 0
        best = everything.clusters[0]
        top = [row for row in rows if row[0][0] >= plain[0][0] * (1 - 1e-9)]
        assert best.log_likelihood_ratio == pytest.approx(plain[0][0], rel=1e-9)
        assert (frozenset(best.members), best.start, best.end, best.rate) in {
            row[2:] for row in top
        }
        ratios = [cluster.log_likelihood_ratio for cluster in everything.clusters]
        if len({round(ratio, 9) for ratio, _, _ in plain}) == len(plain):
            np.testing.assert_allclose(ratios, [ratio for ratio, _, _ in plain], rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rates", ["high", "both"])
def test_search_loses_nothing_among_many_cases(model: str, rates: str) -> None:
    """Large and very small counts side by side, where thresholds span thousands."""
    rng = np.random.default_rng(4)
    at_risk = np.ceil(rng.lognormal(4.0, 2.0, (25, 5))) + 1
    counts = rng.binomial(at_risk.astype(int), 0.3)
    city = City(counts, at_risk, rng.uniform(0, 9, (25, 2)))
    found = scan(
        counts, **city.arguments(model), rates=rates, n_permutations=70,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    asked = dict.fromkeys(("population", "expected", "lat", "lng", "ids", "analysis"))
    problem = check_problem(counts, **{**asked, **city.arguments(model)})
    drawn = np.diff(null_counts(problem, 70, np.random.default_rng(1).spawn(2)), axis=1)
    rows = plain_search(problem, drawn, rates=rates, max_share=0.5, longest=2)
    maxima = np.max([row[0] for row in rows], axis=0)
    assert problem.cases > 10_000
    np.testing.assert_allclose(found.replica_maxima, maxima, rtol=1e-8)


def test_counts_exactly_as_expected_hold_no_cluster() -> None:
    people = np.outer(np.arange(1, 9), [0.1, 0.3, 0.7])
    found = scan(
        np.full((8, 3), 7), expected=np.full((8, 3), 0.1), coordinates=np.arange(8.0)[:, None],
        rates="both", max_share=1.0, **NO_REPLICAS,
    )  # fmt: skip
    assert found.clusters == ()
    found = scan(
        np.outer(np.arange(1, 9), [1, 3, 7]), expected=people, rates="both",
        coordinates=np.arange(8.0)[:, None], **NO_REPLICAS,
    )  # fmt: skip
    assert found.clusters == ()


def test_no_circle_is_small_enough() -> None:
    found = scan(
        [3, 4, 5], population=[1, 1, 1], coordinates=np.eye(3), max_share=0.2,
        rng=np.random.default_rng(0), n_permutations=9,
    )  # fmt: skip
    assert found.clusters == ()
    assert not found.replica_maxima.any()


@pytest.mark.parametrize("model", MODELS)
def test_ties_on_a_grid_do_not_depend_on_the_order_of_areas(model: str) -> None:
    for seed in range(20):
        city = random_city(seed)
        mixed = np.random.default_rng(seed).permutation(len(city.counts))
        other = City(city.counts[mixed], city.at_risk[mixed], city.places[mixed])
        one = scan(city.counts, **city.arguments(model), **NO_REPLICAS)
        two = scan(other.counts, **other.arguments(model), ids=mixed.tolist(), **NO_REPLICAS)
        assert one.clusters[0].log_likelihood_ratio == pytest.approx(
            two.clusters[0].log_likelihood_ratio, rel=1e-12
        )
        assert set(one.clusters[0].members) == set(two.clusters[0].members)


places = st.lists(
    st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=4, max_size=12, unique=True
)


@settings(deadline=None, max_examples=60)
@given(places, st.integers(0, 10_000), st.sampled_from(MODELS), st.data())
def test_results_are_keyed_by_id(
    points: list[tuple[float, float]], seed: int, model: str, data: st.DataObject
) -> None:
    city = random_city(seed, len(points))
    city = City(city.counts, city.at_risk, np.round(np.array(points), 3))
    names = [f"area {i}" for i in range(len(points))]
    order = data.draw(st.permutations(range(len(points))))
    other = City(city.counts[order], city.at_risk[order], city.places[order])
    one = scan(city.counts, **city.arguments(model), ids=names, **NO_REPLICAS)
    two = scan(other.counts, **other.arguments(model), ids=[names[i] for i in order], **NO_REPLICAS)
    for a, b in zip(one.clusters[:1], two.clusters[:1], strict=True):
        assert a.log_likelihood_ratio == pytest.approx(b.log_likelihood_ratio, rel=1e-9)
        assert a.observed == sum(
            city.counts[names.index(str(name)), a.start : a.end].sum() for name in a.members
        )
        assert b.observed == sum(
            city.counts[names.index(str(name)), b.start : b.end].sum() for name in b.members
        )


def test_scale_of_population_and_place_of_the_origin_do_not_matter() -> None:
    city = random_city(5, areas=30)
    rng = np.random.default_rng
    plain = scan(city.counts, expected=city.at_risk, coordinates=city.places, rng=rng(1))
    moved = scan(
        city.counts, population=city.at_risk * 64, coordinates=city.places + 1024, rng=rng(1)
    )
    assert plain.clusters == moved.clusters
    doubled = scan(city.counts, expected=city.at_risk, coordinates=city.places * 2, rng=rng(1))
    assert doubled.clusters[0].radius == 2 * plain.clusters[0].radius
    assert doubled.clusters[0].members == plain.clusters[0].members


def test_time_counted_in_another_unit_changes_nothing() -> None:
    population = [[100.0, 300.0], [500.0, 200.0]]
    years = person_time(population, [0.5, 4.5], np.arange(6.0))
    months = person_time(population, [6.0, 54.0], np.arange(6.0) * 12)
    np.testing.assert_allclose(months, years * 12, rtol=1e-12)
    # Straight lines by hand: half a year flat, four years rising by 50 a year, half a year flat.
    np.testing.assert_allclose(years[0], [106.25, 150, 200, 250, 293.75])


def test_steps_in_which_nothing_can_happen_change_nothing() -> None:
    """A calendar twice as fine, all in the first halves: the same cluster, ends doubled."""
    city = random_city(3)
    fine_counts = np.zeros((9, 8), dtype=int)
    fine_risk = np.zeros((9, 8))
    fine_counts[:, ::2], fine_risk[:, ::2] = city.counts, city.at_risk
    coarse = scan(
        city.counts, expected=city.at_risk, coordinates=city.places, max_length=2, **NO_REPLICAS
    ).clusters[0]
    fine = scan(
        fine_counts, expected=fine_risk, coordinates=city.places, max_length=4, **NO_REPLICAS
    ).clusters[0]
    assert fine.log_likelihood_ratio == pytest.approx(coarse.log_likelihood_ratio)
    assert fine.members == coarse.members
    assert ((fine.start + 1) // 2, (fine.end + 1) // 2) == (coarse.start, coarse.end)


def test_inputs_are_not_changed() -> None:
    city = random_city(1)
    before = (city.counts.copy(), city.at_risk.copy(), city.places.copy())
    for model in MODELS:
        scan(city.counts, **city.arguments(model), rng=np.random.default_rng(0), n_permutations=9)
    for kept, now in zip(before, (city.counts, city.at_risk, city.places), strict=True):
        np.testing.assert_array_equal(kept, now)


def test_places_where_nobody_is_known_to_be_are_left_out() -> None:
    city = random_city(2, areas=20)
    at_risk, counts = city.at_risk.copy(), city.counts.copy()
    counts[[4, 7]] = 0
    at_risk[4], at_risk[7] = 0, np.nan
    known = np.setdiff1d(np.arange(20), [4, 7])
    with_gaps = scan(counts, expected=at_risk, coordinates=city.places, **NO_REPLICAS)
    without = scan(
        counts[known], expected=at_risk[known], coordinates=city.places[known],
        ids=known.tolist(), **NO_REPLICAS,
    )  # fmt: skip
    for a, b in zip(with_gaps.clusters, without.clusters, strict=True):
        assert a.members == b.members
        assert a.log_likelihood_ratio == b.log_likelihood_ratio


def test_great_circles_reach_across_the_date_line() -> None:
    lat, lng = (
        np.zeros(12),
        np.array([179.5, -179.5, 170, 160, 150, 140, 130, 120, 110, 100, 90, 80]),
    )
    counts = np.full(12, 4)
    counts[:2] = 20
    found = scan(counts, population=np.ones(12), lat=lat, lng=lng, **NO_REPLICAS).clusters[0]
    assert set(found.members) == {0, 1}
    assert found.radius == pytest.approx(6367 * np.radians(1.0))


@pytest.mark.parametrize("ids", [[("a", 1), ("b", 2), ("c", 3)], np.array([7, 8, 9]), "xyz"])
def test_ids_may_be_anything_that_tells_areas_apart(ids: Any) -> None:
    found = scan([9, 1, 1], population=[1, 1, 1], coordinates=np.eye(3), ids=ids, **NO_REPLICAS)
    assert found.clusters[0].members == (ids[0],)


def test_no_circle_is_wider_than_asked() -> None:
    city = random_city(4, areas=40)
    for radius in (0.0, 1.0, 1.5):
        found = scan(
            city.counts, expected=city.at_risk, coordinates=city.places, max_radius=radius,
            **NO_REPLICAS,
        )  # fmt: skip
        assert max(cluster.radius for cluster in found.clusters) <= radius
    lat, lng = 40 + city.places[:, 0] / 100, 116 + city.places[:, 1] / 100
    wide = scan(city.counts, expected=city.at_risk, lat=lat, lng=lng, **NO_REPLICAS)
    narrow = scan(
        city.counts, expected=city.at_risk, lat=lat, lng=lng, max_radius=1.2, **NO_REPLICAS
    )
    assert max(cluster.radius for cluster in wide.clusters) > 1.2
    assert 0.8 < max(cluster.radius for cluster in narrow.clusters) <= 1.2


def test_longest_span_as_share_or_steps() -> None:
    counts = np.ones((6, 10), dtype=int)
    counts[2, 1:9] = 9
    arguments: dict[str, Any] = {
        "population": np.ones(6), "coordinates": np.arange(6.0)[:, None], **NO_REPLICAS,
    }  # fmt: skip
    for longest, span in ((0.5, 5), (0.3, 3), (4, 4), (1, 1), (0.8, 8), (1.0, 8)):
        cluster = scan(counts, max_length=longest, **arguments).clusters[0]
        assert cluster.end - cluster.start == span, longest


def test_strata_are_weighed_by_their_own_rates() -> None:
    # Two strata with rates 1/10 and 1/2 everywhere: nothing is unusual once they are known.
    people = np.array([[[100.0], [10.0]], [[10.0], [100.0]], [[50.0], [50.0]]])
    cases = people * np.array([[0.1], [0.5]])
    expected = expected_cases(cases, people)
    np.testing.assert_allclose(expected[:, 0], cases.sum(axis=1)[:, 0])
    rng = np.random.default_rng(0)
    counts, at_risk = rng.poisson(3, (5, 3, 4)), rng.uniform(10, 90, (5, 3, 4))
    standardised = expected_cases(counts, at_risk)
    assert standardised.sum() == pytest.approx(counts.sum())
    by_hand = sum(
        at_risk[2, stratum, 1] * counts[:, stratum].sum() / at_risk[:, stratum].sum()
        for stratum in range(3)
    )
    assert standardised[2, 1] == pytest.approx(by_hand)


GOOD: dict[str, Any] = {
    "counts": np.ones((4, 3)),
    "population": np.ones(4),
    "coordinates": np.arange(8.0).reshape(4, 2),
    "n_permutations": 0,
}
NAN, ZERO = np.array([1, 1, 1, np.nan]), np.array([1.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": np.full((4, 3), np.nan)}, "counts: every value must be finite"),
        ({"counts": -np.ones((4, 3))}, "counts: no value may be negative"),
        ({"counts": np.full((4, 3), 0.5)}, "counts: counts must be whole"),
        ({"counts": np.ones((4, 3, 2))}, "counts: expected areas or areas × steps"),
        ({"counts": np.zeros((4, 3))}, "counts: a scan needs at least 2 cases, found 0"),
        ({"counts": np.ones((4, 2))}, "counts: a space-time scan needs at least 3 steps, found 2"),
        ({"counts": np.ones((1, 3)), "coordinates": [[0.0]]}, "at least 2 areas, found 1"),
        ({"population": ZERO}, "population: where there are cases it must be positive.*area 2"),
        ({"population": NAN}, "population: where there are cases it must be positive.*area 3"),
        ({"population": -np.ones(4)}, "population: values must be NaN .* found -1.0 at .0"),
        ({"population": np.ones(5)}, r"population: expected the shape of counts \(4, 3\)"),
        ({"population": None}, "population: the poisson model needs .* found neither"),
        ({"expected": np.ones(4)}, "population: the poisson model needs .* found both"),
        ({"coordinates": None}, "coordinates: expected either these or lat and lng, found neither"),
        ({"lat": np.ones(4)}, "coordinates: give either these or lat and lng, found both"),
        ({"coordinates": np.ones((3, 2))}, r"coordinates: expected as many entries as counts"),
        ({"coordinates": np.full((4, 2), np.nan)}, "coordinates: every value must be finite"),
        ({"coordinates": None, "lat": [91] * 4, "lng": [0] * 4}, "lat: .* -90 to 90.*found 91.0"),
        ({"ids": ["a", "a", "b", "c"]}, "ids: expected 4 different ones, found 4, 3 different"),
        ({"model": "normal"}, "model: expected one of poisson"),
        ({"analysis": "temporal"}, "analysis: expected one of spatial"),
        ({"rates": "lower"}, "rates: expected one of high"),
        ({"max_share": 0.0}, "max_share: expected more than 0 and at most 1, found 0.0"),
        ({"max_length": 4}, "max_length: expected 1 to 3 steps or a share of them, found 4"),
        ({"max_length": 0.1}, "max_length: expected 1 to 3 steps or a share of them, found 0.1"),
        ({"max_radius": -1.0}, "max_radius: expected 0 or more, found -1.0"),
        ({"n_permutations": -1}, "n_permutations: expected 0 or more, found -1"),
        ({"n_permutations": 1.5}, "n_permutations: expected a whole number, found 1.5"),
        ({"n_permutations": 9}, "rng: replicas need a generator, found None"),
        ({"early_stop": 0}, "early_stop: expected 1 or more, found 0"),
        ({"model": "space_time_permutation"}, "population: the space-time permutation model takes"),
        (
            {"model": "space_time_permutation", "analysis": "spatial", "population": None},
            "analysis: the space-time permutation needs time",
        ),
        ({"model": "bernoulli"}, "population: the bernoulli model needs individuals of every step"),
        (
            {"model": "bernoulli", "population": np.full((4, 3), 0.5), "counts": np.eye(4)[:, :3]},
            "population: counts must be whole",
        ),
        (
            {"model": "bernoulli", "population": np.ones((4, 3)), "counts": 2 * np.ones((4, 3))},
            "population: individuals include the cases, found 1 and 2 cases in area 0, step 0",
        ),
        (
            {"model": "bernoulli", "population": np.ones((4, 3))},
            "population: expected more individuals than cases",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scan(**{**GOOD, **change})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_cases([[1, 2]], [[1]]), "at_risk: expected the shape of counts"),
        (lambda: expected_cases([1, 2], [1, 2]), "at_risk: expected the shape of counts"),
        (lambda: expected_cases([[0, 1]], [[3, 0]]), "at_risk: a stratum with cases.*stratum 1"),
        (lambda: expected_cases([[0, 1]], [[3, np.nan]]), "at_risk: every value must be finite"),
        (lambda: person_time([1.0], [1.0, 2.0], [0, 1]), "times: expected one for each value"),
        (lambda: person_time([1.0, 2.0], [2.0, 1.0], [0, 1]), "times: expected 1 or more rising"),
        (lambda: person_time([1.0], [1.0], [0]), "edges: expected 2 or more rising"),
        (lambda: person_time([-1.0], [1.0], [0, 1]), "population: no value may be negative"),
    ],
)
def test_bad_expectations_are_named(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
