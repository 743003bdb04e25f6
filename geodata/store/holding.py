"""Hold versions of a table fast elsewhere, while the table goes on."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from geodata.row_marks import marks_beside
from geodata.store.tables import MonthTable

_LOG = "_delta_log"
_ENTRY = re.compile(r"(\d{20})(\.json|\.checkpoint\.parquet)")


def hold_versions(table: MonthTable, target: Path, newest: int, versions: Collection[int]) -> None:
    """Give the files of some versions a second name under `target`, which is a table of its own.

    Neither log entries nor data files ever change, so what is held stays as it is; nothing is
    copied. The log is taken up to `newest`, which is the newest version there.

    Parameters
    ----------
    table : MonthTable
    target : Path
        On the table's file system.
    newest : int
    versions : collection of int
        Others whose files are wanted, older than `newest`.

    Raises
    ------
    FileNotFoundError
        A file was cleaned away meanwhile, or is lost.
    """
    names = {name for version in {newest, *versions} for name in table.files(version)}
    files = [table.path / name for name in sorted(names)]
    marks = [marks_beside(file) for file in files if marks_beside(file).exists()]
    for file in (*files, *marks, *_log_until(table.path / _LOG, newest)):
        held = target / file.relative_to(table.path)
        held.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, held)


def _log_until(folder: Path, newest: int) -> list[Path]:
    """Return the log's entries up to a version; which checkpoint is the last is found without."""
    entries = ((path, _ENTRY.fullmatch(path.name)) for path in folder.iterdir())
    return [path for path, name in entries if name is not None and int(name[1]) <= newest]
