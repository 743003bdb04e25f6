"""What happened to a township, from designations to alerts, in the order of days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Base, Database
from app.townships.designations.models import Designation
from app.townships.supervising.models import Alert, EarlyWarning, SupervisionOrder, Talk, Whistle


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    on : date
    key : str
        Names it; the page has its words: ``designated, exited, closed, warned, talked, ordered,
        order_closed, whistled, rebounded``.
    title : str
        As a person wrote it, empty where its words say all.
    kind : str
        Of the record behind it: ``designation, warning, talk, order, whistle, alert``.
    number : int
        Id of that record.
    """

    on: date
    key: str
    title: str
    kind: str
    number: int


def events_of(database: Database, codes: Sequence[str]) -> tuple[Event, ...]:
    """Return what happened to a township under any of its codes, the newest first."""
    with database.session() as session:
        found = [event for kind in _KINDS for event in _events(session, kind, codes)]
    return tuple(sorted(found, key=lambda event: (event.on, event.key, event.number), reverse=True))


@dataclass(frozen=True)
class _Kind:
    """A kind of record: its table, the column with the township's code, and its days."""

    name: str
    table: type[Base]
    code: Any
    days: tuple[tuple[str, str], ...]
    """Column of a day and key of the event on it."""
    title: Callable[[Any], str] = lambda _record: ""
    only: tuple[Any, ...] = ()


_KINDS = (
    _Kind(
        "designation", Designation, Designation.township,
        (("designated_on", "designated"), ("exited_on", "exited"), ("closed_on", "closed")),
    ),
    _Kind("warning", EarlyWarning, EarlyWarning.township, (("raised_on", "warned"),)),
    _Kind(
        "talk", Talk, Talk.subject, (("held_on", "talked"),),
        only=(Talk.subject_kind == "township",),
    ),
    _Kind(
        "order", SupervisionOrder, SupervisionOrder.township,
        (("issued_on", "ordered"), ("closed_on", "order_closed")),
        title=lambda order: str(order.title),
    ),
    _Kind(
        "whistle", Whistle, Whistle.township, (("raised_on", "whistled"),),
        title=lambda whistle: str(whistle.title),
    ),
    _Kind("alert", Alert, Alert.township, (("raised_on", "rebounded"),)),
)  # fmt: skip


def _events(session: Session, kind: _Kind, codes: Iterable[str]) -> Iterator[Event]:
    records = session.scalars(select(kind.table).where(kind.code.in_(list(codes)), *kind.only))
    for record in records:
        for column, key in kind.days:
            on = getattr(record, column)
            if on is not None:
                yield Event(on, key, kind.title(record), kind.name, record.id)  # type: ignore[attr-defined]
