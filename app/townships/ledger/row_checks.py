"""What the rows of a ledger's file would do: each checked as if a person typed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.db import LARGEST_ID
from app.errors import expected_zh
from app.townships.governing.item_steps import STATES
from app.townships.governing.item_values import ItemValues
from app.townships.governing.items import ITEM, changed_columns, check_new, create_checked
from app.townships.governing.models import (
    CANCELLED,
    TO_DO,
    IssueType,
    ListItem,
    ListKind,
    Plan,
)
from app.townships.governing.plans import is_within
from app.townships.governing.source_cases import told_missing, unknown_cases
from app.townships.ledger.cells import WrongCell, read_cell, text_of
from app.townships.ledger.coded import CodedWords
from app.townships.ledger.columns import (
    CASES,
    HEADINGS,
    KEY,
    OF_PLAN,
    READ_ONLY,
    STATE,
    VERSION,
)
from app.townships.ledger.sheet_reading import LedgerSheet
from geodata.errors import UserError
from geodata.home import Home
from geodata.reading.small_tables import RowProblem

NEW, CHANGE, SAME, REFUSED = "new", "change", "same", "refused"

VALUES = frozenset(ItemValues.model_fields)


@dataclass(frozen=True)
class CheckedRow:
    """What a row would do.

    Attributes
    ----------
    number : int
        As Excel shows it.
    title : str
    act : str
        `NEW`, `CHANGE`, `SAME` or `REFUSED`.
    problems : tuple of RowProblem
    item : ListItem or None
        That it changes.
    plan : Plan or None
        Of a new item.
    values : ItemValues or None
    version : int
        Of the item that the file was made of.
    changed : tuple of str
        Headings of the columns that differ.
    """

    number: int
    title: str
    act: str
    problems: tuple[RowProblem, ...] = ()
    item: ListItem | None = None
    plan: Plan | None = None
    values: ItemValues | None = None
    version: int = 0
    changed: tuple[str, ...] = ()


@dataclass
class _Row:
    """A row while it is checked."""

    number: int
    cells: Mapping[str, Any]
    headings: Mapping[str, str]
    problems: list[RowProblem] = field(default_factory=list)

    def refuse(self, key: str, english: str, chinese: str, value: object = None) -> None:
        """Note what is wrong with a cell, or with the row where `key` is empty."""
        shown = self.cells.get(key) if value is None else value
        heading = self.headings.get(key, HEADINGS.get(key, ""))
        text = "" if shown is None else text_of(shown)
        self.problems.append(RowProblem(self.number, heading, text, english, chinese))


class RowChecks:
    """Checks the rows of a sheet against the records, in one session; nothing is written.

    Parameters
    ----------
    access : Access
    home : Home
    session : Session
    sheet : LedgerSheet
    words : CodedWords
    classes : collection of str
        Classes that cases have.
    """

    def __init__(
        self,
        access: Access,
        home: Home,
        session: Session,
        sheet: LedgerSheet,
        words: CodedWords,
        classes: Iterable[str],
    ) -> None:
        self.access, self.home, self.session = access, home, session
        self.sheet, self.words, self.classes = sheet, words, frozenset(classes)
        self.plans = {
            plan.id: plan
            for plan in session.scalars(select(Plan))
            if is_within(access, Permission.WORK_PLANS, plan)
        }
        # Held here, so that no row asks for what it names again.
        self.held = [list(session.scalars(select(kind))) for kind in (Unit, ListKind, IssueType)]
        self.items = self._items()
        self.missing = self._missing_cases()
        self.titles = self._titles()
        self.seen: Counter[int] = Counter()

    def all(self) -> list[CheckedRow]:
        """Return what each row would do."""
        return [self._checked(number, cells) for number, cells in self.sheet.rows]

    def _checked(self, number: int, cells: Mapping[str, Any]) -> CheckedRow:
        row = _Row(number, cells, self.sheet.headings)
        title = text_of(cells.get("title") or "")
        found = self._change(row) if cells.get(KEY) is not None else self._new(row)
        if row.problems:
            return CheckedRow(number, title, REFUSED, tuple(row.problems))
        return replace(found, number=number, title=found.title or title)

    def _new(self, row: _Row) -> CheckedRow:
        plan = self._plan(row)
        if row.cells.get(STATE) is not None and text_of(row.cells[STATE]) != STATES[TO_DO]:
            row.refuse(
                STATE, "a new item is not begun yet: leave it empty",
                "新事项的状态只能为“未开始”或留空",
            )  # fmt: skip
        values = self._values(row, {}, None)
        if plan is None or values is None or row.problems:
            return CheckedRow(row.number, "", REFUSED)
        self._refuse_double(row, plan, values)
        self._try(row, lambda: check_new(self.access, self.session, plan, values))
        return CheckedRow(row.number, values.title, NEW, plan=plan, values=values)

    def _change(self, row: _Row) -> CheckedRow:
        item = self._item(row)
        if item is None:
            return CheckedRow(row.number, "", REFUSED)
        state = row.cells.get(STATE)
        if state is not None and text_of(state) != STATES[item.state]:
            row.refuse(
                STATE, f"the item is {item.state}: steps are not taken by import",
                f"事项现为“{STATES[item.state]}”，状态不能由导入改变，请在页面上办理",
            )  # fmt: skip
        values = self._values(row, ItemValues.of(item).model_dump(), item)
        if values is None or row.problems:
            return CheckedRow(row.number, item.title, REFUSED)
        written = values.columns()
        changed = tuple(
            heading
            for name, heading in HEADINGS.items()
            if name in written and getattr(item, name) != written[name]
        )
        if not changed:
            return CheckedRow(row.number, item.title, SAME, item=item)
        version = self._version(row, item)
        self._try(row, lambda: changed_columns(self.access, self.session, item, values))
        return CheckedRow(
            row.number, values.title, CHANGE, (), item, None, values, version, changed
        )

    def _item(self, row: _Row) -> ListItem | None:
        number = self._read(row, KEY)
        if number is None:
            return None
        item = self.items.get(number)
        if item is None:
            row.refuse(KEY, "no item of your area has this number", "您的辖区内没有这个编号的事项")
            return None
        self.seen[number] += 1
        if self.seen[number] > 1:
            row.refuse(KEY, "this item stands in an earlier row", "同一事项在前面的行中已出现")
        return item

    def _version(self, row: _Row, item: ListItem) -> int:
        version = self._read(row, VERSION)
        if version is None and row.cells.get(VERSION) is None:
            row.refuse(
                VERSION, "a row with a number needs the version that it was exported with",
                "有编号的行须保留导出时的版本",
            )  # fmt: skip
        elif version is not None and version != item.row_version:
            row.refuse(
                VERSION,
                f"the item has version {item.row_version}: it was changed since the export",
                f"事项现为第 {item.row_version} 版，导出后已被修改，请重新导出",
            )
        return version or 0

    def _plan(self, row: _Row) -> Plan | None:
        """Return the plan that a row of a new item names, by its number or by name and year."""
        number, name, year = (
            self._read(row, key) if row.cells.get(key) is not None else None for key in OF_PLAN
        )
        if row.problems:
            return None
        if number is None and not (name and year):
            row.refuse(
                "plan_id", "name the plan by its number, or by township and year",
                "新事项须填方案编号，或填街乡镇和年度",
            )  # fmt: skip
            return None
        found = [
            plan
            for plan in self.plans.values()
            if (number is None or plan.id == number)
            and (not name or plan.name == name)
            and (not year or plan.year == year)
        ]
        if len(found) == 1:
            return found[0]
        key = "plan_id" if number is not None else "place"
        if found:
            row.refuse(
                key,
                "several plans are called so: give the number",
                "有几个这样的方案，请填方案编号",
            )
        else:
            row.refuse(key, "you have no such plan to work on", "您的辖区内没有这个方案")
        return None

    def _values(
        self, row: _Row, base: Mapping[str, Any], item: ListItem | None
    ) -> ItemValues | None:
        """Return what a row says, on top of what the item says where the file has no column."""
        told = dict(base)
        for key, column in self.sheet.columns.items():
            if key not in VALUES or key in READ_ONLY:
                continue
            if item is not None and self._is_kept(row, key, item):
                told[key] = getattr(item, key)
                continue
            try:
                told[key] = read_cell(column, row.cells.get(key), self.words)
            except WrongCell as wrong:
                row.refuse(key, wrong.english, wrong.chinese)
        self._check_class(row, told.get("class_1"), item)
        self._check_cases(row, told.get(CASES), item)
        _check_together(row, told)
        return None if row.problems else _validated(row, told)

    def _is_kept(self, row: _Row, key: str, item: ListItem) -> bool:
        """Tell whether a cell says what the item says already, with units that are no more."""
        if key not in ("responsible_id", "cooperating") or row.cells.get(key) is None:
            return False
        own = item.cooperating if key == "cooperating" else [item.responsible_id or 0]
        names = [self.words.unit_names.get(each, "") for each in own]
        return text_of(row.cells[key]) == "、".join(names)

    def _check_class(self, row: _Row, value: str | None, item: ListItem | None) -> None:
        kept = item is not None and item.class_1 == value
        if value and not kept and value not in self.classes:
            row.refuse("class_1", "no case is of this class", "诉求库中没有这个问题分类")

    def _check_cases(self, row: _Row, value: list[str] | None, item: ListItem | None) -> None:
        kept = set(item.case_ids) if item is not None else set()
        missing = [each for each in value or () if each in self.missing and each not in kept]
        if missing:
            english, chinese = told_missing(missing)
            row.refuse(CASES, english, chinese)

    def _refuse_double(self, row: _Row, plan: Plan, values: ItemValues) -> None:
        key = (plan.id, values.kind, values.title)
        if key in self.titles:
            english, chinese = self.titles[key]
            row.refuse(
                "title", f"the plan's list has it already ({english}): fill in its number",
                f"该方案的这个清单已有同名事项（{chinese}），请填编号或改名",
            )  # fmt: skip
        self.titles.setdefault(key, (f"row {row.number}", f"第 {row.number} 行"))

    def _read(self, row: _Row, key: str) -> Any:
        column = self.sheet.columns.get(key)
        cell = row.cells.get(key)
        if column is None or cell is None:
            return None
        try:
            return read_cell(column, cell, self.words)
        except WrongCell as wrong:
            row.refuse(key, wrong.english, wrong.chinese)
            return None

    def _try(self, row: _Row, check: Any) -> None:
        try:
            check()
        except UserError as error:
            row.refuse(error.field or "", error.english, error.chinese)

    def _items(self) -> dict[int, ListItem]:
        """Return the items that the file names, of plans that the person works on."""
        column = self.sheet.columns.get(KEY)
        named = set()
        for _number, cells in self.sheet.rows:
            if column is not None and cells.get(KEY) is not None:
                try:
                    named.add(int(read_cell(column, cells[KEY], self.words)))
                except WrongCell:
                    continue
        query = select(ListItem).where(ListItem.id.in_(n for n in named if n <= LARGEST_ID))
        return {item.id: item for item in self.session.scalars(query) if item.plan_id in self.plans}

    def _missing_cases(self) -> frozenset[str]:
        column = self.sheet.columns.get(CASES)
        if column is None:
            return frozenset()
        named: set[str] = set()
        for _number, cells in self.sheet.rows:
            if cells.get(CASES) is not None:
                named.update(read_cell(column, cells[CASES], self.words))
        return frozenset(unknown_cases(self.access, self.home, sorted(named)))

    def _titles(self) -> dict[tuple[int, str, str], tuple[str, str]]:
        """Return where each title of a plan's list stands already."""
        query = select(ListItem.plan_id, ListItem.kind, ListItem.title, ListItem.id)
        query = query.where(ListItem.state != CANCELLED)
        return {
            (plan, kind, title): (f"item {number}", f"编号 {number}")
            for plan, kind, title, number in self.session.execute(query)
            if plan in self.plans
        }


def write_rows(access: Access, session: Session, rows: Sequence[CheckedRow]) -> None:
    """Do what rows would do, in the session in which they were checked.

    Nothing is checked again, and all is sent together: others cannot write until it is done.
    """
    new, changed = [], []
    for row in rows:
        if row.act == NEW and row.plan is not None and row.values is not None:
            new.append((row.plan.id, row.values))
        elif row.act == CHANGE and row.item is not None and row.values is not None:
            changed.append((row.item, row.version, row.values.columns()))
    create_checked(access, session, new)
    ITEM.change_checked(access, session, changed)


def _check_together(row: _Row, told: Mapping[str, Any]) -> None:
    """Check what holds between two cells, so that it is told at one of them."""
    starts, due = told.get("starts_on"), told.get("due_on")
    if starts and due and due < starts:
        row.refuse("due_on", f"is before the start {starts}", f"早于开始日期 {starts}")
    begin, end = told.get("target_from"), told.get("target_to")
    if (begin is None) != (end is None):
        row.refuse(
            "target_to", "give both ends of a target, or none", "现状和目标要么都填，要么都不填"
        )
    elif begin is not None and end is not None and end > begin:
        row.refuse("target_to", f"is above {begin:g} it is from", f"高于现状 {begin:g}")


def _validated(row: _Row, told: Mapping[str, Any]) -> ItemValues | None:
    try:
        return ItemValues.model_validate(dict(told))
    except ValidationError as error:
        for each in error.errors(include_url=False):
            key = str(each["loc"][0]) if each["loc"] else ""
            expected = expected_zh(each["type"], each.get("ctx", {}))
            if each["type"] in ("string_too_short", "missing") or each["input"] is None:
                english, chinese = "must be filled in", "必须填写"
            else:
                english, chinese = each["msg"], f"应为{expected}" if expected else "不符合要求"
            row.refuse(key, english, chinese)
        return None
