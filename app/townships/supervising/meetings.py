"""Dispatch meetings 调度会 on a governance township: minutes whose lines become items."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.townships.designations.life import DESIGNATION, require_past
from app.townships.designations.models import Designation
from app.townships.governing.models import ListItem, Plan
from app.townships.supervising.models import Meeting

MEETING = Kind(Meeting, "meeting", "meeting", "调度会", untold=frozenset({"minutes"}))

SOURCE = "meeting"
"""What an item's source is called that came of a meeting."""

LONGEST_TITLE = 200
"""Of an item; a longer line is cut for its title and stands whole in its text."""

_NUMBERING = re.compile(
    r"^\s*(?:[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）.、．:：]|[-*•·])\s*"
)


class MeetingValues(BaseModel):
    """What may be written into a meeting."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    held_on: date
    chair: str = Field(default="", max_length=100)
    minutes: str = Field(min_length=1, max_length=20_000)


@dataclass(frozen=True)
class MinuteLine:
    """A line of the minutes, and the item that came of it."""

    text: str
    item: ListItem | None

    @property
    def title(self) -> str:
        """The line as the title of an item."""
        return title_of(self.text)


@dataclass(frozen=True)
class MeetingFile:
    """A meeting with what came of it.

    Attributes
    ----------
    meeting : Meeting
    designation : Designation
    lines : tuple of MinuteLine
    others : tuple of ListItem
        Items that came of it and whose title is no line of the minutes (any more).
    plan : Plan or None
        Into which further lines go: the newest of the designation.
    """

    meeting: Meeting
    designation: Designation
    lines: tuple[MinuteLine, ...]
    others: tuple[ListItem, ...]
    plan: Plan | None


def hold(access: Access, designation_id: int, values: MeetingValues) -> Meeting:
    """Write the minutes of a meeting.

    Raises
    ------
    Missing
        There is no such designation.
    Forbidden
        Its township is outside the person's area.
    InvalidParameter
        Its day is yet to come.
    """
    require_past(values.held_on, "held_on")
    with access.database.session() as session:
        designation = DESIGNATION.find(session, designation_id)
        access.require_township(Permission.WORK_PLANS, designation.township)
        meeting = Meeting(designation_id=designation_id, **values.model_dump())
        told = {"designation": designation_id, "held_on": values.held_on, "chair": values.chair}
        return MEETING.create(access, session, meeting, **told)


def change(access: Access, meeting_id: int, values: MeetingValues, version: int) -> Meeting:
    """Write changed minutes, if nobody else wrote since `version`.

    Raises
    ------
    Conflict
        Someone did.
    InvalidParameter
        Its day is yet to come.
    """
    require_past(values.held_on, "held_on")

    def write(session: Session, meeting: Meeting) -> Mapping[str, Any]:
        township = DESIGNATION.find(session, meeting.designation_id).township
        access.require_township(Permission.WORK_PLANS, township)
        return values.model_dump()

    return MEETING.change(access, meeting_id, version, write)


def find_meeting(
    access: Access, meeting_id: int, permission: Permission = Permission.READ
) -> MeetingFile:
    """Return a meeting, for somebody with a permission in its township.

    Raises
    ------
    Missing
        There is none.
    Forbidden
        It is outside her area.
    """
    with access.database.session() as session:
        meeting = MEETING.find(session, meeting_id)
        designation = DESIGNATION.find(session, meeting.designation_id)
        access.require_township(permission, designation.township)
        items = list(session.scalars(_items(meeting_id)))
        plan = session.scalar(_newest_plan(designation.id))
    by_title = {item.title: item for item in items}
    lines = tuple(
        MinuteLine(text, by_title.get(title_of(text))) for text in lines_of(meeting.minutes)
    )
    told = {line.title for line in lines}
    others = tuple(item for item in items if item.title not in told)
    return MeetingFile(meeting, designation, lines, others, plan)


def title_of(line: str) -> str:
    """Return a line as the title of an item, which is stored without blanks around it."""
    return line[:LONGEST_TITLE].strip()


def lines_of(minutes: str) -> list[str]:
    r"""Return the lines of minutes without their numbers.

    Examples
    --------
    >>> lines_of("一、更换水泵\n（2）加装电梯\n\n- 清运垃圾")
    ['更换水泵', '加装电梯', '清运垃圾']
    """
    bare = (_NUMBERING.sub("", line).strip() for line in minutes.splitlines())
    return [line for line in bare if line]


def meetings_of(database: Database, designations: Collection[int]) -> dict[int, list[Meeting]]:
    """Return the meetings of designations, the newest first."""
    query = select(Meeting).where(Meeting.designation_id.in_(designations))
    found: dict[int, list[Meeting]] = {}
    with database.session() as session:
        for each in session.scalars(query.order_by(Meeting.held_on.desc(), Meeting.id.desc())):
            found.setdefault(each.designation_id, []).append(each)
    return found


def _items(meeting_id: int) -> Any:
    came = select(ListItem).where(
        ListItem.source_kind == SOURCE, ListItem.source_id == str(meeting_id)
    )
    return came.order_by(ListItem.id)


def _newest_plan(designation_id: int) -> Any:
    plans = select(Plan).where(Plan.designation_id == designation_id)
    return plans.order_by(Plan.year.desc(), Plan.id.desc()).limit(1)
