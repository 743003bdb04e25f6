"""The numbers behind one scan cluster: its own months, its cases, its count in every month."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.accounts.areas import Area
from app.cases.selection import case_frame, summarise
from app.hotspots.cell_tests import NO_POPULATION_NULL
from app.hotspots.details import Detail, SeriesPoint, not_in_run, township_at, within_cells
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import RunSummary, cluster_table, load_run, read_table
from geodata.home import Home
from spatial.grid import parents


def cluster_detail(home: Home, area: Area, run_id: str, rank: str) -> Detail:
    """Return the numbers of one cluster over its own period.

    Raises
    ------
    Missing
        The run has no cluster of this rank.
    """
    run = load_run(home, run_id)
    row = _row(home, run, rank)
    first, last = run.steps[row["start_step"]], run.steps[row["end_step"]]
    cells = scanned_cells(home, run, row["members"])
    cases = case_frame(
        home,
        start=first.start,
        end=last.end,
        classes=run.classes,
        version=run.record["case_store_version"],
    )
    return Detail(
        kind="cluster",
        code=rank,
        name=rank,
        run=run,
        step=None,
        row=row | {"cells": len(cells)},
        series=_series(home, run, cells),
        selected=summarise(within_cells(cases, cells, run.resolution), area),
        lng=row["lng"],
        lat=row["lat"],
        township=township_at(home, run, row["lng"], row["lat"]),
        period=(first, last),
    )


def _row(home: Home, run: RunSummary, rank: str) -> dict[str, Any]:
    table = cluster_table(home, run)
    rows: list[dict[str, Any]] = [] if table is None else table.to_pylist()
    for row in rows:
        if str(row["rank"]) == rank:
            return row
    raise not_in_run("cluster", rank, run)


def scanned_cells(home: Home, run: RunSummary, members: list[int]) -> NDArray[np.int64]:
    """Return the run's cells in a cluster; those without an expected count were not scanned."""
    table = read_table(home, run.id, "cells", ["cell", "step", "expected"])
    table = table.filter(pc.equal(table["step"], WHOLE_SPAN))
    if run.null != NO_POPULATION_NULL:
        table = table.filter(pc.is_valid(table["expected"]))
    cells = table["cell"].to_numpy()
    inside = np.isin(parents(cells, run.record["scan"]["unit_resolution"]), members)
    return np.asarray(cells[inside])


def _series(home: Home, run: RunSummary, cells: NDArray[np.int64]) -> tuple[SeriesPoint, ...]:
    """Sum the cells month by month; without population nothing is expected of a month."""
    table = read_table(home, run.id, "cells", ["cell", "step", "count", "expected"])
    sums = (
        pl.DataFrame(table)
        .filter(pl.col("cell").is_in(cells.tolist()), pl.col("step") != WHOLE_SPAN)
        .group_by("step")
        .agg(pl.col("count").sum(), pl.col("expected").sum())
    )
    by_step = {row["step"]: row for row in sums.to_dicts()}
    expects = run.null != NO_POPULATION_NULL
    return tuple(
        SeriesPoint(
            step.label,
            by_step[step.index]["count"],
            by_step[step.index]["expected"] if expects else None,
            None,
        )
        for step in run.steps
    )
