"""What the pages of supervision tell alike: cycles by their ids, counts as a reader sees them."""

from __future__ import annotations

from datetime import timedelta

from app.accounts.entrance import access
from app.accounts.permissions import Permission
from app.cases.disclosure import disclosed
from app.cases.reach import data_reach
from app.errors import InvalidParameter
from app.services import services
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.governance_rules import InEffect, in_effect
from app.townships.assessment.rules import Rules
from app.townships.assessment.timeline import Timeline, timeline


def whole_months() -> tuple[Cycle, ...]:
    """Return the months of the city's timeline that the data have all of, the newest first."""
    reach = data_reach(services().home)
    if reach is None:
        return ()
    end = reach.newest.date() + timedelta(days=1)
    found = _timeline().cycles_between(reach.first.date(), end, "month")
    return tuple(each for each in found if reach.has_end_of(each.window))[::-1]


def chosen_month(cycle_id: str | None) -> Cycle | None:
    """Return the month of an id where the data have it all, else the newest that they have."""
    months = whole_months()
    newest = next(iter(months), None)
    return next((each for each in months if each.id == cycle_id), newest)


def cycle_of(cycle_id: str) -> Cycle:
    """Return the cycle of an id.

    Raises
    ------
    InvalidParameter
        It names none.
    """
    return _timeline().find(cycle_id)


def cycle_named(cycle_id: str) -> Cycle | None:
    """Return the cycle of an id; None where the city's calendar no longer has it."""
    try:
        return cycle_of(cycle_id)
    except InvalidParameter:
        return None


def rules_for(cycle: Cycle) -> Rules:
    """Return the rules of a cycle."""
    return _timeline().rules_for(cycle)


def effect_for(cycle: Cycle) -> InEffect:
    """Return the numbers that hold for a cycle: of its first day, as all its rules."""
    return in_effect(services().database, cycle.first_day)


def shown_count(count: int | None) -> int | None:
    """Return a count of cases as the reader may see it."""
    return count if count is None or access().may(Permission.EXACT_COUNTS) else disclosed(count)


def _timeline() -> Timeline:
    found = services()
    return timeline(found.database, found.settings)
