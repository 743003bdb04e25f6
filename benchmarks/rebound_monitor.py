"""How often does the rebound monitor cry wolf? How soon does it find a rise by half.

    python -m benchmarks.rebound_monitor [--years 1000] [--townships 100] [--points]

Whole cities with a season and counts whose variance is twice their mean: two years of history, from
which the level of one township, the season of the others and the dispersion are estimated as the
product does, then its year of watch. `--years` cities are drawn for each size; each is watched
through twenty years without a rebound and twenty with one that begins at any half-month of the
first half of the year. With ``--points`` it is points of a project that are watched, among small
places, after as few half-months as the product asks for.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from spatial.monitoring.expected_counts import expected_from_history
from spatial.monitoring.rebound import alarm_threshold, cumulative_sum, reference_ratio

YEAR = 24
RETURNS = 20
"""Years watched of each city."""

SIZES = (10, 20, 50, 100, 200)
POINT_SIZES = (1, 2, 5, 10)
LEAST_BASELINE = 6
WITHIN = (1, 2, 3, 4, 6, 12)
SEED = 0

Floats = NDArray[np.float64]

DAYS = np.tile([15.0, 16, 15, 13, 15, 16, 15, 15, 15, 16, 15, 15], 2)
SEASON = 1 + 0.25 * np.sin(2 * np.pi * np.arange(YEAR) / YEAR)


def draw(mean: Floats, dispersion: float, rng: np.random.Generator) -> Floats:
    """Draw negative binomial counts."""
    return rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion).astype(float)


def watch(
    size: float, *, townships: int, baseline: int, history: int = 2, dispersion: float = 2.0,
    cities: int = 1000, years: int = RETURNS, growth: float = 1.5, n_years: int = 20_000,
    others: float = 100.0,
) -> tuple[float, Floats]:  # fmt: skip
    """Return the share of years with a false alarm, and of rebounds found within 1, 2, … steps.

    Parameters
    ----------
    size : float
        Cases that the township has in a half-month, on average over the year.
    townships : int
        Of the city.
    baseline : int
        Half-months before the exit that the level is estimated from.
    history : int
        Years of data before the exit.
    dispersion : float
    cities, years : int
        Cities drawn, and years watched of each.
    growth : float
        Of the rebound.
    n_years : int
        Drawn for each threshold.
    others : float
        Around which the others' sizes are spread.
    """
    rng = np.random.default_rng([SEED, int(size), townships, baseline])
    sizes = others * rng.lognormal(0, 0.6, townships - 1)
    course = DAYS * SEASON / (DAYS * SEASON).mean()
    part = np.arange(YEAR)
    false, found = 0.0, np.zeros(YEAR // 2)
    for _ in range(cities):
        table = draw(np.outer(np.r_[size, sizes], np.tile(course, history)), dispersion, rng)
        if not table[0, -baseline:].any():
            continue
        known = expected_from_history(
            table, np.tile(DAYS, history), np.tile(part, history), township=0,
            baseline=np.arange(YEAR * history) >= YEAR * history - baseline,
            days_ahead=DAYS, season_ahead=part,
        )  # fmt: skip
        rules = {"dispersion": known.dispersion, "accuracy": known.accuracy, "n_years": n_years}
        threshold = alarm_threshold(known.expected, **rules)  # type: ignore[arg-type]
        reference = reference_ratio(known.dispersion) * known.expected
        truth = np.tile(size * course, (years, 1))
        alarms = cumulative_sum(draw(truth, dispersion, rng), reference) > threshold
        false += alarms.any(axis=1).mean() / cities
        found += delays(truth, reference, threshold, dispersion, growth, rng) / cities
    return false, found


def delays(
    truth: Floats, reference: Floats, threshold: float, dispersion: float, growth: float,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return the share of rebounds found within 1, 2, … steps; alarms before begin the sum anew."""
    begins = rng.integers(0, YEAR // 2, len(truth))
    later = np.arange(YEAR) >= begins[:, None]
    counts = draw(truth * np.where(later, growth, 1.0), dispersion, rng)
    limits = np.full(len(truth), threshold)
    alarms = (cumulative_sum(counts, reference, limits) > threshold) & later
    since = np.where(alarms.any(axis=1), alarms.argmax(axis=1) - begins, YEAR)
    return (since[:, None] < np.arange(1, YEAR // 2 + 1)).mean(axis=0)


def watch_points(cities: int, within: str) -> None:
    """Watch points among 300 places of 3 cases a half-month."""
    print(f"{cities} cities of 300 places, points that come back threefold")
    print(f"cases expected a half-month, baseline: years with a false alarm; found within {within}")
    for baseline in (LEAST_BASELINE, 12):
        for size in POINT_SIZES:
            false, found = watch(
                size, townships=300, baseline=baseline, cities=cities, growth=3.0, others=3.0,
                dispersion=1.5,
            )  # fmt: skip
            shares = ", ".join(f"{found[each - 1]:.3f}" for each in WITHIN)
            print(f"{size}, {baseline} half-months: {false:.4f}; {shares}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=1000, help="cities drawn for each size")
    parser.add_argument("--townships", type=int, default=100, help="townships of a city")
    parser.add_argument("--points", action="store_true", help="points among small places")
    chosen = parser.parse_args()
    within = ", ".join(map(str, WITHIN))
    if chosen.points:
        watch_points(chosen.years, within)
        return
    print(f"{chosen.years} cities of {chosen.townships} townships, {RETURNS} years of each")
    print(f"cases expected a half-month, baseline: years with a false alarm; found within {within}")
    for baseline in (12, 24):
        for size in SIZES:
            false, found = watch(
                size, townships=chosen.townships, baseline=baseline, cities=chosen.years
            )
            shares = ", ".join(f"{found[each - 1]:.3f}" for each in WITHIN)
            print(f"{size}, {baseline} half-months: {false:.4f}; {shares}", flush=True)


if __name__ == "__main__":
    main()
