"""The cells of a run in coarser and finer sizes, for a map that is seen from afar or near.

Each size is counted and tested by itself, as the run's own cells are, over a family of its own: a
coarse cell is not the sum of what its finer ones say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from app.errors import InvalidParameter
from app.hotspots.cell_tests import assess_cells, count_cells
from app.hotspots.runs import companion_name
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.hotspots.tables import CellResults
from geodata.areas import Boundaries, Places, study_cells

COARSEST, FINEST = 7, 10

LARGEST_UNASKED = 60_000
"""Cells beyond which a finer size is not made unless it is asked for. The sample city has 141,000
at resolution 10, which take longer than all the rest of its run."""

LARGEST = 200_000
"""Cells beyond which it is not made at all: 25 rows of so many take about 2 GB."""


@dataclass(frozen=True)
class Sizes:
    """Which other resolutions are wanted, and how many cells one may have."""

    resolutions: tuple[int, ...]
    largest: int

    def to_json(self) -> dict[str, Any]:
        """As the parameters of a run name them."""
        return {"resolutions": list(self.resolutions), "largest": self.largest}


@dataclass(frozen=True)
class Companion:
    """The cells of one size; ``tested`` is None where there would be too many.

    Attributes
    ----------
    resolution : int
    cells : int
        How many the study area has.
    largest : int
        How many there might be.
    """

    resolution: int
    cells: int
    largest: int
    tested: CellResults | None

    @property
    def name(self) -> str:
        """Of its table."""
        return companion_name(self.resolution)

    def to_json(self) -> dict[str, Any]:
        """As ``run.json`` tells of it."""
        said = {"resolution": self.resolution, "cells": self.cells}
        if self.tested is None:
            return said | {"left_out": "too_many_cells", "largest": self.largest}
        whole = self.tested.level[:, 0]
        return said | {
            "cells": len(self.tested.cells),
            "family": self.tested.family,
            "dispersion": self.tested.dispersion,
            "located_by_row": self.tested.counts.sum(axis=0).tolist(),
            "hot_cells": int(((whole >= SIGNIFICANT_LEVEL) & (whole != NOT_TESTED)).sum()),
            "cold_cells": int((whole <= -SIGNIFICANT_LEVEL).sum()),
        }


def chosen_sizes(resolution: int, asked: Sequence[int] | None) -> Sizes:
    """Return the sizes beside a run's own: its neighbours where none are asked for.

    Raises
    ------
    InvalidParameter
        One is out of range.

    Examples
    --------
    >>> chosen_sizes(9, None).resolutions, chosen_sizes(10, None).resolutions
    ((8, 10), (9,))
    """
    if asked is None:
        near = (resolution - 1, resolution + 1)
        return Sizes(tuple(r for r in near if COARSEST <= r <= FINEST), LARGEST_UNASKED)
    wrong = [r for r in asked if not COARSEST <= r <= FINEST]
    if wrong:
        raise InvalidParameter(
            f"resolutions: {wrong[0]} is not in {COARSEST} to {FINEST}",
            f"参数 resolutions 的值 {wrong[0]} 不在 {COARSEST} 到 {FINEST} 之间",
        )
    return Sizes(tuple(sorted(set(asked) - {resolution})), LARGEST)


@dataclass(frozen=True)
class Counting:
    """What every size is counted and tested from, as `count_cells` and `assess_cells` take it."""

    counted: pl.DataFrame
    n_steps: int
    boundaries: Boundaries
    people: Places | None
    measure: str
    seed: int


def make_companion(given: Counting, resolution: int, largest: int) -> Companion:
    """Count and test the cases in cells of one size, unless there are too many of them."""
    area = study_cells(given.boundaries, resolution)
    if len(area) > largest:
        return Companion(resolution, len(area), largest, None)
    cells, counts = count_cells(given.counted, resolution, given.n_steps, area, given.measure)
    tested = assess_cells(cells, counts, given.boundaries, given.people, resolution, given.seed)
    return Companion(resolution, len(area), largest, tested)
