"""Keep the store small: merge small files, delete what no version in use needs.

The log is never cut: its entries are the story of the batches, and a version whose files are kept
needs its entries too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from geodata.row_marks import marks_beside
from geodata.store.tables import MonthTable

_LOG = "_delta_log"
_DATA = "*/*.parquet"
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Usage:
    """What the store takes on disk: how many files, besides those of marks, and all bytes."""

    files: int
    bytes: int


def usage_of(*folders: Path) -> Usage:
    """Measure some folders with all that is below them."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    own = [path for path in files if path != marks_beside(path)]
    return Usage(len(own), sum(path.stat().st_size for path in files))


def delete_orphans(table: MonthTable) -> int:
    """Delete data files that no commit ever named, left by writers that were killed.

    To be called by the only writer. Returns how many there were.
    """
    if table.version is None:
        left = list(table.path.glob(_DATA))
    else:
        named = _named_files(table.path)
        left = [p for p in table.path.glob(_DATA) if _relative(p, table.path) not in named]
    _delete(left)
    return len(left)


def delete_unused(table: MonthTable, versions: Collection[int], keep_days: float) -> int:
    """Delete the files that neither the newest version nor one of `versions` needs.

    Files that were in use within the last `keep_days` stay. Returns how many went.
    """
    if table.version is None:
        return 0
    oldest = time.time() - keep_days * _SECONDS_PER_DAY
    needed = set(table.files())
    for version in {*versions, *_versions_since(table, oldest)}:
        needed.update(table.files(version))
    unused = [p for p in table.path.glob(_DATA) if _relative(p, table.path) not in needed]
    _delete(unused)
    return len(unused)


def _delete(files: Sequence[Path]) -> None:
    for path in files:
        # Marks without their file would never be found again.
        marks_beside(path).unlink(missing_ok=True)
        path.unlink()


def _versions_since(table: MonthTable, moment: float) -> list[int]:
    """Return the versions that were the newest at or after a moment (seconds since 1970)."""
    opened = table.open()
    commits = [] if opened is None else opened.history()
    recent = [c["version"] for c in commits if c["timestamp"] >= moment * 1000]
    # The version before the first recent one was in use until then.
    return [*recent, min(recent) - 1] if recent and min(recent) > 0 else recent


def _named_files(folder: Path) -> set[str]:
    """Return the data files that any commit added, relative to the table's folder."""
    named = set()
    for entry in (folder / _LOG).glob("*.json"):
        for line in entry.read_text("utf-8").splitlines():
            action = json.loads(line).get("add")
            if action is not None:
                named.add(unquote(action["path"]))
    return named


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
