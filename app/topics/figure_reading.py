"""Files of figures on topics: callbacks by problem and month, and a third party's assessment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.topics.figures import (
    LARGEST_COUNT,
    LONGEST_SOURCE,
    MID_YEAR,
    YEAR_END,
    AssessmentFigures,
    CallbackFigures,
    Subjects,
    check_month,
    is_to_come,
)
from app.townships.assessment.cell_values import number_of
from geodata.reading.small_tables import RowProblem, SmallTable, read_small_table

CALLBACK_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "topic": ("topic", "每月一题", "题目", "主题"),
    "problem": ("problem", "问题", "问题名称", "专题问题"),
    "year": ("topic_year", "题目年份", "年度"),
    "month": ("month", "回访月份", "月份"),
    "asked": ("asked", "回访件数", "回访量", "有效回访"),
    "solved": ("solved", "解决件数", "已解决"),
    "satisfied": ("satisfied", "满意件数", "已满意", "满意"),
    "source": ("source", "来源", "依据"),
}
"""Field → headers, the preferred one first."""

ASSESSMENT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "topic": ("topic", "每月一题", "题目", "主题"),
    "year": ("topic_year", "题目年份", "年度"),
    "period": ("period", "评估", "评估时点", "评估类别"),
    "indicator": ("indicator", "指标", "指标名称"),
    "value": ("value", "值", "数值", "指标值"),
    "unit": ("unit", "计量单位", "单位"),
    "source": ("source", "来源", "评估机构"),
}

PERIOD_WORDS = {
    MID_YEAR: ("mid_year", "年中", "中期", "年中评估", "中期评估"),
    YEAR_END: ("year_end", "年终", "年末", "年底", "年终评估", "年末评估"),
}
LONGEST = {"indicator": 200, "unit": 40, "source": LONGEST_SOURCE}

_CHINESE_MONTH = re.compile(r"(\d{4})年(\d{1,2})月(?:份)?")
_PLAIN_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.]\d{1,2})?(?:\s.*)?")


@dataclass(frozen=True)
class Read:
    """What a file says: rows in order with their numbers, and what is wrong with the others."""

    rows: tuple[tuple[int, Any], ...]
    problems: tuple[RowProblem, ...]


def read_callbacks(path: Path, subjects: Subjects) -> Read:
    """Read a file of callbacks.

    Raises
    ------
    UnreadableFile, MissingColumn
        It is no such table.
    """
    required = ("topic", "problem", "month", "asked", "solved", "satisfied")
    return _read(path, CALLBACK_COLUMNS, required, subjects, _Row.callback)


def read_assessments(path: Path, subjects: Subjects) -> Read:
    """Read a file of assessment figures; raises as `read_callbacks`."""
    required = ("topic", "period", "indicator", "value")
    return _read(path, ASSESSMENT_COLUMNS, required, subjects, _Row.assessment)


def month_of(text: str) -> str | None:
    """Return the month that a cell names, as ``2025-03``; None where it names none.

    Examples
    --------
    >>> month_of("2025年3月"), month_of("2025/03"), month_of("2025-13")
    ('2025-03', '2025-03', None)
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = _CHINESE_MONTH.fullmatch(plain) or _PLAIN_MONTH.fullmatch(text.strip())
    if found is None:
        return None
    month = f"{found[1]}-{int(found[2]):02}"
    return month if check_month(month) else None


def _read(
    path: Path,
    columns: Mapping[str, tuple[str, ...]],
    required: tuple[str, ...],
    subjects: Subjects,
    reading: Callable[[_Row, Subjects], Any],
) -> Read:
    table = read_small_table(path, columns, required)
    problems, rows = list(table.problems), []
    first: dict[tuple[Any, ...], int] = {}
    for number, cells in table.rows:
        made = reading(_Row(table, number, cells, problems), subjects)
        if made is None:
            continue
        if made.key in first:
            field = required[1]
            problems.append(table.problem(
                number, field, cells[field], f"given twice, first in row {first[made.key]}",
                f"重复，第 {first[made.key]} 行已有",
            ))  # fmt: skip
            continue
        first[made.key] = number
        rows.append((number, made))
    return Read(tuple(rows), tuple(sorted(problems, key=lambda each: each.row)))


@dataclass
class _Row:
    """Reads one row and notes what is wrong with it."""

    table: SmallTable
    number: int
    cells: Mapping[str, str]
    problems: list[RowProblem]

    def callback(self, subjects: Subjects) -> CallbackFigures | None:
        before = len(self.problems)
        topic = self._topic(subjects)
        problem = None if topic is None else subjects.problems.get((topic, self.cells["problem"]))
        if topic is not None and problem is None:
            self._refuse("problem", "the topic has no such problem", "题目下没有这个问题")
        month = month_of(self.cells["month"])
        if month is None:
            self._refuse("month", "no month; expected as 2025-03", "不是月份，应如 2025-03")
        elif is_to_come(month):
            self._refuse("month", "still to come", "还没有到")
        asked, solved, satisfied = (self._count(f) for f in ("asked", "solved", "satisfied"))
        for field, part in (("solved", solved), ("satisfied", satisfied)):
            if part is not None and asked is not None and part > asked:
                self._refuse(field, f"more than the {asked} asked", f"多于回访件数 {asked}")
        self._lengths()
        if len(self.problems) > before or problem is None or month is None:
            return None
        return CallbackFigures(
            problem, month, asked or 0, solved or 0, satisfied or 0, self.cells["source"]
        )

    def assessment(self, subjects: Subjects) -> AssessmentFigures | None:
        before = len(self.problems)
        topic = self._topic(subjects)
        said = self.cells["period"].casefold()
        period = next((p for p, words in PERIOD_WORDS.items() if said in words), None)
        if period is None:
            self._refuse("period", "neither mid_year nor year_end", "应为“年中”或“年终”")
        if not self.cells["indicator"]:
            self._refuse("indicator", "no name of the indicator", "没有指标名称")
        value = number_of(self.cells["value"])
        if value is None:
            self._refuse("value", "not a number", "不是数字")
        self._lengths()
        if len(self.problems) > before or topic is None or period is None or value is None:
            return None
        return AssessmentFigures(
            topic, period, self.cells["indicator"], value, self.cells["unit"], self.cells["source"]
        )

    def _topic(self, subjects: Subjects) -> int | None:
        said = "".join(unicodedata.normalize("NFKC", self.cells["year"]).split())
        year = said.removesuffix("年").removesuffix(".0")
        found = [number for number, (title, of) in subjects.topics.items()
                 if title == self.cells["topic"] and year in ("", str(of))]  # fmt: skip
        if len(found) == 1:
            return found[0]
        if found:
            self._refuse("topic", f"{len(found)} topics are called so: give the year of the topic",
                         f"有 {len(found)} 个同名题目，请填题目年份")  # fmt: skip
        else:
            self._refuse("topic", "no topic of this title and year", "没有这个题目")
        return None

    def _count(self, field: str) -> int | None:
        number = number_of(self.cells[field])
        if number is None or not number.is_integer() or not 0 <= number <= LARGEST_COUNT:
            self._refuse(field, f"not a whole number from 0 to {LARGEST_COUNT}",
                         f"应为 0 至 {LARGEST_COUNT} 的整数")  # fmt: skip
            return None
        return int(number)

    def _lengths(self) -> None:
        for field, most in LONGEST.items():
            if len(self.cells.get(field, "")) > most:
                self._refuse(field, f"longer than {most} characters", f"超过 {most} 字")

    def _refuse(self, field: str, english: str, chinese: str) -> None:
        value = self.cells[field]
        self.problems.append(self.table.problem(self.number, field, value, english, chinese))
