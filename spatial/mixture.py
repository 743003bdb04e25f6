"""How mixed an area is: the evenness of a whole's parts over a few classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def evenness(parts: ArrayLike) -> NDArray[np.float64]:
    """Return Shannon's entropy of each row's shares over its greatest possible value.

    Parameters
    ----------
    parts : array_like of float, shape (n, classes)
        Amounts by class, not negative; at least two classes.

    Returns
    -------
    ndarray of float, shape (n,)
        0 where all is in one class, 1 where all classes hold as much; NaN where there is nothing.

    Raises
    ------
    ValueError
        If an amount is negative or there are fewer than two classes.

    References
    ----------
    Shannon (1948); as an index of evenness: Pielou (1966), Journal of Theoretical Biology 13,
    131-144.

    Examples
    --------
    >>> evenness([[5, 5], [7, 0], [0, 0]])
    array([ 1.,  0., nan])
    """
    amounts = np.asarray(parts, dtype=float)
    if amounts.ndim != 2 or amounts.shape[1] < 2:
        raise ValueError(f"parts: expected rows of two or more classes, found {amounts.shape}")
    if not (amounts >= 0).all():
        raise ValueError("parts: amounts must not be negative")
    whole = amounts.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = amounts / whole
        logs = np.where(share > 0, share * np.log(share), 0.0)
    entropy = -logs.sum(axis=1) / np.log(amounts.shape[1])
    return np.where(whole[:, 0] > 0, np.abs(entropy), np.nan)
