"""How every governance township stands, in a fixed number of queries and scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.succession import Change, lineage
from app.townships.assessment.governance_rules import in_effect
from app.townships.designations.models import DESIGNATED, EXIT_PROPOSED, GOVERNED, Designation
from app.townships.desk.problems import (
    Problem,
    frequent_problems,
    new_since,
    not_in_plan,
    problems_shown,
)
from app.townships.governing.demand import (
    AgainstTarget,
    Demand,
    against_targets,
    demand_shown,
    demands,
)
from app.townships.governing.models import ListItem, Plan
from app.townships.governing.progress import Progress, days_overdue, progress
from app.townships.supervising.answering import WhistleLine, list_whistles
from app.townships.supervising.whistles import OPEN
from geodata.home import Home

IN_FORCE = (DESIGNATED, GOVERNED, EXIT_PROPOSED)

Light = Literal["good", "watch", "bad", "none"]
"""Green, amber, red; none where there is nothing to tell yet."""


@dataclass(frozen=True)
class DeskLine:
    """A governance township on the desk.

    Attributes
    ----------
    designation : Designation
    progress : Progress
    items : tuple of ListItem
        Of all its plans.
    demand : Demand or None
        As the reader may see it.
    against : mapping of int to AgainstTarget
        Item → its target beside the newest whole month.
    whistles : tuple of WhistleLine
        Open ones, overdue first.
    problems : tuple of Problem
        High-frequency ones that are new since the designation and that its plans do not know, as
        the reader may see them.
    lasting : tuple of Problem
        Those that were high-frequency before, and that its plans do not know either.
    parted : tuple of Change
        Splits and mergers of the township.
    """

    designation: Designation
    progress: Progress
    items: tuple[ListItem, ...]
    demand: Demand | None
    against: Mapping[int, AgainstTarget]
    whistles: tuple[WhistleLine, ...]
    problems: tuple[Problem, ...]
    lasting: tuple[Problem, ...] = ()
    parted: tuple[Change, ...] = ()

    @property
    def newest(self) -> int | None:
        """Cases of the newest whole month since the designation."""
        return self.demand.newest() if self.demand else None

    @property
    def judged(self) -> list[bool]:
        """Of each target that can be judged, whether it is met."""
        return [each.met for each in self.against.values() if each.met is not None]

    @property
    def whistles_overdue(self) -> int:
        """How many of its open whistles are overdue."""
        return sum(line.overdue > 0 for line in self.whistles)

    def late_items(self, today: date) -> list[tuple[ListItem, int]]:
        """Return its overdue items with the days, the latest first."""
        late = [(item, days_overdue(item, today)) for item in self.items]
        return sorted((each for each in late if each[1]), key=lambda each: (-each[1], each[0].id))

    @property
    def lights(self) -> dict[str, Light]:
        """Return a light for each column of the desk."""
        own, judged = self.progress, self.judged
        return {
            "progress": _light(own.total, own.slow, own.done < own.scheduled),
            "demand": _light(len(judged), not any(judged), not all(judged)),
            "overdue": _light(own.total, own.is_late, own.overdue),
            "whistles": _light(1, self.whistles_overdue, len(self.whistles)),
            "problems": _light(1, False, len(self.problems)),
        }

    @property
    def urgency(self) -> tuple[int, int]:
        """How many lights are red, and how many amber: those that need somebody stand first."""
        shown = list(self.lights.values())
        return shown.count("bad"), shown.count("watch")


def desk_board(access: Access, home: Home, today: date) -> list[DeskLine]:
    """Return the governance townships of a person's area, those with most red lights first."""
    area = access.area(Permission.READ)
    query = select(Designation).where(Designation.state.in_(IN_FORCE))
    with access.database.session() as session:
        found = [each for each in session.scalars(query) if area.has_township(each.township)]
    lines = desk_lines(access, home, found, today)
    return sorted(
        lines,
        key=lambda line: ([-n for n in line.urgency], line.designation.name, line.designation.id),
    )


def desk_lines(
    access: Access, home: Home, designations: Sequence[Designation], today: date
) -> list[DeskLine]:
    """Return how designations stand, in as many queries and scans for thirty as for one."""
    if not designations:
        return []
    numbers = [each.id for each in designations]
    changes = lineage(access.database)
    codes = {each.township for each in designations}
    exact = access.may(Permission.EXACT_COUNTS)
    how_far = progress(access.database, numbers, today)
    items = items_of(access.database, numbers)
    since = {each.township: each.designated_on for each in designations if each.designated_on}
    counted = demands(home, changes, since)
    whistles: dict[str, list[WhistleLine]] = {}
    for line in list_whistles(access, today, state=OPEN, townships=codes):
        whistles.setdefault(changes.current(line.whistle.township), []).append(line)
    problems: dict[str, list[Problem]] = {}
    desk = in_effect(access.database, today).rules.desk
    for each in frequent_problems(home, desk):
        problems.setdefault(changes.current(each.township), []).append(each)

    def line_of(one: Designation) -> DeskLine:
        own, township = items.get(one.id, []), changes.current(one.township)
        shown = counted.get(one.township)
        shown = shown and demand_shown(shown, exact=exact)
        unknown = not_in_plan(problems.get(township, ()), own)
        since, names = one.designated_on or today, changes.followed(one.township)
        new, lasting = new_since(home, unknown, names, since, desk)
        return DeskLine(
            designation=one,
            progress=how_far[one.id],
            items=tuple(own),
            demand=shown,
            against=against_targets(shown, own),
            whistles=tuple(whistles.get(township, ())),
            problems=tuple(problems_shown(new, exact=exact)),
            lasting=tuple(problems_shown(lasting, exact=exact)),
            parted=changes.parted(one.township),
        )

    return [line_of(each) for each in designations]


def items_of(database: Database, designations: Sequence[int]) -> dict[int, list[ListItem]]:
    """Return the items of all plans of designations, by designation."""
    query = (
        select(Plan.designation_id, ListItem)
        .join(Plan, Plan.id == ListItem.plan_id)
        .where(Plan.designation_id.in_(designations))
        .order_by(ListItem.due_on, ListItem.id)
    )
    found: dict[int, list[ListItem]] = {}
    with database.session() as session:
        for designation, item in session.execute(query):
            found.setdefault(int(designation or 0), []).append(item)
    return found


def _light(known: int, bad: int | bool, watch: int | bool) -> Light:
    if not known:
        return "none"
    return "bad" if bad else "watch" if watch else "good"
