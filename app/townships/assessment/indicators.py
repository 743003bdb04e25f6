"""The indicators of 七有五性 and their values: taken in as a file, changed by a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict, InvalidParameter
from app.townships.assessment.district_index import DIMENSIONS, DIRECTIONS, Weighed
from app.townships.assessment.indicator_reading import (
    LARGEST_WEIGHT,
    IndicatorFile,
    IndicatorRow,
    read_indicators,
)
from app.townships.assessment.models import Indicator, IndicatorValue
from app.townships.assessment.periods_of_indicators import parse_period
from app.townships.assessment.unit_names import UnitNames
from geodata.home import Home
from geodata.privacy import mask_address

INDICATORS = Kind(Indicator, "indicator", "indicator", "指标")


class IndicatorValues(BaseModel):
    """What may be written of an indicator."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    dimension: str
    direction: str
    weight: float = Field(ge=0, le=LARGEST_WEIGHT, allow_inf_nan=False)
    unit: str = Field(default="", max_length=40)
    source: str = Field(default="", max_length=400)

    @field_validator("dimension")
    @classmethod
    def _is_a_dimension(cls, value: str) -> str:
        if value not in DIMENSIONS:
            raise ValueError(f"none of {', '.join(DIMENSIONS)}")
        return value

    @field_validator("direction")
    @classmethod
    def _is_a_direction(cls, value: str) -> str:
        if value not in DIRECTIONS:
            raise ValueError(f"none of {', '.join(DIRECTIONS)}")
        return value


@dataclass(frozen=True)
class Waiting:
    """What a file of indicators would store.

    Attributes
    ----------
    file : IndicatorFile
    new, replaced, same : int
        Values that are new, differ from those stored, or are alike.
    new_indicators : tuple of str
    names : UnitNames
    """

    file: IndicatorFile
    new: int
    replaced: int
    same: int
    new_indicators: tuple[str, ...]
    names: UnitNames

    @property
    def rows(self) -> tuple[IndicatorRow, ...]:
        """The values."""
        return self.file.rows

    def count(self, what: str) -> int:
        """Return how many values are new, replace another or are the same."""
        return {"new": self.new, "replaces": self.replaced, "same": self.same}[what]


def list_indicators(database: Database) -> list[Indicator]:
    """Return the indicators in the order of the dimensions, then by name."""
    with database.session() as session:
        found = list(session.scalars(select(Indicator)))
    return sorted(found, key=lambda each: (DIMENSIONS.index(each.dimension), each.name))


def get_indicator(database: Database, number: int) -> Indicator:
    """Return one indicator.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        return INDICATORS.find(session, number)


def periods(database: Database) -> list[str]:
    """Return the periods that have values, the newest first."""
    with database.session() as session:
        found = set(session.scalars(select(IndicatorValue.period).distinct()))
    return sorted(found, reverse=True)


def values_of(database: Database, period: str) -> dict[tuple[str, str], float]:
    """Return (name of the indicator, district) → value in a period."""
    with database.session() as session:
        rows = session.execute(
            select(Indicator.name, IndicatorValue.district, IndicatorValue.value)
            .join(IndicatorValue, IndicatorValue.indicator_id == Indicator.id)
            .where(IndicatorValue.period == period)
        )
        return {(str(name), str(district)): float(value) for name, district, value in rows}


def weighed(indicators: list[Indicator]) -> list[Weighed]:
    """Return indicators as the index takes them."""
    return [
        Weighed(each.name, each.dimension, each.direction, each.weight, each.unit)
        for each in indicators
    ]


def create_indicator(access: Access, values: IndicatorValues) -> Indicator:
    """Make an indicator."""
    access.require_township(Permission.ASSESS, None)
    with access.database.session() as session:
        _check_name(session, values.name, None)
        return INDICATORS.create(access, session, Indicator(**values.model_dump()))


def change_indicator(access: Access, number: int, version: int, values: IndicatorValues) -> None:
    """Write changed values, if nobody else wrote since `version`."""
    access.require_township(Permission.ASSESS, None)

    def change(session: Session, record: Indicator) -> Mapping[str, Any]:
        _check_name(session, values.name, record.id)
        return values.model_dump()

    INDICATORS.change(access, number, version, change)


def set_value(
    access: Access, home: Home, number: int, district: str, period: str, value: float | None
) -> None:
    """Write the value of an indicator in a district and period; None takes it out.

    Raises
    ------
    InvalidParameter
        The district or the period is none.
    """
    access.require_township(Permission.ASSESS, None)
    meant = parse_period(period)
    if meant is None:
        raise InvalidParameter(
            f"period: {period[:40]!r} is not like 2024, 2024-H1, 2024-Q3 or 2024-07",
            f"时期“{period[:40]}”无效，应如 2024、2024-H1、2024-Q3 或 2024-07",
        )
    if district not in UnitNames(access.database, home).districts:
        raise InvalidParameter(
            f"district: {district[:64]!r} is none of the boundaries",
            f"边界中没有区“{district[:64]}”",
        )
    with access.database.session() as session:
        record = INDICATORS.find(session, number)
        before = _put(session, record.id, district, meant.id, value)
        subject = ("indicator", record.id)
        where = {"district": district, "period": meant.id}
        access.record("indicator.value", subject, {**where, "value": before},
                      {**where, "value": value}, session=session)  # fmt: skip


def preview(database: Database, home: Home, path: Path) -> Waiting:
    """Return what a file would store; nothing is stored."""
    names = UnitNames(database, home)
    known = {each.name: each for each in list_indicators(database)}
    file = read_indicators(path, names, frozenset(known))
    stored: dict[tuple[str, str, str], float] = {}
    for period in {row.period for row in file.rows}:
        found = values_of(database, period)
        stored |= {(name, district, period): value for (name, district), value in found.items()}
    does = ["new" if row.key not in stored else "same" if stored[row.key] == row.value else "other"
            for row in file.rows]  # fmt: skip
    return Waiting(
        file,
        does.count("new"),
        does.count("other"),
        does.count("same"),
        tuple(name for name in file.indicators if name not in known),
        names,
    )


def store(access: Access, home: Home, path: Path) -> Waiting:
    """Store all that a file says, or nothing of it.

    Raises
    ------
    Conflict
        A row is not in order.
    """
    access.require_township(Permission.ASSESS, None)
    made = preview(access.database, home, path)
    problems = made.file.problems
    if problems:
        raise Conflict(
            f"{len(problems)} rows are not in order, nothing was stored; {problems[0].text('en')}",
            f"有 {len(problems)} 处不符合要求，没有存入任何数据；{problems[0].text('zh')}",
        )
    with access.database.session() as session:
        ids = {name: _indicator(access, session, name, said)
               for name, said in made.file.indicators.items()}  # fmt: skip
        replaced: dict[str, float] = {}
        for row in made.file.rows:
            before = _put(session, ids[row.name], row.district, row.period, row.value)
            if before is not None and before != row.value:
                replaced["/".join(row.key)] = before
        told = {"file": mask_address(path.name), "values": len(made.file.rows),
                "periods": sorted({row.period for row in made.file.rows})}  # fmt: skip
        before_told = {"replaced": replaced} if replaced else None
        access.record("indicator.import", ("indicator", ""), before_told, told, session=session)
    return made


def _indicator(access: Access, session: Session, name: str, said: Mapping[str, str | float]) -> int:
    """Return the id of an indicator, made or changed as a file says."""
    found = session.scalar(select(Indicator).where(Indicator.name == name))
    if found is None:
        made = Indicator(**{"unit": "", "source": "", **said, "name": name})
        return INDICATORS.create(access, session, made).id
    before = {field: getattr(found, field) for field in said}
    if before != said:
        for field, value in said.items():
            setattr(found, field, value)
        subject = ("indicator", found.id)
        access.record("indicator.change", subject, before, said, session=session)
    return found.id


def _put(
    session: Session, indicator: int, district: str, period: str, value: float | None
) -> float | None:
    """Write a value or take it out; returns what stood there."""
    found = session.scalar(
        select(IndicatorValue).where(
            IndicatorValue.indicator_id == indicator,
            IndicatorValue.district == district,
            IndicatorValue.period == period,
        )
    )
    before = None if found is None else found.value
    if found is None and value is not None:
        session.add(
            IndicatorValue(indicator_id=indicator, district=district, period=period, value=value)
        )
    elif found is not None and value is None:
        session.delete(found)
    elif found is not None and value is not None:
        found.value = value
    return before


def _check_name(session: Session, name: str, own: int | None) -> None:
    other = session.scalar(select(Indicator.id).where(Indicator.name == name))
    if other is not None and other != own:
        raise Conflict(f"another indicator is called {name!r}", f"已有名为“{name}”的指标")
