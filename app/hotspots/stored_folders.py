"""Results in folders of their own, named after what they came from: written, listed, found."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DRAFT_PREFIX = ".draft-"
STALE_DRAFT_S = 3600
"""A result is written in seconds; a draft older than this has lost its writer."""

RESULT_ID = re.compile(r"[0-9a-f]{16}")


def finished(folder: Path, record_file: str) -> list[Path]:
    """Return the records of all finished results below a folder, newest first."""
    # A draft that a killed job left behind is no result.
    found = (f for f in folder.glob(f"*/{record_file}") if RESULT_ID.fullmatch(f.parent.name))
    return sorted(found, key=lambda file: (-file.stat().st_mtime_ns, str(file)))


def record_of(folder: Path, result_id: str, record_file: str) -> Path | None:
    """Return the record of a finished result, None where none has this id."""
    file = folder / result_id / record_file
    return file if RESULT_ID.fullmatch(result_id) and file.is_file() else None


def write_folder(
    target: Path, record_file: str, record: Mapping[str, Any], tables: Mapping[str, pa.Table]
) -> None:
    """Write everything beside its place and move it there in one step.

    Parameters
    ----------
    target : Path
        The folder, named after what the result came from: another there has the same bytes.
    record_file : str
        Name of the record, whose presence says that the folder is finished.
    record : Mapping
        JSON values.
    tables : Mapping of str to Table
        By file name.
    """
    target.parent.mkdir(mode=0o700, exist_ok=True)
    _clear_drafts(target.parent)
    # Two may make the same result at once: each has a draft of its own.
    draft = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=target.parent))
    for name, table in tables.items():
        pq.write_table(table, draft / name, compression="zstd")
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    (draft / record_file).write_text(f"{text}\n", "utf-8")
    if not (target / record_file).is_file():
        shutil.rmtree(target, ignore_errors=True)
    try:
        draft.rename(target)
    except OSError:
        # The other one was first, with the same bytes; anything else is a real failure.
        if not (target / record_file).is_file():
            raise
        shutil.rmtree(draft)


def _clear_drafts(folder: Path) -> None:
    """Delete what jobs that were killed long ago left behind."""
    oldest = time.time() - STALE_DRAFT_S
    for draft in folder.glob(f"{DRAFT_PREFIX}*"):
        if draft.stat().st_mtime < oldest:
            shutil.rmtree(draft, ignore_errors=True)
