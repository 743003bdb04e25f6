"""A township that has left special governance: its half-months since, and what they should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.succession import Lineage
from app.townships.assessment.cycles import CYCLES_OF_A_YEAR, MONTHS_OF_A_YEAR, Cycle
from app.townships.assessment.governance_rules import MonitorRules
from app.townships.assessment.timeline import Timeline
from app.townships.designations.life import WATCH_MONTHS, watched_until
from app.townships.designations.models import Designation
from app.townships.supervising.half_months import HALF_MONTH, HalfMonths
from spatial import ExpectedCounts, expected_from_history

YEAR = CYCLES_OF_A_YEAR[HALF_MONTH]

WhyNot = Literal["unknown", "parted", "short_data", "short_governance", "no_cases"]


@dataclass(frozen=True)
class Design:
    """By which numbers a township is watched.

    The monitor's are those of the day of its exit, one for the whole watch; for how many months is
    what holds now.
    """

    monitor: MonitorRules
    watch_months: int

    @property
    def false_alarms(self) -> float:
        """Greatest chance of an alarm in the whole watch: years are independent of one another."""
        a_year = self.monitor.false_alarms / 100
        return float(1 - (1 - a_year) ** (self.watch_months / MONTHS_OF_A_YEAR))


DEFAULT_DESIGN = Design(MonitorRules(), WATCH_MONTHS)


@dataclass(frozen=True, eq=False)
class Course:
    """What is known of a township since its exit.

    Attributes
    ----------
    cycles : tuple of Cycle
        Half-months that are watched: those that begin before the watch is over.
    observed : ndarray of float, shape (half-months,)
        Cases; NaN where it is not over, or the data have it not whole.
    known : ExpectedCounts
    baseline : tuple of (str, int, int)
        Half-months that its level was estimated from: id, cases and days.
    """

    cycles: tuple[Cycle, ...]
    observed: NDArray[np.float64]
    known: ExpectedCounts
    baseline: tuple[tuple[str, int, int], ...]


def watched_cycles(line: Timeline, exited_on: date, months: int) -> tuple[Cycle, ...]:
    """Return the half-months that begin on or after the exit and before the end of the watch."""
    found = line.cycles_between(exited_on, watched_until(exited_on, months), HALF_MONTH)
    return tuple(cycle for cycle in found if cycle.first_day >= exited_on)


def course_of(
    table: HalfMonths, designation: Designation, line: Timeline, lineage: Lineage, today: date,
    design: Design,
) -> Course | WhyNot:  # fmt: skip
    """Return what is known of a township, or why it cannot be judged.

    Parameters
    ----------
    table : HalfMonths
    designation : Designation
        One whose township has left.
    line : Timeline
    lineage : Lineage
        Codes that have changed: a township is followed under its new code.
    today : date
        What ends later is not over, whatever the data say.
    design : Design
    """
    exited_on, designated_on = designation.exited_on, designation.designated_on
    if exited_on is None or designated_on is None:
        raise ValueError(f"designation {designation.id} has not left")
    row = table.of(lineage.followed(designation.township))
    if row is None:
        gone = lineage.parted_between(designation.township, designated_on, date.max)
        return "unknown" if gone is None else "parted"
    past = [at for at, cycle in enumerate(table.cycles) if cycle.end_day <= exited_on]
    whole = np.isfinite(table.counts[row])
    base = [at for at in past if whole[at] and table.cycles[at].first_day >= designated_on]
    base = base[-design.monitor.baseline :]
    cycles = watched_cycles(line, exited_on, design.watch_months)
    if len(base) < design.monitor.least_baseline:
        return "short_governance"
    end = min(today, watched_until(exited_on, design.watch_months))
    if lineage.parted_between(designation.township, table.cycles[base[0]].first_day, end):
        return "parted"
    history = table.counts[:, past]
    why = _why_not(history, row, [table.cycles[at] for at in past], cycles, base)
    if why is not None:
        return why
    known = _expected(history, row, [table.cycles[at] for at in past], cycles, base)
    shown = [table.cycles[at] for at in base]
    cases = [int(table.counts[row, at]) for at in base]
    baseline = tuple((each.id, n, each.days) for each, n in zip(shown, cases, strict=True))
    return Course(cycles, _observed(table, row, cycles, today), known, baseline)


def _why_not(
    history: NDArray[np.float64], row: int, past: list[Cycle], ahead: tuple[Cycle, ...],
    base: list[int],
) -> WhyNot | None:  # fmt: skip
    """Tell why history does not tell what to expect: a part of the year was never seen whole."""
    others = np.delete(history, row, axis=0).sum(axis=0)
    seen = {_part(cycle) for cycle, n in zip(past, others, strict=True) if n > 0}
    if not {_part(cycle) for cycle in ahead} <= seen:
        return "short_data"
    return None if history[row, base].any() else "no_cases"


def _expected(
    history: NDArray[np.float64], row: int, past: list[Cycle], ahead: tuple[Cycle, ...],
    base: list[int],
) -> ExpectedCounts:  # fmt: skip
    return expected_from_history(
        history,
        [cycle.days for cycle in past],
        [_part(cycle) for cycle in past],
        township=row,
        baseline=np.isin(np.arange(len(past)), base),
        days_ahead=[cycle.days for cycle in ahead],
        season_ahead=[_part(cycle) for cycle in ahead],
    )


def _observed(
    table: HalfMonths, row: int, cycles: tuple[Cycle, ...], today: date
) -> NDArray[np.float64]:
    column = {cycle.id: at for at, cycle in enumerate(table.cycles)}
    return np.array(
        [
            table.counts[row, column[each.id]]
            if each.id in column and each.end_day <= today
            else np.nan
            for each in cycles
        ]
    )


def _part(cycle: Cycle) -> int:
    """Return which half-month of the year it is."""
    return cycle.number % YEAR
