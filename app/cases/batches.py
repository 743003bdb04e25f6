"""What was imported, batch by batch, the rows that were refused, and how a batch is taken out."""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.accounts.access import Access
from app.accounts.starting import start_job
from app.errors import Conflict, Missing
from app.jobs import RunningJob
from app.services import Services
from geodata.coordinate_checks import known_systems
from geodata.home import Home
from geodata.intake import ImportReport
from geodata.store import IMPORT, WITHDRAWAL, CaseStore
from geodata.store.folding import DERIVED
from geodata.withdrawal import BatchExplanation, WithdrawalReport, explain_batch, withdraw_batch

FIRST_REJECTS = 50
BATCH_NAME = re.compile(r"[\w-]{1,80}")
REPORTS = "batches"

COUNTS = (
    "read", "accepted", "updated", "unchanged", "outdated", "rejected",
    "located", "township_only", "unlocated",
)  # fmt: skip


def keep_report(home: Home, report: ImportReport) -> dict[str, Any]:
    """Keep what an import reported besides what the store's log says of it.

    The same file again makes no commit, so only its report tells of it.
    """
    record = {
        **report.to_json(),
        "notes_zh": report.to_json("zh")["notes"],
        "imported_at": datetime.now(UTC).isoformat(),
    }
    folder = _folder(home)
    # The batch is stored and listed by the log: a report that cannot be kept undoes nothing.
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{record['batch']}.json"
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
        draft.replace(path)
    return record


def list_batches(home: Home) -> list[dict[str, Any]]:
    """Return every import and every withdrawal, newest first.

    The store's log says what there is; reports add what only they know. ``kind`` is ``import``,
    ``withdrawal`` (``of`` a batch) or ``no_change`` (a file that was there already); ``withdrawn``
    of an import says whether it was taken out.
    """
    reports = {path.stem: _read(path) for path in _folder(home).glob("*.json")}
    log = CaseStore(home).log()
    listed = []
    for entry in log.entries:
        if entry.get("kind") == IMPORT:
            report = reports.pop(entry["batch"], {})
            told = {**_of_log(entry), **report, "kind": IMPORT}
            listed.append({**told, "withdrawn": entry["batch"] in log.withdrawn})
        elif entry.get("kind") == WITHDRAWAL:
            listed.append(_withdrawal_of_log(entry))
    kept = [{"outdated": 0, **r, "kind": "no_change", "withdrawn": False} for r in reports.values()]
    return sorted(listed + kept, key=lambda batch: batch["imported_at"], reverse=True)


def get_batch(home: Home, batch: str) -> dict[str, Any]:
    """Return one import.

    Raises
    ------
    Missing
        There was none of this name.
    """
    imports = (item for item in list_batches(home) if item["kind"] != WITHDRAWAL)
    found = next((item for item in imports if item["batch"] == batch), None)
    if found is None:
        raise Missing(f"no import {batch!r}", f"没有编号为 {batch!r} 的导入批次")
    # The verdict may be newer than the import: boundaries or places came in since.
    system = known_systems(home).get(batch)
    return {**found, "coordinate_system": system.to_json() if system else None}


def require_withdrawable(home: Home, batch: str) -> dict[str, Any]:
    """Return an import that can be taken out.

    Raises
    ------
    Missing
        There was none of this name.
    Conflict
        It brought nothing, or was taken out already.
    """
    report = get_batch(home, batch)
    if report["withdrawn"]:
        raise Conflict(f"import {batch!r} was withdrawn already", f"批次 {batch!r} 已经撤回")
    if report["kind"] == "no_change":
        raise Conflict(
            f"import {batch!r} brought nothing: the same file was there already",
            f"批次 {batch!r} 没有带来变化：同一文件此前已经导入",
        )
    return report


def explain(home: Home, report: dict[str, Any]) -> BatchExplanation | None:
    """Tell what is left of an import; None for a file that was there already."""
    return None if report["kind"] == "no_change" else explain_batch(home, report["batch"])


def explained(home: Home, batch: str) -> dict[str, Any]:
    """Return an import with what is left of it, as scripts read it."""
    report = get_batch(home, batch)
    told = explain(home, report)
    line = {name: value for name, value in report.items() if name != "notes_zh"}
    line["imported_at"] = report["imported_at"].isoformat()
    if told is not None:
        line["columns"] = told.facts.get("columns")
        line["months"] = told.facts.get("months")
        line["version"] = told.facts["version"]
        line["current"] = told.current
        line["now"] = {
            "located": told.located,
            "township_only": told.township_only,
            "unlocated": told.unlocated,
            "stated": told.stated,
        }
        line["withdrawal"] = None if told.withdrawal is None else asdict(told.withdrawal)
    return line


def columns_of(report: dict[str, Any], told: BatchExplanation | None) -> list[tuple[str, str]]:
    """Return the file's columns as (header, field), those that were not read with no field.

    Of a file whose headers were not kept (an import of an earlier release, or a report that is
    lost) the fields stand without headers: what the store's log names, but for what it derives.
    """
    headers: dict[str, str] = report.get("headers", {})
    if headers:
        read = [(header, field) for field, header in headers.items()]
        return [*read, *((header, "") for header in report.get("unused", ()))]
    logged = told.facts.get("columns") if told else None
    return [("", field) for field in logged or () if field not in DERIVED]


def withdraw(home: Home, batch: str) -> WithdrawalReport:
    """Take a batch out of the store; its rejected rows go too."""
    done = withdraw_batch(home, batch)
    if (path := rejects_file(home, batch)) is not None:
        path.unlink()
    return done


def start_withdrawal(access: Access, services: Services, batch: str) -> str:
    """Queue the withdrawal of a batch that there is; returns the id of the job."""
    require_withdrawable(services.home, batch)
    return start_job(access, services.jobs, "withdraw", batch=batch)


def withdraw_job(home: Home, job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
    """Do the work of a ``withdraw`` job."""
    job.report(0, None, "withdrawing", "正在撤回")
    done = withdraw(home, arguments["batch"])
    return {**done.to_json(), "url": f"/cases/batches/{done.batch}"}


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
    notes: list[str] = report.get("notes", [])
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


def _of_log(entry: dict[str, Any]) -> dict[str, Any]:
    told = {name: entry.get(name, 0) for name in COUNTS}
    facts = {name: entry.get(name) for name in ("batch", "file", "profile")}
    return {
        **facts,
        **told,
        "flags": entry.get("flags", {}),
        "seconds": None,
        "imported_at": _moment(entry),
    }


def _withdrawal_of_log(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": WITHDRAWAL,
        "of": entry["withdrawn"],
        "version": entry["version"],
        "removed": entry["removed"],
        "reverted": entry["reverted"],
        "imported_at": _moment(entry),
    }


def _moment(entry: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(entry["at"] / 1000, UTC)


def _folder(home: Home) -> Path:
    return home.path / REPORTS


def _read(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    report["imported_at"] = datetime.fromisoformat(report["imported_at"])
    return report
