"""The counts made ready in the background, after each change of the cases."""

from __future__ import annotations

from app.cases.facts.building import build_facts
from app.jobs import RunningJob
from geodata.home import Home


def prepare_counts_job(home: Home, job: RunningJob, /) -> dict[str, str]:
    """Do the work of a ``prepare-counts`` job."""

    def tell(done: int, of: int) -> None:
        job.report(done, of, f"{done} of {of} months", f"已整理 {done} / {of} 个月")

    job.report(0, None, "reading", "开始读取")
    build_facts(home, tell)
    return {"url": "/hotspots"}
