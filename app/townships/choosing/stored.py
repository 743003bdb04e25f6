"""The rank intervals of a stored run, under its own weights or any others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.hotspots.runs import load_run, read_table
from app.townships.choosing.measuring import Evidence
from app.townships.choosing.uncertainty import N_FIRST, drawn_standings, intervals
from app.townships.choosing.weights import Weights
from geodata.home import Home
from spatial.candidates import HIGH

KEPT_ANSWERS = 64


@dataclass(frozen=True)
class Sure:
    """How far ranks go, and by what.

    Attributes
    ----------
    by_code : mapping
        Code → lowest and highest rank of the interval, share of the draws among the first.
    draws, first : int
    level, certain, concentration : float
        See `spatial.rank_uncertainty`; from the share `certain` on a township is certain.
    """

    by_code: Mapping[str, tuple[int, int, float]]
    draws: int
    first: int
    level: float
    certain: float
    concentration: float


def intervals_of(
    home: Home, run_id: str, weights: Weights | None = None, n_first: int = N_FIRST
) -> Sure | None:
    """Return the intervals of a run; None where it was made before there were any."""
    record = load_run(home, run_id).record.get("rank_uncertainty")
    if record is None:
        return None
    if weights is None and n_first == record["first"]:
        return _as_stored(home, run_id)
    return _under(home, run_id, None if weights is None else tuple(weights.items()), n_first)


@lru_cache(maxsize=KEPT_ANSWERS)
def _as_stored(home: Home, run_id: str) -> Sure:
    record = load_run(home, run_id).record["rank_uncertainty"]
    columns = ["code", "rank_low", "rank_high", "first_share"]
    rows = read_table(home, run_id, "candidates", columns).to_pydict()
    by_code = dict(
        zip(
            rows["code"],
            zip(rows["rank_low"], rows["rank_high"], rows["first_share"], strict=True),
            strict=True,
        )
    )
    return Sure(
        by_code,
        record["draws"],
        record["first"],
        record["level"],
        record["certain"],
        record["concentration"],
    )


@lru_cache(maxsize=KEPT_ANSWERS)
def _under(
    home: Home, run_id: str, weights: tuple[tuple[str, float], ...] | None, n_first: int
) -> Sure:
    record = load_run(home, run_id).record
    own = {each["key"]: each["weight"] for each in record["criteria"]}
    codes, standing = _drawn(home, run_id)
    law = record["rank_uncertainty"]
    found = intervals(
        standing,
        dict(weights or own),
        law["seed"],
        n_first,
        n_draws=law["draws"],
        level=law["level"],
        concentration=law["concentration"],
    )
    figures = zip(found.low.tolist(), found.high.tolist(), found.first_share.tolist(), strict=True)
    return Sure(
        dict(zip(codes.tolist(), figures, strict=True)),
        found.n_draws,
        n_first,
        found.level,
        law["certain"],
        found.concentration,
    )


@lru_cache(maxsize=1)
def _drawn(home: Home, run_id: str) -> tuple[NDArray[np.str_], dict[str, NDArray[np.float32]]]:
    """Draw once what other weights then weigh: some 20 MB for 343 townships."""
    record = load_run(home, run_id).record
    directions = {each["key"]: each.get("direction", HIGH) for each in record["criteria"]}
    evidence = evidence_of(home, run_id)
    law = record["rank_uncertainty"]
    return evidence.codes, drawn_standings(evidence, directions, law["seed"], law["draws"])


def evidence_of(home: Home, run_id: str) -> Evidence:
    """Read what a run measured, in the order of the codes as when it was made."""
    keys = [each["key"] for each in load_run(home, run_id).record["criteria"]]
    table = read_table(home, run_id, "candidates").sort_by("code")
    counts = read_table(home, run_id, "townships", ["code", "step", "count"])
    monthly: dict[str, list[int]] = {}
    for code, step, count in zip(*counts.to_pydict().values(), strict=True):
        if step >= 0:
            monthly.setdefault(code, []).append(count)

    def column(name: str) -> NDArray[np.float64]:
        return np.array(table[name].to_pylist(), dtype=float)

    codes = table["code"].to_pylist()
    return Evidence(
        codes=np.array(codes),
        values={key: column(f"value_{key}") for key in keys},
        parts={
            key: (column(f"part_{key}"), column(f"whole_{key}"))
            for key in keys
            if f"part_{key}" in table.column_names
        },
        monthly=np.array([monthly[code] for code in codes], dtype=np.int64),
        population=column("population"),
    )
