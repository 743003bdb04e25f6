"""Small tables that people keep by hand, such as published results: all rows at once, as texts.

They are read as files of cases are: any encoding or delimiter, workbooks, titles above a header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.errors import UnreadableFile
from geodata.profiles import Profile
from geodata.reading.readers import open_table
from geodata.reading.sheets import cell_text
from geodata.schema import SOURCE_ROW

MOST_ROWS = 50_000
"""Of a table that is held as a whole: 343 townships over twelve years are fewer."""

SMALL_TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".et")

LONGEST_VALUE = 60
"""Characters of a wrong value that a message repeats."""


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in a row: its number as a spreadsheet shows it, column, value and rule."""

    row: int
    column: str
    value: str
    english: str
    chinese: str

    def text(self, language: str) -> str:
        """Return it as one line; Chinese where the language's name begins with ``zh``.

        Examples
        --------
        >>> RowProblem(3, "响应率", "108", "not within 0 to 100", "不在 0 至 100 之间").text("zh")
        '第 3 行，响应率“108”：不在 0 至 100 之间'
        """
        value = self.value[:LONGEST_VALUE]
        if language.startswith("zh"):
            what = f"，{self.column}“{value}”" if self.column else ""
            return f"第 {self.row} 行{what}：{self.chinese}"
        what = f", {self.column} {value!r}" if self.column else ""
        return f"row {self.row}{what}: {self.english}"


@dataclass(frozen=True)
class SmallTable:
    """The rows of a table.

    Attributes
    ----------
    rows : tuple of (int, dict of str)
        Number of the row, and field → text, empty where the cell is or the column is missing.
    headers : dict of str
        Field → header in the file.
    problems : tuple of RowProblem
        Rows that are none of this table.
    """

    rows: tuple[tuple[int, Mapping[str, str]], ...]
    headers: Mapping[str, str]
    problems: tuple[RowProblem, ...]

    def problem(
        self, row: int, field: str, value: object, english: str, chinese: str
    ) -> RowProblem:
        """Return what is wrong with a field of a row, under the header that the file has for it."""
        return RowProblem(row, self.headers.get(field, field), str(value), english, chinese)


def read_small_table(
    path: Path, columns: Mapping[str, tuple[str, ...]], required: tuple[str, ...]
) -> SmallTable:
    """Read a table.

    Parameters
    ----------
    path : Path
    columns : mapping
        Field → headers by which it is known, the preferred one first.
    required : tuple of str
        Fields without whose column the file is refused.

    Raises
    ------
    UnreadableFile
        It is no table, has no rows below its header, or too many.
    MissingColumn
        A required column is missing; the message names the headers found.
    """
    # Only the reading of tables is shared with profiles of cases, not their rules.
    profile = Profile.model_construct(
        name="table", zone="UTC", columns=dict(columns), required=required
    )
    source = open_table(path, profile)
    rows: list[tuple[int, Mapping[str, str]]] = []
    problems: list[RowProblem] = []
    for batch in source.batches():
        for cells in batch.rows.to_pylist():
            number = cells.pop(SOURCE_ROW)
            texts = {field: _text(cells.get(field)) for field in columns}
            if any(texts.values()):
                rows.append((number, texts))
        problems += [
            RowProblem(row["source_row"], row["field"] or "", row["value"] or "",
                       row["reason_en"], row["reason_zh"])
            for row in batch.rejects.to_pylist()
        ]  # fmt: skip
        if len(rows) > MOST_ROWS:
            raise UnreadableFile(
                f"{path.name}: more than {MOST_ROWS:,} rows; split the file",
                f"{path.name}：超过 {MOST_ROWS:,} 行，请拆分后导入",
            )
    if not rows and not problems:
        raise UnreadableFile(
            f"{path.name}: no rows below the header", f"{path.name}：表头以下没有数据行"
        )
    return SmallTable(tuple(rows), source.header.headers(), tuple(problems))


def _text(cell: Any) -> str:
    return (cell_text(cell) or "").strip()
