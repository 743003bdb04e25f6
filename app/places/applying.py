"""Stored cases follow the register and the decisions: a job with progress."""

from __future__ import annotations

from typing import Any

from app.jobs import RunningJob
from geodata.home import Home
from geodata.intake import relocate_cases
from geodata.staging import Progress
from geodata.store import CaseStore

STAGES = {"locating": ("located", "已定位"), "storing": ("storing", "正在入库")}


def relocate_job(home: Home, job: RunningJob, /) -> dict[str, Any]:
    """Do the work of a ``relocate`` job."""
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
    report = relocate_cases(home, tell)
    return {"changed": report.changed, "url": f"/places/applied?changed={report.changed}"}
