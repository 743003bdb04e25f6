"""Long work that locates stored cases anew: after a decision, or in another coordinate system."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.accounts.access import Access
from app.accounts.starting import start_job
from app.cases.batches import get_batch
from app.jobs import RunningJob
from app.services import Services
from geodata.coordinate_checks import Decision, decide, decision_log
from geodata.home import Home
from geodata.intake import Progress, relocate_cases
from geodata.redeclaring import redeclare_batch
from geodata.relocation import RelocationReport
from geodata.store import CaseStore

STAGES = {"locating": ("located", "已定位"), "storing": ("storing", "正在入库")}


def start_decision(access: Access, services: Services, lng: float, lat: float, meaning: str) -> str:
    """Log what a person decided about a coordinate and queue its effect; returns the job's id."""
    keep_decision(access, services.home, lng, lat, meaning)
    return start_job(access, services.jobs, "recheck")


def keep_decision(access: Access, home: Home, lng: float, lat: float, meaning: str) -> Decision:
    """Log what a person decided about a coordinate."""
    earlier = {(each.lng, each.lat): each for each in decision_log(home)}
    made = decide(home, lng, lat, meaning, datetime.now(UTC))
    where = f"{made.lng},{made.lat}"
    old = earlier.get((made.lng, made.lat))
    before = None if old is None else {"meaning": old.meaning}
    access.record("coordinate.decide", ("coordinate", where), before, {"meaning": made.meaning})
    return made


def start_redeclaring(access: Access, services: Services, batch: str, crs: str) -> str:
    """Queue the reading of a batch in another coordinate system; returns the id of the job.

    Raises
    ------
    Missing
        There was no import of this name.
    """
    get_batch(services.home, batch)
    return start_job(access, services.jobs, "redeclare", batch=batch, crs=crs)


def recheck_job(home: Home, job: RunningJob, /) -> dict[str, Any]:
    """Do the work of a ``recheck`` job: the store against what was decided."""
    relocate(home, job)
    return {"url": "/cases/quality"}


def redeclare_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Do the work of a ``redeclare`` job: one batch in another coordinate system."""
    job.report(0, None, "locating", "正在定位")
    redeclare_batch(home, arguments["batch"], arguments["crs"])
    return {"url": f"/cases/batches/{arguments['batch']}"}


def relocate(home: Home, job: RunningJob) -> RelocationReport:
    """Locate every stored case anew and tell the job how far it is."""
    cases = CaseStore(home).count().cases

    def tell(progress: Progress) -> None:
        english, chinese = STAGES.get(progress.stage, (progress.stage, progress.stage))
        rows, of = progress.rows, f"{cases:,}"
        job.report(
            min(rows, cases),
            cases or None,
            f"{english} {rows:,} of {of}",
            f"{chinese} {rows:,} / {of} 件",
        )

    job.report(0, None, "reading", "开始读取")
    return relocate_cases(home, tell)
