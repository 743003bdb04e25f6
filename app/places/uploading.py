"""A file of places that was handed in: kept, looked at as often as wanted, imported once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage

from app.accounts.access import Access
from app.accounts.starting import start_job
from app.cases.uploads import (
    delete_upload,
    find_upload,
    give_up_upload,
    keep_upload,
    read_note,
    write_note,
)
from app.errors import message_of
from app.jobs import RunningJob
from app.places.listing import register_version
from app.services import Services
from geodata.errors import UserError
from geodata.home import Home
from geodata.places import NO_REGISTER, import_by_columns, preview_places, read_changes
from geodata.places.checking import Tell
from geodata.places.columns import HEADERS
from geodata.places.tables import TABLE_SUFFIXES, headers_of, is_table, usual_columns
from geodata.privacy import mask_address

SUFFIXES = (
    *TABLE_SUFFIXES, ".parquet", ".geojson", ".json", ".gpkg", ".fgb", ".kml", ".gml", ".zip",
    ".geoparquet",
)  # fmt: skip
"""Tables, and vector files that are one file: a Shapefile comes zipped."""

NOTE = ".places.json"
"""File beside an upload: what was chosen for it, and what it would do."""

MOST_PROBLEMS = 100
"""Problems that the page lists; it counts all."""


@dataclass(frozen=True)
class Choices:
    """How a file is to be read.

    Attributes
    ----------
    columns : dict of str
        Field → header where a person set another one than the usual, `NO_COLUMN` where none.
    crs : str or None
    update : bool
        Places that the file does not name stay.
    """

    columns: dict[str, str]
    crs: str | None
    update: bool


@dataclass(frozen=True)
class WaitingFile:
    """An upload that was looked at.

    Attributes
    ----------
    token, file : str
        Name of its folder, and its own.
    headers : tuple of str
    fields : dict of str
        Every field that the file may have → the header taken for it, ``""`` for none.
    choices : Choices
    preview : dict or None
        `geodata.places.PlacePreview` as plain values, with the first problems, their number
        ``problem_count`` and whether it is ``importable``; None where the file cannot be read
        like this.
    problem : dict or None
        Why not, by language.
    """

    token: str
    file: str
    headers: tuple[str, ...]
    fields: dict[str, str]
    choices: Choices
    preview: dict[str, Any] | None
    problem: dict[str, str] | None

    @property
    def importable(self) -> bool:
        """Tell whether it would change something and nothing is wrong."""
        return bool(self.preview and self.preview["importable"])

    def read_choices(self, form: Mapping[str, str], crs: str | None, *, update: bool) -> Choices:
        """Return what the form of its page says, beyond the usual headers."""
        usual = usual_columns(self.headers)
        asked = {field: form.get(f"column-{field}", "") for field in self.fields}
        known = ("", *self.headers)
        columns = {
            field: header
            for field, header in asked.items()
            if header != usual.get(field, "") and header in known
        }
        return Choices(columns, crs, update)


def start_check(access: Access, services: Services, file: FileStorage, choices: Choices) -> str:
    """Keep an upload and queue a first look at it; returns the id of the job.

    Raises
    ------
    InvalidParameter
        The name ends like no file of places.
    """
    path = keep_upload(services.home, file, SUFFIXES)
    write_note(path, NOTE, {})
    return _queue_check(access, services, path.parent.name, path.name, choices)


def check_again(access: Access, services: Services, waiting: WaitingFile, choices: Choices) -> str:
    """Queue another look at a waiting file; returns the id of the job."""
    return _queue_check(access, services, waiting.token, waiting.file, choices)


def queue_import(access: Access, services: Services, waiting: WaitingFile) -> str | None:
    """Queue the import of what was shown; returns the id of the job.

    None where the register is not what the preview was compared with any more.
    """
    seen = (waiting.preview or {}).get("version")
    if seen != (register_version(services.home) or NO_REGISTER):
        return None
    choices = asdict(waiting.choices)
    arguments = {"token": waiting.token, "choices": choices, "seen": seen, "by": access.who}
    told = {"file": mask_address(waiting.file), "update": waiting.choices.update}
    return start_job(access, services.jobs, "import-places", told, **arguments)


def _queue_check(
    access: Access, services: Services, token: str, file: str, choices: Choices
) -> str:
    told = {"file": mask_address(file)}
    arguments = {"token": token, "choices": asdict(choices)}
    return start_job(access, services.jobs, "check-places", told, **arguments)


def find_waiting(home: Home, token: str) -> WaitingFile:
    """Return a waiting file as it was last looked at.

    Raises
    ------
    Missing
        It is not kept (any more), or was not looked at yet.
    """
    path = find_upload(home, token, NOTE)
    note = read_note(path, NOTE)
    headers = tuple(note.get("headers", ()))
    choices = Choices(**note.get("choices", {"columns": {}, "crs": None, "update": False}))
    taken = {**usual_columns(headers), **choices.columns}
    shaped = not is_table(path)
    fields = {
        field: taken.get(field, "") for field in HEADERS if not (shaped and field in ("lng", "lat"))
    }
    return WaitingFile(
        token, path.name, headers, fields, choices, note.get("preview"), note.get("problem")
    )


def forget(access: Access, home: Home, token: str) -> None:
    """Delete a waiting file."""
    give_up_upload(access, find_upload(home, token, NOTE))


def check_job(home: Home, job: RunningJob, /, *, token: str, choices: dict[str, Any]) -> Any:
    """Do the work of a ``check-places`` job: what the file would do is noted beside it.

    A file that is no table and no vector file is deleted; one that only needs other choices waits.

    Raises
    ------
    Missing
        It is not kept (any more): someone gave it up, maybe while it was looked at.
    UnreadableFile
        It is neither a table nor a vector file.
    """
    path = find_upload(home, token, NOTE)
    job.report(0, None, "reading", "开始读取")
    try:
        with _missing_if_gone(home, token):
            note: dict[str, Any] = {"headers": headers_of(path), "choices": choices}
    except UserError:
        delete_upload(path)
        raise
    with _missing_if_gone(home, token):
        note |= _look(home, path, Choices(**choices), _teller(job))
        write_note(path, NOTE, note)
    return {"url": f"/places/import/{token}"}


def import_job(
    home: Home, job: RunningJob, /, *, token: str, choices: dict[str, Any], seen: str, by: str = ""
) -> dict[str, Any]:
    """Do the work of an ``import-places`` job; the upload is deleted however it ends."""
    path, chosen = find_upload(home, token, NOTE), Choices(**choices)
    try:
        job.report(0, None, "reading", "开始读取")
        report = import_by_columns(
            home,
            path,
            chosen.columns,
            crs=chosen.crs,
            update=chosen.update,
            seen=seen,
            by=by,
            tell=_teller(job),
        )
    finally:
        delete_upload(path)
    change = next(each for each in reversed(read_changes(home)) if each.after == report.version)
    return {"version": report.version, "url": f"/places/changes/{change.number}"}


@contextlib.contextmanager
def _missing_if_gone(home: Home, token: str) -> Iterator[None]:
    """Raise Missing in place of what a reader or writer says of a file that was deleted."""
    try:
        yield
    except (FileNotFoundError, UserError):
        find_upload(home, token, NOTE)
        raise


def _look(home: Home, path: Path, choices: Choices, tell: Tell) -> dict[str, Any]:
    """Return what a file would do, or why it cannot be read like this."""
    try:
        return {"preview": _preview(home, path, choices, tell)}
    except UserError as error:
        return {"problem": {each: message_of(error, each) for each in ("en", "zh")}}


def _preview(home: Home, path: Path, choices: Choices, tell: Tell) -> dict[str, Any]:
    found = preview_places(
        home, path, choices.columns, crs=choices.crs, update=choices.update, tell=tell
    )
    told = found.to_json()
    return {
        **told,
        "problems": told["problems"][:MOST_PROBLEMS],
        "problem_count": len(found.problems),
        "importable": found.changes_anything and not found.problems,
    }


def _teller(job: RunningJob) -> Tell:
    def tell(done: int, of: int) -> None:
        job.report(done, of, f"checked {done:,} of {of:,} rows", f"已核对 {done:,} / {of:,} 行")

    return tell
