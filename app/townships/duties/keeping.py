"""Write, change and find the lines of the duty list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import changed_meanwhile
from app.townships.duties.models import LEVELS, Duty

DUTIES = Kind(Duty, "duty", "duty", "职责")

PAGE_SIZE = 50
LONGEST_PATH = 3
"""The hotline's taxonomy has three levels."""

PATH_MARK = " / "
"""Between the classes of a path, as it is shown; it is read with any of these: / > ＞ ／."""


class DutyValues(BaseModel):
    """What may be written into a line of the duty list."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    scenario: str = Field(default="", max_length=200)
    classes: tuple[str, ...] = Field(default=(), max_length=LONGEST_PATH)
    level: str
    lead: str = Field(min_length=1, max_length=200)
    cooperating: tuple[str, ...] = ()
    basis: str = Field(default="", max_length=400)
    batch: str = Field(default="", max_length=100)

    @model_validator(mode="after")
    def _fits(self) -> DutyValues:
        if self.level not in LEVELS:
            raise ValueError(f"level {self.level!r} is none of {', '.join(LEVELS)}")
        if not self.scenario and not self.classes:
            raise ValueError("a duty needs a scenario or a class")
        return self

    def columns(self) -> dict[str, Any]:
        """Return what the table keeps."""
        kept = self.model_dump()
        return {**kept, "classes": list(self.classes), "cooperating": list(self.cooperating)}


@dataclass(frozen=True)
class DutyPage:
    """One page of the list, in the order of levels and classes.

    Attributes
    ----------
    lines : tuple of Duty
    total, everything : int
        Lines that the filter keeps, and all there are.
    page, pages : int
    batches : tuple of str
        All batches, for the filter.
    """

    lines: tuple[Duty, ...]
    total: int
    everything: int
    page: int
    pages: int
    batches: tuple[str, ...]


def list_duties(
    database: Database,
    words: str | None = None,
    level: str | None = None,
    batch: str | None = None,
    page: int = 1,
) -> DutyPage:
    """Return the lines in which all `words` stand, of a level and a batch.

    The words are looked for in what the page shows: a list has some hundred lines, and what a
    column of several classes holds no two databases can search alike.
    """
    everything = all_duties(database)
    wanted = (words or "").casefold().split()
    kept = [
        duty
        for duty in everything
        if (not level or duty.level == level)
        and (not batch or duty.batch == batch)
        and all(word in _text(duty) for word in wanted)
    ]
    kept.sort(key=lambda duty: (duty.classes, duty.scenario, LEVELS.index(duty.level), duty.id))
    pages = max(1, -(-len(kept) // PAGE_SIZE))
    number = min(page, pages)
    shown = kept[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    batches = tuple(sorted({duty.batch for duty in everything if duty.batch}))
    return DutyPage(tuple(shown), len(kept), len(everything), number, pages, batches)


def all_duties(database: Database) -> list[Duty]:
    """Return every line in the order in which they came."""
    with database.session() as session:
        return list(session.scalars(select(Duty).order_by(Duty.id)))


def get_duty(database: Database, duty_id: int) -> Duty:
    """Return one line.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        return DUTIES.find(session, duty_id)


def scenarios(duties: Iterable[Duty]) -> list[str]:
    """Return the scenarios there are, by name."""
    return sorted({duty.scenario for duty in duties if duty.scenario})


def create_duty(access: Access, values: DutyValues) -> Duty:
    """Add a line."""
    access.require_township(Permission.GOVERN, None)
    with access.database.session() as session:
        return DUTIES.create(access, session, Duty(**values.columns()))


def change_duty(access: Access, duty_id: int, values: DutyValues, version: int) -> Duty:
    """Write changed values, if nobody else wrote since `version`.

    Raises
    ------
    Conflict
        Someone did.
    """
    access.require_township(Permission.GOVERN, None)

    def write(_session: Session, _duty: Duty) -> dict[str, Any]:
        return values.columns()

    return DUTIES.change(access, duty_id, version, write)


def remove_duty(access: Access, duty_id: int, version: int) -> None:
    """Take a line off the list; whistles keep in words what it said.

    Raises
    ------
    Conflict
        Someone changed it since `version`.
    """
    access.require_township(Permission.GOVERN, None)
    with access.database.session() as session:
        duty = DUTIES.find(session, duty_id)
        if duty.row_version != version:
            raise changed_meanwhile(f"duty {duty_id}", f"职责 {duty_id} ")
        before = {name: getattr(duty, name) for name in DutyValues.model_fields}
        session.delete(duty)
        access.record("duty.remove", ("duty", duty_id), before, None, session=session)


def read_path(text: str) -> tuple[str, ...]:
    """Read a path of classes as people write it.

    Examples
    --------
    >>> read_path("物业管理 / 房屋漏水＞外墙")
    ('物业管理', '房屋漏水', '外墙')
    """
    for mark in (">", "＞", "／"):
        text = text.replace(mark, "/")
    return tuple(part.strip() for part in text.split("/") if part.strip())


def read_names(text: str) -> tuple[str, ...]:
    """Read names of units as a list writes them into one cell.

    Examples
    --------
    >>> read_names("区城管委、区水务局；属地街道")
    ('区城管委', '区水务局', '属地街道')
    """
    for mark in ("，", ",", "；", ";", "\n", "/"):
        text = text.replace(mark, "、")
    return tuple(dict.fromkeys(part.strip() for part in text.split("、") if part.strip()))


def _text(duty: Duty) -> str:
    parts = (duty.scenario, *duty.classes, duty.lead, *duty.cooperating, duty.basis, duty.batch)
    return "\n".join(parts).casefold()
