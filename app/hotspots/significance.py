"""Levels of significance, as tables keep them and the map colours them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVEL_LIMITS = ((0.10, 1), (0.05, 2), (0.01, 3))
"""q below the limit gives the level, the strictest last."""

SIGNIFICANT_LEVEL = 2
"""Levels from here on mean q < .05."""

NOT_TESTED = 127
"""Level of a test that could not be made."""


def levels(q_hot: NDArray[np.float64], q_cold: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the signed level of each test: see `CellResults.level`."""
    level = np.zeros(q_hot.shape, dtype=np.int8)
    for limit, value in LEVEL_LIMITS:
        level[q_cold < limit] = -value
        level[q_hot < limit] = value
    level[~(np.isfinite(q_hot) | np.isfinite(q_cold))] = NOT_TESTED
    return level
