"""Figures that others hand in: 专项回访 by problem and month, a third party's assessment.

One by one by a form, or many in a file: both go through `put_callbacks` and `put_assessments`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.disclosure import SHARE_STEP, disclosed
from app.db import Database, row_of
from app.errors import InvalidParameter, Missing
from app.topics.models import Topic, TopicAssessment, TopicCallback, TopicProblem
from spatial.proportions import wilson_interval

MID_YEAR, YEAR_END = "mid_year", "year_end"
PERIODS = (MID_YEAR, YEAR_END)
LARGEST_COUNT = 10_000_000
LARGEST_VALUE = 10**12
LONGEST_SOURCE = 400
LEAST_ASKED = 20
"""Of fewer, a share in tenths would tell the counts; 系统默认."""

_MONTH = re.compile(r"(20\d\d|21\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class CallbackFigures:
    """What the callbacks of a month found of a problem."""

    problem_id: int
    month: str
    asked: int
    solved: int
    satisfied: int
    source: str = ""

    @property
    def key(self) -> tuple[int, str]:
        """What has one row of figures."""
        return self.problem_id, self.month


@dataclass(frozen=True)
class AssessmentFigures:
    """One figure of an assessment of a topic."""

    topic_id: int
    period: str
    indicator: str
    value: float
    unit: str = ""
    source: str = ""

    @property
    def key(self) -> tuple[int, str, str]:
        """What has one value."""
        return self.topic_id, self.period, self.indicator


@dataclass(frozen=True)
class Subjects:
    """What figures may be of.

    Attributes
    ----------
    topics : dict of int, (str, int)
        Id → title and year.
    problems : dict of (int, str), int
        (id of the topic, name) → id.
    """

    topics: Mapping[int, tuple[str, int]]
    problems: Mapping[tuple[int, str], int]

    def problem_names(self) -> dict[int, str]:
        """Return problems with the titles of their topics, by id."""
        return {number: f"{self.topics[topic][0]} · {name}"
                for (topic, name), number in self.problems.items()}  # fmt: skip


@dataclass(frozen=True)
class Callback:
    """Callbacks as a page shows them.

    Attributes
    ----------
    id, problem_id : int
    month : str
    asked, solved, satisfied : int
        `disclosure.SUPPRESSED` where they are not told.
    source : str
    solved_share, satisfied_share : float or None
        Of the asked, by the true counts. Who may not see these is told tenths, and none of fewer
        than `LEAST_ASKED`.
    solved_interval : (float, float) or None
        Wilson's 95 % interval: callbacks are a sample. Of exact counts only.
    """

    id: int
    problem_id: int
    month: str
    asked: int
    solved: int
    satisfied: int
    source: str
    solved_share: float | None
    satisfied_share: float | None
    solved_interval: tuple[float, float] | None


def subjects(database: Database) -> Subjects:
    """Return the topics and problems that figures may be of."""
    with database.session() as session:
        topics = session.execute(select(Topic.id, Topic.title, Topic.year).order_by(Topic.id))
        found = {number: (title, year) for number, title, year in topics}
        rows = session.execute(select(TopicProblem.topic_id, TopicProblem.name, TopicProblem.id))
        return Subjects(found, {(topic, name): number for topic, name, number in rows})


def check_month(text: str) -> bool:
    """Tell whether a text is a month as ``2025-03``."""
    return _MONTH.fullmatch(text) is not None


def is_to_come(month: str) -> bool:
    """Tell whether a month has not begun yet."""
    return month > f"{date.today():%Y-%m}"


def callbacks(
    database: Database, problem_ids: Sequence[int] | None = None, *, exact: bool = False
) -> list[Callback]:
    """Return callbacks, of some problems or all, the newest month first, as a reader may see."""
    query = select(TopicCallback).order_by(TopicCallback.month.desc(), TopicCallback.problem_id)
    if problem_ids is not None:
        query = query.where(TopicCallback.problem_id.in_(problem_ids))
    with database.session() as session:
        return [_callback(row, exact=exact) for row in session.scalars(query)]


def assessments(database: Database, topic_id: int | None = None) -> list[TopicAssessment]:
    """Return assessment figures, of a topic or all, mid-year before the year's end."""
    query = select(TopicAssessment)
    if topic_id is not None:
        query = query.where(TopicAssessment.topic_id == topic_id)
    with database.session() as session:
        found = list(session.scalars(query.order_by(TopicAssessment.id)))
    return sorted(found, key=lambda each: (-each.topic_id, PERIODS.index(each.period), each.id))


def put_callbacks(access: Access, rows: Sequence[CallbackFigures], file: str = "") -> int:
    """Write figures of callbacks over those of the same problem and month; returns how many.

    Raises
    ------
    InvalidParameter
        Figures are out of their range, or of a problem that there is not.
    """
    access.require_township(Permission.ASSESS, None)
    for row in rows:
        _check_callback(row)
    return _put(access, TopicCallback, ("problem_id", "month"), rows, "callback", file)


def put_assessments(access: Access, rows: Sequence[AssessmentFigures], file: str = "") -> int:
    """Write assessment figures over those of the same topic, period and indicator.

    Raises
    ------
    InvalidParameter
        A figure is none, or of a topic that there is not.
    """
    access.require_township(Permission.ASSESS, None)
    for row in rows:
        if row.period not in PERIODS or not row.indicator:
            raise InvalidParameter(
                "period: neither mid_year nor year_end, or no indicator",
                "评估应为年中或年终，并写明指标",
                field="indicator",
            )
        if not math.isfinite(row.value) or abs(row.value) > LARGEST_VALUE:
            raise InvalidParameter(
                f"value: {row.value:g} is out of range", f"数值 {row.value:g} 超出范围",
                field="value",
            )  # fmt: skip
    keys = ("topic_id", "period", "indicator")
    return _put(access, TopicAssessment, keys, rows, "assessment", file)


def remove_callback(access: Access, number: int) -> None:
    """Take the callbacks of a month away.

    Raises
    ------
    Missing
        There are none.
    """
    _remove(access, TopicCallback, CALLBACK_KEYS, number, "uncallback")


def remove_assessment(access: Access, number: int) -> None:
    """Take a figure of an assessment away.

    Raises
    ------
    Missing
        There is none.
    """
    _remove(access, TopicAssessment, ASSESSMENT_KEYS, number, "unassessment")


def does(
    database: Database, table: type[Any], keys: tuple[str, ...], rows: Sequence[Any]
) -> list[str]:
    """Return what writing each row would do: ``new``, ``replaces`` or ``same``."""
    with database.session() as session:
        return [_does(_find(session, table, keys, row), row) for row in rows]


CALLBACK_KEYS = ("problem_id", "month")
CALLBACK_FIGURES = ("asked", "solved", "satisfied")
ASSESSMENT_KEYS = ("topic_id", "period", "indicator")
ASSESSMENT_FIGURES = ("value", "unit")

Row = TypeVar("Row", CallbackFigures, AssessmentFigures)


def _put(
    access: Access,
    table: type[Any],
    keys: tuple[str, ...],
    rows: Sequence[Row],
    name: str,
    file: str,
) -> int:
    owner = Topic if table is TopicAssessment else TopicProblem
    with access.database.session() as session:
        known = set(session.scalars(select(owner.id)))
        replaced = []
        for row in rows:
            number = getattr(row, keys[0])
            if number not in known:
                raise InvalidParameter(
                    f"{keys[0]}: there is none {number}", f"没有编号为 {number} 的题目或问题",
                    field=keys[0],
                )  # fmt: skip
            found = _find(session, table, keys, row)
            if found is None:
                session.add(table(**asdict(row)))
                continue
            if _does(found, row) == "replaces":
                replaced.append(_told(found, row, source_changed=found.source != row.source))
            for each, value in asdict(row).items():
                setattr(found, each, value)
        told = {"file": file, "rows": len(rows)} if file else _told(rows[0], rows[0])
        before = {"replaced": replaced} if replaced else None
        access.record(f"topic.{name}", (f"topic_{name}", ""), before, told, session=session)
    return len(rows)


def _remove(access: Access, table: type[Any], keys: tuple[str, ...], number: int, act: str) -> None:
    access.require_township(Permission.ASSESS, None)
    with access.database.session() as session:
        found = row_of(session, table, number)
        if found is None:
            raise Missing(f"there are no figures {number}", f"没有编号为 {number} 的数据")
        figures = CALLBACK_FIGURES if table is TopicCallback else ASSESSMENT_FIGURES
        before = {each: getattr(found, each) for each in (*keys, *figures)}
        session.delete(found)
        subject = (table.__tablename__, number)
        access.record(f"topic.{act}", subject, before, None, session=session)


def _told(found: Any, row: Any, **more: Any) -> dict[str, Any]:
    """Return what the audit is told of figures: sources are free words and may name people."""
    return {each: getattr(found, each) for each in asdict(row) if each != "source"} | more


def _find(session: Session, table: type[Any], keys: tuple[str, ...], row: Any) -> Any:
    return session.scalar(
        select(table).where(*(getattr(table, key) == getattr(row, key) for key in keys))
    )


def _does(found: Any, row: Any) -> str:
    if found is None:
        return "new"
    same = all(getattr(found, each) == value for each, value in asdict(row).items())
    return "same" if same else "replaces"


def _check_callback(row: CallbackFigures) -> None:
    if not check_month(row.month):
        raise InvalidParameter(
            f"month: {row.month[:20]!r} is not like 2025-03",
            f"月份“{row.month[:20]}”应如 2025-03",
            field="month",
        )
    if is_to_come(row.month):
        raise InvalidParameter(
            f"month: {row.month} is still to come", f"月份 {row.month} 还没有到",
            field="month",
        )  # fmt: skip
    for field in ("asked", "solved", "satisfied"):
        value = getattr(row, field)
        most = LARGEST_COUNT if field == "asked" else row.asked
        if not 0 <= value <= most:
            raise InvalidParameter(
                f"{field}: {value} is not from 0 to {most}",
                f"{value} 不在 0 至 {most} 之间"
                + ("" if field == "asked" else "（不能多于回访件数）"),
                field=field,
            )


def _callback(row: TopicCallback, *, exact: bool) -> Callback:
    counts = (row.asked, row.solved, row.satisfied)
    asked, solved, satisfied = counts if exact else (disclosed(n) for n in counts)
    return Callback(
        row.id,
        row.problem_id,
        row.month,
        asked,
        solved,
        satisfied,
        row.source,
        _share(row.solved, row.asked, exact=exact),
        _share(row.satisfied, row.asked, exact=exact),
        _interval(row.solved, row.asked) if exact else None,
    )


def _share(part: int, whole: int, *, exact: bool) -> float | None:
    if whole < (1 if exact else LEAST_ASKED):
        return None
    return part / whole if exact else round(round(part / whole / SHARE_STEP) * SHARE_STEP, 1)


def _interval(part: int, whole: int) -> tuple[float, float] | None:
    if not whole:
        return None
    low, high = wilson_interval([part], [whole])
    return float(low[0]), float(high[0])
