"""The map beside the board: which class of each column of the board a township is in.

Classes are made of the lines that the page shows, as the reader may see them, so the map tells
nothing that the table does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.townships.assessment.lines import Line

CLASSES = 4
"""Classes of about as many townships each; townships that are equal are in the same one."""


@dataclass(frozen=True)
class Colouring:
    """A column of the board as classes.

    Attributes
    ----------
    key : str
        Of the column: a key of `COLUMNS`.
    of : dict of str to int
        Code → class, the lowest values in 0; a township without a value is in none.
    spans : tuple of (float, float)
        Least and greatest value of each class.
    """

    key: str
    of: dict[str, int]
    spans: tuple[tuple[float, float], ...]


COLUMNS: Mapping[str, Callable[[Line], float | None]] = {
    "rank": lambda line: line.rank,
    "change_rank": lambda line: line.change_rank,
    # A count that is not told is negative.
    "cases": lambda line: line.cases if line.cases >= 0 else None,
    "per_people": lambda line: line.per_people,
}
"""What the map may be coloured by."""


def colourings(lines: Sequence[Line]) -> tuple[Colouring, ...]:
    """Return the columns that have a value for any of the lines."""
    found = []
    for key, value_of in COLUMNS.items():
        values = {line.code: value for line in lines if (value := value_of(line)) is not None}
        if values:
            found.append(_classed(key, values))
    return tuple(found)


def _classed(key: str, values: Mapping[str, float]) -> Colouring:
    ordered = np.sort(np.array(list(values.values()), dtype=float))
    at = [len(ordered) * part // CLASSES for part in range(1, CLASSES)]
    # A bound at the least value would leave the first class empty.
    bounds = np.unique(ordered[at][ordered[at] > ordered[0]])
    of = {code: int(np.searchsorted(bounds, value, "right")) for code, value in values.items()}
    members = [[values[code] for code in of if of[code] == n] for n in range(len(bounds) + 1)]
    return Colouring(key, of, tuple((min(each), max(each)) for each in members))
