"""Files that an export job has made: kept for a week, for who asked for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.accounts.access import Access
from app.errors import Missing
from app.jobs import DONE, Job, Jobs
from geodata.home import Home

KEPT_DAYS = 7
RUN_KIND, COUNTS_KIND = KINDS = ("export", "export-counts")
"""Kinds of jobs that make a file: of a run, and of a filter."""

_PRIVATE = 0o700


def export_folder(home: Home) -> Path:
    """Return the folder of the files; those that have been there for too long are gone."""
    home.exports.mkdir(mode=_PRIVATE, exist_ok=True)
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for path in home.exports.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    return home.exports


def export_path(home: Home, job_id: str, file_name: str) -> Path:
    """Return where the file of a job is kept: under the job's name, with the file's ending."""
    return export_folder(home) / f"{job_id}{Path(file_name).suffix}"


@contextmanager
def made_file(home: Home, job_id: str, file_name: str) -> Iterator[Path]:
    """Give a draft to write to, which becomes the job's file when the block ends well."""
    path = export_path(home, job_id, file_name)
    draft = path.with_suffix(f".part{path.suffix}")
    draft.unlink(missing_ok=True)
    yield draft
    draft.rename(path)


def result_of(job_id: str, file_name: str) -> dict[str, str]:
    """Return what a job that has made a file says of it."""
    return {"file": file_name, "url": f"/hotspots/taken/{job_id}"}


def kept_file(home: Home, jobs: Jobs, access: Access, job_id: str) -> tuple[Path, str]:
    """Return the file of a job and the name under which it leaves.

    Raises
    ------
    Missing
        There is no such job of this person, it has made no file, or the file is gone.
    """
    job = _own_job(jobs, access, job_id)
    name = str((job.result or {})["file"])
    path = export_path(home, job_id, name)
    if not path.is_file():
        raise Missing(
            f"the file was kept for {KEPT_DAYS} days; make it again",
            f"文件只保留 {KEPT_DAYS} 天，请重新导出",
        )
    return path, name


def _own_job(jobs: Jobs, access: Access, job_id: str) -> Job:
    job = jobs.get(job_id)
    own = access.account_id is not None and job.started_by == access.account_id
    if not own or job.kind not in KINDS or job.state != DONE:
        raise Missing(f"no file of job {job_id!r}", f"任务 {job_id!r} 没有可下载的文件")
    return job
