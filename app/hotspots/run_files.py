"""Write a run: its tables and ``run.json``, whole or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import RUN_FILE
from app.hotspots.stored_folders import write_folder
from app.hotspots.tables import CellResults, Extra, RunTables
from app.hotspots.township_counts import township_table
from geodata.home import Home


def write_run(
    home: Home, name: str, record: dict[str, Any], tables: RunTables, made: list[Extra]
) -> None:
    """Write everything beside its place and move it there in one step."""
    written = {
        "cells": cell_table(tables.cells),
        "townships": township_table(tables.townships, tables.boundaries, tables.districts),
        "points": tables.points.drop("township_index").to_arrow(),
        **{each.name: cell_table(each.tested) for each in tables.companions if each.tested},
        **{extra.name: extra.table for extra in (tables.emerging, tables.clusters, *made)},
    }
    named = {f"{each}.parquet": table for each, table in written.items()}
    write_folder(home.runs / name, RUN_FILE, record, named)


def cell_table(cells: CellResults) -> pa.Table:
    """Return the cells as a table: the whole span (step −1) first, then step by step."""
    n, rows = cells.counts.shape

    def column(values: Any, dtype: Any) -> pa.Array:
        flat = np.ascontiguousarray(values.T).ravel().astype(dtype)
        return pa.array(flat, from_pandas=True)

    return pa.table(
        {
            "cell": pa.array(np.tile(cells.cells, rows)),
            "step": pa.array(np.repeat(np.arange(rows) + WHOLE_SPAN, n).astype(np.int16)),
            "count": column(cells.counts, np.int64),
            "expected": column(cells.expected, np.float64),
            "neighbourhood_count": column(cells.neighbourhood_counts, np.float32),
            "neighbourhood_expected": column(cells.neighbourhood_expected, np.float32),
            "z": column(cells.z, np.float32),
            "p_hot": column(cells.p_hot, np.float64),
            "p_cold": column(cells.p_cold, np.float64),
            "q_hot": column(cells.q_hot, np.float64),
            "q_cold": column(cells.q_cold, np.float64),
            "level": column(cells.level, np.int8),
        }
    )
