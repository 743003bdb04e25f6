"""Long work has a name on it: who may start, see and stop the job of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.errors import Missing
from app.jobs import ENDED, Job, Jobs


def start_job(
    access: Access,
    jobs: Jobs,
    kind: str,
    told: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> str:
    """Queue work in somebody's name and return the id of its job.

    Parameters
    ----------
    access : Access
        Who starts it.
    jobs : Jobs
    kind : str
    told : mapping, optional
        What the audit says of it; the arguments where it is not given.
    **arguments
        Of the work.
    """
    said = {"kind": kind, **(arguments if told is None else told)}

    def note(session: Session, job_id: str) -> None:
        access.record("job.start", ("job", job_id), None, said, session=session)

    return jobs.start(kind, access.account_id, note, **arguments)


def require_job(access: Access, jobs: Jobs, job_id: str) -> Job:
    """Return a job that a person may see: her own, and with the whole city's import any.

    Raises
    ------
    Missing
        There is none, or it is another's.
    """
    job = jobs.get(job_id)
    own = access.account_id is not None and job.started_by == access.account_id
    if own or access.may(Permission.IMPORT):
        return job
    raise Missing(f"no job {job_id!r}", f"没有编号为 {job_id!r} 的任务")


def cancel_job(access: Access, jobs: Jobs, job_id: str) -> None:
    """Ask for the stop of a job that a person may see; one that has ended stays as it is.

    Raises
    ------
    Missing
        There is none, or it is another's.
    """
    job = require_job(access, jobs, job_id)
    if job.state in ENDED:
        return
    jobs.cancel(job_id)
    access.record("job.cancel", ("job", job_id), None, {"kind": job.kind})
