"""Funding in a file: one line of an item, a year and a source a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.townships.funding.amounts import WAN, NoAmountError, read_amount
from app.townships.funding.lines import LONGEST_NOTE, Key
from app.townships.governing.plans import FIRST_YEAR, LAST_YEAR
from geodata.reading.small_tables import RowProblem, SmallTable, read_small_table

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": ("item", "事项编号", "清单事项编号", "编号", "item_id", "item number"),
    "year": ("year", "年度", "年份", "资金年度"),
    "source": ("source", "资金来源", "来源", "资金渠道", "source of funding", "sources of money"),
    "planned": ("planned", "计划", "计划资金", "计划金额", "计划投资"),
    "allocated": ("allocated", "下达", "下达资金", "下达金额", "已下达"),
    "spent": ("spent", "支出", "支出资金", "支出金额", "已支出"),
    "note": ("note", "备注", "说明", "notes"),
}
"""Field → headers, the preferred one first; what stands in brackets behind one is a note."""

WAN_MARKS = ("万", "10,000", "10000")
"""In a header: its amounts are in 万元."""

REQUIRED = ("item", "year", "source")
AMOUNTS = ("planned", "allocated", "spent")

SOURCE_WORDS: Mapping[str, str] = {
    "市级": "city", "市": "city", "市级资金": "city", "市财政": "city", "city": "city",
    "区级": "district", "区": "district", "区级资金": "district", "区财政": "district",
    "district": "district", "district funds": "district",
    "街乡镇": "township", "街道": "township", "乡镇": "township", "街乡镇级": "township",
    "街乡镇资金": "township", "township": "township",
    "社会资本": "social", "社会资金": "social", "企业": "social", "private capital": "social",
    "social": "social",
    "其他": "other", "其它": "other", "other": "other",
}  # fmt: skip


@dataclass(frozen=True)
class FundingRow:
    """What a row says.

    Attributes
    ----------
    row : int
    key : (int, int, str)
        Item, year and source.
    amounts : dict of str, int
        Name → fen, of the cells that are filled.
    note : str
        Empty where the row has none.
    """

    row: int
    key: Key
    amounts: Mapping[str, int]
    note: str = ""


@dataclass(frozen=True)
class FundingFile:
    """The rows that are in order, the table that they stand in, and what is wrong."""

    rows: tuple[FundingRow, ...]
    table: SmallTable
    problems: tuple[RowProblem, ...]

    def problem(self, row: FundingRow, field: str, english: str, chinese: str) -> RowProblem:
        """Return what is wrong with a row that could be read."""
        value = row.key[("item", "year", "source").index(field)]
        return self.table.problem(row.row, field, value, english, chinese)


def read_funding(path: Path) -> FundingFile:
    """Read a file; rows that name neither a source nor an amount are not filled in and left out.

    Raises
    ------
    UnreadableFile, MissingColumn
        It is no such table.
    """
    table = read_small_table(path, COLUMNS, REQUIRED)
    problems = list(table.problems)
    rows: list[FundingRow] = []
    first: dict[Key, int] = {}
    for number, cells in table.rows:
        if not any(cells[name] for name in ("source", *AMOUNTS, "note")):
            continue
        row = _Reader(table, number, cells, problems).read()
        if row is None:
            continue
        if row.key in first:
            problems.append(
                table.problem(
                    number, "item", cells["item"],
                    f"the same item, year and source as in row {first[row.key]}",
                    f"与第 {first[row.key]} 行是同一事项、年度和资金来源",
                )
            )  # fmt: skip
            continue
        first[row.key] = number
        rows.append(row)
    return FundingFile(tuple(rows), table, tuple(problems))


@dataclass
class _Reader:
    """Reads one row and notes what is wrong with it."""

    table: SmallTable
    number: int
    cells: Mapping[str, str]
    problems: list[RowProblem]

    def read(self) -> FundingRow | None:
        """Return the row, None where anything is wrong with it."""
        before = len(self.problems)
        item = self._whole("item", 1, 2**31 - 1, "事项编号应为正整数")
        year = self._whole(
            "year", FIRST_YEAR, LAST_YEAR, f"年度应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间"
        )
        source = SOURCE_WORDS.get(self.cells["source"].casefold())
        if source is None:
            self._wrong(
                "source", "is none of 市级、区级、街乡镇、社会资本、其他",
                "不是“市级”“区级”“街乡镇”“社会资本”“其他”之一",
            )  # fmt: skip
        amounts = self._amounts()
        if len(self.cells["note"]) > LONGEST_NOTE:
            self._wrong(
                "note", f"is longer than {LONGEST_NOTE} characters", f"超过 {LONGEST_NOTE} 个字符"
            )
        if len(self.problems) > before or source is None:
            return None
        return FundingRow(self.number, (item, year, source), amounts, self.cells["note"])

    def _amounts(self) -> dict[str, int]:
        found = {}
        for name in AMOUNTS:
            if not self.cells[name]:
                continue
            try:
                # 计划（万元）and 计划（元）are one header, but for the unit.
                header = self.table.headers.get(name, "")
                unit = WAN if any(mark in header for mark in WAN_MARKS) else 1
                found[name] = read_amount(self.cells[name], unit)
            except NoAmountError as why:
                self._wrong(name, why.english, why.chinese)
        if not any(self.cells[name] for name in AMOUNTS):
            self._wrong("planned", "and the other amounts are empty", "及下达、支出都为空")
        return found

    def _whole(self, field: str, least: int, most: int, chinese: str) -> int:
        text = self.cells[field].removesuffix("年")
        if text.isascii() and text.isdigit() and len(text) < 11 and least <= int(text) <= most:
            return int(text)
        self._wrong(field, f"is no whole number from {least} to {most}", chinese)
        return 0

    def _wrong(self, field: str, english: str, chinese: str) -> None:
        value = self.cells[field]
        self.problems.append(self.table.problem(self.number, field, value, english, chinese))
