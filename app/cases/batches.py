"""What was imported, batch by batch, and the rows that were refused."""

from __future__ import annotations

import csv
import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.errors import Missing
from geodata.coordinate_checks import known_systems
from geodata.home import Home
from geodata.intake import ImportReport

FIRST_REJECTS = 50
BATCH_NAME = re.compile(r"[\w-]{1,80}")
REPORTS = "batches"


def keep_report(home: Home, report: ImportReport) -> dict[str, Any]:
    """Keep what an import reported, so that its page can be opened later.

    An import that changed nothing makes no commit in the store, so the store cannot tell of it.
    """
    record = {
        **report.to_json(),
        "notes_zh": report.to_json("zh")["notes"],
        "imported_at": datetime.now(UTC).isoformat(),
    }
    folder = _folder(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{record['batch']}.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    draft.replace(path)
    return record


def list_batches(home: Home) -> list[dict[str, Any]]:
    """Return every import, newest first."""
    reports = [_read(path) for path in _folder(home).glob("*.json")]
    return sorted(reports, key=lambda report: report["imported_at"], reverse=True)


def get_batch(home: Home, batch: str) -> dict[str, Any]:
    """Return one import.

    Raises
    ------
    Missing
        There was none of this name.
    """
    path = _folder(home) / f"{batch}.json"
    if not BATCH_NAME.fullmatch(batch) or not path.is_file():
        raise Missing(f"no import {batch!r}", f"没有编号为 {batch!r} 的导入批次")
    report = _read(path)
    # The verdict may be newer than the import: boundaries or places came in since.
    system = known_systems(home).get(batch)
    return {**report, "coordinate_system": system.to_json() if system else None}


def rejects_file(home: Home, batch: str) -> Path | None:
    """Return the file of rejected rows; None when there are none or they have expired."""
    path = home.rejects / f"{batch}.csv"
    return path if BATCH_NAME.fullmatch(batch) and path.is_file() else None


def require_rejects(home: Home, batch: str) -> Path:
    """Return the file of rejected rows.

    Raises
    ------
    Missing
        There is none, or it has expired.
    """
    path = rejects_file(home, batch)
    if path is None:
        raise Missing(
            f"import {batch!r} has no rejected rows, or they have expired",
            f"批次 {batch!r} 没有被拒绝的行，或已过期删除",
        )
    return path.resolve()


def notes_of(report: dict[str, Any], language: str) -> list[str]:
    """Return what an import had to say besides its numbers, in the reader's language."""
    notes: list[str] = report["notes"]
    return report.get("notes_zh", notes) if language.startswith("zh") else notes


def first_rejects(home: Home, batch: str, language: str) -> list[dict[str, Any]]:
    """Return the first rejected rows with their reason in the reader's language."""
    path = rejects_file(home, batch)
    if path is None:
        return []
    reason = "reason_zh" if language.startswith("zh") else "reason_en"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(itertools.islice(csv.DictReader(file), FIRST_REJECTS))
    return [{**row, "source_row": int(row["source_row"]), "reason": row[reason]} for row in rows]


def _folder(home: Home) -> Path:
    return home.path / REPORTS


def _read(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    report["imported_at"] = datetime.fromisoformat(report["imported_at"])
    return report
