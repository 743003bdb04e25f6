"""Townships sorted into the five classes of their colours, as the map in the browser sorts them.

The bounds are those of the run, not of the step shown; the whole span has its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.hotspots.palette import TOWNSHIP_COLOURS
from app.hotspots.periods import WHOLE_SPAN


@dataclass(frozen=True)
class TownshipClasses:
    """The classes at one step.

    Attributes
    ----------
    by_rate : bool
        Per 10,000 residents; False: plain counts, for no population is known.
    breaks : tuple of float
        Where a class ends and the next begins.
    of : dict
        Code → class; None where there is no value.
    """

    by_rate: bool
    breaks: tuple[float, ...]
    of: dict[str, int | None]


def township_classes(series: dict[str, Any], step: int) -> TownshipClasses:
    """Sort the townships of `layers.township_series` at a step."""
    by_rate = any(rate is not None for row in series["rates"] for rate in row)
    whole = series["whole_rates" if by_rate else "whole"]
    by_step = series["rates" if by_rate else "counts"]
    shown = whole if step == WHOLE_SPAN else [row[step] for row in by_step]
    every = shown if step == WHOLE_SPAN else [value for row in by_step for value in row]
    breaks = quantile_breaks([value for value in every if value is not None])
    classed = {
        code: None if value is None else sum(value >= bound for bound in breaks)
        for code, value in zip(series["codes"], shown, strict=True)
    }
    return TownshipClasses(by_rate, breaks, classed)


def quantile_breaks(values: list[float]) -> tuple[float, ...]:
    """Return bounds with about as many values in each class; equal ones fall together.

    No bound is 0: below it there would be nothing.

    Examples
    --------
    >>> quantile_breaks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    (3, 5, 7, 9)
    >>> quantile_breaks([0, 0, 0]), quantile_breaks([0, 0, 0, 4, 9])
    ((), (4, 9))
    """
    ordered, classes = sorted(values), len(TOWNSHIP_COLOURS)
    found = (ordered[i * len(ordered) // classes] for i in range(1, classes)) if ordered else ()
    return tuple(dict.fromkeys(bound for bound in found if bound > 0))
