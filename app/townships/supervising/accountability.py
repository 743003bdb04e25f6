"""Records of accountability 问责: that a matter was handed on, taken up, and how it ended.

They are for 纪检监察 alone. No other page, search or export reads this table, and the audit tells
that a record was made or changed without a word of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import row_of
from app.errors import InvalidParameter
from app.townships.supervising.models import Accountability
from app.townships.supervising.reaching import reaches, require_reach

RECORDS = Kind(Accountability, "accountability", "record", "问责记录", secret=True)


class AccountabilityValues(BaseModel):
    """What a record says."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    unit_id: int
    matter: str = Field(min_length=1, max_length=10_000)
    referred_on: date
    received_on: date | None = None
    result: str = Field(default="", max_length=10_000)
    result_on: date | None = None

    def require_order(self) -> None:
        """Check that the days follow each other, and that a result has a day and a day a result.

        Raises
        ------
        InvalidParameter
        """
        before = self.referred_on
        for name in ("received_on", "result_on"):
            day = getattr(self, name)
            if day is not None and day < before:
                raise InvalidParameter(
                    f"{name}: {day} is before the day of the step before it, {before}",
                    f"日期 {day} 早于前一步的日期 {before}",
                    field=name,
                )
            before = day or before
        if bool(self.result) is not bool(self.result_on):
            raise InvalidParameter(
                "result: a result has words and a day, or neither",
                "结果和结果日期应同时填写",
                field="result_on" if self.result else "result",
            )


@dataclass(frozen=True)
class RecordLine:
    """A record with its unit."""

    record: Accountability
    unit: Unit


def create(access: Access, values: AccountabilityValues) -> Accountability:
    """Make a record.

    Raises
    ------
    Forbidden, InvalidParameter
    """
    values.require_order()
    with access.database.session() as session:
        _require(access, session, values.unit_id)
        return RECORDS.create(access, session, Accountability(**values.model_dump()))


def change(
    access: Access, number: int, version: int, values: AccountabilityValues
) -> Accountability:
    """Change a record.

    Raises
    ------
    Forbidden, InvalidParameter, Conflict
    """
    values.require_order()

    def write(session: Session, record: Accountability) -> dict[str, Any]:
        for unit_id in (record.unit_id, values.unit_id):
            _require(access, session, unit_id)
        return values.model_dump()

    return RECORDS.change(access, number, version, write)


def list_records(access: Access) -> list[RecordLine]:
    """Return the records of a person's area, those handed on last first."""
    area = access.area(Permission.DISCIPLINE)
    query = select(Accountability, Unit).join(Unit, Unit.id == Accountability.unit_id)
    query = query.order_by(Accountability.referred_on.desc(), Accountability.id.desc())
    with access.database.session() as session:
        found = [RecordLine(record, unit) for record, unit in session.execute(query)]
    return [line for line in found if reaches(area, line.unit)]


def get_record(access: Access, number: int) -> Accountability:
    """Return a record of a person's area.

    Raises
    ------
    Missing, Forbidden
    """
    access.area(Permission.DISCIPLINE)
    with access.database.session() as session:
        record = RECORDS.find(session, number)
        _require(access, session, record.unit_id)
    return record


def _require(access: Access, session: Session, unit_id: int) -> None:
    unit = row_of(session, Unit, unit_id)
    if unit is None:
        raise InvalidParameter(f"unit_id: no unit {unit_id}", "请选择单位", field="unit_id")
    require_reach(access, Permission.DISCIPLINE, unit)
