"""Indicators of 七有五性 in a file: one value of an indicator in a district and period a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.accounts.models import DISTRICT
from app.townships.assessment.cell_values import number_of
from app.townships.assessment.district_index import DIMENSIONS
from app.townships.assessment.periods_of_indicators import parse_period
from app.townships.assessment.unit_names import UnitNames
from geodata.reading.small_tables import RowProblem, SmallTable, read_small_table
from spatial.candidates import HIGH, LOW

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "dimension": ("dimension", "维度", "七有五性", "领域"),
    "name": ("indicator", "指标", "指标名称", "name"),
    "direction": ("direction", "方向", "指标方向", "正逆向"),
    "weight": ("weight", "权重"),
    "unit": ("unit", "计量单位", "单位"),
    "source": ("source", "来源", "数据来源"),
    "district": ("district", "区", "区县", "行政区", "地区"),
    "period": ("period", "时期", "年份", "年度", "期间"),
    "value": ("value", "值", "数值", "指标值"),
}
"""Field → headers, the preferred one first."""

REQUIRED = ("name", "district", "period", "value")

DIRECTION_WORDS = {
    HIGH: ("high", "up", "+", "正", "正向", "越高越好", "越大越好"),
    LOW: ("low", "down", "-", "负", "逆", "逆向", "负向", "越低越好", "越小越好"),
}
LONGEST = {"name": 200, "unit": 40, "source": 400}
LARGEST_WEIGHT = 1_000_000


@dataclass(frozen=True)
class IndicatorRow:
    """What a row says.

    Attributes
    ----------
    row : int
    name : str
        Of the indicator.
    told : dict of str, float
        What it says of the indicator itself: only the columns that are filled.
    district, period : str
    value : float
    """

    row: int
    name: str
    told: Mapping[str, str | float]
    district: str
    period: str
    value: float

    @property
    def key(self) -> tuple[str, str, str]:
        """Indicator, district and period: what has one value."""
        return self.name, self.district, self.period


@dataclass(frozen=True)
class IndicatorFile:
    """The rows that are in order, what is said of each indicator, and what is wrong."""

    rows: tuple[IndicatorRow, ...]
    indicators: Mapping[str, Mapping[str, str | float]]
    problems: tuple[RowProblem, ...]


def read_indicators(path: Path, names: UnitNames, known: frozenset[str]) -> IndicatorFile:
    """Read a file of indicators and their values.

    Parameters
    ----------
    path : Path
    names : UnitNames
    known : frozenset of str
        Names of the indicators there are: a new one needs its dimension, direction and weight.

    Raises
    ------
    UnreadableFile, MissingColumn
        It is no such table.
    """
    table = read_small_table(path, COLUMNS, REQUIRED)
    problems = list(table.problems)
    rows: list[IndicatorRow] = []
    first: dict[tuple[str, str, str], int] = {}
    indicators: dict[str, dict[str, str | float]] = {}
    for number, cells in table.rows:
        row = _Reader(table, number, cells, problems).read(names)
        if row is None:
            continue
        if row.key in first:
            problems.append(_twice(table, row, cells, first[row.key]))
            continue
        first[row.key] = number
        rows.append(row)
        problems += _merge(table, row, cells, indicators.setdefault(row.name, {}))
    problems += _incomplete(table, rows, indicators, known)
    ordered = tuple(sorted(problems, key=lambda each: each.row))
    return IndicatorFile(tuple(rows), indicators, ordered)


@dataclass
class _Reader:
    """Reads one row and notes what is wrong with it."""

    table: SmallTable
    number: int
    cells: Mapping[str, str]
    problems: list[RowProblem]

    def read(self, names: UnitNames) -> IndicatorRow | None:
        before = len(self.problems)
        name = self.cells["name"]
        if not name:
            self._refuse("name", "no name of the indicator", "没有指标名称")
        for field, longest in LONGEST.items():
            if len(self.cells[field]) > longest:
                self._refuse(field, f"longer than {longest} characters", f"超过 {longest} 字")
        told = self._told()
        meant = names.find(DISTRICT, self.cells["district"])
        if not meant.unit:
            self._refuse("district", meant.english, meant.chinese)
        period = parse_period(self.cells["period"])
        if period is None:
            self._refuse("period", "no period; expected as 2024, 2024-H1, 2024-Q3 or 2024-07",
                         "不是时期，应如 2024、2024-H1、2024-Q3 或 2024-07")  # fmt: skip
        value = number_of(self.cells["value"])
        if value is None:
            self._refuse("value", "not a number", "不是数字")
        if len(self.problems) > before or period is None or value is None:
            return None
        return IndicatorRow(self.number, name, told, meant.unit, period.id, value)

    def _told(self) -> dict[str, str | float]:
        told: dict[str, str | float] = {
            field: self.cells[field] for field in ("unit", "source") if self.cells[field]
        }
        if dimension := self.cells["dimension"]:
            told["dimension"] = dimension
            if dimension not in DIMENSIONS:
                listed = "、".join(DIMENSIONS)
                self._refuse(
                    "dimension", f"none of {listed}", f"不是七有五性的维度，应为{listed}之一"
                )
        if text := self.cells["direction"]:
            found = next(
                (d for d, words in DIRECTION_WORDS.items() if text.casefold() in words), ""
            )
            told["direction"] = found
            if not found:
                self._refuse("direction", "neither high nor low", "应为“越高越好”或“越低越好”")
        if text := self.cells["weight"]:
            weight = number_of(text)
            if weight is None or not 0 <= weight <= LARGEST_WEIGHT:
                self._refuse("weight", f"not a number from 0 to {LARGEST_WEIGHT}",
                             f"应为 0 至 {LARGEST_WEIGHT} 的数字")  # fmt: skip
            else:
                told["weight"] = weight
        return told

    def _refuse(self, field: str, english: str, chinese: str) -> None:
        value = self.cells[field]
        self.problems.append(self.table.problem(self.number, field, value, english, chinese))


def _merge(
    table: SmallTable,
    row: IndicatorRow,
    cells: Mapping[str, str],
    said: dict[str, str | float],
) -> list[RowProblem]:
    """Take in what a row says of its indicator; rows that contradict one another are told."""
    wrong = [
        table.problem(row.row, field, cells[field],
                      f"another row gives {said[field]!r} for the indicator {row.name}",
                      f"与指标“{row.name}”其他行的“{said[field]}”不一致")
        for field, value in row.told.items()
        if said.get(field, value) != value
    ]  # fmt: skip
    said.update({field: value for field, value in row.told.items() if field not in said})
    return wrong


def _incomplete(
    table: SmallTable,
    rows: list[IndicatorRow],
    indicators: Mapping[str, Mapping[str, str | float]],
    known: frozenset[str],
) -> list[RowProblem]:
    first = {row.name: row.row for row in reversed(rows)}
    return [
        table.problem(
            first[name], "name", name,
            "a new indicator needs its dimension, direction and weight",
            "新指标要写明维度、方向和权重",
        )
        for name, said in indicators.items()
        if name not in known and not {"dimension", "direction", "weight"} <= said.keys()
    ]  # fmt: skip


def _twice(
    table: SmallTable, row: IndicatorRow, cells: Mapping[str, str], first: int
) -> RowProblem:
    return table.problem(
        row.row, "name", cells["name"],
        f"given twice for {cells['district']} in {row.period}, first in row {first}",
        f"{cells['district']} {row.period} 的值重复，第 {first} 行已有",
    )  # fmt: skip
