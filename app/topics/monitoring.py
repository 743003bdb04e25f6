"""Half-months of a problem against its target: each line is counted by one version.

The version in force when a half-month begins counts it, and with it the half-month before (环比),
that of a year before (同比) and the baseline that it is compared with: no line mixes two versions.
Half-months have 13 to 16 days, so all are compared per day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from app.cases.disclosure import SUPPRESSED, disclosed
from app.cases.reach import LAST_HOURS, data_reach
from app.topics.baselines import Baseline, baseline_of, shown_baseline
from app.topics.counting import count_cycles
from app.topics.definitions import in_force
from app.topics.matching import rule_of
from app.topics.models import CaseDefinition
from app.topics.targets import Targets
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.timeline import Timeline
from app.townships.supervising.half_months import HALF_MONTH
from geodata.home import Home

MOST_LINES = 48
"""Half-months that a page shows: two years."""


@dataclass(frozen=True)
class Line:
    """A half-month.

    Attributes
    ----------
    cycle : Cycle
    definition : CaseDefinition
        The version that counts it.
    count, before, year_before : float or None
        Cases in it, in the half-month before and in that of a year before, by this version. None
        where the data have not all of it.
    baseline : Baseline
        Counted by this version.
    target : float or None
        Cases a day that its month should not exceed.
    """

    cycle: Cycle
    definition: CaseDefinition
    count: float | None
    before: float | None
    year_before: float | None
    baseline: Baseline
    target: float | None

    @property
    def per_day(self) -> float | None:
        """Cases a day."""
        return _per_day(self.count, self.cycle)

    @property
    def change(self) -> float | None:
        """环比: per day against the half-month before, as a share; None where it had none."""
        return _change(self.per_day, _per_day(self.before, self.cycle.previous))

    @property
    def year_change(self) -> float | None:
        """同比: per day against the half-month a year before."""
        return _change(self.per_day, _per_day(self.year_before, self.cycle.year_before))

    @property
    def baseline_change(self) -> float | None:
        """Per day against an average day of the baseline."""
        return _change(self.per_day, self.baseline.per_day)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is kept; None without one, or without the count."""
        return None if self.target is None or self.per_day is None else self.per_day <= self.target


def monitor(
    home: Home,
    line: Timeline,
    versions: Sequence[CaseDefinition],
    targets: Targets,
    *,
    since: date | None = None,
) -> tuple[Line, ...]:
    """Return the half-months since the first version began, or since a day, the newest last.

    Parameters
    ----------
    home : Home
    line : Timeline
        Cuts the days.
    versions : sequence of CaseDefinition
    targets : mapping
        (id of a version, month as ``2025-03``) → cases a month.
    since : date, optional
        Leaves out half-months that begin before it.
    """
    reach = data_reach(home)
    if reach is None or not versions:
        return ()
    first = max(min(each.valid_from for each in versions), reach.first.date())
    first = max(first, since or first)
    end = (reach.newest + LAST_HOURS).date() + timedelta(days=1)
    cycles = [
        cycle
        for cycle in line.cycles_between(first, end, HALF_MONTH)
        if cycle.first_day >= first and cycle.window.end <= reach.newest + LAST_HOURS
    ][-MOST_LINES:]
    by_version: dict[int, list[Cycle]] = {}
    for cycle in cycles:
        if version := in_force(versions, cycle.first_day):
            by_version.setdefault(version.id, []).append(cycle)
    known = {each.id: each for each in versions}
    found = [made for number, counted in by_version.items()
             for made in _lines(home, line, known[number], counted, targets)]  # fmt: skip
    return tuple(sorted(found, key=lambda each: each.cycle.first_day))


def shown(lines: Sequence[Line], *, exact: bool) -> tuple[Line, ...]:
    """Return lines as a reader may see them: what follows from small counts is not told."""
    if exact:
        return tuple(lines)
    return tuple(
        replace(
            each,
            count=_disclosed(each.count),
            before=_disclosed(each.before),
            year_before=_disclosed(each.year_before),
            baseline=shown_baseline(each.baseline, exact=False),
        )
        for each in lines
    )


def _lines(
    home: Home,
    line: Timeline,
    definition: CaseDefinition,
    cycles: Sequence[Cycle],
    targets: Targets,
) -> list[Line]:
    wanted = {each.id: each for cycle in cycles
              for each in (cycle, cycle.previous, cycle.year_before)}  # fmt: skip
    counts = count_cycles(home, rule_of(definition), list(wanted.values()))
    counted = {key: None if np.isnan(n) else float(n)
               for key, n in zip(wanted, counts, strict=True)}  # fmt: skip
    baseline = baseline_of(home, line, definition)
    return [_line(cycle, definition, counted, baseline, targets) for cycle in cycles]


def _line(
    cycle: Cycle,
    definition: CaseDefinition,
    counted: Mapping[str, float | None],
    baseline: Baseline,
    targets: Targets,
) -> Line:
    month = f"{cycle.first_day:%Y-%m}"
    target = targets.get((definition.id, month))
    days = monthrange(cycle.first_day.year, cycle.first_day.month)[1]
    return Line(
        cycle,
        definition,
        counted[cycle.id],
        counted[cycle.previous.id],
        counted[cycle.year_before.id],
        baseline,
        None if target is None else target / days,
    )


def _per_day(count: float | None, cycle: Cycle) -> float | None:
    return None if count is None or count == SUPPRESSED else count / cycle.days


def _change(now: float | None, then: float | None) -> float | None:
    return None if now is None or not then else now / then - 1


def _disclosed(count: float | None) -> float | None:
    return None if count is None else float(disclosed(int(count)))
