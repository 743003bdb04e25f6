"""All judgements together: how many points fell, and what each kind of work did on the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.projects.effects.kept import VERDICTS, Kept
from app.projects.listing import worked_points
from app.projects.models import Point, Project
from app.projects.projects import MEASURES
from spatial import PooledEffect, pool_effects

PER_PAGE = 50
FEWEST_POOLED = 3
"""Fewer points say too little of a kind of work."""

POOLED = ("fell", "no_sign", "rose")
"""Verdicts that have enough cases to stand for something; leaving out those that show nothing
would flatter."""


@dataclass(frozen=True)
class Line:
    """One judged point with its project, and its row of `kept.SCHEMA`; None while not judged."""

    project: Project
    point: Point
    told: dict[str, object] | None

    @property
    def verdict(self) -> str:
        """Its verdict, ``not_judged`` without one."""
        return str(self.told["verdict"]) if self.told and self.told["verdict"] else "not_judged"


@dataclass(frozen=True, eq=False)
class Group:
    """Points of one kind of work together.

    Attributes
    ----------
    measure : str
        Empty for all kinds.
    points : int
        That were pooled.
    pooled : PooledEffect or None
        None for fewer than `FEWEST_POOLED`.
    """

    measure: str
    points: int
    pooled: PooledEffect | None


@dataclass(frozen=True, eq=False)
class Gallery:
    """What the page shows.

    Attributes
    ----------
    lines : list of Line
        A page of those that the filter keeps, the surest falls first.
    total, number, last : int
        How many there are, and which page of how many this is.
    counts : dict
        Verdict → points, before the filter by verdict.
    groups : list of Group
        By kind of work, and all together last.
    """

    lines: list[Line]
    total: int
    number: int
    last: int
    counts: dict[str, int]
    groups: list[Group]


def gallery(
    access: Access, kept: Kept, verdict: str | None, measure: str | None, page: int
) -> Gallery:
    """Return the judgements of a person's area."""
    rows = {(row["project"], row["point"]): row for row in kept.table.iter_rows(named=True)}
    lines = [
        Line(project, point, rows.get((project.id, point.id)))
        for project, point in worked_points(access)
        if project.finished_on is not None
    ]
    of_kind = [each for each in lines if measure is None or each.project.measure == measure]
    counts = dict.fromkeys((*VERDICTS, "not_judged"), 0)
    for line in of_kind:
        counts[line.verdict] += 1
    chosen = [each for each in of_kind if verdict is None or each.verdict == verdict]
    chosen.sort(key=_surest_first if access.may(Permission.EXACT_COUNTS) else _by_verdict)
    last = max(1, -(-len(chosen) // PER_PAGE))
    number = min(page, last)
    shown = chosen[(number - 1) * PER_PAGE : number * PER_PAGE]
    return Gallery(shown, len(chosen), number, last, counts, _groups(lines, kept.table))


def _surest_first(line: Line) -> tuple[int, float, int]:
    order = (*VERDICTS, "not_judged").index(line.verdict)
    high = line.told["high"] if line.told else None
    return order, float(high) if isinstance(high, float) else 0.0, line.project.id


def _by_verdict(line: Line) -> tuple[int, float, int]:
    # Who may not see small counts reads no order by them either.
    return (*VERDICTS, "not_judged").index(line.verdict), 0.0, line.project.id


def _groups(lines: Sequence[Line], table: pl.DataFrame) -> list[Group]:
    measures = {each.project.id: each.project.measure for each in lines}
    told = table.filter(pl.col("verdict").is_in(POOLED), pl.col("project").is_in(list(measures)))
    if told.is_empty():
        return []
    told = told.with_columns(
        measure=pl.col("project").replace_strict(measures, return_dtype=pl.String)
    )
    kinds = [name for name in (*MEASURES, "") if (told["measure"] == name).any()]
    groups = [_group(name, told.filter(pl.col("measure") == name)) for name in kinds if name]
    return [*groups, _group("", told)]


def _group(measure: str, told: pl.DataFrame) -> Group:
    if told.height < FEWEST_POOLED:
        return Group(measure, told.height, None)
    return Group(measure, told.height, pool_effects(told["log_index"], told["error"]))
