"""How much of what happened lies in the area that a ranking puts first.

A share of the area is filled with cells from the top of the ranking, the last cell in proportion,
so that every method is measured at exactly the same area. Cells of equal rank are taken in equal
proportion: that is what a random order among them gives on average, and no order of the input can
favour anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_finite, check_not_negative, check_same_length

TIE = 1e-9
"""Scores closer than this share of the largest one are equal: sums differ by less than that only
because their terms were added in another order."""


def taken_shares(scores: ArrayLike, areas: ArrayLike, shares: ArrayLike) -> NDArray[np.float64]:
    """Return how much of each cell lies in the top shares of the area.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        Higher comes first; minus infinity for cells that are taken last of all.
    areas : array_like of float, shape (n,)
        Area of each cell, positive, in any unit.
    shares : array_like of float, shape (k,)
        Shares of the total area to take, between 0 and 1.

    Returns
    -------
    ndarray of float, shape (k, n)
        1 for cells above the last rank taken, 0 below it, one common proportion for the cells of
        that rank. ``taken @ areas`` is that share of the total.

    Raises
    ------
    ValueError
        If lengths differ, a score is NaN, an area is not positive, or a share is out of range.

    Examples
    --------
    >>> taken_shares([5, 2, 2, 0], [1, 1, 1, 1], [0.25, 0.5])
    array([[1. , 0. , 0. , 0. ],
           [1. , 0.5, 0.5, 0. ]])
    """
    ranked, sizes = np.asarray(scores, dtype=float), check_areas(areas)
    check_same_length(scores=ranked, areas=sizes)
    wanted = check_shares(shares)
    if np.isnan(ranked).any():
        raise ValueError(f"scores: no score may be NaN, found one at {np.isnan(ranked).argmax()}")
    group = _ranks(ranked)
    area_of_group = np.bincount(group, weights=sizes)
    before = np.concatenate([[0.0], np.cumsum(area_of_group)[:-1]])
    room = wanted[:, None] * sizes.sum() - before
    taken: NDArray[np.float64] = np.clip(room / area_of_group, 0.0, 1.0)[:, group]
    return taken


def most_possible(counts: ArrayLike, areas: ArrayLike, shares: ArrayLike) -> NDArray[np.float64]:
    """Return the most cases that any choice of these shares of the area can hold, shape (k,).

    Cells are taken by cases per area, the last one in proportion, which is the exact maximum when
    a cell may be taken in part.

    Examples
    --------
    >>> most_possible([4, 3, 1, 0], [1, 1, 1, 1], [0.25, 0.375])
    array([4. , 5.5])
    """
    observed, sizes = check_not_negative("counts", counts), check_areas(areas)
    check_same_length(counts=observed, areas=sizes)
    return np.asarray(taken_shares(observed / sizes, sizes, shares) @ observed)


def check_areas(areas: ArrayLike) -> NDArray[np.float64]:
    """Return the areas as floats, or raise ValueError unless there are some, all positive."""
    sizes = check_finite("areas", areas)
    if sizes.ndim != 1 or not sizes.size:
        raise ValueError(f"areas: expected one for each cell, found shape {sizes.shape}")
    if (sizes <= 0).any():
        raise ValueError(f"areas: every area must be positive, found {sizes.min()}")
    return sizes


def check_shares(shares: ArrayLike) -> NDArray[np.float64]:
    """Return shares as floats, or raise ValueError unless all lie strictly between 0 and 1."""
    wanted = check_finite("shares", shares)
    if wanted.ndim != 1 or not wanted.size:
        raise ValueError(f"shares: expected one or more, found shape {wanted.shape}")
    if ((wanted <= 0) | (wanted >= 1)).any():
        wrong = wanted[(wanted <= 0) | (wanted >= 1)][0]
        raise ValueError(f"shares: every share must lie between 0 and 1, found {wrong}")
    return wanted


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rank of each score, 0 for the highest; equal scores share theirs."""
    order = np.argsort(-scores, kind="stable")
    descending = scores[order]
    finite = descending[np.isfinite(descending)]
    tolerance = TIE * float(np.abs(finite).max()) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        # Minus infinity less minus infinity is NaN: not lower, so the same rank.
        lower = descending[:-1] - descending[1:] > tolerance
    rank = np.empty(scores.size, dtype=np.int64)
    rank[order] = np.concatenate([[0], np.cumsum(lower)])
    return rank
