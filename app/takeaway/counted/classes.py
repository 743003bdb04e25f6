"""Counts sorted into the classes of their colours, as the map in the browser sorts them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from app.cases.disclosure import SUPPRESSION_THRESHOLD, told
from app.hotspots.palette import COUNT_COLOURS

SAMPLED = 50_000
"""Most values from which the classes are made, as in the browser."""


def count_breaks(counts: NDArray[np.int64]) -> tuple[int, ...]:
    """Return where a class of counts above 0 ends and the next begins; equal counts stay together.

    Most counts are small and equal: what they take beyond their share, the classes above share
    among them.

    Examples
    --------
    >>> count_breaks(np.array([0, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5]))
    (2, 3, 4, 5)
    """
    sample = counts[:: max(1, math.ceil(counts.size / SAMPLED))]
    ordered = np.sort(sample[sample > 0])
    breaks: list[int] = []
    begin = 0
    for left in range(len(COUNT_COLOURS), 1, -1):
        if begin >= ordered.size:
            break
        last = ordered[begin + math.ceil((ordered.size - begin) / left) - 1]
        begin = int(np.searchsorted(ordered, last, side="right"))
        if begin < ordered.size:
            breaks.append(int(ordered[begin]))
    return tuple(breaks)


def colours_of(breaks: tuple[int, ...]) -> tuple[str, ...]:
    """Return the colour of each class: of fewer than all, the darker ones."""
    return COUNT_COLOURS[len(COUNT_COLOURS) - 1 - len(breaks) :]


def range_texts(breaks: tuple[int, ...], *, exact: bool) -> list[str]:
    """Return what a legend writes of each class; `exact`: small counts are told.

    Examples
    --------
    >>> range_texts((2, 5), exact=True)
    ['1', '2–4', '≥ 5']
    """
    found = []
    for low, high in zip((1, *breaks), (*breaks, None), strict=True):
        first = _written(low, exact)
        if high is None:
            found.append(f"≥ {first}")
        else:
            last = _written(high - 1, exact)
            found.append(first if first == last else f"{first}–{last}")
    return found


def _written(count: int, exact: bool) -> str:
    return f"{count:,}" if exact or count >= SUPPRESSION_THRESHOLD else told(-1)
