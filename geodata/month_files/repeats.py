"""Ids that stand in several rows of staged files, found in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.left_out import read_columns
from geodata.month_files.beside import ID_HASH, path_beside, read_beside

IDS_AT_ONCE = 1 << 25
"""Hashes of ids that are sorted at once: 256 MB."""


def repeated_ids(paths: Sequence[Path]) -> pl.Series:
    """Return the ids that stand in several rows of staged files, each once.

    In bounded memory: hashes are sorted a slice of their range at a time.
    """
    rows = sum(path_beside(path, ID_HASH).stat().st_size for path in paths) // 8
    slices = max(1, -(-rows // IDS_AT_ONCE))
    twice = np.concatenate([_repeated_hashes(paths, number, slices) for number in range(slices)])
    if not len(twice):
        return pl.Series("case_id", [], dtype=pl.String)
    # Two ids may share a hash, so the few that do are compared themselves.
    alike = ids_like(paths, twice)
    return alike.filter(alike.is_duplicated()).unique()


def _repeated_hashes(paths: Sequence[Path], number: int, slices: int) -> NDArray[np.uint64]:
    parts = [np.empty(0, dtype=np.uint64)]
    for path in paths:
        hashes = read_beside(path, ID_HASH)
        parts.append(hashes[hashes % np.uint64(slices) == number] if slices > 1 else hashes)
    hashes = np.concatenate(parts)
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def ids_like(paths: Sequence[Path], hashes: NDArray[np.uint64]) -> pl.Series:
    """Return the ids in staged files that have one of some hashes."""
    found = [pl.Series("case_id", [], dtype=pl.String)]
    for path in paths:
        rows = np.flatnonzero(np.isin(read_beside(path, ID_HASH), hashes))
        if len(rows):
            ids = read_columns(path, ["case_id"])["case_id"]
            found.append(pl.Series("case_id", pc.take(ids, pa.array(rows)), dtype=pl.String))
    return pl.concat(found)
