"""Does the effect of remediation flatter? Points picked for their height, treated and not.

    python -m benchmarks.effect_calibration [--points 1000] [--seed 0]

Cities with a season, a common course of their own and counts whose variance is twice their mean:
two years before and half a year after, by half-months. Levels of points are gamma or log-normal.
Of each city one point is picked because it was high, one of the twentieth with the most cases in
the half-year that is then compared with the same half-year after it; `--points` cities are drawn
for each line.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial import RemediationEffect, displacement, effect_of_remediation

Floats = NDArray[np.float64]

BEFORE, AFTER = 48, 12
STEPS = BEFORE + AFTER
DAYS = np.full(STEPS, 365.25 / 24)
FIRST = np.arange(STEPS) < BEFORE
SEASON = 1 + 0.3 * np.sin(2 * np.pi * np.arange(STEPS) / 24)
DISPERSION = 2.0
YEAR = 24
N_POINTS, PICKED = 500, 25

SHOWN = np.isin(np.arange(STEPS), np.arange(BEFORE - YEAR, BEFORE - YEAR + AFTER))
"""The half-year that points are picked by: a year before the one after the work."""
LAWS = ("gamma", "lognormal")


@dataclass(frozen=True)
class City:
    """Counts of its points and of the rings around them, and what they are around."""

    means: Floats
    counts: Floats
    ring_means: Floats
    rings: Floats
    picked: int

    @property
    def untreated(self) -> NDArray[np.bool_]:
        """All but those that a planner would pick for their height."""
        others = np.ones(len(self.counts), dtype=bool)
        others[highest(self.counts)] = False
        return others


def highest(counts: Floats) -> NDArray[np.int64]:
    """Return the points that had the most cases when they were looked at."""
    rows: NDArray[np.int64] = np.argsort(-counts[:, SHOWN].sum(axis=1), kind="stable")[:PICKED]
    return rows


def draw(means: Floats, rng: np.random.Generator) -> Floats:
    """Draw negative binomial counts."""
    return rng.negative_binomial(means / (DISPERSION - 1), 1 / DISPERSION).astype(float)


def make_city(rng: np.random.Generator, law: str, mean: float, ring: float = 0.5) -> City:
    """Draw a city, and pick one of its highest points.

    Parameters
    ----------
    mean : float
        Cases of a point in a half-month.
    ring : float
        Cases in a ring over those of its point.
    """
    spread = rng.gamma(1.5, 1 / 1.5, N_POINTS)
    levels = mean * (spread if law == "gamma" else np.exp(rng.normal(-0.5, 1.0, N_POINTS)))
    course = SEASON * np.exp(np.cumsum(rng.normal(0, 0.03, STEPS)))
    means = np.maximum(levels, 1e-6)[:, None] * course
    around = ring * means * rng.gamma(8, 1 / 8, N_POINTS)[:, None]
    counts = draw(means, rng)
    return City(means, counts, around, draw(around, rng), int(rng.choice(highest(counts))))


def treat(city: City, rng: np.random.Generator, left: float, moved: float = 0.0) -> City:
    """Leave a share of the picked point's cases after, and move a share of the rest to its ring."""
    means, around = city.means.copy(), city.ring_means.copy()
    counts, rings = city.counts.copy(), city.rings.copy()
    spared = (1 - left) * means[city.picked, ~FIRST]
    means[city.picked, ~FIRST] -= spared
    around[city.picked, ~FIRST] += moved * spared
    counts[city.picked, ~FIRST] = draw(means[city.picked, ~FIRST], rng)
    rings[city.picked, ~FIRST] = draw(around[city.picked, ~FIRST], rng)
    return City(means, counts, around, rings, city.picked)


def look(city: City) -> RemediationEffect:
    """Judge the picked point."""
    return effect_of_remediation(
        city.counts, DAYS, treated=city.picked, before=FIRST, after=~FIRST,
        untreated=city.untreated,
    )  # fmt: skip


def is_lower(city: City) -> bool:
    """Tell whether fewer cases came after than in the half-year that the point was picked by."""
    own = city.counts[city.picked]
    return bool(own[~FIRST].sum() < own[SHOWN].sum())


def not_treated(law: str, mean: float, n: int, rng: np.random.Generator) -> str:
    """Say how often a point that nobody treated is said to have fallen."""
    found, lower, covered = [], 0, 0
    for _ in range(n):
        city = make_city(rng, law, mean)
        effect = look(city)
        found.append(effect.verdict)
        lower += is_lower(city)
        covered += effect.whole.low <= 1 <= effect.whole.high
    share = {each: found.count(each) / n for each in ("fell", "rose", "no_sign", "too_few")}
    told = "  ".join(f"{name} {part:.3f}" for name, part in share.items())
    return f"{told}  fewer after than before {lower / n:.3f}  interval holds 1 {covered / n:.3f}"


def treated(
    law: str, mean: float, n: int, rng: np.random.Generator, expected: tuple[float, float]
) -> str:
    """Say how often a fall by 40 % is found where so many cases would have come."""
    fell = covered = done = 0
    while done < n:
        city = make_city(rng, law, mean)
        without = city.means[city.picked, ~FIRST].sum()
        if not expected[0] <= without < expected[1]:
            continue
        effect = look(treat(city, rng, 0.6))
        fell += effect.verdict == "fell"
        covered += effect.whole.low <= 0.6 <= effect.whole.high
        done += 1
    return f"fell {fell / n:.3f}  interval holds 0.6 {covered / n:.3f}"


def moved(
    law: str, mean: float, n: int, rng: np.random.Generator, ring: float, share: float,
    least: float = 100.0,
) -> str:  # fmt: skip
    """Say how often a ring is said to have taken cases up, where a fall by 40 % moved a share."""
    said = {"displaced": 0, "diffused": 0, "no_sign": 0, "too_few": 0}
    done = 0
    while done < n:
        city = make_city(rng, law, mean, ring)
        if city.means[city.picked, ~FIRST].sum() < least:
            continue
        city = treat(city, rng, 0.6, share)
        found = displacement(
            look(city), city.rings, DAYS, treated=city.picked, before=FIRST, after=~FIRST,
            untreated=city.untreated,
        )  # fmt: skip
        said[found.answer] += 1
        done += 1
    return "  ".join(f"{name} {count / n:.3f}" for name, count in said.items())


def main() -> None:
    """Draw, judge, and say how often."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    n = chosen.points
    for law in LAWS:
        for mean in (0.5, 1.0, 4.0, 12.0):
            rng = np.random.default_rng(chosen.seed)
            print(
                f"not treated   {law:9} {mean:4.1f}  {not_treated(law, mean, n, rng)}", flush=True
            )
    for law in LAWS:
        for mean, expected in ((2.0, (100, 150)), (4.0, (150, 300)), (8.0, (300, np.inf))):
            rng = np.random.default_rng(chosen.seed)
            told = treated(law, mean, n, rng, expected)
            print(f"40 % fewer    {law:9} {expected[0]:3}-{expected[1]:3.0f} {told}", flush=True)
    for share in (0.5, 0.0):
        for mean, ring in ((4.0, 0.25), (4.0, 0.5), (8.0, 0.25), (8.0, 0.5), (16.0, 0.5)):
            rng = np.random.default_rng(chosen.seed)
            told = moved("gamma", mean, n, rng, ring, share)
            print(f"moved {share:3.1f}  mean {mean:4.1f} ring {ring:4.2f}  {told}", flush=True)


if __name__ == "__main__":
    main()
