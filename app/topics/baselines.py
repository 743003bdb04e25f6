"""Baselines 基期: what came before, counted by the version that it is compared by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from app.cases.disclosure import SUPPRESSED, disclosed
from app.topics.counting import count_cycles
from app.topics.matching import rule_of
from app.topics.models import CaseDefinition
from app.townships.assessment.timeline import Timeline
from app.townships.supervising.half_months import HALF_MONTH
from geodata.home import Home


@dataclass(frozen=True)
class Baseline:
    """The baseline of a version: cases, days that the data have whole, and days there are."""

    cases: float
    days: int
    all_days: int

    @property
    def per_day(self) -> float | None:
        """Cases a day, where the data have every half-month of it."""
        if self.days < self.all_days or not self.days or self.cases == SUPPRESSED:
            return None
        return self.cases / self.days


def baseline_of(home: Home, line: Timeline, definition: CaseDefinition) -> Baseline:
    """Return the baseline of a version, counted by it."""
    end = definition.baseline_last + timedelta(days=1)
    cycles = list(line.cycles_between(definition.baseline_first, end, HALF_MONTH))
    counts = count_cycles(home, rule_of(definition), cycles)
    days = np.array([cycle.days for cycle in cycles])
    there = ~np.isnan(counts)
    return Baseline(float(counts[there].sum()), int(days[there].sum()), int(days.sum()))


def shown_baseline(baseline: Baseline, *, exact: bool) -> Baseline:
    """Return a baseline as a reader may see it."""
    return baseline if exact else replace(baseline, cases=disclosed(int(baseline.cases)))
