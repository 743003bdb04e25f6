"""Test the change of cells with their neighbours, and of townships each by itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import scipy.sparse
from numpy.typing import NDArray

from app.hotspots.comparing.counting import PeriodCounts
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL, levels
from spatial.period_change import PeriodChange, period_change


def changes(
    counts: PeriodCounts, days: tuple[int, int], weights: scipy.sparse.csr_array | None = None
) -> PeriodChange | None:
    """Compare the areas' changes with that of all of them; None where a period has no case."""
    if not (counts.before.any() and counts.after.any()):
        return None
    return period_change(counts.before, counts.after, weights, exposure=days)


def change_table(
    names: dict[str, NDArray[np.generic]], counts: PeriodCounts, found: PeriodChange | None
) -> pa.Table:
    """Return the areas as a table: own counts, and what the test says of the neighbourhood.

    ``level`` is as in `significance.levels`, positive for a rise beyond the city's.
    """
    n = counts.before.size
    unknown = np.full(n, np.nan)
    columns = {
        "neighbourhood_before": "before",
        "neighbourhood_after": "after",
        "expected": "expected",
        "ratio": "ratio",
        "low": "low",
        "high": "high",
        "p_value": "p_value",
        "q_value": "q_value",
    }
    tested = {
        column: unknown if found is None else getattr(found, attribute)
        for column, attribute in columns.items()
    }
    return pa.table(
        {
            **{name: pa.array(values) for name, values in names.items()},
            "before": pa.array(counts.before),
            "after": pa.array(counts.after),
            **{name: pa.array(values, from_pandas=True) for name, values in tested.items()},
            "level": pa.array(change_levels(found) if found else np.full(n, NOT_TESTED, np.int8)),
        }
    )


def change_levels(found: PeriodChange) -> NDArray[np.int8]:
    """Return the signed level of each two-sided test, by the side on which it lies."""
    rose = found.tails.greater <= found.tails.less
    return levels(np.where(rose, found.q_value, np.nan), np.where(rose, np.nan, found.q_value))


def risen(level: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return which areas rose significantly."""
    return np.asarray((level >= SIGNIFICANT_LEVEL) & (level != NOT_TESTED))


def fallen(level: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return which areas fell significantly."""
    return np.asarray(level <= -SIGNIFICANT_LEVEL)
