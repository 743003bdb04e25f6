"""What stands beside a staged file, in the order of its rows, until the store takes it over."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.schema import SOURCE_ROW

ID_HASH = "id_hash"
BESIDE = {ID_HASH: np.dtype(np.uint64), SOURCE_ROW: np.dtype(np.int64)}


def path_beside(path: Path, name: str) -> Path:
    """Return where a column lies that stands beside a staged file."""
    return path.with_suffix(f".{name}")


def append_beside(path: Path, rows: pa.Table) -> None:
    """Write what stands beside the next rows of a staged file, of which they are."""
    for name in BESIDE:
        if name in rows.column_names:
            # Opened each time: of many months at once only so many files may be open.
            with path_beside(path, name).open("ab") as file:
                file.write(rows[name].to_numpy().tobytes())


def read_beside(path: Path, name: str) -> NDArray[Any]:
    """Return `ID_HASH` or `SOURCE_ROW` of a staged file's rows, in their order."""
    beside = path_beside(path, name)
    return np.fromfile(beside if beside.exists() else os.devnull, dtype=BESIDE[name])


def hashes_of_staged(paths: Sequence[Path]) -> NDArray[np.uint64]:
    """Return the hashes of all ids in staged files."""
    none = np.empty(0, dtype=np.uint64)
    return np.concatenate([none, *(read_beside(path, ID_HASH) for path in paths)])
