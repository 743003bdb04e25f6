"""Rows that did not become cases: which row, which field, what was read, which rule.

Rejects are shown only to whoever imported the file, with personal data masked, and are deleted
after `KEEP_DAYS`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

import pyarrow as pa

from geodata.notes import Note
from geodata.privacy import mask_address
from geodata.spreadsheets import SpreadsheetWriter

if TYPE_CHECKING:
    from geodata.home import Home

KEEP_DAYS = 30
"""Days after which the rejects of an import are deleted (DESIGN, what is stored where)."""

VALUE_LENGTH = 80
"""Characters of a rejected value that are shown."""

LOST_IDS_ADVICE = Note(
    "their last digits are gone and no formatting brings them back; export again from the "
    "hotline system with ids as text (.xlsx or .csv) and import that file unopened, or in Excel "
    "use Data > From Text/CSV and set this column to Text before loading",
    "末尾几位已丢失，加宽列或改格式都无法恢复；请从热线系统重新导出，编号存为文本，"
    "不要先用表格软件打开另存；必须经 Excel 时，用“数据→从文本/CSV”导入，"
    "加载前把该列设为“文本”",
)
"""What helps where a spreadsheet program has rounded ids, for one row as for the whole file."""

REJECT_SCHEMA = pa.schema(
    [
        pa.field("source_row", pa.int64(), nullable=False),
        pa.field("case_id", pa.string()),
        pa.field("field", pa.string()),
        pa.field("value", pa.string()),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("reason_zh", pa.string(), nullable=False),
        pa.field("reason_en", pa.string(), nullable=False),
    ]
)

RULES: dict[str, tuple[str, str]] = {
    "missing_value": ("必填项为空", "required value is empty"),
    "unreadable_date": ("不是可读的时间", "not a readable date and time"),
    "future_date": ("时间晚于导入时间", "lies in the future"),
    "too_early_date": ("时间早于 1980 年，疑为默认值", "lies before 1980, likely a default value"),
    "unreadable_number": ("不是数字", "not a number"),
    "unreadable_yes_no": (
        "不是“是/否”，可在导入方案中为该词设定含义",
        "neither yes nor no; the profile's values can say what this word means",
    ),
    "unknown_word": (
        "不是已知的取值，可在导入方案中为该词设定含义",
        "not a known value; the profile's values can say what this word means",
    ),
    "unknown_crs": ("未知的坐标系", "not a known coordinate system"),
    "field_too_long": ("内容超过 1 MB", "longer than 1 MB"),
    "id_lost_digits": (
        f"编号已被表格软件变成 1.23E+17 这样的近似数，{LOST_IDS_ADVICE.chinese}",
        f"the id has become a rounded number such as 1.23E+17: {LOST_IDS_ADVICE.english}",
    ),
    "ragged_row": ("列数与表头不符", "number of columns differs from the header's"),
    "unclosed_quote": ("引号没有配对", "a quotation mark is never closed"),
    "broken_json": ("不是完整的 JSON 记录", "not a complete JSON record"),
    "not_a_record": ("不是一条记录，应为 JSON 对象", "not a record, expected a JSON object"),
    "nested_too_deep": ("嵌套层数过多", "nested too deeply"),
    "total_row": ("合计行，不是工单", "a row of totals, not a case"),
    "superseded": ("同一编号在文件中另有更新的一行", "a newer row of the file has the same id"),
}
"""Rule code → what it says in Chinese and in English."""


def build_rejects(
    source_row: list[int],
    case_id: list[str | None],
    field: list[str | None],
    value: list[str | None],
    rule: list[str],
    *,
    headers: dict[str, str] | None = None,
) -> pa.Table:
    """Make a table of rejects; values are masked and cut here, once for all.

    Parameters
    ----------
    source_row : list of int
        Rows of the file, 1-based as a spreadsheet shows them.
    case_id, field, value, rule : list of str, same length
        What was read where, and the code of the rule (a key of `RULES`) that it breaks.
    headers : dict of str, optional
        Field → header in the file, by which the reason calls it.

    Returns
    -------
    pyarrow.Table
        Columns of `REJECT_SCHEMA`.

    Examples
    --------
    >>> table = build_rejects([3], ["A1"], ["received_at"], ["soon"], ["unreadable_date"])
    >>> table["reason_en"][0].as_py()
    'received_at: not a readable date and time'
    """
    names = [(headers or {}).get(name, name) if name else None for name in field]
    columns = {
        "source_row": source_row,
        "case_id": [_shown("case_id", text) for text in case_id],
        "field": field,
        "value": [_shown(name, text) for name, text in zip(field, value, strict=True)],
        "rule": rule,
        "reason_zh": [_reason(name, code, 0) for name, code in zip(names, rule, strict=True)],
        "reason_en": [_reason(name, code, 1) for name, code in zip(names, rule, strict=True)],
    }
    return pa.table(columns, schema=REJECT_SCHEMA)


def cut_value(text: str | None) -> str | None:
    """Cut a value to `VALUE_LENGTH` characters, with an ellipsis where something is left out."""
    if text is None or len(text) <= VALUE_LENGTH:
        return text
    return text[: VALUE_LENGTH - 1] + "…"


def _shown(field: str | None, text: str | None) -> str | None:
    if text is None:
        return None
    if field == "caller":
        return "***"
    # Masking before cutting: half a phone number would escape the mask. Some slack keeps it cheap.
    return cut_value(mask_address(text[: VALUE_LENGTH * 4]))


def _reason(field: str | None, rule: str, language: int) -> str:
    separator = ("：", ": ")[language]
    reason = RULES[rule][language]
    return f"{field}{separator}{reason}" if field else reason


class RejectWriter:
    """Write rejects to a CSV file as they come; the file appears with the first of them.

    Parameters
    ----------
    path : Path
        File to write: UTF-8 with BOM, so that Excel reads it, readable by its owner only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._file: TextIO | None = None

    def write(self, rejects: pa.Table) -> None:
        """Append the rows of a table with the columns of `REJECT_SCHEMA`."""
        if rejects.num_rows == 0:
            return
        if self._file is None:
            self._file = self._open()
        writer = SpreadsheetWriter(self._file)
        columns = [rejects[name].to_pylist() for name in REJECT_SCHEMA.names]
        writer.writerows(zip(*columns, strict=True))
        self.rows += rejects.num_rows

    def _open(self) -> TextIO:
        self.path.touch(mode=0o600)
        file = self.path.open("w", encoding="utf-8-sig", newline="")
        SpreadsheetWriter(file).writerow(REJECT_SCHEMA.names)
        return file

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def write_rejects(path: Path, tables: Iterable[pa.Table]) -> int:
    """Write tables of rejects to one CSV file; return the number of rows.

    Without any rejects no file is made.
    """
    with RejectWriter(path) as writer:
        for table in tables:
            writer.write(table)
        return writer.rows


def delete_expired(home: "Home", now: datetime) -> int:
    """Delete the rejects that are older than `KEEP_DAYS`.

    Parameters
    ----------
    home : Home
        Home whose `rejects` folder is cleaned.
    now : datetime
        The present moment, with its zone.

    Returns
    -------
    int
        How many files were deleted.
    """
    oldest = now - timedelta(days=KEEP_DAYS)
    expired = [
        path
        for path in home.rejects.glob("*.csv")
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < oldest
    ]
    for path in expired:
        path.unlink(missing_ok=True)
    return len(expired)
