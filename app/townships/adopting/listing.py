"""Requests as lists show them: how late they are, and what share each department adopted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import extract, func, select

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.succession import lineage
from app.townships.adopting.models import ADOPTED, ASKED, NOT_ADOPTED, AdoptionRequest
from app.townships.adopting.requests import is_within, seen_requests
from app.townships.governing.models import TOWNSHIP_PLAN

SOON_DAYS = 7
"""For so many days before its end a request is told of as due soon: our default."""

PER_CENT = 100


@dataclass(frozen=True)
class Chosen:
    """Which requests to list; each part may be left out.

    ``year`` is that in which they were asked, ``planned`` that in whose plan they are.
    """

    state: str | None = None
    unit: int | None = None
    year: int | None = None
    planned: int | None = None
    due: str | None = None


@dataclass(frozen=True)
class Line:
    """A request with who was asked, and the days from today to its end (negative when late)."""

    request: AdoptionRequest
    unit: Unit
    left: int

    @property
    def waits(self) -> bool:
        """Tell whether it has no answer yet."""
        return self.request.state == ASKED

    @property
    def overdue(self) -> int:
        """Days beyond its end, 0 within it and once it is answered."""
        return max(0, -self.left) if self.waits else 0

    @property
    def is_soon(self) -> bool:
        """Tell whether its end is near."""
        return self.waits and 0 <= self.left <= SOON_DAYS


@dataclass(frozen=True)
class Share:
    """What a department did with what it was asked; withdrawn requests do not count."""

    unit: Unit
    adopted: int
    not_adopted: int
    waiting: int
    overdue: int

    @property
    def asked(self) -> int:
        """How many it was asked."""
        return self.adopted + self.not_adopted + self.waiting

    @property
    def share(self) -> float | None:
        """Share adopted of those answered, in per cent; None before an answer."""
        answered = self.adopted + self.not_adopted
        return PER_CENT * self.adopted / answered if answered else None


def list_requests(access: Access, chosen: Chosen, today: date) -> list[Line]:
    """Return the requests that a person may see, those that wait first, the latest due first."""
    query = seen_requests(access).add_columns(Unit).join(Unit, Unit.id == AdoptionRequest.unit_id)
    if chosen.state:
        query = query.where(AdoptionRequest.state == chosen.state)
    if chosen.unit is not None:
        query = query.where(AdoptionRequest.unit_id == chosen.unit)
    if chosen.year is not None:
        query = query.where(extract("year", AdoptionRequest.asked_on) == chosen.year)
    if chosen.planned is not None:
        query = query.where(AdoptionRequest.year == chosen.planned)
    with access.database.session() as session:
        rows = session.execute(query.order_by(AdoptionRequest.due_on, AdoptionRequest.id)).all()
    lines = [_line(request, unit, today) for request, unit in rows]
    kept = {"overdue": lambda line: line.overdue > 0, "soon": lambda line: line.is_soon}
    if chosen.due:
        lines = [line for line in lines if kept[chosen.due](line)]
    return sorted(lines, key=_order)


def shares(lines: Iterable[Line]) -> list[Share]:
    """Return what each department did, those asked most often first."""
    counts: dict[int, Counter[str]] = {}
    units: dict[int, Unit] = {}
    for line in lines:
        units[line.unit.id] = line.unit
        own = counts.setdefault(line.unit.id, Counter())
        own[line.request.state] += 1
        own["overdue"] += line.overdue > 0
    found = [
        Share(units[number], own[ADOPTED], own[NOT_ADOPTED], own[ASKED], own["overdue"])
        for number, own in counts.items()
    ]
    return sorted(
        (each for each in found if each.asked), key=lambda each: (-each.asked, each.unit.name)
    )


def years_asked(access: Access) -> list[int]:
    """Return the years in which anything that a person may see was asked, the newest first."""
    query = seen_requests(access).with_only_columns(
        func.min(AdoptionRequest.asked_on), func.max(AdoptionRequest.asked_on)
    )
    with access.database.session() as session:
        first, last = session.execute(query).one()
    return [] if first is None else list(range(last.year, first.year - 1, -1))


def requests_about(access: Access, kind: str, number: object, today: date) -> list[Line]:
    """Return the requests about one thing that a person may see, the newest first."""
    query = seen_requests(access).add_columns(Unit).join(Unit, Unit.id == AdoptionRequest.unit_id)
    query = query.where(
        AdoptionRequest.source_kind == kind, AdoptionRequest.source_id == str(number)
    )
    with access.database.session() as session:
        rows = session.execute(query.order_by(AdoptionRequest.id.desc())).all()
    return [_line(request, unit, today) for request, unit in rows]


def asked_in(access: Access, township: str) -> dict[str, int]:
    """Return what of a township's problems departments were asked: ``kind:id`` → how many.

    Withdrawn requests do not count.
    """
    codes = lineage(access.database).all_of([township])
    query = seen_requests(access).where(
        AdoptionRequest.level == TOWNSHIP_PLAN,
        AdoptionRequest.area_code.in_(sorted(codes)),
        AdoptionRequest.state.in_((ASKED, ADOPTED, NOT_ADOPTED)),
    )
    with access.database.session() as session:
        found = session.scalars(query)
        return dict(Counter(f"{each.source_kind}:{each.source_id}" for each in found))


def count_owed(access: Access, today: date) -> tuple[int, int, int]:
    """Count what a person's own units have to answer: all, overdue, due soon."""
    query = (
        select(
            func.count(),
            func.count().filter(AdoptionRequest.due_on < today),
            func.count().filter(
                AdoptionRequest.due_on.between(today, today + timedelta(days=SOON_DAYS))
            ),
        )
        .where(AdoptionRequest.state == ASKED)
        .where(AdoptionRequest.unit_id.in_(access.answering))
    )
    with access.database.session() as session:
        count, overdue, soon = session.execute(query).one()
    return int(count), int(overdue), int(soon)


def count_unanswered(access: Access, today: date) -> int:
    """Count the overdue requests of the area whose plans a person works on."""
    if not access.may(Permission.WORK_PLANS):
        return 0
    query = select(AdoptionRequest).where(
        AdoptionRequest.state == ASKED, AdoptionRequest.due_on < today
    )
    with access.database.session() as session:
        late = list(session.scalars(query))
    return sum(is_within(access, Permission.WORK_PLANS, each) for each in late)


def _order(line: Line) -> tuple[bool, int]:
    day = line.request.due_on.toordinal()
    return not line.waits, day if line.waits else -day


def _line(request: AdoptionRequest, unit: Unit, today: date) -> Line:
    return Line(request, unit, (request.due_on - today).days)
