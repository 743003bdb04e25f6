"""The cases that a filter keeps, as a CSV file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from app.accounts.areas import Area
from app.cases.forms import CaseFilter
from app.cases.listing import filtered_cases, has_cases
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.spreadsheets import SpreadsheetWriter

COLUMNS = (
    "case_id", "received_local", "class_1", "class_2", "class_3", "title", "address",
    "reported_district", "reported_township", "reported_place", "township", "located",
    "township_only", "flags", "source_lng", "source_lat", "source_crs", "lng", "lat", "incident",
    "exact_duplicate", "repeated", "batch",
)  # fmt: skip
MASKED = ("title", "address", "reported_place")

BYTE_ORDER_MARK = "\ufeff"
"""By which Excel knows UTF-8."""


def csv_lines(home: Home, area: Area, chosen: CaseFilter) -> Iterator[str]:
    """Give the file piece by piece, the newest month first: one month is in memory at a time.

    Texts are masked, and text that a spreadsheet would run as a formula stays text.
    """
    yield BYTE_ORDER_MARK + _lines([COLUMNS])
    if not has_cases(home):
        return
    frame = filtered_cases(home, area, chosen)
    months = frame.select("month").unique().collect(engine="streaming")["month"]
    for month in months.sort(descending=True):
        rows = frame.filter(pl.col("month") == month).select(COLUMNS).collect(engine="streaming")
        rows = rows.sort("received_local", "case_id", descending=[True, False])
        yield _lines(_row(row) for row in rows.iter_rows(named=True))


def write_cases(home: Home, area: Area, chosen: CaseFilter, file: Path) -> int:
    """Write the file; returns how many cases it holds."""
    with file.open("w", encoding="utf-8", newline="") as target:
        target.writelines(csv_lines(home, area, chosen))
    if not has_cases(home):
        return 0
    kept = filtered_cases(home, area, chosen).select(pl.len())
    return int(kept.collect(engine="streaming").item())


def _row(row: dict[str, Any]) -> list[object]:
    row["received_local"] = f"{row['received_local']:%Y-%m-%d %H:%M:%S}"
    row["flags"] = " ".join(row["flags"] or [])
    for name in MASKED:
        row[name] = mask_address(row[name] or "")
    return [row[name] for name in COLUMNS]


def _lines(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO(newline="")
    SpreadsheetWriter(text).writerows(rows)
    return text.getvalue()
