"""Cases of a definition, found once a version of the store, and counted by any cycles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.cases.reach import data_reach
from app.cases.selection import case_frame
from app.cases.windows import Window
from app.topics.matching import MATCH_COLUMNS, CaseRule
from app.townships.assessment.cycles import Cycle
from app.townships.supervising.half_months import whole_cycles
from geodata.home import Home
from geodata.store import CaseStore

Counts = NDArray[np.float64]


@lru_cache(maxsize=64)
def cases_of(home: Home, version: int, *rules: CaseRule) -> pl.DataFrame:
    """Return ``received_local, township`` of the cases that any rule counts, in order of time."""
    frame = case_frame(
        home, version=version, columns=["received_local", "township", *MATCH_COLUMNS]
    )
    counted = pl.any_horizontal([rule.matches() for rule in rules])
    found = frame.filter(counted).select("received_local", pl.col("township").cast(pl.Categorical))
    return found.collect(engine="streaming").sort("received_local")


def count_cycles(home: Home, rule: CaseRule, cycles: Sequence[Cycle]) -> Counts:
    """Count the cases of a rule in cycles; NaN where the data have not the whole of one."""
    version, reach = CaseStore(home).version, data_reach(home)
    if version is None or reach is None or not cycles:
        return np.full(len(cycles), np.nan)
    times = cases_of(home, version, rule)["received_local"]
    counts = np.array([_within(times, cycle.window) for cycle in cycles], dtype=float)
    counts[~_whole(home, version, tuple(cycles))] = np.nan
    return counts


def count_townships(home: Home, rules: Iterable[CaseRule], window: Window) -> dict[str, int]:
    """Count the cases of some rules in a window by township; one of several rules counts once.

    Cases of no township are left out.
    """
    version, several = CaseStore(home).version, tuple(dict.fromkeys(rules))
    if version is None or not several:
        return {}
    cases = cases_of(home, version, *several).filter(
        (pl.col("received_local") >= window.start) & (pl.col("received_local") < window.end)
    )
    counted = cases.drop_nulls("township").group_by(pl.col("township").cast(pl.String))
    return {str(code): int(n) for code, n in counted.agg(pl.len()).iter_rows()}


@lru_cache(maxsize=64)
def _whole(home: Home, version: int, cycles: tuple[Cycle, ...]) -> NDArray[np.bool_]:
    reach = data_reach(home)
    if reach is None:
        return np.zeros(len(cycles), dtype=bool)
    return whole_cycles(home, version, cycles, reach)


def _within(times: pl.Series, window: Window) -> int:
    first, end = (times.search_sorted(each, side="left") for each in (window.start, window.end))
    return end - first
