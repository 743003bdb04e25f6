"""Seventeen words for a cell's course, by its hot and cold steps and its trend.

The words are ArcGIS's. A cell may meet several; the first in this order counts:

1. new: hot at the last step, never before;
2. consecutive: one uninterrupted final run of at least two hot steps, never hot before, less than
   90 % of steps hot;
3. intensifying: at least 90 % hot including the last, significantly rising;
4. persistent: at least 90 % hot, no trend;
5. diminishing: at least 90 % hot including the last, significantly falling;
6. sporadic: last step hot, on and off, less than 90 % hot, never cold;
7. oscillating: last step hot, cold at some step before, less than 90 % hot;
8. historical: last step not hot, at least 90 % hot.

Cold mirrors swap hot with cold and rising with falling. Where a hot and a cold word both fit (nine
of ten steps hot, the last one cold), the same order decides, so that a mirrored cube has mirrored
words.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_same_length

# A cell is hot "for most of the time" from this share of its steps on, in tenths (ArcGIS: 90 %).
MOST_TENTHS = 9


class EmergingCategory(IntEnum):
    """Codes of the categories: hot above zero in their order, cold mirrors below."""

    NO_PATTERN = 0
    NEW_HOT = 1
    CONSECUTIVE_HOT = 2
    INTENSIFYING_HOT = 3
    PERSISTENT_HOT = 4
    DIMINISHING_HOT = 5
    SPORADIC_HOT = 6
    OSCILLATING_HOT = 7
    HISTORICAL_HOT = 8
    NEW_COLD = -1
    CONSECUTIVE_COLD = -2
    INTENSIFYING_COLD = -3
    PERSISTENT_COLD = -4
    DIMINISHING_COLD = -5
    SPORADIC_COLD = -6
    OSCILLATING_COLD = -7
    HISTORICAL_COLD = -8
    NOT_TESTED = 127
    """No step could be tested: the cell has no neighbours, or nothing is expected there."""


def categorise(
    levels: ArrayLike, trend: ArrayLike, tested: ArrayLike | None = None
) -> NDArray[np.int8]:
    """Return each cell's category from its significant steps and its trend.

    Parameters
    ----------
    levels : array_like of int, shape (cells, steps)
        1 at hot steps, -1 at cold ones, 0 at others.
    trend : array_like of int, shape (cells,)
        1 where the cell rises significantly, -1 where it falls, 0 where it does neither.
    tested : array_like of bool, shape (cells, steps), optional
        Steps that could be tested; shares are of these. By default all.

    Returns
    -------
    ndarray of int8, shape (cells,)
        Codes of `EmergingCategory`.

    Raises
    ------
    ValueError
        If shapes differ, or a level or trend is none of -1, 0 and 1.

    References
    ----------
    Esri, ArcGIS Pro, "How Emerging Hot Spot Analysis works".

    Examples
    --------
    >>> found = categorise([[0, 0, 0, 1], [0, -1, 0, -1], [1, 1, 1, 1]], [0, 0, 1])
    >>> [EmergingCategory(code).name for code in found]
    ['NEW_HOT', 'SPORADIC_COLD', 'INTENSIFYING_HOT']
    """
    level, direction = np.asarray(levels), np.asarray(trend)
    if level.ndim != 2 or not level.shape[1]:
        raise ValueError(f"levels: expected cells x steps, found shape {level.shape}")
    check_same_length(levels=level, trend=direction)
    _check_signs("levels", level)
    _check_signs("trend", direction)
    made = np.ones(level.shape, dtype=bool) if tested is None else np.asarray(tested, dtype=bool)
    if made.shape != level.shape:
        raise ValueError(f"tested: expected the shape of levels {level.shape}, found {made.shape}")
    steps = made.sum(axis=1)
    hot = _kinds((level > 0) & made, (level < 0) & made, direction, steps)
    cold = _kinds((level < 0) & made, (level > 0) & made, -direction, steps)
    # The lower kind comes first in the order; both never have the same one.
    none = len(EmergingCategory)
    code = np.where(np.where(hot, hot, none) <= np.where(cold, cold, none), hot, -cold)
    return np.where(steps > 0, code, EmergingCategory.NOT_TESTED).astype(np.int8)


def _kinds(
    hot: NDArray[np.bool_],
    cold: NDArray[np.bool_],
    direction: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the first of the eight words that fits, 1 to 8, or 0; `hot` may be either side."""
    n_hot = hot.sum(axis=1)
    last = hot[:, -1]
    most = (10 * n_hot >= MOST_TENTHS * steps) & (n_hot > 0)
    # The final run's length is where, seen from the end, the first step that is not hot stands.
    run = np.where(hot.all(axis=1), hot.shape[1], np.argmin(hot[:, ::-1], axis=1))
    only_run = run == n_hot
    # Masks over ordered words: `select` takes the first that is true.
    return np.select(
        [
            last & (n_hot == 1),
            last & only_run & (n_hot >= 2) & ~most,
            most & last & (direction > 0),
            most & (direction == 0),
            most & last & (direction < 0),
            last & ~most & ~cold.any(axis=1),
            last & ~most,
            most & ~last,
        ],
        list(range(1, 9)),
        default=0,
    )


def _check_signs(name: str, values: NDArray[np.int64]) -> None:
    wrong = ~np.isin(values, (-1, 0, 1))
    if wrong.any():
        raise ValueError(f"{name}: expected -1, 0 or 1, found {values[wrong][0]}")
