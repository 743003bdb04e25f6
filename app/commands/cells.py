"""Counts of cells and periods, on this machine or on a cluster."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.terminal import as_json, progress_bar, report
from geodata.home import Home

if TYPE_CHECKING:
    from geodata.engines import Engine


@click.command("cells")
@click.option("--engine", type=click.Choice(["polars", "spark"]), default="polars")
@click.option("--master", help="Spark's master, e.g. spark://host:7077; without it this machine.")
@click.option(
    "--source",
    help="Parquet, CSV or Delta (PATH@VERSION) in the place of the home's store; Spark: URLs too.",
)
@click.option("--resolution", type=click.IntRange(0, 11), default=8, help="H3 resolution.")
@click.option("--by", type=click.Choice(["month", "day"]), default="month")
@click.option("--class-level", type=click.IntRange(1, 3), help="Part the counts by this class.")
@click.option("--class", "classes", multiple=True, help="Only cases of this class; repeatable.")
@click.option("--zone", default="Asia/Shanghai", help="Zone of instants without a wall clock.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Parquet to write.")
@as_json
def cells(
    engine: str,
    master: str | None,
    source: str | None,
    resolution: int,
    by: str,
    class_level: int | None,
    classes: tuple[str, ...],
    zone: str,
    out: Path,
    json_line: bool,
) -> None:
    """Locate rows and count them by cell and period, with Polars or with Spark."""
    from geodata.engines import CellJob, open_source, store_source
    from geodata.staging import known_area

    home = Home.from_environment()
    rows = open_source(source) if source else store_source(home)
    job = CellJob(resolution, by, class_level, classes, zone)
    with contextlib.closing(_engine(engine, master)) as used, progress_bar("Counting") as tell:
        counts = used.count_cells(
            rows, job, known_area(home), lambda done: tell(done, None, f"{done:,} rows")
        )
    counts.write(out)
    record = {
        "engine": engine,
        "source": rows.name,
        "cases": counts.cases,
        "located": counts.located,
        "unlocated": counts.cases - counts.located,
        "cells": counts.cells,
        "groups": counts.table.height,
        "out": str(out),
    }
    report(record, json_line=json_line)


def _engine(name: str, master: str | None) -> Engine:
    from geodata.engines import PolarsEngine, SparkEngine

    return SparkEngine(master) if name == "spark" else PolarsEngine()
