"""The binary answer about cells, read by what its header says alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import h3
import numpy as np


@dataclass(frozen=True)
class CellsRead:
    header: dict[str, Any]
    cells: list[str]
    by_period: dict[tuple[str, str], int]
    """By cell and label of the period, those above 0."""
    whole: dict[str, int]


def unpack(payload):
    size = int.from_bytes(payload[:4], "little")
    header = json.loads(payload[4 : 4 + size])
    body = payload[(4 + size + 7) // 8 * 8 :]
    return header, {
        column["name"]: np.frombuffer(
            body, column["dtype"], column["length"], column["offset"]
        ).astype(np.int64)
        for column in header["columns"]
    }


def read_cells(payload) -> CellsRead:
    header, columns = unpack(payload)
    suffix, shift = int(header["suffix"], 16), header["shift"]
    cells = [h3.int_to_str((int(c) << shift) | suffix) for c in columns["cell_delta"].cumsum()]
    found = {}
    for at, period in enumerate(header["periods"]):
        part = slice(*columns["start"][at : at + 2])
        for place, count in zip(
            columns["place"][part].cumsum(), columns["count"][part], strict=True
        ):
            found[cells[place], period["label"]] = int(count)
    whole = dict(zip(cells, columns["whole"].tolist(), strict=True))
    return CellsRead(header, cells, found, whole)
