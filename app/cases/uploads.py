"""Bring cases in: from a file on this machine, or from an upload that is deleted afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from werkzeug.datastructures import FileStorage

from app.cases.batches import keep_report
from app.cases.forms import Upload
from app.errors import InvalidParameter
from app.jobs import RunningJob
from app.services import Services
from geodata.home import Home
from geodata.intake import ImportReport, Progress, import_cases
from geodata.profiles import Profile
from geodata.reading import delete_expired

SUFFIXES = (
    ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".parquet", ".json",
    ".jsonl", ".ndjson", ".xml",
)  # fmt: skip

TOKEN_BYTES = 16
"""Of the name of an upload's folder, by which its pages call it."""

PEEK = ".peek.json"
"""File beside an upload: its first rows, read once."""

PER_CENT = 100

STAGES = {
    "reading": ("reading", "读取"),
    "locating": ("locating", "定位"),
    "storing": ("storing", "入库"),
}

LONGEST_NAME_BYTES = 200
"""Of an upload; file systems take 255."""

STALE_UPLOAD_HOURS = 24
"""Uploads that no job took care of within this time are left over from a crash."""


def import_file(
    home: Home,
    file: Path,
    profile: Profile | str,
    *,
    crs: str | None = None,
    zone: str | None = None,
    sheet: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> ImportReport:
    """Import a file and keep its report."""
    now = datetime.now(UTC)
    delete_leftovers(home, now)
    report = import_cases(
        home, file, profile, crs=crs, zone=zone, sheet=sheet, now=now, progress=progress
    )
    keep_report(home, report)
    return report


def start_import(services: Services, upload: Upload) -> str:
    """Keep an upload and queue its import; returns the id of the job.

    Raises
    ------
    InvalidParameter
        The name does not end like a table's.
    """
    path = keep_upload(services.home, upload.file)
    return queue_import(services, path, upload.profile, crs=upload.crs, sheet=upload.sheet)


def queue_import(
    services: Services, path: Path, profile: str, *, crs: str | None, sheet: str | None
) -> str:
    """Queue the import of a file that is kept; returns the id of the job."""
    return services.jobs.start("import", path=str(path), profile=profile, crs=crs, sheet=sheet)


def keep_upload(home: Home, file: FileStorage) -> Path:
    """Keep an uploaded file in a folder of its own under the home's uploads.

    Raises
    ------
    InvalidParameter
        The name does not end like a table's.
    """
    name = PurePath((file.filename or "").replace("\\", "/")).name
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise InvalidParameter(
            f"file: {name[:80]!r} is none of {known}", f"文件 {name[:80]!r} 不是 {known} 之一"
        )
    delete_leftovers(home, datetime.now(UTC))
    # The folder keeps two uploads of one name apart; the name itself stays for the report.
    folder = home.uploads / secrets.token_hex(TOKEN_BYTES)
    folder.mkdir(mode=0o700)
    path = folder / _short_name(name)
    file.save(path)
    return path


def import_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Do the work of an ``import`` job; the upload is deleted however it ends."""
    path = Path(arguments["path"])

    def tell(progress: Progress) -> None:
        rows = progress.rows
        done = round(PER_CENT * progress.fraction) if progress.fraction else 0
        english, chinese = STAGES[progress.stage]
        job.report(
            done,
            PER_CENT if done else None,
            f"{english} {rows:,} rows",
            f"{chinese} {rows:,} 行",
        )

    try:
        job.report(0, None, "reading", "开始读取")
        report = import_file(
            home,
            path,
            arguments["profile"],
            crs=arguments["crs"],
            sheet=arguments.get("sheet"),
            progress=tell,
        )
    finally:
        delete_upload(path)
    return {"batch": report.batch, "url": f"/cases/batches/{report.batch}"}


def delete_leftovers(home: Home, now: datetime) -> None:
    """Delete rejected rows that have expired and uploads that were left behind."""
    delete_expired(home, now)
    oldest = now.timestamp() - STALE_UPLOAD_HOURS * 3600
    for path in home.uploads.glob("*/*"):
        if path.stat().st_mtime < oldest:
            delete_upload(path)


def _short_name(name: str) -> str:
    """Cut a name to what every file system takes, counted in bytes; its ending stays."""
    return name.encode("utf-8", "replace")[-LONGEST_NAME_BYTES:].decode("utf-8", "ignore")


def delete_upload(path: Path) -> None:
    """Delete an uploaded file with what was noted of it."""
    for each in (path, path.parent / PEEK):
        each.unlink(missing_ok=True)
    if path.parent.is_dir() and not any(path.parent.iterdir()):
        path.parent.rmdir()
