"""Expected counts of a township: the season of the others, its own level, how well known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize

from spatial import ExpectedCounts, expected_from_history

DAYS = np.tile([15.0, 16, 15, 13], 6)
PART = np.tile(np.arange(8), 3)
EFFECT = 1 + 0.4 * np.cos(PART)
GROWTH = np.repeat([1.0, 1.3, 1.1], 8)
LEVELS = np.array([4.0, 20.0, 9.0, 30.0, 2.5])


def history(rng: np.random.Generator, dispersion: float = 2.0) -> np.ndarray:
    mean = np.outer(LEVELS, DAYS * EFFECT * GROWTH)
    return rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion).astype(float)


def expect(counts: np.ndarray, **change: object) -> ExpectedCounts:
    asked = {
        "township": 0,
        "baseline": np.arange(24) >= 18,
        "days_ahead": DAYS[:8],
        "season_ahead": PART[:8],
    }
    return expected_from_history(counts, DAYS, PART, **{**asked, **change})  # type: ignore[arg-type]


def test_the_season_is_that_of_a_poisson_regression() -> None:
    counts = history(np.random.default_rng(3))
    counts[:, [4, 13]] = np.nan
    known = ~np.isnan(counts[0])
    spans = np.repeat([2, 1, 0], 8)
    table = np.column_stack(
        [np.eye(3)[spans[known]], np.eye(8)[PART[known]][:, 1:]]  # a factor each, the first part 1
    )
    total, days = counts[1:, known].sum(axis=0), DAYS[known]

    def score(params: np.ndarray) -> np.ndarray:
        return np.asarray(table.T @ (total - days * np.exp(table @ params)))

    start = np.r_[np.full(3, np.log(total.sum() / days.sum())), np.zeros(7)]
    fit = scipy.optimize.root(score, start, tol=1e-12)
    effect = np.exp(np.r_[0, fit.x[3:]])
    effect /= effect.mean()
    base = known & (np.arange(24) >= 18)
    level = counts[0, base].sum() / (DAYS * effect[PART])[base].sum()
    found = expect(counts)
    np.testing.assert_allclose(found.expected, level * effect * DAYS[:8], rtol=1e-8)
    assert found.level == pytest.approx(level)


def test_the_towns_own_season_is_not_taken_for_the_citys() -> None:
    counts = np.outer(LEVELS * 100, DAYS).round()
    counts[0] *= 1 + PART % 2  # it alone has a season
    found = expect(counts)
    rates = found.expected / DAYS[:8]
    np.testing.assert_allclose(rates, rates[0], rtol=1e-3)


def test_the_dispersion_is_that_of_the_townships() -> None:
    rng = np.random.default_rng(4)
    table = rng.negative_binomial(50 * EFFECT, 1 / 2.0, (200, 24)).astype(float)
    found = expect(table, alike=200)
    assert found.dispersion == pytest.approx(2.0, rel=0.08)
    # Rows and columns take their share: (townships - 1) (steps - 1) in each year.
    assert found.accuracy.dispersion_df == pytest.approx(200 * 21 - 7, rel=1e-9)
    alike = expect(table, alike=30)
    assert alike.accuracy.dispersion_df == pytest.approx(30 * 21, rel=0.01)
    assert expect(np.full((5, 24), 7.0) * DAYS).dispersion == 1.0


def test_levels_are_known_from_the_cases_of_the_baseline_and_the_season_from_the_others() -> None:
    counts = history(np.random.default_rng(6))
    found = expect(counts)
    own, others = counts[0, 18:].sum(), counts[1:].sum(axis=0)
    behind = np.array([others[part == PART].sum() for part in range(8)])
    np.testing.assert_allclose(found.accuracy.season_cases, behind)
    assert found.accuracy.level_cases == pytest.approx(1 / (1 / own + 1 / behind[2:].sum()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"season_ahead": np.full(8, 9)}, "no case in part 9"),
        ({"baseline": np.zeros(24, dtype=bool)}, "township 0 has no case in it"),
        ({"baseline": np.zeros(3, dtype=bool)}, "baseline"),
        ({"township": 1, "counts": np.full((2, 24), -1.0)}, "no value may be negative"),
    ],
)
def test_what_is_refused(change: dict[str, object], message: str) -> None:
    counts = change.pop("counts", None)
    with pytest.raises(ValueError, match=message):
        expect(history(np.random.default_rng(1)) if counts is None else counts, **change)  # type: ignore[arg-type]


def test_one_township_alone_tells_no_season() -> None:
    with pytest.raises(ValueError, match="the other townships have no case in part 0"):
        expect(np.full((1, 24), 50.0))
