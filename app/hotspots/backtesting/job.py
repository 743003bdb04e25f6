"""A forecast check as work in the background."""

from __future__ import annotations

from typing import Any

from app.hotspots.backtesting.forms import BacktestArguments
from app.hotspots.backtesting.making import make_backtest
from app.jobs import RunningJob
from geodata.home import Home


def backtest_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Do the work of a ``backtest`` job."""

    def tell(done: int, total: int) -> None:
        job.report(
            done, total, f"window {done + 1} of {total}", f"第 {done + 1} 个窗口，共 {total} 个"
        )

    made = make_backtest(home, BacktestArguments.read(**arguments), tell)
    return {"backtest": made.id, "url": f"/hotspots/backtest?check={made.id}"}
