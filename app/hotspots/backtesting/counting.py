"""Count located cases by cell and day for a forecast check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
import scipy.sparse
from numpy.typing import NDArray

from app.cases.selection import case_frame
from app.errors import NothingToAnalyse
from app.hotspots.backtesting.forms import BacktestArguments
from app.hotspots.periods import monthly_steps
from geodata.areas import Boundaries, study_cells
from geodata.counting import REPORTS, count_cases
from geodata.home import Home
from spatial.backtesting.backtest import HORIZON_DAYS, WARM_UP
from spatial.backtesting.forecasts import YEAR_DAYS
from spatial.backtesting.rolling_origin import SHORT_HISTORY_DAYS
from spatial.grid import parents

DEFAULT_DAYS = 3 * YEAR_DAYS
"""A year to look back on and two years to check, so that every season is checked twice."""

LEAST_DAYS = SHORT_HISTORY_DAYS + (WARM_UP + 1) * HORIZON_DAYS

CASE_COLUMNS = ("received_local", "located", "township_only", "cell", "caller")
RECEIVED = pl.col("received_local").dt.date()


@dataclass(frozen=True)
class DailyCounts:
    """Cells by day.

    Attributes
    ----------
    cells : int64[n]
        All cells of the city, and those of cases at its rim; ascending.
    counts : sparse int64[n, days]
        Located reports.
    cases : dict
        ``all, located, township_only, unlocated`` of the window.
    """

    cells: NDArray[np.int64]
    counts: scipy.sparse.csc_array
    cases: dict[str, int]


def window_of(home: Home, arguments: BacktestArguments, version: int) -> tuple[date, date]:
    """Return the first day and the day after the last, from the cases where not given.

    Raises
    ------
    NothingToAnalyse
        There is no located case, or the window is too short.
    InvalidParameter
        The window is empty or too long.
    """
    start, end = arguments.start, arguments.end
    if start is None or end is None:
        first, last = _first_and_last(home, end, version)
        end = end or last + timedelta(days=1)
        start = start or max(first, end - timedelta(days=DEFAULT_DAYS))
    monthly_steps(start, end)
    days = (end - start).days
    if days < LEAST_DAYS:
        raise NothingToAnalyse(
            f"{start} to {end}: {days} days; a forecast check needs {LEAST_DAYS} or more "
            f"({SHORT_HISTORY_DAYS} to look back on and {WARM_UP + 1} windows of {HORIZON_DAYS})",
            f"{start} 至 {end}：共 {days} 天；预测检验至少需要 {LEAST_DAYS} 天"
            f"（{SHORT_HISTORY_DAYS} 天历史和 {WARM_UP + 1} 个 {HORIZON_DAYS} 天窗口）",
        )
    return start, end


def count_daily(
    home: Home,
    boundaries: Boundaries,
    start: date,
    end: date,
    arguments: BacktestArguments,
    version: int,
) -> DailyCounts:
    """Count the located cases of a window by cell and day."""
    cases = case_frame(
        home,
        start=start,
        end=end,
        classes=arguments.classes,
        version=version,
        columns=CASE_COLUMNS,
    ).collect()
    located = cases.filter("located")
    own = parents(located["cell"].to_numpy(), arguments.resolution)
    day = (RECEIVED - start).dt.total_days()
    daily = count_cases(located.with_columns(pl.Series("cell", own), day=day), ["cell", "day"])
    cells = np.union1d(study_cells(boundaries, arguments.resolution), daily["cell"].to_numpy())
    rows = np.searchsorted(cells, daily["cell"].to_numpy())
    counts = scipy.sparse.csc_array(
        (daily[REPORTS].to_numpy(), (rows, daily["day"].to_numpy())),
        shape=(cells.size, (end - start).days),
    )
    return DailyCounts(
        cells,
        counts,
        {
            "all": cases.height,
            "located": located.height,
            "township_only": int(cases["township_only"].sum()),
            "unlocated": cases.height - located.height,
        },
    )


def _first_and_last(home: Home, end: date | None, version: int) -> tuple[date, date]:
    located = case_frame(home, end=end, version=version).filter("located")
    first, last = located.select(RECEIVED.min(), RECEIVED.max().alias("last")).collect().row(0)
    if first is None:
        raise NothingToAnalyse("no located case in this window", "这段时间没有已定位的诉求")
    return first, last
