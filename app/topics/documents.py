"""Documents of a topic in rows: 一方案三清单, and the sheets of a scenario 一单一表一图一问答.

The sheet 一单 is the duty list's own lines of the scenario and is kept there, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import LONGEST_SHOWN, Conflict, InvalidParameter, Missing
from app.topics.models import Topic, TopicDocument
from app.townships.duties.keeping import all_duties
from app.townships.duties.models import LEVELS, Duty

DOCUMENTS = Kind(
    TopicDocument, "topic_document", "document", "专题文件", untold=frozenset({"rows"})
)

PLAN, TASKS, DUTY_LIST, POLICIES = "plan", "tasks", "duties", "policies"
DEFAULT_DOCUMENTS = (PLAN, TASKS, DUTY_LIST, POLICIES)
"""一方案三清单; 系统默认."""

TABLE, CHART, QUESTIONS = "table", "chart", "questions"
SCENARIO_SHEETS = (TABLE, CHART, QUESTIONS)
"""一表, 一图 and 一问答; the 一单 is the duty list."""

N_COLUMNS: Mapping[str, int] = {
    PLAN: 2, TASKS: 4, DUTY_LIST: 4, POLICIES: 3, TABLE: 4, CHART: 3, QUESTIONS: 2,
}  # fmt: skip
"""Kind → how many columns its rows have; `naming.document_columns` names them."""

CELL_MARK = "｜"
"""Between the cells of a row where it is typed; a tab, as spreadsheets paste, or | is read too."""

MOST_ROWS = 300
LONGEST_CELL = 2_000
LONGEST_SCENARIO = 200

Rows = list[list[str]]


@dataclass(frozen=True)
class Scenario:
    """The four sheets of a scenario.

    Attributes
    ----------
    name : str
    duties : tuple of Duty
        一单.
    sheets : tuple of TopicDocument
        一表, 一图, 一问答.
    """

    name: str
    duties: tuple[Duty, ...]
    sheets: tuple[TopicDocument, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written on its sheets, so that it may be taken away."""
        return not any(each.rows for each in self.sheets)


def documents_of(database: Database, topic_id: int) -> list[TopicDocument]:
    """Return the plan and the lists of a topic."""
    found = [each for each in _all(database, topic_id) if not each.scenario]
    return sorted(found, key=lambda each: DEFAULT_DOCUMENTS.index(each.kind))


def scenarios_of(database: Database, topic_id: int) -> list[Scenario]:
    """Return the scenarios of a topic, each with its four sheets."""
    sheets = [each for each in _all(database, topic_id) if each.scenario]
    duties = all_duties(database) if sheets else []
    names = dict.fromkeys(each.scenario for each in sheets)
    return [
        Scenario(
            name,
            tuple(
                sorted(
                    (duty for duty in duties if duty.scenario == name),
                    key=lambda duty: (LEVELS.index(duty.level), duty.id),
                )
            ),
            tuple(
                sorted(
                    (each for each in sheets if each.scenario == name),
                    key=lambda each: SCENARIO_SHEETS.index(each.kind),
                )
            ),
        )
        for name in names
    ]


def find_document(database: Database, number: int) -> tuple[TopicDocument, Topic]:
    """Return a document and its topic.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        found = DOCUMENTS.find(session, number)
        return found, session.get_one(Topic, found.topic_id)


def add_defaults(session: Session, topic_id: int) -> None:
    """Add an empty plan and three lists to a new topic."""
    session.add_all(TopicDocument(topic_id=topic_id, kind=kind, rows=[])
                    for kind in DEFAULT_DOCUMENTS)  # fmt: skip


def add_scenario(access: Access, topic_id: int, name: str) -> None:
    """Add the empty sheets of a scenario.

    Raises
    ------
    Missing
        There is no such topic.
    InvalidParameter
        It has no name, or one that is too long.
    Conflict
        The topic has it.
    """
    access.require_township(Permission.GOVERN, None)
    said = name.strip()
    if not 0 < len(said) <= LONGEST_SCENARIO:
        raise InvalidParameter(
            f"scenario: a name of 1 to {LONGEST_SCENARIO} characters is needed",
            f"请填写场景名称，不超过 {LONGEST_SCENARIO} 字",
            field="scenario",
        )
    with access.database.session() as session:
        _require_topic(session, topic_id)
        query = select(TopicDocument.id).where(
            TopicDocument.topic_id == topic_id, TopicDocument.scenario == said
        )
        if session.scalar(query.limit(1)) is not None:
            raise Conflict(
                f"scenario: the topic has {said[:LONGEST_SHOWN]!r} already",
                f"场景“{said[:LONGEST_SHOWN]}”已有",
                field="scenario",
            )
        for kind in SCENARIO_SHEETS:
            session.add(TopicDocument(topic_id=topic_id, kind=kind, scenario=said, rows=[]))
        access.record("topic.scenario", ("topic", topic_id), None, {"scenario": said},
                      session=session)  # fmt: skip


def remove_scenario(access: Access, topic_id: int, name: str) -> None:
    """Take a scenario off a topic while nothing is written on its sheets.

    Raises
    ------
    Missing
        There is no such topic, or it has no such scenario.
    Conflict
        Something is written on a sheet, perhaps by someone else meanwhile.
    """
    access.require_township(Permission.GOVERN, None)
    shown = name[:LONGEST_SHOWN]
    written = Conflict(
        f"scenario {shown!r}: something is written on its sheets; empty them first",
        f"场景“{shown}”的表单里已有内容，请先清空再移除",
    )
    try:
        with access.database.session() as session:
            _require_topic(session, topic_id)
            query = select(TopicDocument).where(
                TopicDocument.topic_id == topic_id, TopicDocument.scenario == name
            )
            sheets = list(session.scalars(query)) if name else []
            if not sheets:
                raise Missing(f"the topic has no scenario {shown!r}", f"题目没有场景“{shown}”")
            if any(each.rows for each in sheets):
                raise written
            for each in sheets:
                session.delete(each)
            subject = ("topic", topic_id)
            access.record("topic.unscenario", subject, {"scenario": name}, None, session=session)
    except StaleDataError:
        raise written from None


def write(access: Access, number: int, text: str, version: int) -> TopicDocument:
    """Write the rows of a document, if nobody else wrote since `version`.

    Raises
    ------
    InvalidParameter
        Names the line that is not in order.
    Conflict
        Someone did.
    """
    access.require_township(Permission.GOVERN, None)

    def put(_session: Session, document: TopicDocument) -> Mapping[str, Any]:
        return {"rows": read_rows(text, document.kind)}

    return DOCUMENTS.change(access, number, version, put)


def read_rows(text: str, kind: str) -> Rows:
    r"""Read rows as they are typed: one a line, cells apart by ｜, | or a tab.

    Raises
    ------
    InvalidParameter
        A line has more cells than the kind has columns, begins with none, or is too long; there
        are too many lines.

    Examples
    --------
    >>> read_rows("受理｜街道\n\n派单\t区中心\t2 小时", "chart")
    [['受理', '街道', ''], ['派单', '区中心', '2 小时']]
    """
    width, rows = N_COLUMNS[kind], []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.replace("\t", CELL_MARK).replace("|", CELL_MARK)
                 .split(CELL_MARK)]  # fmt: skip
        while len(cells) > width and not cells[-1]:
            cells.pop()
        _check_cells(number, cells, width)
        rows.append(cells + [""] * (width - len(cells)))
    if len(rows) > MOST_ROWS:
        raise InvalidParameter(
            f"text: {len(rows)} rows; at most {MOST_ROWS}",
            f"共 {len(rows)} 行，最多 {MOST_ROWS} 行",
            field="text",
        )
    return rows


def written_rows(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as they are typed."""
    return "\n".join(CELL_MARK.join(row).rstrip(CELL_MARK) for row in rows)


def _check_cells(number: int, cells: list[str], width: int) -> None:
    if len(cells) > width:
        raise InvalidParameter(
            f"text: line {number} has {len(cells)} cells; there are {width} columns",
            f"第 {number} 行有 {len(cells)} 格，只有 {width} 列",
            field="text",
        )
    if not cells[0]:
        raise InvalidParameter(
            f"text: line {number} has an empty first cell", f"第 {number} 行的第一格为空",
            field="text",
        )  # fmt: skip
    if max(map(len, cells)) > LONGEST_CELL:
        raise InvalidParameter(
            f"text: line {number} has a cell of more than {LONGEST_CELL} characters",
            f"第 {number} 行有一格超过 {LONGEST_CELL} 字",
            field="text",
        )


def _all(database: Database, topic_id: int) -> list[TopicDocument]:
    query = select(TopicDocument).where(TopicDocument.topic_id == topic_id)
    with database.session() as session:
        return list(session.scalars(query.order_by(TopicDocument.id)))


def _require_topic(session: Session, topic_id: int) -> None:
    # Looked up here: topics themselves stand on their documents.
    Kind(Topic, "topic", "topic", "每月一题").find(session, topic_id)
