"""Where the cases went that did not come: into the ring around the point, or nowhere.

The ring is judged as the point is: its level before without its luck, the course of the rings of
the same comparison points. A ring that rose more than chance where the point fell is displacement;
one that fell as well is diffusion of benefits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from spatial._checks import check_counts, check_same_length
from spatial.effects.before_after import RemediationEffect, effect_of_remediation

RING_LEVEL = 0.90
"""Of the ring's interval: a rise that chance brings in one case of twenty is reported, as missing
displacement flatters."""

Answer = Literal["displaced", "diffused", "no_sign", "too_few"]


@dataclass(frozen=True, eq=False)
class Displacement:
    """What became of the ring around a treated point.

    Attributes
    ----------
    answer : {"displaced", "diffused", "no_sign", "too_few"}
    ring : RemediationEffect
        Of the ring, by its own comparison rings.
    moved : float
        Cases in the ring beyond what was expected there, over the cases that the point was spared:
        1 where all came back next door, negative where the ring fell too; NaN where the point was
        spared none.
    net_avoided : float
        Cases spared in point and ring together.
    """

    answer: Answer
    ring: RemediationEffect
    moved: float
    net_avoided: float


def displacement(
    effect: RemediationEffect,
    rings: ArrayLike,
    days: ArrayLike,
    *,
    treated: int,
    before: ArrayLike,
    after: ArrayLike,
    untreated: ArrayLike,
    area: ArrayLike | None = None,
    level: float = RING_LEVEL,
) -> Displacement:
    """Tell whether cases moved into the ring around a treated point.

    Parameters
    ----------
    effect : RemediationEffect
        Of the point; its comparison points' rings are the ring's comparison.
    rings : array_like of int, shape (points, steps)
        Cases in the ring around each point, the points themselves not in it.
    days, treated, before, after, untreated, area
        As of `effect_of_remediation`.
    level : float
        Of the ring's interval.

    References
    ----------
    Bowers, Johnson (2003), Journal of Quantitative Criminology 19, 275-301. Clarke, Weisburd
    (1994), Crime Prevention Studies 2, 165-183.
    """
    table = check_counts("rings", rings)
    check_same_length(untreated=np.asarray(untreated), rings=table)
    ring = effect_of_remediation(
        table, days, treated=treated, before=before, after=after, untreated=untreated,
        area=area, comparison=effect.comparison, level=level,
    )  # fmt: skip
    spared = effect.whole.avoided
    return Displacement(
        _answer(effect, ring),
        ring,
        -ring.whole.avoided / spared if spared > 0 else np.nan,
        spared + ring.whole.avoided,
    )


def _answer(effect: RemediationEffect, ring: RemediationEffect) -> Answer:
    if ring.verdict == "too_few":
        return "too_few"
    if ring.verdict == "rose" and effect.whole.index < 1:
        return "displaced"
    if ring.verdict == "fell" and effect.whole.index < 1:
        return "diffused"
    return "no_sign"
