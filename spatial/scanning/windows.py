"""Spans of steps that a cluster may last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATES = ("high", "low", "both")
# A share of the steps that is a whole number must not fall below it by rounding.
TINY = 1e-9


def list_windows(steps: int, analysis: str, rates: str, max_length: float) -> NDArray[np.int64]:
    """Return all spans as pairs of positions in running sums over the steps.

    The later position comes first in a window for high rates, the earlier one in a window for
    low rates, so that in either a larger difference of counts is more unusual. Windows that
    share their first position stand together with their second rising.

    Parameters
    ----------
    steps : int
    analysis : {"spatial", "retrospective", "prospective"}
    rates : {"high", "low", "both"}
    max_length : int or float
        Longest span in steps, or (float) as a share of them.

    Returns
    -------
    ndarray of int64, shape (windows, 2)

    Raises
    ------
    ValueError
        If not even one step is allowed, or more than there are.

    Examples
    --------
    >>> list_windows(3, "retrospective", "high", 2).tolist()
    [[1, 0], [2, 0], [2, 1], [3, 1], [3, 2]]
    >>> list_windows(3, "prospective", "low", 2).tolist()
    [[1, 3], [2, 3]]
    """
    longest = 1 if analysis == "spatial" else _longest(steps, max_length)
    ends = range(1, steps + 1) if analysis == "retrospective" else [steps]
    high = [(end, start) for end in ends for start in range(max(0, end - longest), end)]
    low = sorted((start, end) for end, start in high)
    return np.array({"high": high, "low": low, "both": high + low}[rates], dtype=np.int64)


def _longest(steps: int, max_length: float) -> int:
    if isinstance(max_length, (int, np.integer)):
        longest = int(max_length)
    else:
        longest = int(max_length * steps + TINY) if 0 < max_length <= 1 else 0
    if not 1 <= longest <= steps:
        raise ValueError(
            f"max_length: expected 1 to {steps} steps or a share of them, found {max_length}"
        )
    return longest
