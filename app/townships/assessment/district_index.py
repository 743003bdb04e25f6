"""The district index of 七有五性: indicators, each by its standing among districts, weighted.

It is ours (系统默认): no public source fixes how indicators become one figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.candidates import HIGH, LOW, CandidateScores, score_candidates

HAVING = ("幼有所育", "学有所教", "劳有所得", "病有所医", "老有所养", "住有所居", "弱有所扶")
BEING = ("便利性", "宜居性", "多样性", "公正性", "安全性")
DIMENSIONS = (*HAVING, *BEING)
"""The seven 有 and the five 性 of the city's 七有五性 monitoring."""

DIRECTIONS = (HIGH, LOW)
"""Which end of an indicator is good."""

PER_CENT = 100.0


@dataclass(frozen=True)
class Weighed:
    """An indicator as the index takes it: name, dimension, which end is good, weight, unit."""

    name: str
    dimension: str
    direction: str
    weight: float
    unit: str = ""


@dataclass(frozen=True)
class Part:
    """What an indicator gives a district's index.

    Attributes
    ----------
    indicator : Weighed
    value : float or None
        None where it is missing.
    standing : float or None
        0 to 100 among the districts with a value, ties in the middle.
    carried : float
        Share of the whole index that it decides here, in per cent; 0 where it is missing.
    contribution : float
        Points of the index.
    """

    indicator: Weighed
    value: float | None
    standing: float | None
    carried: float
    contribution: float


@dataclass(frozen=True)
class DistrictLine:
    """A district in a period.

    Attributes
    ----------
    district : str
        Its code.
    index : float or None
        0 to 100; None where it has no indicator at all.
    rank : int or None
    dimensions : dict of float or None
        Index of each dimension that has indicators.
    missing : float
        Weight of its missing indicators, in per cent of all: the others carry it.
    parts : tuple of Part
        Their contributions add up to the index.
    """

    district: str
    index: float | None
    rank: int | None
    dimensions: Mapping[str, float | None]
    missing: float
    parts: tuple[Part, ...]


def district_index(
    districts: Sequence[str],
    indicators: Sequence[Weighed],
    values: Mapping[tuple[str, str], float],
) -> tuple[DistrictLine, ...]:
    """Return the districts by their index, the highest first.

    Parameters
    ----------
    districts : sequence of str
        Codes, each once.
    indicators : sequence of Weighed
        Those of weight 0 take no part.
    values : mapping
        (Name of the indicator, district) → value.

    Examples
    --------
    >>> beds = Weighed("床位", "病有所医", "high", 3)
    >>> deaths = Weighed("事故", "安全性", "low", 1)
    >>> values = {("床位", "a"): 9.0, ("床位", "b"): 5.0, ("事故", "a"): 2.0, ("事故", "b"): 1.0}
    >>> [(line.district, line.index) for line in district_index(["a", "b"], [beds, deaths], values)]
    [('a', 62.5), ('b', 37.5)]
    """
    weighed = [each for each in indicators if each.weight > 0]
    if not weighed or not districts:
        return ()
    whole = _score(districts, weighed, values)
    by_dimension = {
        name: _score(districts, [each for each in weighed if each.dimension == name], values)
        for name in dict.fromkeys(each.dimension for each in weighed)
    }
    lines = [_line(at, districts, weighed, values, whole, by_dimension)
             for at in whole.order]  # fmt: skip
    return tuple(sorted(lines, key=lambda line: line.index is None))


def _score(
    districts: Sequence[str], indicators: Sequence[Weighed], values: Mapping[tuple[str, str], float]
) -> CandidateScores:
    return score_candidates(
        np.array(districts, dtype=object).astype(str),
        {
            each.name: [values.get((each.name, code), np.nan) for code in districts]
            for each in indicators
        },
        {each.name: each.weight for each in indicators},
        {each.name: each.direction for each in indicators},
    )


def _line(
    at: int,
    districts: Sequence[str],
    indicators: Sequence[Weighed],
    values: Mapping[tuple[str, str], float],
    whole: CandidateScores,
    by_dimension: Mapping[str, CandidateScores],
) -> DistrictLine:
    total = sum(each.weight for each in indicators)
    known = sum(each.weight for each in indicators if not whole.missing[each.name][at])
    parts = tuple(
        Part(
            each,
            values.get((each.name, districts[at])),
            _number(PER_CENT * whole.standing[each.name], at),
            0.0 if whole.missing[each.name][at] else PER_CENT * each.weight / known,
            float(whole.contributions[each.name][at]),
        )
        for each in indicators
    )
    return DistrictLine(
        district=districts[at],
        index=float(whole.score[at]) if known else None,
        rank=int(whole.rank[at]) if known else None,
        dimensions={name: _known_score(found, at) for name, found in by_dimension.items()},
        missing=PER_CENT * (1 - known / total),
        parts=parts,
    )


def _known_score(found: CandidateScores, at: int) -> float | None:
    if all(missing[at] for missing in found.missing.values()):
        return None
    return float(found.score[at])


def _number(values: NDArray[np.float64], at: int) -> float | None:
    return float(values[at]) if np.isfinite(values[at]) else None
