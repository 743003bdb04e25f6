"""The record of acts: written once, read by administrators, never changed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts.models import AuditEntry
from app.db import Database
from geodata.spreadsheets import SpreadsheetWriter

PAGE_SIZE = 100
EXPORT_BATCH = 1000

EXPORT_COLUMNS = (
    "id", "at", "who", "account_id", "address", "action", "subject_kind", "subject_id", "before",
    "after",
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """What was done to what; see `app.accounts.access.Access.record`."""

    action: str
    subject_kind: str
    subject_id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class PastAct:
    """An act on a subject, as its page tells it.

    Attributes
    ----------
    at : datetime
        With its zone.
    who : str
    act : str
        What was done, without the kind of subject: ``change`` of ``plan.change``.
    changes : mapping of str to (before, after)
        Plain values as the audit keeps them; None where there was nothing.
    words : str
        What the person said of it; may be empty.
    """

    at: datetime
    who: str
    act: str
    changes: Mapping[str, tuple[Any, Any]]
    words: str


@dataclass(frozen=True)
class AuditFilter:
    """Which entries to show; every part may be left out."""

    who: str | None = None
    action: str | None = None
    subject_kind: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class AuditPage:
    """One page of entries, newest first."""

    entries: tuple[AuditEntry, ...]
    total: int
    number: int
    pages: int


def record(session: Session, who: str, account_id: int | None, address: str, act: Act) -> None:
    """Add an entry to a session; of values before and after only those that differ are kept."""
    before, after = _differing(act.before, act.after)
    session.add(
        AuditEntry(
            at=datetime.now(UTC),
            account_id=account_id,
            who=who,
            address=address,
            action=act.action,
            subject_kind=act.subject_kind,
            subject_id=act.subject_id,
            before=before,
            after=after,
        )
    )


def list_entries(database: Database, chosen: AuditFilter, page: int) -> AuditPage:
    """Return one page of the entries that the filter keeps."""
    with database.session() as session:
        counted = _kept(select(func.count()).select_from(AuditEntry), chosen)
        total = int(session.scalar(counted) or 0)
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(page, pages)
        query = _kept(select(AuditEntry), chosen).order_by(AuditEntry.id.desc())
        found = session.scalars(query.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE))
        return AuditPage(tuple(found), total, number, pages)


def actions(database: Database) -> list[str]:
    """Return the kinds of acts that were ever recorded."""
    with database.session() as session:
        return list(session.scalars(select(AuditEntry.action).distinct().order_by("action")))


def history_of(database: Database, subject_kind: str, subject_id: object) -> tuple[PastAct, ...]:
    """Return the acts on one subject, oldest first, for its page."""
    query = select(AuditEntry).where(
        AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id == str(subject_id)
    )
    with database.session() as session:
        entries = session.scalars(query.order_by(AuditEntry.id))
        return tuple(_past_act(entry) for entry in entries)


def csv_lines(database: Database, chosen: AuditFilter) -> Iterator[str]:
    """Give the entries that the filter keeps as a file, oldest first, piece by piece."""
    yield "\ufeff" + _lines([EXPORT_COLUMNS])
    last = 0
    while True:
        query = _kept(select(AuditEntry), chosen).where(AuditEntry.id > last)
        with database.session() as session:
            found = list(session.scalars(query.order_by(AuditEntry.id).limit(EXPORT_BATCH)))
        if not found:
            return
        yield _lines([_row(entry) for entry in found])
        last = found[-1].id


def _past_act(entry: AuditEntry) -> PastAct:
    before, after = dict(entry.before or {}), dict(entry.after or {})
    words = str(after.pop("words", None) or "")
    before.pop("words", None)
    changes = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    return PastAct(entry.at, entry.who, entry.action.partition(".")[2], changes, words)


def _kept(query: Select[Any], chosen: AuditFilter) -> Select[Any]:
    equal = {
        AuditEntry.who: chosen.who,
        AuditEntry.action: chosen.action,
        AuditEntry.subject_kind: chosen.subject_kind,
    }
    query = query.where(*(column == value for column, value in equal.items() if value))
    if chosen.start:
        query = query.where(AuditEntry.at >= chosen.start)
    return query.where(AuditEntry.at < chosen.end) if chosen.end else query


def _differing(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    old, new = _plain(before), _plain(after)
    if old is None or new is None:
        return old, new
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {name: old.get(name) for name in changed}, {name: new.get(name) for name in changed}


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Make dates and the like text, as they are stored."""
    if values is None:
        return None
    plain: dict[str, Any] = json.loads(json.dumps(dict(values), default=str))
    return plain


def _row(entry: AuditEntry) -> list[object]:
    sides = {
        name: "" if value is None else json.dumps(value, ensure_ascii=False)
        for name, value in (("before", entry.before), ("after", entry.after))
    }
    shown = {**{name: getattr(entry, name) for name in EXPORT_COLUMNS}, **sides}
    shown["at"] = entry.at.isoformat(timespec="seconds")
    return ["" if shown[name] is None else shown[name] for name in EXPORT_COLUMNS]


def _lines(rows: list[Any]) -> str:
    text = io.StringIO(newline="")
    SpreadsheetWriter(text).writerows(rows)
    return text.getvalue()
