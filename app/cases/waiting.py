"""Uploads that wait while their columns are looked at; deleted after import or after a day."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

from werkzeug.datastructures import FileStorage

from app.cases.uploads import PEEK, TOKEN_BYTES, delete_upload, keep_upload
from app.errors import Missing
from geodata.home import Home
from geodata.reading.peek import SheetStart, peek_file

_TOKEN = re.compile(rf"[0-9a-f]{{{2 * TOKEN_BYTES}}}")


def keep(home: Home, file: FileStorage) -> str:
    """Keep an upload and note its first rows; returns the token of its pages.

    Raises
    ------
    UserError
        The file is no table; it is not kept then.
    """
    path = keep_upload(home, file)
    try:
        starts = peek_file(path)
        peek = path.parent / PEEK
        peek.touch(mode=0o600)
        peek.write_text(json.dumps([asdict(start) for start in starts]), "utf-8")
    except BaseException:
        delete_upload(path)
        raise
    return path.parent.name


def find(home: Home, token: str) -> Path:
    """Return the file that waits under a token.

    Raises
    ------
    Missing
        There is none, or it has been imported or deleted.
    """
    folder = home.uploads / token
    if _TOKEN.fullmatch(token) and (folder / PEEK).is_file():
        for path in folder.iterdir():
            if path.name != PEEK:
                return path
    raise Missing(
        "this upload is no longer kept: it was imported, or a day has passed; upload it again",
        "这个文件已不再保留：已经导入，或已满一天；请重新上传",
    )


def starts_of(path: Path) -> list[SheetStart]:
    """Return the first rows of a waiting file."""
    noted = json.loads((path.parent / PEEK).read_text("utf-8"))
    return [SheetStart(**start) for start in noted]
