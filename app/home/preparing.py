"""The tables of the overview, made by a job after each change: nobody waits for them."""

from __future__ import annotations

from datetime import datetime

from app.accounts.access import operator
from app.cases.listing import count_all
from app.home.overview import morning
from app.home.reader import Reader
from app.jobs import RunningJob
from app.townships.assessment.timeline import timeline_from
from geodata.home import Home


def prepare_job(home: Home, start_day: int, job: RunningJob, /) -> dict[str, str]:
    """Do the work of a ``prepare-overview`` job."""
    job.report(0, None, "counting for the overview", "正在为总览计数")
    count_all(home)
    over_time = timeline_from(job.database, start_day)
    morning(home, Reader.of(operator(job.database)), over_time, datetime.now().astimezone())
    return {"url": "/"}
