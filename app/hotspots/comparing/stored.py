"""The comparisons of a home: list them, load one, read its tables, write one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from app.errors import Missing
from app.hotspots.comparing.windows import Window, Windows
from app.hotspots.stored_folders import finished, record_of, write_folder
from geodata.home import Home

RECORD_FILE = "comparison.json"
CELLS, TOWNSHIPS = "cells", "townships"


@dataclass(frozen=True)
class StoredComparison:
    """A comparison that was made.

    Attributes
    ----------
    record : dict
        All of ``comparison.json``; see `making.make_comparison`.
    """

    id: str
    record: dict[str, Any]

    @property
    def windows(self) -> Windows:
        """The two periods."""
        given = self.record["parameters"]
        first, last, with_first, with_last = (
            date.fromisoformat(given[name]) for name in ("from", "to", "with_from", "with_to")
        )
        return Windows(Window(first, last), Window(with_first, with_last))

    @property
    def classes(self) -> list[str]:
        """Only these classes; empty for all."""
        return list(self.record["parameters"]["classes"])

    @property
    def resolution(self) -> int:
        """H3 resolution of the cells."""
        return int(self.record["parameters"]["resolution"])

    @property
    def measure(self) -> str:
        """What cells and townships count."""
        return str(self.record["parameters"]["measure"])

    @property
    def label(self) -> str:
        """Both periods, and classes, in short."""
        both = f"{self.windows.this.label} / {self.windows.other.label}"
        return f"{both} · {'、'.join(self.classes)}" if self.classes else both

    def to_json(self) -> dict[str, Any]:
        """One line for scripts."""
        record = self.record
        plain = (
            "days", "with_days", "city", "dispersion", "cells", "tested_cells", "risen_cells",
            "fallen_cells", "risen_townships", "fallen_townships", "case_store_version",
        )  # fmt: skip
        return {
            "comparison": self.id,
            **record["parameters"],
            **record["counts"]["this"],
            "with": record["counts"]["with"],
            **{name: record[name] for name in plain},
            "areas": record["areas"],
            "boundary_version": record["boundary_versions"]["township"],
        }


def comparisons_folder(home: Home) -> Path:
    """Folder of all comparisons, one folder each."""
    return home.path / "comparisons"


def list_comparisons(home: Home) -> list[StoredComparison]:
    """Return every comparison, newest first."""
    return [_read(file) for file in finished(comparisons_folder(home), RECORD_FILE)]


def is_stored(home: Home, comparison_id: str) -> bool:
    """Tell whether this comparison was made before."""
    return record_of(comparisons_folder(home), comparison_id, RECORD_FILE) is not None


def load_comparison(home: Home, comparison_id: str) -> StoredComparison:
    """Return one comparison.

    Raises
    ------
    Missing
        None has this id.
    """
    file = record_of(comparisons_folder(home), comparison_id, RECORD_FILE)
    if file is None:
        raise Missing(
            f"no comparison {comparison_id!r}", f"没有编号为 {comparison_id!r} 的两期对比"
        )
    return _read(file)


def read_changes(
    home: Home, comparison_id: str, name: str, columns: Sequence[str] | None = None
) -> pa.Table:
    """Read the table of ``cells`` or ``townships`` of a comparison that exists."""
    file = comparisons_folder(home) / comparison_id / f"{name}.parquet"
    return pq.read_table(file, columns=list(columns) if columns else None)


def read_change(home: Home, comparison_id: str, cell: int) -> dict[str, Any] | None:
    """Read the row of one cell; None where there is none."""
    table = read_changes(home, comparison_id, CELLS)
    rows: list[dict[str, Any]] = table.filter(pc.equal(table["cell"], cell)).to_pylist()
    return rows[0] if rows else None


def write_comparison(
    home: Home, record: dict[str, Any], tables: dict[str, pa.Table]
) -> StoredComparison:
    """Write record and tables, whole or not at all."""
    named = {f"{name}.parquet": table for name, table in tables.items()}
    write_folder(comparisons_folder(home) / record["id"], RECORD_FILE, record, named)
    return load_comparison(home, record["id"])


def _read(file: Path) -> StoredComparison:
    return StoredComparison(file.parent.name, json.loads(file.read_text("utf-8")))
