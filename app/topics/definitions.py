"""Case definitions: versions that begin one after the other and are never changed.

What an earlier version has counted stays counted by it: once a topic is decided on, a new version
begins with a half-month that the data have not whole yet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.reach import LAST_HOURS, data_reach
from app.db import Database, row_of
from app.errors import LONGEST_SHOWN, InvalidParameter, Missing
from app.topics import course
from app.topics.models import CaseDefinition, Topic, TopicProblem
from app.topics.problems import touch
from app.townships.assessment.class_paths import Path, known_paths, require_path
from app.townships.assessment.cycles import Calendar, cycle_of_day
from app.townships.designations.life import FIRST_DAY, LAST_DAY
from app.townships.duties.keeping import read_names, read_path
from geodata.home import Home

WORDS = ("tags", "keywords", "excluded_keywords")
MOST_WORDS = 60
LONGEST_WORD = 40

_PERSONAL = re.compile(r"\d{7,}")
"""So many digits may be a telephone or a paper."""


class DefinitionValues(BaseModel):
    """What a new version says; paths and words as they are typed."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    valid_from: date
    classes: str = Field(default="", max_length=4_000)
    tags: str = Field(default="", max_length=2_000)
    keywords: str = Field(default="", max_length=2_000)
    excluded_classes: str = Field(default="", max_length=4_000)
    excluded_keywords: str = Field(default="", max_length=2_000)
    widens: bool = False
    baseline_first: date
    baseline_last: date
    note: str = Field(default="", max_length=400)


def versions_of(database: Database, problem_id: int) -> list[CaseDefinition]:
    """Return the versions of a problem, the first one first."""
    query = select(CaseDefinition).where(CaseDefinition.problem_id == problem_id)
    with database.session() as session:
        return list(session.scalars(query.order_by(CaseDefinition.number)))


def in_force(versions: Sequence[CaseDefinition], day: date) -> CaseDefinition | None:
    """Return the version that counts a day: the newest that has begun; None before the first."""
    begun = [each for each in versions if each.valid_from <= day]
    return max(begun, key=lambda each: each.number) if begun else None


def get_definition(database: Database, number: int) -> CaseDefinition:
    """Return one version.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        found = row_of(session, CaseDefinition, number)
    if found is None:
        raise Missing(f"no case definition {number}", f"没有编号为 {number} 的诉求口径")
    return found


def add_version(
    access: Access, home: Home, problem_id: int, values: DefinitionValues, version: int
) -> CaseDefinition:
    """Add a version to a problem, if nobody else changed this since `version`.

    Raises
    ------
    InvalidParameter
        Names the field: nothing to count by, a class that no case has, a day that begins no
        half-month or would count anew what was counted, a baseline that is none.
    Conflict
        Someone else changed the problem meanwhile.
    """
    access.require_township(Permission.GOVERN, None)
    said = _read(home, values)
    _check_days(values)
    with touch(access, problem_id, version) as (session, problem):
        versions = list(session.scalars(
            select(CaseDefinition).where(CaseDefinition.problem_id == problem_id)
        ))  # fmt: skip
        _check_start(session, home, problem, versions, values.valid_from)
        made = CaseDefinition(
            problem_id=problem_id,
            number=1 + max((each.number for each in versions), default=0),
            made_at=datetime.now(UTC),
            made_by=access.who,
            **said,
            **values.model_dump(include={"valid_from", "widens", "baseline_first",
                                         "baseline_last", "note"}),
        )  # fmt: skip
        session.add(made)
        session.flush()
        # Words are free and may name people: only how many there are is told.
        counted = {name: len(said[name]) for name in WORDS}
        told = {"number": made.number, "valid_from": made.valid_from, **said, **counted}
        access.record("topic_problem.define", ("topic_problem", problem_id), None, told,
                      session=session)  # fmt: skip
    return made


def first_day_allowed(home: Home, topic: Topic, versions: Sequence[CaseDefinition]) -> date | None:
    """Return the first day on which a new version may begin; None where any day will do."""
    if not versions:
        return None
    latest = max(each.valid_from for each in versions)
    if topic.state == course.PROPOSED:
        return latest
    reach = data_reach(home)
    if reach is None:
        return latest
    # The half-month of the first day that the data have not whole is still open.
    open_day = (reach.newest + LAST_HOURS).date()
    return max(latest, half_month_of(open_day)[0])


def half_month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of the half-month that a day lies in.

    Examples
    --------
    >>> [str(day) for day in half_month_of(date(2025, 2, 20))]
    ['2025-02-16', '2025-02-28']
    """
    cycle = cycle_of_day(day, "half_month", Calendar())
    return cycle.first_day, cycle.last_day


def _read(home: Home, values: DefinitionValues) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: [list(path) for path in _read_paths(home, getattr(values, name), name)]
        for name in ("classes", "excluded_classes")
    }
    for name in WORDS:
        said[name] = _read_words(getattr(values, name), name, split=name != "tags")
    if not (said["classes"] or said["tags"] or said["keywords"]):
        raise InvalidParameter(
            "classes: a class, a tag or a keyword is needed to count by",
            "分类、标签、关键词至少填一项",
            field="classes",
        )
    return said


def _read_paths(home: Home, text: str, field: str) -> list[Path]:
    """Read one path a line; they must be of the stored cases where there are any."""
    lines = [line for line in text.replace("；", "\n").splitlines() if line.strip()]
    known = known_paths(home)
    found: list[Path] = []
    for line in lines[: MOST_WORDS + 1]:
        path = read_path(line)
        try:
            found.append(require_path(home, " / ".join(path)) if known else path)
        except InvalidParameter as error:
            raise InvalidParameter(error.english, error.chinese, field=field) from None
    _check_number(found, field)
    return list(dict.fromkeys(found))


def _read_words(text: str, field: str, *, split: bool) -> list[str]:
    words = list(read_names(text if split else text.replace("/", "\0")))
    words = [word.replace("\0", "/") for word in words]
    _check_number(words, field)
    for word in words:
        if not word.strip("/ "):
            raise InvalidParameter(
                f"{field}: {word[:LONGEST_SHOWN]!r} is only strokes: it names none",
                f"“{word[:LONGEST_SHOWN]}”只有斜线，不是标签",
                field=field,
            )
        if len(word) > LONGEST_WORD or _PERSONAL.search(word):
            shown = word[:LONGEST_SHOWN] if not _PERSONAL.search(word) else "…"
            raise InvalidParameter(
                f"{field}: {shown!r} is longer than {LONGEST_WORD} characters or holds a number "
                "like a telephone's",
                f"“{shown}”超过 {LONGEST_WORD} 字，或含有像电话号码的数字",
                field=field,
            )
    return words


def _check_number(found: Sequence[object], field: str) -> None:
    if len(found) > MOST_WORDS:
        raise InvalidParameter(
            f"{field}: more than {MOST_WORDS}", f"超过 {MOST_WORDS} 项", field=field
        )


def _check_days(values: DefinitionValues) -> None:
    for field in ("valid_from", "baseline_first", "baseline_last"):
        day = getattr(values, field)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise InvalidParameter(
                f"{field}: {day} is not between {FIRST_DAY} and {LAST_DAY}",
                f"日期 {day} 应在 {FIRST_DAY} 至 {LAST_DAY} 之间",
                field=field,
            )
    for field in ("valid_from", "baseline_first"):
        day = getattr(values, field)
        if half_month_of(day)[0] != day:
            raise InvalidParameter(
                f"{field}: {day} does not begin a half-month, the 1st and the 16th do",
                f"{day} 不是半月的首日，应为 1 日或 16 日",
                field=field,
            )
    last = values.baseline_last
    if half_month_of(last)[1] != last:
        raise InvalidParameter(
            f"baseline_last: {last} does not end a half-month, the 15th and the month's last day "
            "do",
            f"{last} 不是半月的末日，应为 15 日或月末",
            field="baseline_last",
        )
    if last < values.baseline_first or last >= values.valid_from:
        raise InvalidParameter(
            f"baseline_last: {last} is not from {values.baseline_first} until before "
            f"{values.valid_from}",
            f"基期末日 {last} 应不早于基期首日 {values.baseline_first}，且早于启用日 "
            f"{values.valid_from}",
            field="baseline_last",
        )


def _check_start(
    session: Session,
    home: Home,
    problem: TopicProblem,
    versions: Sequence[CaseDefinition],
    day: date,
) -> None:
    topic = session.get_one(Topic, problem.topic_id)
    first = first_day_allowed(home, topic, versions)
    if first is not None and day < first:
        raise InvalidParameter(
            f"valid_from: {day} would count anew what the version before has counted; the first "
            f"day is {first}",
            f"{day} 会改写前一版口径已统计的数，最早可自 {first} 启用",
            field="valid_from",
        )
