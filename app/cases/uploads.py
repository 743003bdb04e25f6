"""Bring cases in: from a file on this machine, or from an upload that is deleted afterwards."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from werkzeug.datastructures import FileStorage

from app.accounts.access import Access
from app.accounts.starting import start_job
from app.cases.batches import keep_report
from app.cases.forms import Upload
from app.errors import InvalidParameter, Missing
from app.jobs import RunningJob
from app.services import Services
from geodata.home import Home
from geodata.intake import ImportReport, Progress, import_cases
from geodata.privacy import mask_address
from geodata.profiles import Profile
from geodata.reading import delete_expired

SUFFIXES = (
    ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".parquet", ".json",
    ".jsonl", ".ndjson", ".xml",
)  # fmt: skip

TOKEN_BYTES = 16
"""Of the name of an upload's folder, by which its pages call it."""

_TOKEN = re.compile(rf"[0-9a-f]{{{2 * TOKEN_BYTES}}}")

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


def start_import(access: Access, services: Services, upload: Upload) -> str:
    """Keep an upload and queue its import; returns the id of the job.

    Raises
    ------
    InvalidParameter
        The name does not end like a table's.
    """
    path = keep_upload(services.home, upload.file)
    return queue_import(access, services, path, upload.profile, crs=upload.crs, sheet=upload.sheet)


def queue_import(
    access: Access,
    services: Services,
    path: Path,
    profile: str,
    *,
    crs: str | None,
    sheet: str | None,
) -> str:
    """Queue the import of a file that is kept; returns the id of the job."""
    # By its place in the home: a home that is moved or restored while it waits takes it along.
    kept = path.relative_to(services.home.uploads).as_posix()
    how = {"profile": profile, "crs": crs, "sheet": sheet}
    told = {"file": mask_address(path.name), **how}
    return start_job(access, services.jobs, "import", told, path=kept, **how)


def keep_upload(home: Home, file: FileStorage, suffixes: tuple[str, ...] = SUFFIXES) -> Path:
    """Keep an uploaded file in a folder of its own under the home's uploads.

    What tells a person in its name (张先生13800000000.xlsx) is left out from here on: it would
    stand in jobs, batches and messages.

    Raises
    ------
    InvalidParameter
        The name has none of the endings.
    """
    given = PurePath((file.filename or "").replace("\\", "/")).name
    name = mask_address(given).replace("*", "_")
    suffix = PurePath(name).suffix.lower()
    if suffix not in suffixes:
        known = ", ".join(suffixes)
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
    path = home.uploads / arguments["path"]

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
    for folder in home.uploads.iterdir():
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder)


def find_upload(home: Home, token: str, note: str) -> Path:
    """Return the file that waits under a token.

    Parameters
    ----------
    home : Home
    token : str
        Name of its folder.
    note : str
        Name, beginning with a point, of what was noted beside it.

    Raises
    ------
    Missing
        There is none with such a note, or it has been imported or deleted.
    """
    folder = home.uploads / token
    if _TOKEN.fullmatch(token) and (folder / note).is_file():
        # Someone may delete it between the two looks.
        with contextlib.suppress(FileNotFoundError):
            for path in folder.iterdir():
                if not path.name.startswith("."):
                    return path
    raise Missing(
        "this upload is no longer kept: it was imported, or a day has passed; upload it again",
        "这个文件已不再保留：已经导入，或已满一天；请重新上传",
    )


def write_note(path: Path, note: str, content: object) -> None:
    """Keep something beside an upload, readable by its owner alone and whole at any time."""
    draft = path.parent / f"{note}.draft"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    draft.replace(path.parent / note)


def read_note(path: Path, note: str) -> Any:
    """Return what was kept beside an upload."""
    return json.loads((path.parent / note).read_text("utf-8"))


def _short_name(name: str) -> str:
    """Cut a name to what every file system takes, counted in bytes; its ending stays.

    Points go from its beginning after the cut: a name that begins with one is a note's.
    """
    cut = name.encode("utf-8", "replace")[-LONGEST_NAME_BYTES:].decode("utf-8", "ignore")
    suffix = PurePath(cut).suffix
    return f"{cut.removesuffix(suffix).lstrip('.') or 'file'}{suffix}"


def give_up_upload(access: Access, path: Path) -> None:
    """Delete an upload that somebody does not want to import."""
    delete_upload(path)
    access.record("upload.delete", ("upload", path.parent.name), {"file": mask_address(path.name)})


def delete_upload(path: Path) -> None:
    """Delete an uploaded file with what was noted of it."""
    shutil.rmtree(path.parent, ignore_errors=True)
