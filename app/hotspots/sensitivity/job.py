"""The stability of a run's hot areas as work in the background."""

from __future__ import annotations

from typing import Any

from app.hotspots.sensitivity.assessing import assess_sensitivity
from app.jobs import RunningJob
from geodata.home import Home

VARIANTS_ZH = {
    "reports": "按件数重算",
    "callers": "按人数重算",
    "incidents": "按问题数重算",
    "coarser": "用大一级的六边形重算",
    "finer": "用小一级的六边形重算",
    "township": "按街乡镇重算",
}


def sensitivity_job(home: Home, job: RunningJob, /, run: str) -> dict[str, Any]:
    """Do the work of a ``sensitivity`` job."""
    found = assess_sensitivity(
        home, run, lambda done, total, name: job.report(done, total, name, VARIANTS_ZH[name])
    )
    return {"run": found.run, "url": f"/hotspots/sensitivity?run={found.run}"}
