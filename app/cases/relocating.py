"""Long work that locates stored cases anew: after a decision, or in another coordinate system."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.jobs import RunningJob
from app.services import Services
from geodata.coordinate_checks import decide
from geodata.home import Home
from geodata.intake import Progress, relocate_cases
from geodata.redeclaring import redeclare_batch
from geodata.staging import Tell


def start_decision(services: Services, lng: float, lat: float, meaning: str) -> str:
    """Log what a person decided about a coordinate and queue its effect; returns the job's id."""
    decide(services.home, lng, lat, meaning, datetime.now(UTC))
    return services.jobs.start("recheck")


def recheck_job(home: Home, job: RunningJob, /) -> dict[str, Any]:
    """Do the work of a ``recheck`` job: the store against what was decided."""
    relocate_cases(home, _teller(job))
    return {"url": "/cases/quality"}


def redeclare_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Do the work of a ``redeclare`` job: one batch in another coordinate system."""
    job.report(0, None, "locating", "正在定位")
    redeclare_batch(home, arguments["batch"], arguments["crs"])
    return {"url": f"/cases/batches/{arguments['batch']}"}


def _teller(job: RunningJob) -> Tell:
    job.report(0, None, "reading", "开始读取")

    def tell(progress: Progress) -> None:
        rows = progress.rows
        job.report(0, None, f"locating {rows:,} rows", f"定位 {rows:,} 行")

    return tell
