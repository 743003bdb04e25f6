"""Published rates of sudden infant death, a peer for local rates, properties."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from spatial import empirical_bayes, standardised_rates


def sudden_infant_deaths() -> tuple[np.ndarray, np.ndarray]:
    libpysal = pytest.importorskip("libpysal")
    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"))
    return np.array(table.by_col("SID74")), np.array(table.by_col("BIR74"))


def test_north_carolina_as_published() -> None:
    found = empirical_bayes(*sudden_infant_deaths())
    published = [0.0016973, 0.0017054, 0.0017731, 0.0020129, 0.0035349]
    assert np.allclose(found.rate[:5], published, atol=5e-8)


def test_local_rates_are_those_of_esda() -> None:
    libpysal, smoothing = pytest.importorskip("libpysal"), pytest.importorskip("esda.smoothing")
    events, births = sudden_infant_deaths()
    graph = libpysal.io.open(libpysal.examples.get_path("sids2.gal")).read()
    peer = smoothing.Spatial_Empirical_Bayes(events, births, graph)
    found = empirical_bayes(events, births, scipy.sparse.csr_array(graph.sparse))
    assert np.allclose(found.rate, np.ravel(peer.r), rtol=1e-10)


areas = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 100_000)), min_size=1, max_size=12)


@given(areas)
def test_rates_lie_between_the_raw_one_and_the_mean(pairs: list[tuple[int, int]]) -> None:
    events, people = np.array(pairs, dtype=float).T
    found = empirical_bayes(events, people)
    low, high = np.minimum(found.raw, found.prior_mean), np.maximum(found.raw, found.prior_mean)
    slack = 1e-12 * high + 1e-15
    assert ((found.rate >= low - slack) & (found.rate <= high + slack)).all()
    assert np.allclose(found.prior_mean, events.sum() / people.sum())


def test_equal_rates_have_no_variance_and_stay() -> None:
    found = empirical_bayes([1, 10, 100], [100, 1_000, 10_000])
    assert np.allclose(found.rate, 0.01)
    assert np.allclose(found.prior_variance, 0.0)


def test_missing_and_empty_areas() -> None:
    plain = empirical_bayes([3, 90], [100, 9_000])
    found = empirical_bayes([3, 90, 7, 0], [100, 9_000, np.nan, 0])
    assert np.allclose(found.rate[:2], plain.rate)
    assert np.isnan(found.rate[2])
    assert np.isnan(found.prior_mean[2])
    assert found.rate[3] == pytest.approx(plain.prior_mean[0])
    assert np.isnan(found.raw[3])


@pytest.mark.parametrize(
    ("events", "at_risk", "message"),
    [
        ([1, -1], [5, 5], "events: no value may be negative"),
        ([1, np.nan], [5, 5], "events: every value must be finite"),
        ([1, 1], [5, -5], "at_risk: no value may be negative"),
        ([1, 1], [5, 0], r"at_risk: area 1 has events \(1\) but nobody at risk"),
        ([0, 0], [0, np.nan], "at least one area must have somebody at risk"),
        ([1, 1], [5], "at_risk: expected as many entries as events"),
    ],
)
def test_wrong_input_is_refused(events: list[float], at_risk: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        empirical_bayes(events, at_risk)


def test_global_rates_are_those_of_esda() -> None:
    """Where rates vary less than chance, esda's prior variance turns negative and ours is 0."""
    smoothing = pytest.importorskip("esda.smoothing")
    libpysal = pytest.importorskip("libpysal")
    table = libpysal.io.open(libpysal.examples.get_path("stl_hom.csv"))
    events, people = (np.array(table.by_col(one), dtype=float) for one in ("HC7984", "PO7984"))
    peer = smoothing.Empirical_Bayes(events, people)
    assert np.allclose(empirical_bayes(events, people).rate, np.ravel(peer.r), rtol=1e-10)


def test_standardised_rates_are_those_of_esda() -> None:
    smoothing = pytest.importorskip("esda.smoothing")
    events, births = sudden_infant_deaths()
    peer = smoothing.assuncao_rate(events, births)
    assert np.allclose(standardised_rates(events, births), peer, rtol=1e-10)
    # Documented example: eight regions.
    events, people = [30, 25, 25, 15, 33, 21, 30, 20], [100, 100, 110, 90, 100, 90, 110, 90]
    published = [1.03843594, -0.04099089, -0.56250375, -1.73061861]
    assert np.allclose(standardised_rates(events, people)[:4], published, atol=5e-9)


def test_standardised_rates_scatter_alike_in_small_and_large_places() -> None:
    rng = np.random.default_rng(1)
    people = np.where(np.arange(4_000) % 2, 200.0, 50_000.0)
    events = rng.poisson(people * 0.01)
    found = standardised_rates(events, people)
    assert found[::2].std() == pytest.approx(found[1::2].std(), rel=0.1)


@pytest.mark.parametrize(
    ("events", "at_risk", "message"),
    [
        ([1, 2], [5, 0], "at_risk: area 1 has nobody at risk"),
        ([1, 2], [5, np.nan], "at_risk: every value must be finite"),
        ([0, 0], [5, 5], "events: there are none"),
        ([1, -2], [5, 5], "events: no value may be negative"),
        ([1], [5, 5], "at_risk: expected as many entries"),
    ],
)
def test_wrong_input_of_standardised_rates(
    events: list[float], at_risk: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        standardised_rates(events, at_risk)


def test_equal_rates_and_tables_are_refused() -> None:
    with pytest.raises(ValueError, match=r"events: all rates are equal \(0.1\)"):
        standardised_rates([1, 2, 3], [10, 20, 30])
    with pytest.raises(ValueError, match=r"events: expected one value an area, found .*\(2, 1"):
        empirical_bayes([[1], [2]], [[10], [20]])
