"""Published results in a file: what each row says, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import InvalidParameter
from app.townships.assessment.cell_values import cycle_of, number_of
from app.townships.assessment.cycles import Tiling
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.rules import PER_CENT
from app.townships.assessment.unit_names import UnitNames, kind_of
from geodata.reading.small_tables import RowProblem, SmallTable, read_small_table

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "cycle": ("cycle", "考核周期", "周期", "考核期", "月份", "考核月份"),
    "unit_kind": ("unit_kind", "单位类别", "类别", "单位类型"),
    "district": ("district", "区", "所属区", "区县", "行政区"),
    "unit": ("unit", "单位", "单位名称", "街乡镇", "街道乡镇", "街镇", "区划代码", "名称"),
    "response": ("response", "响应率"),
    "resolution": ("resolution", "解决率"),
    "satisfaction": ("satisfaction", "满意率", "满意度"),
    "score": ("score", "综合得分", "得分", "总分", "综合成绩"),
    "rank": ("rank", "名次", "排名", "位次", "综合排名"),
    "source": ("source", "来源", "依据", "通报文号"),
}
"""Field → headers, the preferred one first."""

REQUIRED = ("cycle", "unit")
FIGURES = (*QUESTIONS, "score", "rank")
LONGEST_SOURCE = 400
LARGEST_RANK = 100_000


@dataclass(frozen=True)
class PublishedRow:
    """What a row says of a unit in a cycle; rates in per cent.

    Attributes
    ----------
    row : int
        As a spreadsheet numbers it.
    cycle_id, unit_kind, unit : str
        ``unit`` is the key of `unit_names.UnitNames`.
    response, resolution, satisfaction, score : float or None
    rank : int or None
    source : str
    """

    row: int
    cycle_id: str
    unit_kind: str
    unit: str
    response: float | None
    resolution: float | None
    satisfaction: float | None
    score: float | None
    rank: int | None
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Cycle, kind and unit: what is published once."""
        return self.cycle_id, self.unit_kind, self.unit

    def figures(self) -> dict[str, Any]:
        """Return what is stored beside the key."""
        return {name: getattr(self, name) for name in (*FIGURES, "source")}


def read_published(
    path: Path, names: UnitNames, tiling: Tiling
) -> tuple[tuple[PublishedRow, ...], tuple[RowProblem, ...]]:
    """Return the rows of a file that are in order, and what is wrong with the others.

    Raises
    ------
    UnreadableFile, MissingColumn
        It is no such table.
    """
    table = read_small_table(path, COLUMNS, REQUIRED)
    rows: list[PublishedRow] = []
    problems = list(table.problems)
    seen: dict[tuple[str, str, str], int] = {}
    for number, cells in table.rows:
        made = _Reader(table, number, cells, problems).read(names, tiling)
        if made is None:
            continue
        if made.key in seen:
            problems.append(_twice(table, made, cells["unit"], seen[made.key]))
            continue
        seen[made.key] = number
        rows.append(made)
    problems += _shares(table)
    return tuple(rows), tuple(sorted(problems, key=lambda each: each.row))


@dataclass
class _Reader:
    """Reads one row and notes what is wrong with it."""

    table: SmallTable
    number: int
    cells: Mapping[str, str]
    problems: list[RowProblem]

    def read(self, names: UnitNames, tiling: Tiling) -> PublishedRow | None:
        before = len(self.problems)
        cycle_id = self._cycle(tiling)
        kind, unit = self._unit(names)
        response, resolution, satisfaction = (
            self._number(name, 0, PER_CENT) for name in ("response", "resolution", "satisfaction")
        )
        score, rank = self._number("score", 0, None), self._number("rank", 1, LARGEST_RANK)
        if rank is not None and not rank.is_integer():
            self._refuse("rank", "not a whole number", "应为整数")
        source = self.cells["source"]
        if len(source) > LONGEST_SOURCE:
            self._refuse("source", f"longer than {LONGEST_SOURCE} characters",
                         f"超过 {LONGEST_SOURCE} 字")  # fmt: skip
        if not any(self.cells[name] for name in FIGURES):
            self._refuse("unit", "neither rates nor score nor rank", "三率、得分、名次都没有填")
        if len(self.problems) > before:
            return None
        return PublishedRow(
            self.number,
            cycle_id,
            kind,
            unit,
            response,
            resolution,
            satisfaction,
            score,
            int(rank) if rank else None,
            source,
        )

    def _cycle(self, tiling: Tiling) -> str:
        try:
            return cycle_of(self.cells["cycle"], tiling).id
        except InvalidParameter:
            self._refuse(
                "cycle",
                "no cycle; expected as month-2025-01 or 2025年1月",
                "不是考核周期，应如“2025年1月”或 month-2025-01",
            )
            return ""

    def _unit(self, names: UnitNames) -> tuple[str, str]:
        kind = kind_of(self.cells["unit_kind"])
        if kind is None:
            self._refuse("unit_kind", "none of township, district, department, enterprise",
                         "应为街乡镇、区、部门或公共服务企业")  # fmt: skip
            return "", ""
        meant = names.find(kind, self.cells["unit"], self.cells["district"])
        if not meant.unit:
            self._refuse("unit", meant.english, meant.chinese)
        return kind, meant.unit

    def _number(self, field: str, low: float, high: float | None) -> float | None:
        text = self.cells[field]
        if not text:
            return None
        number = number_of(text)
        if number is None:
            self._refuse(field, "not a number", "不是数字")
        elif high is not None and not low <= number <= high:
            self._refuse(field, f"not within {low:g} to {high:g}", f"不在 {low:g} 至 {high:g} 之间")
        elif number < low:
            self._refuse(field, f"below {low:g}", f"小于 {low:g}")
        return number

    def _refuse(self, field: str, english: str, chinese: str) -> None:
        value = self.cells[field]
        self.problems.append(self.table.problem(self.number, field, value, english, chinese))


def _twice(table: SmallTable, row: PublishedRow, value: str, first: int) -> RowProblem:
    return table.problem(
        row.row, "unit", value,
        f"given twice for {row.cycle_id}, first in row {first}",
        f"在 {row.cycle_id} 中重复，第 {first} 行已有",
    )  # fmt: skip


def _shares(table: SmallTable) -> list[RowProblem]:
    """Refuse a file whose rates are shares of 1: a workbook shows 0.953 as 95.3 %."""
    given = [
        (number, name, cells[name])
        for number, cells in table.rows
        for name in QUESTIONS
        if number_of(cells[name]) is not None
    ]
    plain = [each for each in given if not each[2].rstrip().endswith(("%", "％"))]
    if not plain or any(number_of(text) > 1 for *_, text in plain):  # type: ignore[operator]
        return []
    fraction = next((each for each in plain if number_of(each[2])), None)
    if fraction is None:
        return []
    number, name, text = fraction
    return [
        table.problem(
            number, name, text,
            "no rate of the file is above 1: they look like shares; expected per cent, as 95.3",
            "整个文件的三率都不超过 1，像是小数；应填百分数，如 95.3",
        )
    ]  # fmt: skip
