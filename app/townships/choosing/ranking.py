"""Read the ranked townships of a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.errors import Missing
from app.hotspots.runs import RunSummary, chosen_run, list_runs, load_run, read_table
from geodata.home import Home


@dataclass(frozen=True)
class Board:
    """Townships by rank, and the criteria that ranked them."""

    criteria: tuple[dict[str, Any], ...]
    candidates: tuple[dict[str, Any], ...]
    default_weights: bool = True


def candidates_page(
    home: Home, run_id: str | None, language: str, *, required: bool = False
) -> dict[str, Any]:
    """Return the context of pages about ranked townships.

    Raises
    ------
    Missing
        The named run does not exist, or there is none at all and one is required.
    """
    run = chosen_run(home, run_id)
    if run is None and required:
        raise Missing("there is no run yet: run `suyuan analyse`", "还没有分析结果，请先新建分析")
    return {
        "run": run,
        "runs": list_runs(home),
        "board": board(home, run, language) if run else None,
    }


def board(home: Home, run: RunSummary, language: str) -> Board:
    """Return the ranking of a run with its labels in the reader's language."""
    suffix = "zh" if language.startswith("zh") else "en"
    criteria = tuple(
        {
            "key": each["key"],
            "label": each[suffix],
            "weight": each["weight"],
            "unit": each[f"unit_{suffix}"],
            "note": each[f"note_{suffix}"],
        }
        for each in run.record["criteria"]
    )
    return Board(criteria, ranked(home, run))


def ranked(home: Home, run: RunSummary) -> tuple[dict[str, Any], ...]:
    """Return the townships of a run by rank.

    Each has ``code, name, district, score, rank, population, count, callers, incidents, rate,
    contributions, standing, values, missing``; the contributions add up to the score.
    """
    return _ranked(home, run.id)


@lru_cache(maxsize=8)
def _ranked(home: Home, run_id: str) -> tuple[dict[str, Any], ...]:
    """Read a run, which never changes."""
    keys = [each["key"] for each in load_run(home, run_id).record["criteria"]]
    rows = read_table(home, run_id, "candidates").to_pylist()
    return tuple(_candidate(row, keys) for row in rows)


def find(found: Board, code: str) -> dict[str, Any] | None:
    """Return one township's row."""
    return next((each for each in found.candidates if each["code"] == code), None)


def _candidate(row: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    plain = ("code", "name", "district", "score", "rank", "population", "count", "rate")
    return {
        **{name: row[name] for name in plain},
        # Runs made before townships were counted in three measures have neither.
        **{name: row.get(name) for name in ("callers", "incidents")},
        "contributions": {key: row[f"points_{key}"] for key in keys},
        "standing": {key: row[f"standing_{key}"] for key in keys},
        "values": {key: row[f"value_{key}"] for key in keys},
        "missing": [key for key in keys if row[f"missing_{key}"]],
    }
