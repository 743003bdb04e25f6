"""Small counts are not shown, and the others are rounded, so that they do not tell the small ones.

Each count goes through `disclosed` alone, totals too: one figure reads the same on every page. What
rounding alone still lets one reckon in a table with its totals, `app.cases.disclosed_tables` takes
out.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

SUPPRESSION_THRESHOLD = 5
"""Counts from 1 to below this are not shown: the usual least number of people behind a published
figure. Source: Eurostat/ESSnet, Handbook on Statistical Disclosure Control, 4.2 (thresholds from 3
to 5); the way of suppressing and then rounding is ehrQL's ``measures/disclosure_control.py``, whose
threshold is 7 for health records."""

ROUNDING_BASE = 5
"""All other counts are rounded to the nearest multiple of this."""

SHARE_STEP = 0.1
"""Shares of one person are rounded to this; finer ones would tell that person's own count."""

SUPPRESSED = -1
"""Stands for a count from 1 to 4."""

HIDDEN = -2
"""Stands for a count of which nothing is told, so that totals do not tell its neighbour."""


@overload
def disclosed(counts: int) -> int: ...
@overload
def disclosed(counts: NDArray[Any]) -> NDArray[np.int64]: ...


def disclosed(counts: int | NDArray[Any]) -> int | NDArray[np.int64]:
    """Return counts as a viewer may see them.

    Parameters
    ----------
    counts : int or int[...]
        True counts, none below zero.

    Returns
    -------
    int or int64[...]
        `SUPPRESSED` for 1 to 4, else the nearest multiple of 5; 0 stays 0.

    Raises
    ------
    ValueError
        A count is below zero: it was disclosed already, or is none.

    Examples
    --------
    >>> disclosed(3), disclosed(0), disclosed(7), disclosed(8)
    (-1, 0, 5, 10)
    """
    true = np.asarray(counts, dtype=np.int64)
    if (true < 0).any():
        raise ValueError("counts below zero cannot be disclosed")
    rounded = (true + ROUNDING_BASE // 2) // ROUNDING_BASE * ROUNDING_BASE
    shown = np.where((true > 0) & (true < SUPPRESSION_THRESHOLD), SUPPRESSED, rounded)
    return int(shown) if np.isscalar(counts) else shown


def disclosed_rate(numerator: int, denominator: float) -> float | None:
    """Return a rate of disclosed counts; None where its numerator is not shown.

    Parameters
    ----------
    numerator : int
        A true count.
    denominator : float
        What is known to everyone (people, households, area), or a count that was disclosed.

    Examples
    --------
    >>> disclosed_rate(12, 10_000), disclosed_rate(3, 10_000)
    (0.001, None)
    """
    shown = disclosed(numerator)
    return None if shown == SUPPRESSED or denominator <= 0 else shown / denominator


def disclosed_share(share: float, callers: int) -> float | None:
    """Return the share of the top caller to a tenth; None where fewer than 5 callers share it.

    Examples
    --------
    >>> disclosed_share(0.34, callers=12), disclosed_share(1.0, callers=1)
    (0.3, None)
    """
    if callers < SUPPRESSION_THRESHOLD:
        return None
    return round(round(share / SHARE_STEP) * SHARE_STEP, 1)


def told(count: int) -> str:
    """Return a disclosed count as it is written.

    Examples
    --------
    >>> told(disclosed(3)), told(disclosed(12)), told(HIDDEN)
    ('<5', '10', '–')
    """
    return {SUPPRESSED: f"<{SUPPRESSION_THRESHOLD}", HIDDEN: "–"}.get(count, str(count))


def written(value: float | None, digits: int = 0) -> str:
    """Return a number as papers show it: a dash where it is not known, else as `told`.

    Examples
    --------
    >>> written(None), written(SUPPRESSED), written(1234.56, 1)
    ('—', '<5', '1,234.6')
    """
    if value is None:
        return "—"
    if value in (SUPPRESSED, HIDDEN):
        return told(int(value))
    return f"{value:,.{digits}f}"


def bounds(shown: int) -> tuple[float, float]:
    """Return the least and greatest true count that is shown so; all that a viewer can know of one.

    Examples
    --------
    >>> bounds(SUPPRESSED), bounds(5), bounds(10), bounds(0)
    ((1, 4), (5, 7), (8, 12), (0, 0))
    """
    if shown == HIDDEN:  # what is 0 is never hidden
        return 1, np.inf
    if shown == SUPPRESSED:
        return 1, SUPPRESSION_THRESHOLD - 1
    if shown == 0:
        return 0, 0
    half = ROUNDING_BASE // 2
    return max(shown - half, SUPPRESSION_THRESHOLD), shown + half
