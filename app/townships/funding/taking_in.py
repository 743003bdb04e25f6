"""What a file of funding would do, and doing it: all of it, or the rows that are in order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.errors import Conflict, changed_meanwhile
from app.townships.funding.amounts import Amounts
from app.townships.funding.lines import FUNDING, amounts_of, lines_by_key
from app.townships.funding.models import Funding
from app.townships.funding.reading import FundingRow, read_funding
from app.townships.governing.models import ListItem, Plan
from app.townships.governing.plans import is_within
from geodata.reading.small_tables import RowProblem

Does = Literal["new", "changed", "same"]


@dataclass(frozen=True)
class Change:
    """What one row would do.

    Attributes
    ----------
    row : FundingRow
    item : ListItem
    plan : Plan
    before : Amounts or None
        None where there is no line yet.
    after : Amounts
    note : str
    does : {"new", "changed", "same"}
    """

    row: FundingRow
    item: ListItem
    plan: Plan
    before: Amounts | None
    after: Amounts
    note: str
    does: Does


@dataclass(frozen=True)
class Preview:
    """What a file would do, and the rows that it cannot do.

    ``seen`` stands for all of it: another where anything of it is another.
    """

    changes: tuple[Change, ...]
    problems: tuple[RowProblem, ...]
    seen: str

    def count(self, does: Does) -> int:
        """Count the rows that would do this."""
        return sum(each.does == does for each in self.changes)

    @property
    def added(self) -> Amounts:
        """By how much the sums would change."""
        before = sum((each.before or Amounts() for each in self.changes), Amounts())
        after = sum((each.after for each in self.changes), Amounts())
        return Amounts(
            after.planned - before.planned,
            after.allocated - before.allocated,
            after.spent - before.spent,
        )


def preview(access: Access, path: Path) -> Preview:
    """Read a file and say what it would do.

    Raises
    ------
    UnreadableFile, MissingColumn
        It is no such table.
    """
    with access.database.session() as session:
        return _preview(access, session, path)


def take_in(access: Access, path: Path, seen: str, *, only_good: bool) -> Counter[str]:
    """Store a file as its preview said; returns how many rows did what.

    Parameters
    ----------
    access : Access
    path : Path
    seen : str
        Of the preview that the person saw.
    only_good : bool
        Whether rows in order are stored though others are not; else it is all or nothing.

    Raises
    ------
    Conflict
        It would do something else by now, or a row is not in order and all are asked for.
    """
    meanwhile = changed_meanwhile("funding", "资金")
    try:
        with access.database.session() as session:
            found = _preview(access, session, path)
            _check(found, seen, only_good=only_good)
            existing = lines_by_key(session, {each.row.key[1] for each in found.changes})
            for each in found.changes:
                _store(access, session, each, existing.get(each.row.key))
            done = Counter(str(each.does) for each in found.changes)
            told = {**done, "left_out": len(found.problems)}
            access.record("funding.import", ("funding", ""), None, told, session=session)
    except (StaleDataError, IntegrityError):
        raise meanwhile from None
    return done


def _check(found: Preview, seen: str, *, only_good: bool) -> None:
    if found.seen != seen:
        raise Conflict(
            "the file would do something else by now: look at it again, nothing was stored",
            "核对之后资金有了变化，请重新核对；还没有导入",
        )
    if found.problems and not only_good:
        raise Conflict(
            f"{len(found.problems)} rows are not in order: nothing was stored",
            f"有 {len(found.problems)} 处错误，没有导入任何一行",
        )


def _preview(access: Access, session: Session, path: Path) -> Preview:
    file = read_funding(path)
    problems = list(file.problems)
    existing = lines_by_key(session, {row.key[1] for row in file.rows})
    items = _items(session, sorted({row.key[0] for row in file.rows}))
    changes = []
    for row in file.rows:
        pair = items.get(row.key[0])
        # Who may not write there is not told whether there is such an item.
        if pair is None or not is_within(access, Permission.WORK_PLANS, pair[1]):
            problems.append(
                file.problem(
                    row, "item", "there is no such item in the area of this account",
                    "您的辖区内没有这个编号的清单事项",
                )
            )  # fmt: skip
            continue
        changes.append(_change(row, pair, existing.get(row.key)))
    problems.sort(key=lambda each: each.row)
    return Preview(tuple(changes), tuple(problems), _digest(changes, problems))


def _items(session: Session, numbers: Sequence[int]) -> Mapping[int, tuple[ListItem, Plan]]:
    query = select(ListItem, Plan).join(Plan, Plan.id == ListItem.plan_id)
    found: dict[int, tuple[ListItem, Plan]] = {}
    # Databases take so many values at once.
    for at in range(0, len(numbers), 500):
        part = query.where(ListItem.id.in_(numbers[at : at + 500]))
        found |= {item.id: (item, plan) for item, plan in session.execute(part)}
    return found


def _change(row: FundingRow, pair: tuple[ListItem, Plan], line: Funding | None) -> Change:
    before = None if line is None else amounts_of(line)
    after = Amounts(**{**(before or Amounts()).parts(), **row.amounts})
    note = row.note or (line.note if line is not None else "")
    does: Does = "new"
    if line is not None:
        does = "same" if (before, line.note) == (after, note) else "changed"
    return Change(row, *pair, before, after, note, does)


def _store(access: Access, session: Session, change: Change, line: Funding | None) -> None:
    if line is None:
        item, year, source = change.row.key
        made = Funding(
            item_id=item, year=year, source=source, note=change.note, **change.after.parts()
        )
        FUNDING.create(access, session, made)
    elif change.does == "changed":
        before, after = amounts_of(line).parts(), change.after.parts()
        told: dict[str, Any] = {name: after[name] for name in after if after[name] != before[name]}
        for name, value in {**after, "note": change.note}.items():
            setattr(line, name, value)
        session.flush()
        was = {name: before[name] for name in told}
        access.record("funding.change", ("funding", line.id), was, told, session=session)


def _digest(changes: Sequence[Change], problems: Sequence[RowProblem]) -> str:
    told = [(each.row.row, each.row.key, each.before, each.after, each.note) for each in changes]
    wrong = [(each.row, each.column, each.english) for each in problems]
    return hashlib.sha256(repr((told, wrong)).encode()).hexdigest()[:32]
