"""How sure the ranks of candidates are, from the counts behind their criteria."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.townships.choosing.measuring import PER_CENT, Evidence, on_top
from spatial.candidates import standings
from spatial.rank_uncertainty import (
    RankUncertainty,
    draw_counts,
    draw_shares,
    rank_uncertainty,
    table_dispersion,
)
from spatial.rates import empirical_bayes

N_DRAWS = 1_000
LEVEL = 0.9
CERTAIN = 0.95
"""A township is certain when it is among the first in this share of the draws."""

CONCENTRATION = 100.0
"""Of the weights' Dirichlet distribution 系统默认: a weight of 10 % is drawn with ±3 %."""

N_FIRST = 10

Floats = NDArray[np.float64]


def drawn_standings(
    evidence: Evidence, directions: Mapping[str, str], seed: int, n_draws: int = N_DRAWS
) -> dict[str, NDArray[np.float32]]:
    """Return the standings of each criterion in each draw, or its only ones where it is certain.

    Counts are drawn from negative binomials (`draw_counts`) month by month, so that volume, rate
    and months on top move together; shares from their beta posterior. What has no law of chance,
    population, area and mix, stays.
    """
    rng = np.random.default_rng(seed)
    drawn = {**evidence.values, **_draw_demand(evidence, n_draws, rng)}
    if "points" in drawn:
        drawn["points"] = draw_counts(evidence.values["points"], 0.0, n_draws, rng)
    for key, (part, whole) in evidence.parts.items():
        drawn[key] = PER_CENT * draw_shares(part, whole, n_draws, rng)
    return {
        key: standings(drawn[key], directions[key]).astype(np.float32) for key in evidence.values
    }


def intervals(
    standing: Mapping[str, NDArray[np.float32]],
    weights: Mapping[str, float],
    seed: int,
    n_first: int = N_FIRST,
    *,
    n_draws: int = N_DRAWS,
    level: float = LEVEL,
    concentration: float = CONCENTRATION,
) -> RankUncertainty:
    """Return how far ranks go under drawn weights and data.

    The same draws serve any number of first ones, so that it moves no interval.
    """
    return rank_uncertainty(
        standing,
        weights,
        n_draws=n_draws,
        n_first=n_first,
        level=level,
        concentration=concentration,
        rng=np.random.default_rng([seed, N_FIRST]),
    )


def _draw_demand(evidence: Evidence, n_draws: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Draw the months, and what follows from them."""
    dispersion = table_dispersion(evidence.monthly)
    total, months = (np.zeros((n_draws, evidence.codes.size)) for _ in range(2))
    for counts in evidence.monthly.T:
        drawn = draw_counts(counts, dispersion, n_draws, rng)
        total += drawn
        months += on_top(drawn)
    found = {"volume": total, "rate": _rates(evidence, total), "top_months": months}
    return {key: each for key, each in found.items() if key in evidence.values}


def _rates(evidence: Evidence, drawn: Floats) -> Floats:
    """Shrink drawn rates as the run's were, towards the same mean; missing ones stay missing."""
    people = evidence.population
    known = np.isfinite(people) & np.isfinite(evidence.values["rate"])
    rates = np.full(drawn.shape, np.nan)
    raw = drawn[:, known] / people[known]
    if known.sum() > 1:
        prior = empirical_bayes(evidence.monthly.sum(axis=1)[known], people[known])
        mean, between = prior.prior_mean, prior.prior_variance
        kept = between / (between + mean / people[known]) if (mean > 0).all() else 0.0
        raw = mean + kept * (raw - mean)
    rates[:, known] = raw
    return rates
