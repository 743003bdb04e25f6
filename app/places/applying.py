"""Stored cases follow the register and the decisions: a job with progress."""

from __future__ import annotations

from typing import Any

from app.cases.relocating import relocate
from app.jobs import RunningJob
from geodata.home import Home


def relocate_job(home: Home, job: RunningJob, /) -> dict[str, Any]:
    """Do the work of a ``relocate`` job."""
    report = relocate(home, job)
    return {"changed": report.changed, "url": f"/places/applied?changed={report.changed}"}
