"""Townships that a topic marks 重点, 示范 or 先行."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.listing import township_names
from app.db import Database
from app.errors import LONGEST_SHOWN, Conflict, InvalidParameter, Missing
from app.topics.models import TopicTownship
from app.topics.topics import TOPICS
from geodata.home import Home

KEY, MODEL, PIONEER = "key", "model", "pioneer"
MARKS = (KEY, MODEL, PIONEER)
"""重点, 示范, 先行."""


def marks_of(database: Database, topic_id: int) -> list[TopicTownship]:
    """Return the marks of a topic by kind."""
    query = select(TopicTownship).where(TopicTownship.topic_id == topic_id)
    with database.session() as session:
        found = list(session.scalars(query))
    return sorted(found, key=lambda each: (MARKS.index(each.mark), each.township))


def add_mark(access: Access, home: Home, topic_id: int, township: str, mark: str) -> None:
    """Mark a township.

    Raises
    ------
    InvalidParameter
        There is no such township or mark.
    Conflict
        It has this mark.
    """
    access.require_township(Permission.GOVERN, None)
    shown = township[:LONGEST_SHOWN]
    if township not in township_names(home):
        raise InvalidParameter(
            f"township: {shown!r} is none of the boundaries", f"边界中没有街乡镇“{shown}”",
            field="township",
        )  # fmt: skip
    if mark not in MARKS:
        raise InvalidParameter(
            f"mark: {mark[:LONGEST_SHOWN]!r} is none of {', '.join(MARKS)}",
            "标记应为重点、示范或先行",
            field="mark",
        )
    with access.database.session() as session:
        TOPICS.find(session, topic_id)
        if _find(session, topic_id, township, mark) is not None:
            raise Conflict(
                f"township: {shown} is marked so already", "该街乡镇已有这一标记",
                field="township",
            )  # fmt: skip
        session.add(TopicTownship(topic_id=topic_id, township=township, mark=mark))
        access.record("topic.mark", ("topic", topic_id), None,
                      {"township": township, "mark": mark}, session=session)  # fmt: skip


def remove_mark(access: Access, topic_id: int, township: str, mark: str) -> None:
    """Take a mark away.

    Raises
    ------
    Missing
        The township has it not.
    """
    access.require_township(Permission.GOVERN, None)
    with access.database.session() as session:
        found = _find(session, topic_id, township, mark)
        if found is None:
            raise Missing("the township has no such mark", "该街乡镇没有这一标记")
        session.delete(found)
        access.record("topic.unmark", ("topic", topic_id), {"township": township, "mark": mark},
                      None, session=session)  # fmt: skip


def _find(session: Session, topic_id: int, township: str, mark: str) -> TopicTownship | None:
    return session.scalar(
        select(TopicTownship).where(
            TopicTownship.topic_id == topic_id,
            TopicTownship.township == township,
            TopicTownship.mark == mark,
        )
    )
