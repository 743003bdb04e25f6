"""The runs of a home: list them, load one, read its tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.errors import InvalidParameter, Missing
from app.hotspots.measures import DEFAULT_MEASURE
from app.hotspots.periods import WHOLE_SPAN, Step
from app.hotspots.stored_folders import finished, record_of
from geodata.home import Home

RUN_FILE = "run.json"


@dataclass(frozen=True)
class RunSummary:
    """What pages and commands say about a run.

    Attributes
    ----------
    counts : dict
        ``all, located, township_only, unlocated`` in the window (located + unlocated = all).
    hot_cells, cold_cells : int
        Cells of the whole span with q < .05.
    null : str
        ``negative_binomial`` against population, or ``permutation`` where none is known.
    """

    id: str
    start: date
    end: date
    period: str
    classes: tuple[str, ...]
    resolution: int
    null: str
    steps: tuple[Step, ...]
    counts: dict[str, int]
    hot_cells: int
    cold_cells: int
    tested_cells: int
    townships: int
    points: int
    record: dict[str, Any]

    @property
    def label(self) -> str:
        """Window, in days where its months are not whole, and classes in short."""
        if self.start.day == self.end.day == 1:
            window = f"{self.steps[0].label} – {self.steps[-1].label}"
        else:
            window = f"{self.start} – {self.end - timedelta(days=1)}"
        return f"{window} · {'、'.join(self.classes)}" if self.classes else window

    @property
    def measure(self) -> str:
        """What its cells count; runs that do not say so counted reports."""
        return str(self.record["parameters"].get("measure", DEFAULT_MEASURE))

    @property
    def resolutions(self) -> tuple[int, ...]:
        """Of all its cells, its own and those of other sizes; earlier runs have their own only."""
        others = (
            each["resolution"]
            for each in self.record.get("companions", ())
            if "left_out" not in each
        )
        return tuple(sorted({self.resolution, *others}))

    def to_json(self) -> dict[str, Any]:
        """One line for scripts."""
        return {
            "run": self.id,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "period": self.period,
            "classes": list(self.classes),
            "resolution": self.resolution,
            "resolutions": list(self.resolutions),
            "measure": self.measure,
            "null": self.null,
            "steps": len(self.steps),
            **self.counts,
            "cells": self.record["cells"],
            "tested_cells": self.tested_cells,
            "hot_cells": self.hot_cells,
            "cold_cells": self.cold_cells,
            "hot_tests": self.record["hot_tests"],
            "cold_tests": self.record["cold_tests"],
            "emerging": self.record.get("emerging", {}).get("counts"),
            "scan_clusters": self.record.get("scan", {}).get("significant"),
            "townships": self.townships,
            "points": self.points,
            "case_store_version": self.record["case_store_version"],
            "boundary_version": self.record["boundary_versions"]["township"],
        }


def list_runs(home: Home) -> list[RunSummary]:
    """Return every finished run, newest first."""
    files = finished(home.runs, RUN_FILE)
    return [summary(json.loads(file.read_text("utf-8"))) for file in files]


def load_run(home: Home, run_id: str) -> RunSummary:
    """Return one run.

    Raises
    ------
    Missing
        No finished run has this id.
    """
    file = record_of(home.runs, run_id, RUN_FILE)
    if file is None:
        raise Missing(f"no run {run_id!r}", f"没有编号为 {run_id!r} 的分析结果")
    return summary(json.loads(file.read_text("utf-8")))


def step_of(run: RunSummary, index: int) -> Step | None:
    """Return a step of a run, None for its whole span.

    Raises
    ------
    InvalidParameter
        The run has no such step.
    """
    if index == WHOLE_SPAN:
        return None
    if index >= len(run.steps):
        raise InvalidParameter(
            f"step: {index} is not in 0 to {len(run.steps) - 1}",
            f"参数 step 的值 {index} 不在 0 到 {len(run.steps) - 1} 之间",
        )
    return run.steps[index]


def newest_run(home: Home) -> RunSummary | None:
    """Return the run made last, None when there is none."""
    return next(iter(list_runs(home)), None)


def chosen_run(home: Home, run_id: str | None) -> RunSummary | None:
    """Return the named run, or the newest when none is named."""
    return load_run(home, run_id) if run_id else newest_run(home)


def read_table(
    home: Home, run_id: str, name: str, columns: Sequence[str] | None = None
) -> pa.Table:
    """Read one of a run's tables: ``cells, townships, points, candidates, emerging, clusters``."""
    return pq.read_table(
        run_folder(home, run_id) / f"{name}.parquet", columns=list(columns) if columns else None
    )


def cells_of(
    home: Home, run: RunSummary, resolution: int, columns: Sequence[str] | None = None
) -> pa.Table:
    """Read the cells of a run in one of its sizes.

    Raises
    ------
    Missing
        The run has no cells of this size.
    """
    if resolution not in run.resolutions:
        raise Missing(
            f"run {run.id} has no cells of resolution {resolution}",
            f"分析结果 {run.id} 没有 {resolution} 级的六边形单元",
        )
    name = "cells" if resolution == run.resolution else companion_name(resolution)
    return read_table(home, run.id, name, columns)


def companion_name(resolution: int) -> str:
    """Return the name of the table of cells of another size than the run's own."""
    return f"cells-{resolution}"


def emerging_table(
    home: Home, run: RunSummary, columns: Sequence[str] | None = None
) -> pa.Table | None:
    """Read the cells' kinds of course, in the order of ``cells``; None where the run has none."""
    return _table_of(home, run, "emerging", "emerging", columns)


def cluster_table(home: Home, run: RunSummary) -> pa.Table | None:
    """Read the scan clusters, the strongest first; None where the run did not look for any."""
    return _table_of(home, run, "clusters", "scan", None)


def _table_of(
    home: Home, run: RunSummary, name: str, record: str, columns: Sequence[str] | None
) -> pa.Table | None:
    """Read a table that not every run has; those made before there was one do not speak of it."""
    if "left_out" in run.record.get(record, {"left_out": "not_yet"}):
        return None
    return read_table(home, run.id, name, columns)


def run_folder(home: Home, run_id: str) -> Path:
    """Folder of a run that exists."""
    load_run(home, run_id)
    return home.runs / run_id


def summary(record: dict[str, Any]) -> RunSummary:
    """Make the summary of a ``run.json``."""
    parameters = record["parameters"]
    steps = tuple(
        Step(
            step["index"],
            step["label"],
            date.fromisoformat(step["from"]),
            date.fromisoformat(step["to"]),
        )
        for step in record["steps"]
    )
    return RunSummary(
        id=record["id"],
        start=date.fromisoformat(parameters["from"]),
        end=date.fromisoformat(parameters["to"]),
        period=parameters["period"],
        classes=tuple(parameters["classes"]),
        resolution=parameters["resolution"],
        null=record["null"],
        steps=steps,
        counts=record["counts"],
        hot_cells=record["hot_cells"],
        cold_cells=record["cold_cells"],
        tested_cells=record["tested_cells"],
        townships=record["townships"],
        points=record["points"],
        record=record,
    )
