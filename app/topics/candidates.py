"""Candidates for topics: problems ranked by named parts, each of which is shown with its figure.

A problem is a class of the second or third level. Parts are compared by standing among all
problems, as townships are (`spatial.candidates`); what is missing for one is carried by its others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import polars as pl
from sqlalchemy import select

from app.accounts.areas import HANDLER_COLUMNS
from app.accounts.models import HandlerName
from app.cases.case_numbers import with_numbers
from app.cases.reach import LAST_HOURS, DataReach, data_reach
from app.cases.selection import case_frame
from app.db import Database
from app.topics.matching import CLASS_COLUMNS
from app.topics.models import CaseDefinition, Topic, TopicProblem
from app.topics.units import unit_book
from app.townships.assessment.class_paths import MARK
from geodata.home import Home
from geodata.store import CaseStore
from spatial.candidates import score_candidates

SPANS = (3, 6, 12)
USUAL_SPAN = 6
MONTHS_OF_A_YEAR = 12
LEVELS = (2, 3)
LEAST_CASES = 30
"""Fewer cases in the span are no candidate; 系统默认."""

LEAST_BEFORE = 5
"""From fewer cases before no growth is told: it would be chance; 系统默认."""

MOST_SHOWN = 60

WEIGHTS: Mapping[str, float] = {
    "frequency": 0.25,
    "townships": 0.15,
    "handlers": 0.10,
    "unresolved": 0.10,
    "repeated": 0.10,
    "overdue": 0.05,
    "growth": 0.15,
    "cross": 0.10,
}
"""Part → share of the score; 系统默认: ours, no policy gives one. Difficulty is three parts."""

Levels = tuple[tuple[str, str], ...]
"""Name in cases → level of the unit that it means."""

_COLUMNS = (
    "case_id", "month", "received_local", "township", *CLASS_COLUMNS, *HANDLER_COLUMNS, "valid",
    "resolved", "overdue", "due_at", "closed_at",
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Whole months that are looked at, and those that growth is told against.

    Attributes
    ----------
    start, end : date
        First day, and the day after the last.
    before : date or None
        First day of as many months before: a year earlier where the data reach back so far, else
        just before; None where the data have not the whole of these either.
    a_year : bool
        Whether they are those of a year earlier.
    """

    start: date
    end: date
    before: date | None
    a_year: bool

    @property
    def months(self) -> int:
        """How many months there are."""
        return _months_between(self.start, self.end)


@dataclass(frozen=True)
class Candidate:
    """A problem with its parts.

    Attributes
    ----------
    path : str
        Its classes, as pages show them.
    name : str
        The last of them.
    rank, score : int, float
        Score of 0 to 100, the sum of ``points``.
    values : dict of str, float or None
        Part → its figure: cases; townships and handlers among which they would be spread evenly;
        shares unresolved, repeated and overdue; growth; share with units of several levels.
    points : dict of str, float
        Part → points.
    topics : tuple of Topic
        Those that have a problem of this class already.
    """

    path: str
    name: str
    rank: int
    score: float
    values: Mapping[str, float | None]
    points: Mapping[str, float]
    topics: tuple[Topic, ...] = ()


def default_criteria() -> list[dict[str, float | str]]:
    """Return the parts with their weights, as `choosing.weights` reads them."""
    return [{"key": key, "weight": weight} for key, weight in WEIGHTS.items()]


def span_of(home: Home, months: int) -> Span | None:
    """Return the newest whole months of the data, as many as there are up to a number.

    None while there is no case, or no whole month.
    """
    reach = data_reach(home)
    if reach is None:
        return None
    end = (reach.newest + LAST_HOURS).date().replace(day=1)
    start = max(_months_before(end, months), _first_whole_month(reach))
    if start >= end:
        return None
    for back in (MONTHS_OF_A_YEAR, _months_between(start, end)):
        before = _months_before(start, back)
        if _has(reach, before):
            return Span(start, end, before, back == MONTHS_OF_A_YEAR)
    return Span(start, end, None, a_year=False)


def candidates(
    home: Home,
    database: Database,
    span: Span,
    level: int,
    weights: Mapping[str, float] | None = None,
) -> list[Candidate]:
    """Return the problems of a span, the first ranked first; ties are all in or out by name."""
    version = CaseStore(home).version
    if version is None:
        return []
    found = _measured(home, version, span, level, levels_of_names(database))
    if not found:
        return []
    values = {key: [_number(row[key]) for _path_text, row in found] for key in WEIGHTS}
    paths = [path for path, _row in found]
    scores = score_candidates(paths, values, weights or WEIGHTS)
    known = _topics_by_path(database)
    return [
        Candidate(
            paths[at],
            paths[at].split(MARK)[-1],
            int(scores.rank[at]),
            float(scores.score[at]),
            found[at][1],
            {key: float(scores.contributions[key][at]) for key in WEIGHTS},
            known.get(paths[at], ()),
        )
        for at in scores.order[:MOST_SHOWN]
    ]


def levels_of_names(database: Database) -> Levels:
    """Return the level of the unit that each name in cases means; units' own names count too."""
    book = unit_book(database)
    called: dict[str, set[str]] = {}
    for unit in book.units.values():
        called.setdefault(unit.name, set()).add(book.levels[unit.id])
    names = {name: next(iter(levels)) for name, levels in called.items() if len(levels) == 1}
    with database.session() as session:
        for row in session.scalars(select(HandlerName)):
            names[row.name] = book.levels[row.unit_id]
    return tuple(sorted(names.items()))


@lru_cache(maxsize=8)
def _measured(
    home: Home, version: int, span: Span, level: int, levels: Levels
) -> tuple[tuple[str, Mapping[str, float | None]], ...]:
    """Return path and parts of each problem with cases enough."""
    reach = data_reach(home)
    if reach is None:
        return ()
    cases = _cases(home, version, span.start, span.end, level, reach, levels)
    counted = cases.group_by("path").agg(
        frequency=pl.len(),
        unresolved=pl.col("unresolved").mean(),
        repeated=pl.col("repeated").fill_null(value=False).mean(),
        overdue=pl.col("late").mean(),
        cross=(pl.col("levels") > 1).sum() / (pl.col("levels") > 0).sum(),
    )
    before = _before(home, version, span, level)
    found = (
        counted.filter(pl.col("frequency") >= LEAST_CASES)
        .join(_spread(cases, "township", "townships"), on="path", how="left")
        .join(_spread(cases, "lead", "handlers"), on="path", how="left")
        .join(before, on="path", how="left")
        .with_columns(
            growth=pl.when(pl.col("before") >= LEAST_BEFORE).then(
                pl.col("frequency") / pl.col("before") - 1
            )
        )
        .sort("path")
    )
    return tuple(
        (str(row["path"]), {key: _known(row[key]) for key in WEIGHTS})
        for row in found.select("path", *WEIGHTS).to_dicts()
    )


def _cases(
    home: Home,
    version: int,
    start: date,
    end: date,
    level: int,
    reach: DataReach,
    levels: Levels,
) -> pl.DataFrame:
    frame = case_frame(home, start=start, end=end, version=version, columns=list(_COLUMNS))
    by_name = dict(levels)
    told = [
        pl.col(name).replace_strict(by_name, default=None, return_dtype=pl.String)
        for name in HANDLER_COLUMNS
    ]
    open_late = pl.col("closed_at").is_null() & (pl.col("due_at") <= reach.instant)
    late = pl.coalesce("overdue", (pl.col("closed_at") > pl.col("due_at")) | open_late)
    counts = pl.col("valid").fill_null(value=True)
    return (
        with_numbers(home, frame)
        .filter(pl.col("class_1").is_not_null())
        .select(
            "township",
            "repeated",
            path=_path(level),
            lead=pl.coalesce("lead_handler", "handler"),
            unresolved=pl.when(counts).then(~pl.col("resolved")),
            late=late,
            levels=pl.concat_list(told).list.drop_nulls().list.n_unique(),
        )
        .collect(engine="streaming")
    )


def _before(home: Home, version: int, span: Span, level: int) -> pl.DataFrame:
    if span.before is None:
        return pl.DataFrame(schema={"path": pl.String, "before": pl.UInt32})
    end = _months_before(span.end, MONTHS_OF_A_YEAR) if span.a_year else span.start
    frame = case_frame(
        home, start=span.before, end=end, version=version, columns=list(CLASS_COLUMNS)
    )
    counted = frame.filter(pl.col("class_1").is_not_null()).group_by(path=_path(level))
    return counted.agg(before=pl.len()).collect(engine="streaming")


def _spread(cases: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    """Return among how many of a column's values a problem would be spread evenly (1 / Σ p²)."""
    counted = cases.drop_nulls(column).group_by("path", column).agg(n=pl.len())
    share = pl.col("n") / pl.col("n").sum().over("path")
    return counted.with_columns(share=share).group_by("path").agg(
        (1 / (pl.col("share") ** 2).sum()).alias(name)
    )  # fmt: skip


def _path(level: int) -> pl.Expr:
    return pl.concat_str(CLASS_COLUMNS[:level], separator=MARK, ignore_nulls=True)


def _topics_by_path(database: Database) -> dict[str, tuple[Topic, ...]]:
    query = (
        select(Topic, CaseDefinition.classes)
        .join(TopicProblem, TopicProblem.topic_id == Topic.id)
        .join(CaseDefinition, CaseDefinition.problem_id == TopicProblem.id)
    )
    found: dict[str, dict[int, Topic]] = {}
    with database.session() as session:
        for topic, classes in session.execute(query):
            for path in classes:
                found.setdefault(MARK.join(path), {})[topic.id] = topic
    return {path: tuple(topics.values()) for path, topics in found.items()}


def _has(reach: DataReach, day: date) -> bool:
    return reach.first <= datetime.combine(day, datetime.min.time()) + timedelta(days=1)


def _first_whole_month(reach: DataReach) -> date:
    month = reach.first.date().replace(day=1)
    return month if _has(reach, month) else _months_before(month, -1)


def _months_between(start: date, end: date) -> int:
    return 12 * (end.year - start.year) + end.month - start.month


def _months_before(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 - months
    return date(at // 12, at % 12 + 1, 1)


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def find_candidate(found: Sequence[Candidate], path: str) -> Candidate | None:
    """Return the candidate of a path, None where none is."""
    return next((each for each in found if each.path == path), None)
