"""Count the cases of two periods, by cell and by township."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.cases.selection import case_frame
from app.errors import NothingToAnalyse
from app.hotspots.analysis import CASE_COLUMNS
from app.hotspots.cell_tests import count_cells
from app.hotspots.comparing.forms import CompareArguments
from app.hotspots.incident_numbers import with_incidents
from app.hotspots.measures import COUNT, check_measurable, measured
from geodata.areas import Boundaries, Places, study_cells
from geodata.counting import INCIDENTS
from geodata.home import Home

OTHER, THIS = 0, 1
"""Step of the period that is compared with, and of the one that is looked at."""


@dataclass(frozen=True)
class PeriodCounts:
    """Areas' counts in the period compared with, and in this one.

    Attributes
    ----------
    before, after : int64[n]
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]


def read_periods(
    home: Home, arguments: CompareArguments, places: Places | None, case_version: int
) -> pl.DataFrame:
    """Read the cases of both periods in a fixed order, each with its ``step``.

    Raises
    ------
    NothingToAnalyse
        A period has no located case, or callers are asked for and no case has one.
    """
    windows = {OTHER: arguments.windows.other, THIS: arguments.windows.this}
    parts = []
    for step, window in windows.items():
        cases = case_frame(
            home,
            start=window.start,
            end=window.end,
            classes=arguments.classes,
            version=case_version,
            columns=CASE_COLUMNS,
        ).collect()
        if not cases["located"].any():
            raise NothingToAnalyse(
                f"no located case in {window.label} (of {cases.height} in that period)",
                f"{window.label} 没有已定位的诉求（该期共 {cases.height} 件）",
            )
        parts.append(cases.with_columns(step=pl.lit(step)))
    cases = pl.concat(parts).sort("received_local", "case_id")
    check_measurable(cases.filter("located"), arguments.measure)
    return with_incidents(cases, places) if arguments.measure == INCIDENTS else cases


def by_cell(
    cases: pl.DataFrame, boundaries: Boundaries, resolution: int, measure: str
) -> tuple[NDArray[np.int64], PeriodCounts]:
    """Count located cases in all cells of the city, ascending."""
    area = study_cells(boundaries, resolution)
    cells, counts = count_cells(cases.filter("located"), resolution, 2, area, measure)
    # Column 0 is both periods together.
    return cells, PeriodCounts(counts[:, 1 + OTHER], counts[:, 1 + THIS])


def by_township(cases: pl.DataFrame, boundaries: Boundaries, measure: str) -> PeriodCounts:
    """Count located cases and those that only name their township, in the boundaries' order."""
    placed = cases.filter(pl.col("located") | pl.col("township_only"))
    found = measured(placed.drop_nulls("township"), ["township", "step"], measure)
    position = {str(code): at for at, code in enumerate(boundaries.codes)}
    counts = np.zeros((len(boundaries), 2), dtype=np.int64)
    for code, step, count in found.select("township", "step", COUNT).iter_rows():
        if code in position:
            counts[position[code], step] = count
    return PeriodCounts(counts[:, OTHER], counts[:, THIS])


def in_short(cases: pl.DataFrame, step: int) -> dict[str, int]:
    """Count a period's cases: located and unlocated are all of them."""
    own = cases.filter(pl.col("step") == step)
    located = int(own["located"].sum())
    return {
        "all": own.height,
        "located": located,
        "township_only": int(own["township_only"].sum()),
        "unlocated": own.height - located,
    }
