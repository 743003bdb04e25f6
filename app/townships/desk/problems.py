"""High-frequency problems of the newest days: points and classes, and which are new.

A point is one of the place register; it is high-frequency by the home's own rules, which see the
window of the newest days and nothing else: "top of a month" means top of the window. A class is by
two bounds of the rule set in effect. New since a designation is what was high-frequency in none of
the windows before it, by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

import numpy as np
import polars as pl

from app.cases.disclosure import SUPPRESSION_THRESHOLD, disclosed
from app.cases.reach import LAST_HOURS, data_reach
from app.cases.selection import case_frame
from app.cases.windows import Window
from app.hotspots.points.rules import MonthlyTop, Rule, load_rules
from app.townships.assessment.governance_rules import DeskRules
from app.townships.governing.models import CANCELLED, ListItem
from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.home import Home
from geodata.places import names_of_places
from geodata.store import CaseStore
from spatial.points.rules import UNKNOWN, Reports

SOURCE = "problem"
"""What an item's source is called that came of a problem."""

_COLUMNS = ("township", "place", "class_1", "class_2", "received_local")


@dataclass(frozen=True)
class Problem:
    """A point or a class of one township that is high-frequency now.

    Attributes
    ----------
    kind : {"point", "class"}
    township : str
        Code.
    key, name : str
        Code and name of the place, or the class twice.
    count : int
        Cases in the window.
    class_1 : str or None
        The class, or the commonest of the point.
    rules : tuple of str
        Names of the rules that a point met.
    before : int or None
        Cases in as many days before the designation; None where nobody asked.
    """

    kind: Literal["point", "class"]
    township: str
    key: str
    name: str
    count: int
    class_1: str | None
    rules: tuple[str, ...] = ()
    before: int | None = None

    @property
    def source_id(self) -> str:
        """What an item that comes of it names as its source."""
        return f"{self.kind}:{self.key}"


def newest_window(home: Home, desk: DeskRules) -> Window | None:
    """Return the newest whole days; None while there are no cases."""
    reach = data_reach(home)
    if reach is None:
        return None
    end = datetime.combine((reach.newest + LAST_HOURS).date(), time())
    return Window(end - timedelta(days=desk.window_days), end)


def frequent_problems(home: Home, desk: DeskRules) -> tuple[Problem, ...]:
    """Return what is high-frequency in every township, most cases first; one scan a version."""
    window = newest_window(home, desk)
    if window is None:
        return ()
    return _frequent(home, window, _versions(home), load_rules(home), desk)


def known_before(home: Home, codes: Sequence[str], since: date, desk: DeskRules) -> frozenset[str]:
    """Return what was high-frequency in a township before its designation, as sources.

    ``codes`` are all that the township had.
    So many windows as `desk` says are looked at, one before the other, the last of which ends with
    the designation, or where the newest window begins if that is earlier: no day counts on both
    sides. One scan for each such day and version, for however many townships.
    """
    newest = newest_window(home, desk)
    if newest is None:
        return frozenset()
    end = min(datetime.combine(since, time()), newest.start)
    found = _before_by_township(home, end, _versions(home), load_rules(home), desk)
    return frozenset[str]().union(*(found.get(code, ()) for code in codes))


def new_since(
    home: Home, problems: Sequence[Problem], codes: Sequence[str], since: date, desk: DeskRules
) -> tuple[list[Problem], list[Problem]]:
    """Return the problems of a township that are new since its designation, and the others."""
    known = known_before(home, codes, since, desk) if problems else frozenset()
    new = [each for each in problems if each.source_id not in known]
    return new, [each for each in problems if each.source_id in known]


def not_in_plan(problems: Iterable[Problem], items: Sequence[ListItem]) -> list[Problem]:
    """Return the problems of a township that no item of its plans is about.

    An item is about a problem if it came of it, a class if it is of this class, and a point if its
    title or text names it.
    """
    kept = [item for item in items if item.state != CANCELLED]
    return [each for each in problems if not any(_is_about(item, each) for item in kept)]


def with_counts_before(
    home: Home,
    problems: Sequence[Problem],
    codes: Sequence[str],
    since: date,
    days: int,
    *,
    exact: bool,
) -> list[Problem]:
    """Tell of each problem its cases in as many days before a designation; one scan a version."""
    version = CaseStore(home).version
    if version is None or not problems:
        return list(problems)
    places, classes = _before(home, version, tuple(codes), since, days)
    told = []
    for each in problems:
        count = (places if each.kind == "point" else classes).get(each.key, 0)
        told.append(replace(each, before=count if exact else disclosed(count)))
    return told


def problems_shown(problems: Iterable[Problem], *, exact: bool) -> list[Problem]:
    """Return the problems as a reader may see them: small ones are not told at all."""
    if exact:
        return list(problems)
    shown = [
        replace(each, count=disclosed(each.count))
        for each in problems
        if each.count >= SUPPRESSION_THRESHOLD
    ]
    # The order of true counts would tell them.
    return sorted(shown, key=_by_count)


Versions = tuple[int | str | None, ...]


def _versions(home: Home) -> Versions:
    return CaseStore(home).version, current_version(home.places, PLACES_LAYER)


@lru_cache(maxsize=8)
def _frequent(
    home: Home, window: Window, _versions: Versions, rules: tuple[Rule, ...], desk: DeskRules
) -> tuple[Problem, ...]:
    cases = _cases(home, window)
    found = [*_points(cases, rules), *_classes(cases, desk)]
    points = {each.key for each in found if each.kind == "point"}
    names = names_of_places(home, sorted(points))
    named = (replace(each, name=names.get(each.key, each.name)) for each in found)
    return tuple(sorted(named, key=_by_count))


@lru_cache(maxsize=64)
def _before_by_township(
    home: Home, end: datetime, _versions: Versions, rules: tuple[Rule, ...], desk: DeskRules
) -> Mapping[str, frozenset[str]]:
    """Return what was high-frequency in any window before a day, by township."""
    days = timedelta(days=desk.window_days)
    cases = _cases(home, Window(end - desk.before_windows * days, end))
    known: dict[str, set[str]] = {}
    for n in range(desk.before_windows):
        until = end - n * days
        part = cases.filter(pl.col("received_local").is_between(until - days, until, closed="left"))
        for each in (*_points(part, rules), *_classes(part, desk)):
            known.setdefault(each.township, set()).add(each.source_id)
    return {township: frozenset(each) for township, each in known.items()}


def _by_count(problem: Problem) -> tuple[int, str, str]:
    return -problem.count, problem.kind, problem.name


def _cases(home: Home, window: Window, codes: Sequence[str] = ()) -> pl.DataFrame:
    frame = case_frame(
        home, start=window.start.date(), end=window.end.date(), columns=list(_COLUMNS)
    )
    here = pl.col("township").is_in(list(codes)) if codes else pl.col("township").is_not_null()
    return frame.filter(here).collect()


def _points(cases: pl.DataFrame, rules: Sequence[Rule]) -> list[Problem]:
    """Return the places of each township that meet a rule; their names are their codes."""
    there = cases.drop_nulls("place").sort("township", "place", "received_local")
    if not there.height:
        return []
    grouped = there.group_by("township", "place", maintain_order=True).agg(
        n=pl.len(), class_1=pl.col("class_1").drop_nulls().mode().sort().first()
    )
    met = _rules_met(there, grouped.height, rules)
    return [
        Problem("point", township, place, place, n, class_1, met[at])
        for at, (township, place, n, class_1) in enumerate(grouped.iter_rows())
        if met[at]
    ]


def _rules_met(there: pl.DataFrame, n_points: int, rules: Sequence[Rule]) -> list[tuple[str, ...]]:
    """Return the names of the rules that each point meets, in the order of the sorted cases."""
    point = there.select(pl.struct("township", "place").rle_id()).to_series().to_numpy()
    kind = pl.coalesce("class_2", "class_1").cast(pl.Categorical).to_physical().cast(pl.Int64)
    kinds = there.select(kind.fill_null(UNKNOWN)).to_series().to_numpy()
    when = there["received_local"].to_numpy().astype("datetime64[s]")
    nobody = np.zeros(there.height, dtype=np.int64)
    met: list[list[str]] = [[] for _ in range(n_points)]
    for rule in rules:
        # A window may lie in two months: a rule of months takes it as one.
        seen = np.full_like(when, when.min()) if isinstance(rule, MonthlyTop) else when
        reports = Reports(point.astype(np.int64), seen, kinds, nobody)
        for at in np.unique(rule.rule().apply(reports, n_points).point):
            met[at].append(rule.name)
    return [tuple(names) for names in met]


def _classes(cases: pl.DataFrame, desk: DeskRules) -> list[Problem]:
    """Return the first classes of each township; those that tie with the last are in."""
    counted = cases.drop_nulls("class_1").group_by("township", "class_1").agg(n=pl.len())
    ranked = counted.with_columns(
        rank=pl.col("n").rank("min", descending=True).over("township")
    ).filter(pl.col("rank") <= desk.class_top, pl.col("n") >= desk.class_least)
    return [
        Problem("class", township, name, name, n, name)
        for township, name, n, _rank in ranked.sort("township", "class_1").iter_rows()
    ]


@lru_cache(maxsize=128)
def _before(
    home: Home, _version: int, codes: tuple[str, ...], since: date, days: int
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Count by place and by class in the days before a designation."""
    end = datetime.combine(since, time())
    cases = _cases(home, Window(end - timedelta(days=days), end), codes)
    return (
        dict(cases.drop_nulls("place").group_by("place").agg(pl.len()).iter_rows()),
        dict(cases.drop_nulls("class_1").group_by("class_1").agg(pl.len()).iter_rows()),
    )


def _is_about(item: ListItem, problem: Problem) -> bool:
    if item.source_kind == SOURCE and item.source_id == problem.source_id:
        return True
    if problem.kind == "class":
        return item.class_1 == problem.key
    return problem.name in item.title or problem.name in item.text
