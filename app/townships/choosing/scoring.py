"""Score the townships of a run: the table `candidates` and what the run says about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.hotspots.tables import Extra, RunTables
from app.townships.choosing.criteria import CRITERIA, DEFAULT_WEIGHTS, measure
from spatial.candidates import score_candidates


def score_townships(tables: RunTables) -> Extra:
    """Rank the townships of a run that is being made.

    Returns
    -------
    Extra
        Table ``candidates``, by rank: ``code, name, district, score, rank, population, count,
        callers, incidents, rate`` and for each criterion ``points_…`` (they add up to the score),
        ``standing_…``, ``value_…`` and ``missing_…``; and the criteria themselves for
        ``run.json``, so that an old run still explains itself.
    """
    boundaries = tables.boundaries
    values = measure(tables)
    codes = np.array([str(code) for code in boundaries.codes])
    scores = score_candidates(codes, values, DEFAULT_WEIGHTS)
    # The score may come in its own order: every column goes through the code.
    position = {str(code): index for index, code in enumerate(codes)}
    order = np.array([position[str(code)] for code in scores.codes], dtype=np.int64)
    columns: dict[str, Any] = {
        "code": pa.array(codes[order]),
        "name": pa.array([str(name) for name in boundaries.names[order]]),
        "district": pa.array([tables.districts[index] for index in order], pa.string()),
        "score": pa.array(scores.score),
        "rank": pa.array(scores.rank.astype(np.int64)),
        "population": _nullable(tables.townships.population[order]),
        "count": pa.array(tables.townships.count[order, 0]),
        "callers": pa.array(tables.townships.callers[order, 0]),
        "incidents": pa.array(tables.townships.incidents[order, 0]),
        "rate": _nullable(tables.townships.rate[order, 0]),
    }
    for key in DEFAULT_WEIGHTS:
        columns[f"points_{key}"] = pa.array(scores.contributions[key])
        columns[f"standing_{key}"] = _nullable(scores.standing[key])
        columns[f"value_{key}"] = _nullable(values[key][order])
        columns[f"missing_{key}"] = pa.array(scores.missing[key])
    table = pa.table(columns).sort_by([("rank", "ascending"), ("code", "ascending")])
    return Extra("candidates", table, {"criteria": [asdict(each) for each in CRITERIA]})


def _nullable(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))
