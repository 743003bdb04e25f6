"""Service supply, as the district index tells it, with complaint demand beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.townships.assessment.demand import Demand
from app.townships.assessment.district_index import DistrictLine


@dataclass(frozen=True)
class Beside:
    """A district: its index, and the demand of the dimension that is looked at.

    Attributes
    ----------
    line : DistrictLine
    name : str
    supply : float or None
        Index of the dimension, the whole index where none is chosen.
    demand : Demand or None
        None where no class belongs to the dimension.
    """

    line: DistrictLine
    name: str
    supply: float | None
    demand: Demand | None


def set_beside(
    lines: Iterable[DistrictLine],
    demand: Mapping[tuple[str, str], Demand],
    names: Mapping[str, str],
    dimension: str,
) -> tuple[Beside, ...]:
    """Put demand beside supply; ``""`` is of all dimensions."""
    return tuple(
        Beside(
            line,
            names.get(line.district, line.district),
            line.dimensions.get(dimension) if dimension else line.index,
            demand.get((line.district, dimension)),
        )
        for line in lines
    )


def points_of(lines: Iterable[Beside]) -> list[dict[str, object]]:
    """Return the districts of which both are known, as the chart reads them."""
    return [
        {"name": line.name, "x": round(line.supply, 3), "y": round(line.demand.per_people, 3)}
        for line in lines
        if line.supply is not None and line.demand and line.demand.per_people is not None
    ]
