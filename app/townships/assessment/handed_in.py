"""Tables that were handed in and wait to be looked at before they are stored."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from werkzeug.datastructures import FileStorage

from app.accounts.access import Access
from app.cases.uploads import delete_upload, find_upload, keep_upload, write_note
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.reading.readers import check_signature
from geodata.reading.small_tables import SMALL_TABLE_SUFFIXES
from geodata.spreadsheets import SpreadsheetWriter


def keep_table(access: Access, home: Home, file: FileStorage, kind: str) -> str:
    """Keep an upload until somebody stores it or gives it up; returns the token of its pages.

    Raises
    ------
    UserError
        It is no table; it is not kept then.
    """
    path = keep_upload(home, file, SMALL_TABLE_SUFFIXES)
    try:
        check_signature(path)
        write_note(path, _note(kind), {})
    except BaseException:
        delete_upload(path)
        raise
    token, told = path.parent.name, {"file": mask_address(path.name), "kind": kind}
    access.record("upload.keep", ("upload", token), None, told)
    return token


def find_table(home: Home, token: str, kind: str) -> Path:
    """Return the file that waits under a token.

    Raises
    ------
    Missing
        There is none of this kind, or it was stored or given up.
    """
    return find_upload(home, token, _note(kind))


def table_of_headers(columns: Mapping[str, tuple[str, ...]], *, chinese: bool) -> str:
    """Return an empty table to fill in; of each column's headers the second is the Chinese one."""
    text = io.StringIO(newline="")
    SpreadsheetWriter(text).writerow([names[1 if chinese else 0] for names in columns.values()])
    return "\ufeff" + text.getvalue()


def _note(kind: str) -> str:
    return f".{kind}.json"
