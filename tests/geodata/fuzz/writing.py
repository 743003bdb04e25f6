"""Write records as the files that offices send, and remember which row of the file is which."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from tests.geodata.fuzz.parquet_types import typed_table
from tests.geodata.fuzz.rows import Record
from tests.geodata.fuzz.tables import Table

EXCEL_TEXT = 32_767
"""Characters that a cell of a workbook can hold."""

NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""The moment of every import."""

DELIMITED, PARQUET, WORKBOOK, JSON = "delimited", "parquet", "workbook", "json"


@dataclass(frozen=True)
class Written:
    """A file and what is in it.

    Attributes
    ----------
    rows : dict of Record
        Number of the row in the file → what was written there.
    kind : str
        ``delimited``, ``parquet``, ``workbook`` or ``json``.
    exact : bool
        Whether every row is known; not so once the bytes were damaged.
    style : str
        How it was written, for people.
    refusal : bool
        Whether the file as a whole may be refused.
    plain : bool
        Whether cells stand in the file as the texts that they are.
    """

    path: Path
    rows: dict[int, Record]
    kind: str
    style: str
    exact: bool = True
    refusal: bool = False
    plain: bool = True


Writer = Callable[[Table, list[Record], Path, random.Random], Written]

_ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le")
_TITLES = ("12345 热线工单明细", "统计日期：2025年3月", "")


def write_delimited(table: Table, records: list[Record], path: Path, rng: random.Random) -> Written:
    """Write CSV in any encoding, with any delimiter, quoting and line ends."""
    delimiter = rng.choice([",", ",", "\t", ";", "|"])
    encoding = rng.choice(_ENCODINGS)
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    ends = rng.choice([["\n"], ["\r\n"], ["\n", "\r\n"], ["\r"]])
    titles = rng.choice([0, 0, 0, 1, 3])
    lines = [
        _line(list(_TITLES[:titles][index : index + 1]), delimiter, quoting)
        for index in range(titles)
    ]
    lines.append(_line(table.headers, delimiter, quoting))
    # A quotation mark left open swallows what follows up to the next: only the last row has one.
    last = len(records) - 1
    rows: dict[int, Record] = {}
    for place, record in enumerate(records):
        cells = record.cells if record.torn is None else record.torn
        line = _line(cells, delimiter, quoting)
        if record.open_quote and place == last:
            line = f'"{line.replace(chr(34), "")}'
        rows[len(lines) + 1] = record
        lines.append(line)
    text = "".join(line + rng.choice(ends) for line in lines)
    if rng.random() < 0.2:
        text = text.rstrip("\r\n")
    path.write_bytes(text.encode(encoding))
    style = f"{encoding} {delimiter!r} quoting={quoting} ends={ends} titles={titles}"
    return Written(path, rows, DELIMITED, style)


def _line(cells: tuple[str, ...] | list[str], delimiter: str, quoting: int) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().removesuffix("\r\n")


def write_parquet(table: Table, records: list[Record], path: Path, rng: random.Random) -> Written:
    """Write Parquet whose columns have any type that could hold them."""
    written, style, plain = typed_table(table, records, path, rng)
    rows = dict(enumerate(records, start=1))
    return Written(path, rows, PARQUET, style, plain=plain, refusal=not written)


def write_workbook(table: Table, records: list[Record], path: Path, rng: random.Random) -> Written:
    """Write a workbook with titles above, sheets beside and cells of odd kinds."""
    titles = rng.choice([0, 0, 1, 4])
    left = rng.choice([0, 0, 1])
    odd = rng.random() < 0.5
    rows: dict[int, Record] = {}
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "nan_inf_to_errors": True}
    ) as book:
        if rng.random() < 0.2:
            book.add_worksheet("说明").write_string(0, 0, "本表由系统导出")
        sheet = book.add_worksheet("工单")
        if rng.random() < 0.2:
            book.add_worksheet("空表")
        for number in range(titles):
            sheet.write_string(number, 0, f"标题 {number}")
        for column, header in enumerate(table.headers):
            sheet.write_string(titles, left + column, header)
        for place, record in enumerate(records):
            row = titles + 1 + place
            rows[row + 1] = record
            for column, cell in enumerate(record.cells):
                _write_cell(sheet, row, left + column, cell, odd, rng)
    return Written(path, rows, WORKBOOK, f"titles={titles} left={left} odd={odd}", plain=not odd)


def _write_cell(
    sheet: xlsxwriter.worksheet.Worksheet,
    row: int,
    column: int,
    cell: str,
    odd: bool,
    rng: random.Random,
) -> None:
    if not cell:
        return
    chance = rng.random() if odd and not cell.startswith(("stamp", "seal")) else 1.0
    if chance < 0.02:
        sheet.write_formula(row, column, "=1/0", value="#DIV/0!")
    elif chance < 0.03:
        sheet.write_boolean(row, column, True)
    elif (
        chance < 0.10
        and cell.replace(".", "", 1).isdecimal()
        and cell.isascii()
        and len(cell) < 300
    ):
        sheet.write_number(row, column, float(cell))
    elif chance < 0.12:
        sheet.write_formula(row, column, "=TODAY()", value=rng.choice(["45735.5", cell[:200]]))
    else:
        sheet.write_string(row, column, cell[: EXCEL_TEXT - 1])


def write_json(table: Table, records: list[Record], path: Path, rng: random.Random) -> Written:
    """Write JSON lines, some of them broken, or one array of all records."""
    encoding = rng.choice(["utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16"])
    escaped = rng.random() < 0.3
    as_array = rng.random() < 0.3
    texts = [
        json.dumps(_as_json(table, record.cells, rng), ensure_ascii=escaped) for record in records
    ]
    if as_array:
        text = f"[{', '.join(texts)}]"
    else:
        # Cut off anywhere behind its start, by which a file of JSON is known.
        texts = [
            text[: rng.randint(2, len(text) - 1)] if record.broken else text
            for text, record in zip(texts, records, strict=True)
        ]
        text = "\n".join(texts) + rng.choice(["", "\n"])
    path.write_bytes(text.encode(encoding))
    rows = dict(enumerate(records, start=1))
    style = f"{encoding} array={as_array} escaped={escaped}"
    nothing_whole = not as_array and all(record.broken for record in records)
    return Written(path, rows, JSON, style, refusal=nothing_whole)


def _as_json(
    table: Table, cells: tuple[str, ...], rng: random.Random
) -> dict[str, str | int | None]:
    """Write empty cells as nulls or texts; whole numbers may stand bare."""
    record: dict[str, str | int | None] = {}
    for name, cell in zip(table.headers, cells, strict=True):
        if re.fullmatch(r"0|[1-9][0-9]{0,300}", cell) and rng.random() < 0.3:
            record[name] = int(cell)
        else:
            record[name] = cell or rng.choice([None, ""])
    return record


WRITERS: dict[str, Writer] = {
    DELIMITED: write_delimited, PARQUET: write_parquet, WORKBOOK: write_workbook,
    JSON: write_json,
}  # fmt: skip
SHARES = (4, 2, 1, 2)
"""How often each writer is taken, in the order of `WRITERS`."""
