"""Score the townships of a run: the table `candidates` and what the run says about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.hotspots.tables import Extra, RunTables
from app.townships.choosing.criteria import (
    COMPARED_GROUPS,
    CRITERIA,
    DEFAULT_WEIGHTS,
    DIRECTIONS,
)
from app.townships.choosing.measuring import Evidence, measure
from app.townships.choosing.uncertainty import (
    CERTAIN,
    CONCENTRATION,
    LEVEL,
    N_DRAWS,
    N_FIRST,
    drawn_standings,
    intervals,
)
from spatial.candidates import CandidateScores, score_candidates
from spatial.dominance import undominated
from spatial.rank_uncertainty import table_dispersion

SEED = 1
"""Of the draws; one for all runs, so that the same counts have the same intervals."""


def score_townships(tables: RunTables) -> Extra:
    """Rank the townships of a run that is being made.

    Returns
    -------
    Extra
        Table ``candidates``, by rank: ``code, name, district, score, rank, population, count,
        callers, incidents, rate``; ``rank_low, rank_high, first_share`` (see
        `spatial.rank_uncertainty`), ``undominated``; for each criterion ``points_…`` (they add up
        to the score), ``standing_…``, ``value_…``, ``missing_…``, and for shares ``part_…`` and
        ``whole_…``; and the criteria themselves for ``run.json``, so that an old run still
        explains itself.
    """
    evidence = measure(tables)
    scores = score_candidates(evidence.codes, evidence.values, DEFAULT_WEIGHTS, DIRECTIONS)
    table = pa.table({**_facts(tables, evidence), **_judged(scores, evidence)})
    record = {
        "criteria": [asdict(each) for each in CRITERIA],
        "rank_uncertainty": {
            "seed": SEED,
            "draws": N_DRAWS,
            "level": LEVEL,
            "first": N_FIRST,
            "certain": CERTAIN,
            "concentration": CONCENTRATION,
            "dispersion": table_dispersion(evidence.monthly),
        },
    }
    return Extra(
        "candidates", table.sort_by([("rank", "ascending"), ("code", "ascending")]), record
    )


def group_standings(
    standing: Mapping[str, NDArray[np.float64]],
    criteria: Sequence[Mapping[str, Any]],
    groups: Sequence[str] = COMPARED_GROUPS,
) -> NDArray[np.float64]:
    """Return the mean standing in each group under the default weights, missing ones left out.

    Returns
    -------
    ndarray of float, shape (n, groups)
        NaN where nothing of a group is known.
    """
    columns = []
    for group in groups:
        own = [each for each in criteria if each["group"] == group]
        weight = np.array([each["weight"] for each in own])[:, None]
        table = np.array([standing[each["key"]] for each in own])
        known = (weight * ~np.isnan(table)).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            columns.append((weight * np.nan_to_num(table)).sum(axis=0) / known)
    return np.array(columns).T


def _facts(tables: RunTables, evidence: Evidence) -> dict[str, pa.Array]:
    counts = tables.townships
    return {
        "code": pa.array(evidence.codes),
        "name": pa.array([str(name) for name in tables.boundaries.names]),
        "district": pa.array(tables.districts, pa.string()),
        "population": _nullable(counts.population),
        "count": pa.array(counts.count[:, 0]),
        "callers": pa.array(counts.callers[:, 0]),
        "incidents": pa.array(counts.incidents[:, 0]),
        "rate": _nullable(counts.rate[:, 0]),
    }


def _judged(scores: CandidateScores, evidence: Evidence) -> dict[str, pa.Array]:
    sure = intervals(drawn_standings(evidence, DIRECTIONS, SEED), DEFAULT_WEIGHTS, SEED)
    compared = group_standings(scores.standing, [asdict(each) for each in CRITERIA])
    columns = {
        "score": pa.array(scores.score),
        "rank": pa.array(scores.rank),
        "rank_low": pa.array(sure.low),
        "rank_high": pa.array(sure.high),
        "first_share": pa.array(sure.first_share),
        "undominated": pa.array(undominated(compared)),
    }
    for key in DEFAULT_WEIGHTS:
        columns[f"points_{key}"] = pa.array(scores.contributions[key])
        columns[f"standing_{key}"] = _nullable(scores.standing[key])
        columns[f"value_{key}"] = _nullable(evidence.values[key])
        columns[f"missing_{key}"] = pa.array(scores.missing[key])
    for key, (part, whole) in evidence.parts.items():
        columns[f"part_{key}"] = pa.array(part)
        columns[f"whole_{key}"] = pa.array(whole)
    return columns


def _nullable(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))
