"""A home with two plans of a year in two districts, and workbooks of ledgers, for tests of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter

from app.accounts.access import Access, operator
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.db import Database
from app.townships.designations.models import GOVERNED, Designation
from app.townships.governing.item_values import ItemValues
from app.townships.governing.items import create_item
from app.townships.governing.models import ListItem, Plan
from app.townships.governing.plans import begin_plan
from geodata.home import Home
from tests.app.townships.governed_city import TOWNSHIPS, make_areas, make_units

YEAR = 2025
BEGUN = date(YEAR, 1, 10)


class LedgerCity:
    """A home with its units, and a plan of `YEAR` of T1 (district D1) and of T3 (district D2)."""

    def __init__(self, folder: Path) -> None:
        self.home = make_areas(folder)
        self.database = Database(self.home.database)
        self.database.migrate()
        self.access = operator(self.database)
        self.units = make_units(self.access, self.home)
        self.plans = {code: make_plan(self.database, self.home, code) for code in ("T1", "T3")}

    def item(self, code: str = "T1", **more: Any) -> ListItem:
        """Put an item on the tasks of a township's plan."""
        values = ItemValues(**{"title": "清运垃圾", "kind": "tasks", **more})
        return create_item(self.access, self.plans[code].id, values)

    def now(self, item: ListItem) -> ListItem:
        """Return an item as it stands."""
        with self.database.session() as session:
            return session.get_one(ListItem, item.id)

    def person(self, who: str, *more: Permission) -> Access:
        """Somebody of the township T1, of its district, or of the other district."""
        area = {
            "township": Area(townships=frozenset({"T1"})),
            "district": Area(townships=frozenset({"T1", "T2"}), districts=frozenset({"D1"})),
            "other": Area(townships=frozenset({"T3"}), districts=frozenset({"D2"})),
        }[who]
        rights = (Permission.READ, Permission.WORK_PLANS, *more)
        return Access(self.database, who, areas=dict.fromkeys(rights, area))


def make_plan(database: Database, home: Home, code: str) -> Plan:
    """Govern a township, and begin its plan."""
    with database.session() as session:
        one = Designation(
            township=code, name=TOWNSHIPS[code][0], state=GOVERNED, since=BEGUN,
            designated_on=BEGUN,
        )  # fmt: skip
        session.add(one)
    return begin_plan(operator(database), home, one.id, YEAR)


def workbook(
    rows: Iterable[Mapping[str, Any]],
    headings: Sequence[str],
    *,
    above: Sequence[Sequence[str]] = (),
    merged: Sequence[tuple[int, int, int, int, str]] = (),
) -> bytes:
    """Return a workbook with lines above the headings, merged cells and rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for at, line in enumerate([*above, headings]):
            for place, text in enumerate(line):
                if text:
                    sheet.write_string(at, place, text)
        for first, left, last, right, text in merged:
            sheet.merge_range(first, left, last, right, text)
        for at, row in enumerate(rows, len(above) + 1):
            for place, heading in enumerate(headings):
                value = row.get(heading)
                if isinstance(value, date):
                    sheet.write_datetime(at, place, value, day)
                elif value is not None:
                    sheet.write(at, place, value)
    return file.getvalue()


def sheet_of(content: bytes) -> list[list[Any]]:
    """Return the cells of a workbook's first sheet, read by another library than wrote them."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows: list[list[Any]] = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    return rows
