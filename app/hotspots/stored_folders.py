"""A result in a folder of its own: its tables and its record, whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DRAFT_PREFIX = ".draft-"


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
