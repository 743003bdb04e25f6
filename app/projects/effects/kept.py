"""The judgements of all finished points, worked out in the background and kept for pages."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import polars as pl

from app.db import Database
from app.jobs import RunningJob
from app.projects.effects.judging import (
    Judged,
    ended_points,
    judge_spots,
    spot_of,
    worked_at,
)
from app.projects.models import Point, Project
from geodata.areas import boundary_version
from geodata.home import Home
from geodata.places import current_places
from geodata.store import CaseStore
from spatial.effects.before_after import Verdict

FILE = "effects.arrow"
AT_ONCE = 50
"""Points that are judged between two reports of progress."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

TWO_SIDED = 1.959964
"""Standard errors in half of an interval of 95 %."""

SMALLEST_ERROR = 1e-3

SCHEMA = {
    "project": pl.Int64, "point": pl.Int64, "why_not": pl.String, "verdict": pl.String,
    "observed": pl.Int64, "expected": pl.Float64, "index": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "avoided": pl.Float64, "before": pl.Int64, "steps_before": pl.Int64,
    "steps": pl.Int64, "moved": pl.String, "log_index": pl.Float64, "error": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Kept:
    """What was worked out last.

    Attributes
    ----------
    table : DataFrame
        One row a finished project and point: see `SCHEMA`.
    at : datetime or None
        When; None while nothing was worked out.
    current : bool
        Whether it is of the cases and the finished projects as they are now.
    """

    table: pl.DataFrame
    at: datetime | None = None
    current: bool = False


def kept_effects(home: Home, database: Database) -> Kept:
    """Return the judgements that were worked out last."""
    path = home.cache / FILE
    if not path.is_file():
        return Kept(pl.DataFrame(schema=SCHEMA), None, not ended_points(database))
    found = pl.read_ipc(path)
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    now = _mark(home, ended_points(database))
    marks = set(found["mark"])
    current = marks == {now} if found.height else not ended_points(database)
    return Kept(found.drop("mark"), at, current)


def judge_job(home: Home, job: RunningJob) -> dict[str, Any]:
    """Do the work of a ``judge-points`` job."""

    def tell(done: int, total: int) -> None:
        job.report(
            done, total, f"{done} of {total} points judged", f"已判断 {done}／{total} 个点位"
        )

    return {"url": "/projects/effects", "points": judge_all(home, job.database, tell)}


def judge_all(home: Home, database: Database, tell: Callable[[int, int], None]) -> int:
    """Judge all finished points, keep what was found, and return how many they are.

    Parameters
    ----------
    home : Home
    database : Database
    tell : callable
        Given how many are done, and of how many.
    """
    work = ended_points(database)
    mark, worked = _mark(home, work), worked_at(database)
    rows: list[dict[str, Any]] = []
    for start in range(0, len(work), AT_ONCE):
        tell(start, len(work))
        part = work[start : start + AT_ONCE]
        found = judge_spots(home, tuple(spot_of(*each) for each in part), worked)
        rows += [_row(*each, judged) for each, judged in zip(part, found, strict=True)]
    table = pl.DataFrame(rows, schema=SCHEMA).with_columns(mark=pl.lit(mark))
    _keep(table, home.cache / FILE)
    return len(rows)


def of_points(kept: Kept) -> dict[tuple[int, int], str]:
    """Return the verdict of each project and point that has one."""
    told = kept.table.drop_nulls("verdict").select("project", "point", "verdict")
    return {(project, point): verdict for project, point, verdict in told.iter_rows()}


def _mark(home: Home, work: Sequence[tuple[Project, Point]]) -> str:
    """Return what tells these cases and finished points from those of another time."""
    places = current_places(home)
    register = places.version if places else None
    parts = [f"{CaseStore(home).version}", f"{register}", f"{boundary_version(home, 'township')}"]
    parts += [
        f"{project.id}.{project.row_version}.{point.id}.{point.row_version}"
        for project, point in work
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _row(project: Project, point: Point, judged: Judged) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {"project": project.id, "point": point.id, "why_not": judged.why_not}
    if judged.effect is None or judged.moved is None:
        return row
    effect, whole = judged.effect, judged.effect.whole
    # A half case keeps the logarithm of none finite.
    none = whole.observed == 0
    log_index = math.log(0.5 / (whole.expected + 0.5) if none else whole.index)
    return row | {
        "verdict": effect.verdict,
        "observed": int(whole.observed),
        "expected": whole.expected,
        "index": whole.index,
        "low": whole.low,
        "high": whole.high,
        "avoided": whole.avoided,
        "before": int(effect.before),
        "steps_before": len(judged.before),
        "steps": len(judged.after),
        "moved": judged.moved.answer,
        "log_index": log_index,
        "error": max((math.log(whole.high) - log_index) / TWO_SIDED, SMALLEST_ERROR),
    }


def _keep(table: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    table.write_ipc(draft, compression="lz4")
    draft.replace(path)
