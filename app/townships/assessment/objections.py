"""Objections to the assessment of a case: 回访复核, 考核申诉, 不合理诉求.

An objection that is upheld, of whatever kind, takes its case out of the assessed ledger ("excluded
by decision on the case"); it stays in the raw one. What was said may name people: it is shown
masked, and neither it nor the case's id goes into the audit, which knows the case by its mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.cases.lives import lies_within, mark_of
from app.errors import Missing
from app.hotspots.filtered.attribution import townships_meant
from app.townships.assessment.left_out import UPHELD
from app.townships.assessment.models import Objection
from app.townships.steps import Steps
from geodata.areas import OUTSIDE, current_boundaries
from geodata.errors import NotFound
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.store import CaseStore

ObjectionKind = Literal["callback_review", "appeal", "unreasonable"]
KINDS: tuple[ObjectionKind, ...] = get_args(ObjectionKind)

State = Literal["raised", "upheld", "rejected"]
STATES: tuple[State, ...] = get_args(State)
RAISED, REJECTED = "raised", "rejected"

STEPS = Steps(
    {RAISED: (UPHELD, REJECTED), UPHELD: (), REJECTED: ()},
    {RAISED: "待定", UPHELD: "成立", REJECTED: "不成立"},
)

OBJECTIONS = Kind(Objection, "objection", "objection", "考核异议")


class ObjectionValues(BaseModel):
    """What is said against a case's assessment."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    kind: ObjectionKind
    case_id: str = Field(min_length=1, max_length=100)
    raised_on: date
    words: str = Field(min_length=1, max_length=4_000)


@dataclass(frozen=True)
class ObjectionLine:
    """An objection as a page shows it: its texts are masked."""

    id: int
    kind: str
    case_id: str
    township: str | None
    raised_on: date
    words: str
    state: str
    decided_on: date | None
    decision: str
    row_version: int


def list_objections(access: Access, state: State | None = None) -> list[ObjectionLine]:
    """Return the objections of a person's area, the newest first.

    Raises
    ------
    Forbidden
        She may neither read cases nor decide objections.
    """
    query = _seen(access).order_by(Objection.id.desc())
    if state:
        query = query.where(Objection.state == state)
    with access.database.session() as session:
        return [_line(record) for record in session.scalars(query)]


def raise_objection(access: Access, home: Home, values: ObjectionValues) -> Objection:
    """Record an objection to a case of a person's area.

    Raises
    ------
    Missing
        Her area has no such case.
    Forbidden
        The case belongs to a township outside her area.
    """
    case = _case(access, home, values.case_id)
    township = _township(home, case)
    access.require_township(Permission.WORK_PLANS, township)
    record = Objection(**values.model_dump(), township=township, state=RAISED)
    told = {
        "kind": values.kind,
        "case": mark_of(home, case["month"], values.case_id),
        "township": township,
        "raised_on": values.raised_on,
    }
    with access.database.session() as session:
        return OBJECTIONS.create(access, session, record, **told)


def decide_objection(
    access: Access, number: int, version: int, state: State, day: date, decision: str
) -> Objection:
    """Uphold or reject an objection, with words that the audit does not repeat.

    Raises
    ------
    Conflict
        It was decided already, or someone else changed it meanwhile.
    """
    access.require_township(Permission.ASSESS, None)

    def step(_session: Session, record: Objection) -> Mapping[str, Any]:
        STEPS.require(record.state, state)
        record.decision = decision.strip()
        return {"state": state, "decided_on": day}

    act = {UPHELD: "uphold", REJECTED: "reject"}[state]
    return OBJECTIONS.change(access, number, version, step, act=act)


def _seen(access: Access) -> Select[Objection]:
    every = select(Objection)
    if access.may(Permission.ASSESS):
        return every
    area = access.area(Permission.READ_CASES)
    return every if area.whole else every.where(Objection.township.in_(sorted(area.townships)))


def _case(access: Access, home: Home, case_id: str) -> dict[str, Any]:
    """Return the stored case; whether another area has it is not told."""
    area = access.area(Permission.READ_CASES)
    try:
        current = CaseStore(home).history_of(case_id).current
    except NotFound:
        current = None
    if current is None or not lies_within(area, current):
        raise Missing(
            "case: no case of your area has this id; copy it from the list of cases",
            "工单编号：您辖区内没有这个编号的诉求，请从诉求列表中复制",
        )
    return current


def _township(home: Home, case: Mapping[str, Any]) -> str | None:
    """Return the township complained of, else the one in which the case lies."""
    boundaries = current_boundaries(home, "township")
    if boundaries is None:
        return case["township"]  # type: ignore[no-any-return]
    named = (case["reported_district"], case["reported_township"])
    at = int(townships_meant(boundaries, [named], "reported")[0])
    return case["township"] if at == OUTSIDE else str(boundaries.codes[at])


def _line(record: Objection) -> ObjectionLine:
    return ObjectionLine(
        id=record.id,
        kind=record.kind,
        case_id=record.case_id,
        township=record.township,
        raised_on=record.raised_on,
        words=mask_address(record.words),
        state=record.state,
        decided_on=record.decided_on,
        decision=mask_address(record.decision),
        row_version=record.row_version,
    )
