"""Uploads that wait while their columns are looked at; deleted after import or after a day."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from werkzeug.datastructures import FileStorage

from app.accounts.access import Access
from app.cases.uploads import delete_upload, find_upload, keep_upload, read_note, write_note
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.reading.peek import SheetStart, peek_file

PEEK = ".peek.json"
"""File beside an upload: its first rows, read once."""


def keep(access: Access, home: Home, file: FileStorage) -> str:
    """Keep an upload and note its first rows; returns the token of its pages.

    Raises
    ------
    UserError
        The file is no table; it is not kept then.
    """
    path = keep_upload(home, file)
    try:
        write_note(path, PEEK, [asdict(start) for start in peek_file(path)])
    except BaseException:
        delete_upload(path)
        raise
    token, told = path.parent.name, {"file": mask_address(path.name)}
    access.record("upload.keep", ("upload", token), None, told)
    return token


def find(home: Home, token: str) -> Path:
    """Return the file that waits under a token.

    Raises
    ------
    Missing
        There is none, or it has been imported or deleted.
    """
    return find_upload(home, token, PEEK)


def starts_of(path: Path) -> list[SheetStart]:
    """Return the first rows of a waiting file."""
    return [SheetStart(**start) for start in read_note(path, PEEK)]
