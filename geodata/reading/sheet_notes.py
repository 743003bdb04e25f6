"""What to tell of a workbook: sheets read and not read, and what was found in them."""

from collections.abc import Iterator, Sequence

from geodata.notes import Note
from geodata.reading.sheet_parts import SheetFacts
from geodata.reading.sheets import SheetRows


def sheet_notes(
    read: Sequence[str], without_header: Sequence[str], hidden: Sequence[str], step: int
) -> Iterator[Note]:
    """Tell which sheets were read, how their rows are numbered, and which were not read.

    Parameters
    ----------
    read, without_header, hidden : sequence of str
        Names of sheets; hidden ones and those not chosen are not read.
    step : int
        Distance between the row numbers of two sheets.

    Examples
    --------
    >>> [str(note) for note in sheet_notes(["一月"], ["说明"], [], 100)]
    ["only sheet '一月' was read, not 说明"]
    """
    english = ", ".join(f"'{name}'" for name in read)
    chinese = "".join(f"“{name}”" for name in read)
    counted = [(name, f"{place * step:,}") for place, name in enumerate(read) if place]
    if counted:
        rows = ", ".join(f"'{name}' from {start}" for name, start in counted)
        rows_zh = "，".join(f"“{name}”从 {start} 起" for name, start in counted)
        yield Note(
            f"sheets {english} have the header and were read together; rows are numbered in {rows}",
            f"工作表{chinese}表头相符，合并读取；行号{rows_zh}",
        )
    if without_header:
        verb = "sheets" if counted else "sheet"
        yield Note(
            f"only {verb} {english} {'were' if counted else 'was'} read, "
            f"not {', '.join(without_header)}",
            f"只读取了工作表{chinese}，没有读取{'、'.join(without_header)}",
        )
    if hidden:
        yield Note(
            f"not read, hidden or not chosen: {', '.join(hidden)}; a sheet can be named to be read",
            f"隐藏或未选的工作表{'、'.join(hidden)}没有读取；可以指定工作表名称来读取",
        )


def content_notes(sheet: SheetRows, facts: SheetFacts) -> Iterator[Note]:
    """Tell of totals, merged areas, hidden rows and errors in a sheet that was read."""
    found = (
        (
            sheet.rejects.num_rows,
            "rows of totals are no cases and stand among the rejected rows",
            "行合计不是工单，列在拒收的行里",
        ),
        (
            sheet.merged,
            "merged areas: each of their rows got the value",
            "处合并单元格，其中各行都取该值",
        ),
        (facts.hidden_rows, "hidden or filtered rows were read too", "行被隐藏或筛掉，也已读取"),
        (
            facts.error_cells,
            "cells hold an error such as #N/A and count as empty",
            "个单元格是 #N/A 之类的错误值，按空白处理",
        ),
    )
    for count, english, chinese in found:
        if count:
            yield Note(
                f"sheet '{sheet.name}': {count:,} {english}",
                f"工作表“{sheet.name}”：{count:,} {chinese}",
            )
