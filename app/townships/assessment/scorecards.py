"""Topic scorecards: topics that are scored apart, as 物业管理, each made of classes of cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict
from app.townships.assessment.class_paths import Path
from app.townships.assessment.models import Scorecard

SCORECARDS = Kind(Scorecard, "scorecard", "scorecard", "专题考核")


class ScorecardValues(BaseModel):
    """A topic: its name, and the paths of classes whose cases belong to it."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=100)
    classes: tuple[Path, ...] = Field(min_length=1, max_length=100)


def list_scorecards(database: Database) -> list[Scorecard]:
    """Return the topics by name."""
    with database.session() as session:
        return list(session.scalars(select(Scorecard).order_by(Scorecard.name)))


def find_scorecard(database: Database, number: int) -> Scorecard:
    """Return one topic.

    Raises
    ------
    Missing
        There is none of this id.
    """
    with database.session() as session:
        return SCORECARDS.find(session, number)


def make_scorecard(access: Access, values: ScorecardValues) -> Scorecard:
    """Make a topic.

    Raises
    ------
    Conflict
        Another has this name.
    """
    access.require_township(Permission.ASSESS, None)
    with access.database.session() as session:
        _check_alone(session, values.name, None)
        return SCORECARDS.create(access, session, Scorecard(**_columns(values)))


def change_scorecard(
    access: Access, number: int, version: int, values: ScorecardValues
) -> Scorecard:
    """Change a topic.

    Raises
    ------
    Conflict
        Another has this name, or someone else changed it meanwhile.
    """
    access.require_township(Permission.ASSESS, None)

    def step(session: Session, record: Scorecard) -> Mapping[str, Any]:
        _check_alone(session, values.name, record.id)
        return _columns(values)

    return SCORECARDS.change(access, number, version, step)


def _columns(values: ScorecardValues) -> dict[str, Any]:
    return {"name": values.name, "classes": [list(path) for path in values.classes]}


def _check_alone(session: Session, name: str, own: int | None) -> None:
    found = session.scalar(select(Scorecard.id).where(Scorecard.name == name))
    if found is not None and found != own:
        raise Conflict(f"a topic is called {name!r} already", f"已有名为“{name}”的专题")
