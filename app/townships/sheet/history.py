"""What happened to a township, from designations to alerts, in the order of days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.db import Base, Database
from app.townships.choosing.models import Decision
from app.townships.designations.models import WITHDRAWN, Designation
from app.townships.governing.models import TOWNSHIP_PLAN, Plan
from app.townships.supervising.models import Alert, EarlyWarning, SupervisionOrder, Talk, Whistle


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    on : date
    key : str
        Names it; the page has its words: ``decided, designated, exited, withdrawn, closed, planned,
        warned, talked, ordered, order_closed, whistled, rebounded``.
    title : str
        As a person wrote it, empty where its words say all.
    kind : str
        Of the record behind it: ``decision, designation, plan, warning, talk, order, whistle,
        alert``.
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
    """A kind of record: its table, how its rows are told by a township's codes, and its days."""

    name: str
    table: type[Base]
    of: Callable[[list[str]], Any]
    days: tuple[tuple[str, str], ...]
    """Column of a day and key of the event on it."""
    title: Callable[[Any], str] = lambda _record: ""


def _has_designated(codes: list[str]) -> Any:
    chosen = select(Designation.decision_id).where(Designation.township.in_(codes))
    return Decision.id.in_(chosen)


def _plans_township(codes: list[str]) -> Any:
    return and_(Plan.level == TOWNSHIP_PLAN, Plan.area_code.in_(codes))


def _talks_with(codes: list[str]) -> Any:
    return and_(Talk.subject_kind == "township", Talk.subject.in_(codes))


_KINDS = (
    _Kind(
        "decision", Decision, _has_designated, (("decided_on", "decided"),),
        title=lambda decision: str(decision.title),
    ),
    _Kind(
        "designation", Designation, Designation.township.in_,
        (("designated_on", "designated"), ("exited_on", "exited"), ("closed_on", "closed")),
    ),
    _Kind(
        "plan", Plan, _plans_township, (("begun_on", "planned"),), title=lambda plan: str(plan.year)
    ),
    _Kind("warning", EarlyWarning, EarlyWarning.township.in_, (("raised_on", "warned"),)),
    _Kind("talk", Talk, _talks_with, (("held_on", "talked"),)),
    _Kind(
        "order", SupervisionOrder, SupervisionOrder.township.in_,
        (("issued_on", "ordered"), ("closed_on", "order_closed")),
        title=lambda order: str(order.title),
    ),
    _Kind(
        "whistle", Whistle, Whistle.township.in_, (("raised_on", "whistled"),),
        title=lambda whistle: str(whistle.title),
    ),
    _Kind("alert", Alert, Alert.township.in_, (("raised_on", "rebounded"),)),
)  # fmt: skip


def _events(session: Session, kind: _Kind, codes: Iterable[str]) -> Iterator[Event]:
    records = session.scalars(select(kind.table).where(kind.of(list(codes))))
    for record in records:
        for column, key in kind.days:
            on = getattr(record, column)
            if on is not None:
                key = WITHDRAWN if _is_withdrawal(record, key) else key
                yield Event(on, key, kind.title(record), kind.name, record.id)  # type: ignore[attr-defined]


def _is_withdrawal(record: Any, key: str) -> bool:
    """Tell whether the day on which a designation ended is that on which it was taken back."""
    return key == "exited" and record.state == WITHDRAWN
