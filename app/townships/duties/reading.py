"""Take a duty list in from a file of an office: all of it or nothing."""

# ruff: noqa: N818 - the name says what is wrong, as those of geodata.errors do

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from werkzeug.datastructures import FileStorage

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.uploads import delete_upload, keep_upload
from app.errors import LONGEST_SHOWN
from app.townships.duties.keeping import LONGEST_PATH, read_names, read_path
from app.townships.duties.models import Duty
from geodata.errors import UnreadableFile, UserError
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.profiles import Profile
from geodata.reading.readers import open_table
from geodata.schema import SOURCE_ROW

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".et")
MOST_ROWS = 20_000

HEADERS: dict[str, tuple[str, ...]] = {
    "scenario": ("场景", "问题场景", "事项", "具体场景", "scenario"),
    "class_1": ("一级分类", "问题一级分类", "一级", "问题分类", "诉求分类", "class_1"),
    "class_2": ("二级分类", "问题二级分类", "二级", "class_2"),
    "class_3": ("三级分类", "问题三级分类", "三级", "class_3"),
    "level": ("层级", "级别", "职责层级", "level"),
    "lead": ("牵头单位", "主责单位", "主责部门", "牵头部门", "责任单位", "lead"),
    "cooperating": ("协同单位", "配合单位", "协办单位", "配合部门", "协同部门", "cooperating"),
    "basis": ("依据", "政策依据", "职责依据", "文件依据", "basis"),
    "batch": ("批次", "清单批次", "印发批次", "batch"),
}
"""Field → headers by which offices call it."""

LEVEL_WORDS: Mapping[str, str] = {
    "市": "city", "市级": "city", "全市": "city", "city": "city",
    "区": "district", "区级": "district", "区县": "district", "district": "district",
    "街乡镇": "township", "街道": "township", "乡镇": "township", "街道乡镇": "township",
    "街镇": "township", "街乡镇级": "township", "街乡": "township", "township": "township",
}  # fmt: skip

LENGTHS = {"scenario": 200, "lead": 200, "basis": 400, "batch": 100}


@dataclass(frozen=True)
class Problem:
    """A cell that breaks a rule: where it stands, what it says, what was expected."""

    row: int
    field: str
    value: str
    english: str
    chinese: str

    def line(self) -> tuple[str, str]:
        """Return it in one line, in English and in Chinese."""
        header = HEADERS[self.field][0]
        return (
            f"row {self.row}: {self.field} {self.value!r} {self.english}",
            f"第 {self.row} 行“{header}”列 “{self.value}” {self.chinese}",
        )


class InvalidDutyFile(UserError):
    """Rows of a file break rules; nothing of it was taken.

    Attributes
    ----------
    problems : tuple of Problem
    """

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        self.file, self.problems = file, problems
        english, chinese = problems[0].line()
        more = len(problems) - 1
        super().__init__(
            f"{file}: {english}" + (f"; and {more:,} more" if more else ""),
            f"{file}：{chinese}" + (f"；另有 {more:,} 处" if more else ""),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way between processes with the problems."""
        return type(self), (self.file, self.problems)


@dataclass(frozen=True)
class Taken:
    """How many lines a file brought, how many of its batches before it replaced."""

    added: int
    replaced: int
    batches: tuple[str, ...]


def import_duties(access: Access, home: Home, file: FileStorage, batch: str) -> Taken:
    """Take in an upload, which is deleted however it ends.

    What the list of a batch said before is replaced by what it says now; other batches stay.

    Parameters
    ----------
    access : Access
    home : Home
    file : FileStorage
    batch : str
        Of rows that name none themselves.

    Raises
    ------
    InvalidDutyFile
        Names every row that is not in order.
    UnreadableFile, MissingColumn
        It is no table of duties.
    """
    access.require_township(Permission.GOVERN, None)
    path = keep_upload(home, file, SUFFIXES)
    try:
        rows = read_duties(path, batch.strip())
    finally:
        delete_upload(path)
    return _store(access, mask_address(path.name), rows)


def read_duties(path: Path, batch: str) -> list[dict[str, Any]]:
    """Read a file of duties into columns of the table.

    Raises
    ------
    InvalidDutyFile
    UnreadableFile, MissingColumn
    """
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in _cells(path):
        if len(rows) >= MOST_ROWS:
            raise UnreadableFile(
                f"{path.name}: more than {MOST_ROWS:,} rows; a duty list has fewer",
                f"{path.name}：超过 {MOST_ROWS:,} 行，不是职责清单",
            )
        found = list(_problems(number, cells, batch))
        row = _row(cells, batch)
        key = (row["batch"], row["level"], row["scenario"], *row["classes"])
        if key in seen and not found:
            found.append(
                Problem(number, "scenario", row["scenario"] or "/".join(row["classes"]),
                        f"says the same level again as row {seen[key]}",
                        f"与第 {seen[key]} 行是同一批次、同一层级的同一场景或分类")
            )  # fmt: skip
        seen.setdefault(key, number)
        problems += found
        rows.append(row)
    if problems:
        raise InvalidDutyFile(path.name, tuple(problems))
    if not rows:
        raise UnreadableFile(
            f"{path.name}: no rows below the header", f"{path.name}：表头以下没有数据行"
        )
    return rows


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    profile = Profile.model_construct(
        name="duties", zone="UTC", columns=dict(HEADERS), required=("level", "lead")
    )
    for each in open_table(path, profile).batches():
        for row in each.rows.to_pylist():
            number = row.pop(SOURCE_ROW)
            cells = {name: _plain(cell) for name, cell in row.items()}
            if any(cells.values()):
                yield number, {name: cells.get(name, "") for name in HEADERS}


def _plain(cell: object) -> str:
    """Return a cell as text; a whole number of a workbook without its point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _row(cells: Mapping[str, str], batch: str) -> dict[str, Any]:
    return {
        "scenario": cells["scenario"],
        "classes": list(_path(cells)),
        "level": LEVEL_WORDS.get(cells["level"], cells["level"]),
        "lead": cells["lead"],
        "cooperating": list(read_names(cells["cooperating"])),
        "basis": cells["basis"],
        "batch": cells["batch"] or batch,
    }


def _path(cells: Mapping[str, str]) -> tuple[str, ...]:
    """Return the path of a row; one column may hold it whole."""
    parts = (cells[f"class_{level}"] for level in range(1, LONGEST_PATH + 1))
    return tuple(name for part in parts for name in read_path(part))


def _problems(number: int, cells: Mapping[str, str], batch: str) -> Iterator[Problem]:
    def wrong(field: str, english: str, chinese: str) -> Problem:
        return Problem(number, field, cells[field][:LONGEST_SHOWN], english, chinese)

    if cells["level"] not in LEVEL_WORDS:
        yield wrong("level", "is neither 市 nor 区 nor 街乡镇", "不是“市”“区”“街乡镇”之一")
    if not cells["lead"]:
        yield wrong("lead", "is empty; each row needs a lead unit", "为空，每行都应有牵头单位")
    if not cells["scenario"] and not _path(cells):
        yield wrong("scenario", "is empty and so is the class", "和分类都为空，应至少填一项")
    if len(_path(cells)) > LONGEST_PATH:
        yield wrong("class_1", "makes a path of more than three classes", "分类超过三级")
    for above, below in (("class_1", "class_2"), ("class_2", "class_3")):
        if cells[below] and not cells[above]:
            yield wrong(below, f"stands without {above}", "的上一级分类为空")
    if not (cells["batch"] or batch):
        yield wrong("batch", "is empty, and none was given", "为空，页面上也没有填批次")
    for field, most in LENGTHS.items():
        if len(cells[field]) > most:
            yield wrong(field, f"is longer than {most} characters", f"超过 {most} 个字符")


def _store(access: Access, file: str, rows: list[dict[str, Any]]) -> Taken:
    batches = tuple(dict.fromkeys(row["batch"] for row in rows))
    with access.database.session() as session:
        earlier = Duty.batch.in_(batches)
        replaced = int(session.scalar(select(func.count()).where(earlier)) or 0)
        session.execute(delete(Duty).where(earlier))
        session.add_all(Duty(**row) for row in rows)
        told = {"file": file, "rows": len(rows), "replaced": replaced, "batches": list(batches)}
        access.record("duty.import", ("duty", ""), None, told, session=session)
    return Taken(len(rows), replaced, batches)
