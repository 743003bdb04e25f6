"""Raw cases of all townships by half-month, and which half-months the data have whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.cases.reach import LAST_HOURS, DataReach, data_reach
from app.hotspots.filtered.forms import Attribution
from app.townships.assessment.counting import count_cycles
from app.townships.assessment.cycles import Cycle, CycleKind
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source
from app.townships.assessment.timeline import Timeline
from geodata.areas import Boundaries
from geodata.home import Home
from geodata.store import CaseStore

HALF_MONTH: CycleKind = "half_month"

BUSY_CITY = 20
"""Cases a day from which a day without any is one whose file is missing: by chance it would come
once in more than ten thousand years."""


@dataclass(frozen=True, eq=False)
class HalfMonths:
    """Cases received by township and half-month.

    Attributes
    ----------
    boundaries : Boundaries
    cycles : tuple of Cycle
        The earliest first, without gaps.
    counts : ndarray of float, shape (townships, half-months)
        NaN where the data have not the whole half-month.
    """

    boundaries: Boundaries
    cycles: tuple[Cycle, ...]
    counts: NDArray[np.float64]

    def of(self, codes: tuple[str, ...]) -> int | None:
        """Return the row of a township by any of its codes; None where there is none."""
        rows = {str(code): at for at, code in enumerate(self.boundaries.codes)}
        found = [rows[code] for code in codes if code in rows]
        return found[-1] if found else None


@lru_cache(maxsize=4)
def half_months(
    home: Home, source: Source, line: Timeline, attribution: Attribution
) -> HalfMonths | None:
    """Count the half-months of all data; None while there is no case.

    Parameters
    ----------
    home : Home
    source : Source
        Versions of cases and boundaries.
    line : Timeline
        Cuts the days.
    attribution : {"location", "reported", "handler"}
        By what a case belongs to a township.
    """
    reach = data_reach(home)
    if reach is None:
        return None
    # A day may be cut at noon: its half-month may begin with the day before.
    first = line.cycle_of_day(reach.first.date() - timedelta(days=1), HALF_MONTH)
    end = reach.newest.date() + timedelta(days=1)
    cycles = tuple(line.cycles_between(first.first_day, end, HALF_MONTH))
    rules = Rules(attribution=attribution, basis="received")
    tables = count_cycles(home, source, cycles, rules)
    counts = np.stack([table.cases[:-1] for table in tables], axis=1).astype(float)
    counts[:, ~whole_cycles(home, source.cases, cycles, reach)] = np.nan
    return HalfMonths(tables[0].boundaries, cycles, counts)


def whole_cycles(
    home: Home, version: int, cycles: tuple[Cycle, ...], reach: DataReach
) -> NDArray[np.bool_]:
    """Tell which half-months begin and end within the data and have no day without its file.

    Parameters
    ----------
    home : Home
    version : int
        Of the case store.
    cycles : tuple of Cycle
    reach : DataReach
        How far this version reaches.
    """
    days = (
        CaseStore(home)
        .scan(version, columns=["received_local"])
        .group_by(day=pl.col("received_local").dt.date())
        .agg(n=pl.len())
        .drop_nulls("day")
        .collect(engine="streaming")
    )
    span = (reach.newest - reach.first) / timedelta(days=1) + 1
    is_busy = int(days["n"].sum()) / span >= BUSY_CITY
    told = set(days["day"])
    return np.array([_is_whole(cycle, reach, told if is_busy else None) for cycle in cycles])


def _is_whole(cycle: Cycle, reach: DataReach, told: set[object] | None) -> bool:
    window = cycle.window
    if reach.first.date() > window.start.date() or reach.newest + LAST_HOURS < window.end:
        return False
    days = (cycle.first_day + timedelta(days=n) for n in range(cycle.days))
    return told is None or all(day in told for day in days)
