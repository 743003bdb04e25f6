"""A ledger's file that was handed in: looked at as often as wanted, then written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.listing import choices
from app.errors import Conflict
from app.townships.ledger.coded import coded_words
from app.townships.ledger.columns import columns_for
from app.townships.ledger.row_checks import (
    CHANGE,
    NEW,
    REFUSED,
    CheckedRow,
    RowChecks,
    write_rows,
)
from app.townships.ledger.sheet_reading import LedgerSheet, read_ledger
from geodata.home import Home
from geodata.reading.small_tables import RowProblem

KEPT_AS = "list_items"
"""What uploads of this kind are called."""

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".et")


@dataclass(frozen=True)
class CheckedFile:
    """What a file would do, or did.

    Attributes
    ----------
    rows : tuple of CheckedRow
    ignored : tuple of str
        Headings that were not read.
    written : bool
    """

    rows: tuple[CheckedRow, ...]
    ignored: tuple[str, ...]
    written: bool = False

    @cached_property
    def counts(self) -> Counter[str]:
        """How many rows do what."""
        return Counter(row.act for row in self.rows)

    @cached_property
    def problems(self) -> list[RowProblem]:
        """What is wrong, row by row."""
        return [problem for row in self.rows for problem in row.problems]

    @property
    def does_something(self) -> bool:
        """Tell whether a row is new or changes an item."""
        return bool(self.counts[NEW] + self.counts[CHANGE])


def check_file(access: Access, home: Home, path: Path, today: date) -> CheckedFile:
    """Return what a file would do; nothing is written.

    Raises
    ------
    UserError
        The file is no ledger.
    """
    sheet = _sheet(access, path)
    with access.database.session() as session:
        rows = _checks(access, home, session, sheet, today).all()
    return CheckedFile(tuple(rows), sheet.ignored)


def store_file(access: Access, home: Home, path: Path, today: date, *, whole: bool) -> CheckedFile:
    """Write the good rows of a file; where `whole` is asked for, all of them or none.

    They are checked once more: what was shown before may hold no longer.

    Raises
    ------
    UserError
        The file is no ledger.
    Conflict
        Somebody changed one of the items at the same moment: nothing was written.
    """
    sheet = _sheet(access, path)
    try:
        with access.database.session() as session:
            rows = _checks(access, home, session, sheet, today).all()
            found = CheckedFile(tuple(rows), sheet.ignored)
            if (whole and found.counts[REFUSED]) or not found.does_something:
                return found
            write_rows(access, session, rows)
    except StaleDataError:
        raise Conflict(
            "an item of the file was changed by someone else at this moment: nothing was written",
            "文件中的事项此刻正被他人修改，什么都没有写入，请重试",
        ) from None
    return CheckedFile(found.rows, found.ignored, written=True)


def _sheet(access: Access, path: Path) -> LedgerSheet:
    return read_ledger(path, columns_for(may_read_cases=access.may(Permission.READ_CASES)))


def _checks(
    access: Access, home: Home, session: Session, sheet: LedgerSheet, today: date
) -> RowChecks:
    words = coded_words(access.database, today)
    return RowChecks(access, home, session, sheet, words, choices(home)["class_1"])
