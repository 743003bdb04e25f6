"""Monthly cases of a designated township against what its items are to bring them down to.

Cases are raw 全量 and by the township reported 被反映地, as the first ten are, by the date of the
call. A plain fall is no effect: townships are designated when they are high.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from app.cases.disclosure import SUPPRESSED, disclosed
from app.cases.facts.columns import CODED
from app.cases.reach import LAST_HOURS, DataReach, data_reach
from app.cases.versioned import scan_of_version
from app.hotspots.filtered.attribution import COLUMNS, townships_meant
from app.hotspots.geography import townships
from app.hotspots.periods import next_month
from app.succession import Change, Lineage
from app.townships.governing.models import CANCELLED, ListItem
from geodata.areas import OUTSIDE, boundary_version
from geodata.home import Home
from geodata.store import CaseStore

MONTHS_BEFORE = 12
"""So many months before the designation are shown beside those since."""

_NAMING = CODED[COLUMNS["reported"]]


@dataclass(frozen=True)
class Demand:
    """Cases of a township by calendar month.

    Attributes
    ----------
    months : tuple of str
        As ``2025-01``, oldest first, without gaps.
    counts : tuple of int
        Received in each, of all classes.
    by_class : mapping of str to tuple of int
        The same of each class 1.
    since : str
        The month of the designation; the whole months since begin with the next.
    whole : int
        So many of the months the data reach to the end of.
    parted : Change or None
        A split or merger since the first of these months: they are not of one township.
    """

    months: tuple[str, ...]
    counts: tuple[int, ...]
    by_class: Mapping[str, tuple[int, ...]]
    since: str
    whole: int
    parted: Change | None = None

    def newest(self, class_1: str | None = None) -> int | None:
        """Return the cases of the newest whole month since the designation; None without one.

        None as well where the township was split or merged since: its target was another's.
        """
        at = self.whole - 1
        if at < 0 or self.months[at] <= self.since:
            return None
        if self.parted is not None and f"{self.parted.since:%Y-%m}" > self.since:
            return None
        nothing = (0,) * len(self.months)
        return (self.by_class.get(class_1, nothing) if class_1 else self.counts)[at]


@dataclass(frozen=True)
class AgainstTarget:
    """An item's target beside what was counted.

    Attributes
    ----------
    newest : int or None
        Cases of the newest whole month since the designation, of the item's class where it has one.
    met : bool or None
        Whether they are within the target; None where they, or the target, are not known.
    """

    newest: int | None
    met: bool | None


def demand(home: Home, lineage: Lineage, township: str, since: date) -> Demand | None:
    """Return the monthly cases of a township from a year before its designation on.

    Returns
    -------
    Demand or None
        None while there are no cases or no boundaries, or where these have none of its codes.
    """
    return demands(home, lineage, {township: since}).get(township)


def demands(home: Home, lineage: Lineage, since: Mapping[str, date]) -> dict[str, Demand]:
    """Return the monthly cases of townships, each from a year before its designation on.

    One table of all townships is counted once for each version of the cases and kept with it; it
    is read once, for however many townships.

    Parameters
    ----------
    home : Home
    lineage : Lineage
        Codes that have changed: a township is looked for under all that it had.
    since : mapping of str to date
        Code of the township → day of the designation.

    Returns
    -------
    dict
        Empty while there are no cases or no boundaries; without those that are no more.
    """
    version, reach = boundary_version(home, "township"), data_reach(home)
    if version is None or reach is None:
        return {}
    there = set(map(str, townships(home, version).codes))
    codes = {each: there.intersection(lineage.followed(each)) for each in since}
    counted = (
        scan_of_version(home, "township-demand", lambda: _counted(home, version), key=version)
        .filter(pl.col("township").is_in(sorted(set().union(*codes.values()))))
        .collect()
    )
    made = {}
    for township, own in codes.items():
        if own:
            part = counted.filter(pl.col("township").is_in(sorted(own)))
            first = _months_before(since[township], MONTHS_BEFORE)
            parted = lineage.parted_between(township, first, date.max)
            made[township] = _demand(part, reach, since[township], parted)
    return made


def _demand(counted: pl.DataFrame, reach: DataReach, since: date, parted: Change | None) -> Demand:
    first = max(_months_before(since, MONTHS_BEFORE), reach.first.date().replace(day=1))
    months = _months(first, reach.newest.date())
    kept = counted.filter(pl.col("month") >= f"{first:%Y-%m}")
    return Demand(
        months=months,
        counts=_series(kept, months),
        by_class={
            str(name): _series(part, months)
            for (name,), part in kept.partition_by("class_1", as_dict=True).items()
            if name is not None
        },
        since=f"{since:%Y-%m}",
        whole=len(months) - ((reach.newest + LAST_HOURS).month == reach.newest.month),
        parted=parted,
    )


def against_targets(found: Demand | None, items: Iterable[ListItem]) -> dict[int, AgainstTarget]:
    """Return what was counted beside the target of each item that has one."""
    told = {}
    for item in items:
        if item.target_to is None or item.state == CANCELLED:
            continue
        newest = found.newest(item.class_1) if found else None
        # A small count that is not told says nothing of the target either.
        if newest is None or newest == SUPPRESSED:
            told[item.id] = AgainstTarget(newest, None)
        else:
            told[item.id] = AgainstTarget(newest, newest <= item.target_to)
    return told


def lowest_target(items: Iterable[ListItem]) -> float | None:
    """Return the lowest target over the cases of all classes; None where there is none.

    Cancelled items are owed no more.
    """
    owed = (item for item in items if item.state != CANCELLED)
    whole = (item.target_to for item in owed if not item.class_1)
    return min((target for target in whole if target is not None), default=None)


def demand_shown(found: Demand, *, exact: bool) -> Demand:
    """Return the counts as a reader may see them; what follows from them is reckoned from these."""
    if exact:
        return found
    return replace(
        found,
        counts=tuple(map(disclosed, found.counts)),
        by_class={name: tuple(map(disclosed, each)) for name, each in found.by_class.items()},
    )


def drawn(counts: Iterable[int]) -> list[int | None]:
    """Return counts as a chart draws them: a gap where one is not told."""
    return [None if count == SUPPRESSED else count for count in counts]


def _counted(home: Home, version: str) -> pl.DataFrame:
    """Count the cases of every township by month and class: ``township, month, class_1, n``."""
    boundaries = townships(home, version)
    found = (
        CaseStore(home)
        .scan(columns=["received_local", "class_1", *_NAMING])
        .group_by(pl.col("received_local").dt.strftime("%Y-%m").alias("month"), "class_1", *_NAMING)
        .agg(n=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )
    at = townships_meant(boundaries, found.select(_NAMING).rows(), "reported")
    codes = [None if each == OUTSIDE else str(boundaries.codes[each]) for each in at]
    named = pl.Series("township", codes, dtype=pl.String)
    kept = found.with_columns(named).drop_nulls("township")
    return kept.group_by("township", "month", "class_1").agg(pl.col("n").sum())


def _series(counted: pl.DataFrame, months: tuple[str, ...]) -> tuple[int, ...]:
    sums = dict(counted.group_by("month").agg(pl.col("n").sum()).rows())
    return tuple(int(sums.get(month, 0)) for month in months)


def _months(first: date, last: date) -> tuple[str, ...]:
    months = []
    while first <= last:
        months.append(f"{first:%Y-%m}")
        first = next_month(first)
    return tuple(months)


def _months_before(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, 1)
