"""Columns of numbers behind a JSON header, as the map's scripts read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELL_BITS_PER_LEVEL = 3
FINEST_RESOLUTION = 15
ALIGNMENT = 8

_DTYPES = {
    "f8": "float64", "f4": "float32", "u1": "uint8", "u2": "uint16", "u4": "uint32", "i1": "int8",
}  # fmt: skip


def shorten_cells(
    cells: NDArray[np.int64], resolution: int
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Return what a header says of cells in ascending order, and their differences.

    Differences are those of ``id >> shift``: the low bits of all cells of one resolution are the
    same ``suffix``.
    """
    shift = CELL_BITS_PER_LEVEL * (FINEST_RESOLUTION - resolution)
    suffix = int(cells[0]) & ((1 << shift) - 1) if cells.size else 0
    deltas = np.diff(np.right_shift(cells, shift), prepend=np.int64(0)).astype("<f8")
    header = {"n": int(cells.size), "resolution": resolution, "shift": shift,
              "suffix": f"{suffix:x}"}  # fmt: skip
    return header, deltas


def pack(header: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Return uint32 length of the header, header, padding to 8, columns (each 8-aligned).

    All is little endian; the header's ``columns`` say ``name, dtype, length, offset`` of each.
    """
    described: list[dict[str, Any]] = []
    body = bytearray()
    for name, column in columns.items():
        described.append(
            {
                "name": name,
                "dtype": _DTYPES[column.dtype.str.lstrip("<|")],
                "length": int(column.size),
                "offset": len(body),
            }
        )
        body += column.tobytes()
        body += bytes(-len(body) % ALIGNMENT)
    text = json.dumps({**header, "columns": described}).encode()
    head = len(text).to_bytes(4, "little") + text
    return head + bytes(-len(head) % ALIGNMENT) + bytes(body)
