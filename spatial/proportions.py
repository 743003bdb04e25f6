"""Intervals of shares of small numbers."""

from __future__ import annotations

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_not_negative, check_same_length


def wilson_interval(
    part: ArrayLike, whole: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's score interval of shares.

    Parameters
    ----------
    part : array_like of float, shape (n,)
        What has the property. It need not be whole: where each answer counts between 0 and 1, as
        "basically satisfied" does with 0.9, the sum does. Such answers vary no more than yes and
        no with the same mean, so the interval is then wider than it need be, never too narrow.
    whole : array_like of float, shape (n,)
        Out of how many; 0 gives NaN.
    level : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        If a value is negative or missing, a part is more than its whole, or the level is none.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212. Newcombe (1998),
    Statistics in Medicine 17, 857-872, method 3.

    Examples
    --------
    >>> low, high = wilson_interval([81, 0], [263, 20])
    >>> low.round(4), high.round(4)
    (array([0.2553, 0.    ]), array([0.3662, 0.1611]))
    """
    some, all_ = check_not_negative("part", part), check_not_negative("whole", whole)
    check_same_length(part=some, whole=all_)
    if not 0 < level < 1:
        raise ValueError(f"level: {level} is not between 0 and 1")
    if (some > all_).any():
        at = int(np.flatnonzero(some > all_)[0])
        raise ValueError(f"part: {some[at]:g} at {at} is more than its whole, {all_[at]:g}")
    z = scipy.stats.norm.isf((1 - level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = some / all_
        middle = (share + z**2 / (2 * all_)) / (1 + z**2 / all_)
        spread = np.sqrt(share * (1 - share) / all_ + z**2 / (4 * all_**2))
        reach = z * spread / (1 + z**2 / all_)
    # At the ends the formula gives 0 and 1 but for rounding.
    return np.clip(middle - reach, 0.0, share), np.clip(middle + reach, share, 1.0)
