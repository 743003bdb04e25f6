"""Which townships may be designated, may leave, or may be closed, by rule and with figures.

Suggestions only suggest: nothing changes before a person acts. No public source gives the numbers:
they are those of the rule set that the newest whole cycle is assessed by, and those of the day for
the watch. Closed cycles are counted from what their documents name, whatever data came later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.cases.disclosure import disclosed
from app.cases.reach import LAST_HOURS, data_reach
from app.db import Database
from app.hotspots.filtered.forms import Attribution
from app.succession import Change, Lineage, lineage
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.governance_rules import InEffect, SuggestionRules, in_effect
from app.townships.assessment.most_cases import Leader, first, most_cases
from app.townships.assessment.standing import standing
from app.townships.assessment.timeline import Timeline
from app.townships.designations.life import watched_until
from app.townships.designations.models import DECLINED, EXITED, GOVERNED, UNDER_WAY, Designation
from app.townships.governing.progress import PER_CENT, Progress
from geodata.home import Home


@dataclass(frozen=True)
class Place:
    """Where a township stood in a cycle: by its raw cases, and whether among the first.

    ``attribution`` is what a case belongs to a township by, as the rules of the cycle say.
    """

    cycle: Cycle
    rank: int
    cases: int
    among_first: bool
    attribution: Attribution


@dataclass(frozen=True)
class Entry:
    """That a township may be designated 建议纳入: in how many of the newest cycles it was first.

    ``parted`` is the split or merger that the cycles begin with, where not all could be looked at.
    """

    code: str
    name: str
    district: str
    places: tuple[Place, ...]
    declined: Designation | None = None
    parted: Change | None = None

    @property
    def times(self) -> int:
        """In how many of the cycles it was among the first."""
        return sum(place.among_first for place in self.places)


@dataclass(frozen=True)
class Exit:
    """That a township may leave 建议退出: cycles outside, and what is done."""

    designation: Designation
    places: tuple[Place, ...]
    progress: Progress


@dataclass(frozen=True)
class Suggestions:
    """What the rules suggest now.

    Attributes
    ----------
    cycles : tuple of Cycle
        Newest whole cycles that were looked at, the newest first.
    attributions : tuple of str
        Of each cycle, what a case belongs to a township by: as its rules say.
    entries : tuple of Entry
        Those most often among the first before the others.
    exits : tuple of Exit
    closings : tuple of Designation
        Whose months of watching are over.
    by, watched_by : InEffect
        The numbers that suggestions go by, and those of the watch.
    """

    cycles: tuple[Cycle, ...]
    attributions: tuple[Attribution, ...]
    entries: tuple[Entry, ...]
    exits: tuple[Exit, ...]
    closings: tuple[Designation, ...]
    by: InEffect
    watched_by: InEffect

    @property
    def rules(self) -> SuggestionRules:
        """By which they are made."""
        return self.by.rules.suggestion


def suggestions(
    home: Home,
    database: Database,
    timeline: Timeline,
    designations: Sequence[Designation],
    progress: Mapping[int, Progress],
    day: date,
) -> Suggestions:
    """Return what the rules suggest.

    A renamed township is one, under whichever code a month or a designation has it. The months
    before a split or merger are of another township: they do not count for it.

    Parameters
    ----------
    home : Home
    database : Database
    timeline : Timeline
        How months of the assessment are cut.
    designations : sequence of Designation
        All there are.
    progress : mapping of int to Progress
        Of the designations, by id.
    day : date
        On which a watch may be over.
    """
    whole = whole_cycles(home, timeline)
    by = in_effect(database, whole[0].first_day if whole else day)
    watched_by, rules = in_effect(database, day), by.rules.suggestion
    cycles = whole[: max(rules.in_cycles, rules.out_cycles)]
    changes = lineage(database)
    attributions = tuple(timeline.rules_for(each).attribution for each in cycles)
    standings = [
        _standing(home, database, cycle, by_what, rules.first, changes)
        for cycle, by_what in zip(cycles, attributions, strict=True)
    ]
    months = watched_by.rules.watch.months
    return Suggestions(
        cycles=cycles,
        attributions=attributions,
        entries=_entries(standings[: rules.in_cycles], designations, rules, changes),
        exits=_exits(standings[: rules.out_cycles], designations, progress, rules, changes),
        closings=tuple(
            each
            for each in designations
            if each.state == EXITED
            and each.exited_on
            and watched_until(each.exited_on, months) <= day
        ),
        by=by,
        watched_by=watched_by,
    )


def suggestions_shown(found: Suggestions, *, exact: bool) -> Suggestions:
    """Return suggestions as a reader may see them: without counts of few cases."""
    if exact:
        return found
    return replace(
        found,
        entries=tuple(replace(each, places=_told(each.places)) for each in found.entries),
        exits=tuple(replace(each, places=_told(each.places)) for each in found.exits),
    )


def whole_cycles(home: Home, timeline: Timeline) -> tuple[Cycle, ...]:
    """Return the months of the assessment whose days the data have all, the newest first.

    One that a change of the calendar has clipped is no whole month.
    """
    reach = data_reach(home)
    if reach is None:
        return ()
    first, end = reach.first.date(), reach.newest.date() + timedelta(days=1)
    newest = reach.newest + LAST_HOURS
    months = [
        each
        for each in timeline.cycles_between(first, end, "month")
        if first <= each.first_day and each.window.end <= newest and not each.clipped
    ]
    return tuple(reversed(months))


Standing = dict[str, tuple[Leader, Place]]
"""Code, the newest it has, → a township and where it stood in one cycle."""


def _standing(
    home: Home,
    database: Database,
    cycle: Cycle,
    attribution: Attribution,
    n: int,
    lineage: Lineage,
) -> Standing:
    stands = standing(home, database, cycle)
    leaders = most_cases(home, stands.cycle, attribution, stands.source)
    ahead = {each.code for each in first(leaders, n)}
    return {
        lineage.current(each.code): (
            each,
            Place(cycle, each.rank, each.cases, each.code in ahead, attribution),
        )
        for each in leaders
    }


def _entries(
    standings: Sequence[Standing],
    designations: Sequence[Designation],
    rules: SuggestionRules,
    lineage: Lineage,
) -> tuple[Entry, ...]:
    taken = {lineage.current(each.township) for each in designations if each.state in UNDER_WAY}
    declined = {
        lineage.current(each.township): each
        for each in sorted(designations, key=lambda each: (each.since, each.id))
        if each.state == DECLINED
    }
    found = []
    for code, (leader, _place) in (standings[0] if standings else {}).items():
        places, parted = _places(code, standings, lineage)
        entry = Entry(leader.code, leader.name, leader.district, places, declined.get(code), parted)
        if code not in taken and entry.times >= rules.in_times:
            found.append(entry)
    return tuple(sorted(found, key=lambda each: (-each.times, each.places[0].rank, each.code)))


def _exits(
    standings: Sequence[Standing],
    designations: Sequence[Designation],
    progress: Mapping[int, Progress],
    rules: SuggestionRules,
    lineage: Lineage,
) -> tuple[Exit, ...]:
    if len(standings) < rules.out_cycles:
        return ()
    found = []
    for each in designations:
        places, _parted = _places(lineage.current(each.township), standings, lineage)
        own = progress.get(each.id, Progress())
        if each.state == GOVERNED and _may_leave(each, places, own, rules):
            found.append(Exit(each, places, own))
    return tuple(found)


def _places(
    code: str, standings: Sequence[Standing], lineage: Lineage
) -> tuple[tuple[Place, ...], Change | None]:
    """Return where a township stood, the newest first, and the split or merger it begins with."""
    found = [each[code][1] for each in standings if code in each]
    parted = lineage.parted_between(code, date.min, found[0].cycle.end_day) if found else None
    kept = tuple(each for each in found if not parted or each.cycle.first_day >= parted.since)
    return kept, parted if len(kept) < len(standings) else None


def _may_leave(
    designation: Designation, places: Sequence[Place], own: Progress, rules: SuggestionRules
) -> bool:
    since = designation.designated_on
    return (
        since is not None
        and len(places) == rules.out_cycles
        and all(place.cycle.first_day >= since and not place.among_first for place in places)
        and own.total > 0
        and PER_CENT * own.done >= rules.out_done * own.total
    )


def _told(places: Sequence[Place]) -> tuple[Place, ...]:
    return tuple(replace(each, cases=disclosed(each.cases)) for each in places)
