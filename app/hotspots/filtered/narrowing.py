"""The one place where rows are left out: a scope becomes conditions on the codes of cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.cases.facts.coding import Entry
from app.cases.facts.columns import FACT_RESOLUTION, unit_of
from app.cases.facts.table import Facts, Month, facts_of
from app.errors import InvalidParameter
from app.hotspots.filtered.attribution import Attributed, attribute
from app.hotspots.filtered.class_paths import path_text, paths_of
from app.hotspots.filtered.forms import NO_VALUE, CountFilter
from app.hotspots.filtered.inside import Inside
from app.hotspots.filtered.lasso import cells_inside, decode_lasso
from app.hotspots.filtered.periods import Calendar, Step, hours_of_week
from app.hotspots.filtered.scope import Scope
from geodata.home import Home
from spatial.coded_counts import Condition, keep_rows
from spatial.grid import cell_from_name, cell_resolution, parents

Allowed = NDArray[np.bool_]

_TEXTS = {"channel": "channels", "kind": "kinds", "status": "statuses", "place": "places"}
"""Column of codes → field of the filter."""


@dataclass(frozen=True, eq=False)
class Narrowed:
    """The cases of a scope, of all times; what is left of them is told month by month.

    Attributes
    ----------
    home : Home
    scope : Scope
    facts : Facts
    attributed : Attributed
        The townships that cases belong to.
    allowed : dict of str to ndarray of bool
        Column → which of its codes are kept.
    inside : Inside or None
        Which cases are of the scope's area; None where that is the whole city.
    """

    home: Home
    scope: Scope
    facts: Facts
    attributed: Attributed
    allowed: dict[str, Allowed]
    inside: Inside | None

    @classmethod
    def of(cls, home: Home, scope: Scope) -> Narrowed:
        """Narrow the newest version of the store down.

        Raises
        ------
        InvalidParameter
            A cell or a lasso is none.
        """
        facts = facts_of(home)
        attributed = attribute(home, facts, scope.chosen.attribution)
        allowed = _allowed(facts, scope, attributed)
        return cls(home, scope, facts, attributed, allowed, Inside.of(facts, scope.area))

    @property
    def chosen(self) -> CountFilter:
        """What was asked for."""
        return self.scope.chosen

    @property
    def calendar(self) -> Calendar:
        """How time is cut."""
        return Calendar(self.chosen.period, self.chosen.month_start)

    @property
    def span(self) -> tuple[date, date] | None:
        """The days of the window that the store has; None where it has none of them."""
        if self.facts.days is None:
            return None
        first, end = self.facts.days
        first, end = max(first, self.chosen.start or first), min(end, self.chosen.end or end)
        return (first, end) if first < end else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The periods of the window, those that are selected where any are."""
        steps = () if self.span is None else self.calendar.cut(*self.span)
        wanted = self.chosen.periods
        return tuple(step for step in steps if not wanted or step.label in wanted)

    def keep(self, month: Month) -> NDArray[np.bool_]:
        """Tell which cases of a month are kept, whenever they came."""
        conditions = [Condition(month.columns[name], each) for name, each in self.allowed.items()]
        if self.chosen.hours:
            wanted = np.isin(hours_of_week(month), self.chosen.hours)
            conditions.append(Condition(month.columns["slot"], wanted))
        kept = keep_rows(len(month), conditions)
        return kept if self.inside is None else kept & self.inside.of_month(month)


def _allowed(facts: Facts, scope: Scope, attributed: Attributed) -> dict[str, Allowed]:
    chosen = scope.chosen
    tables: list[tuple[str, Allowed]] = []
    for column, field in _TEXTS.items():
        wanted = getattr(chosen, field)
        if wanted:
            tables.append((column, _of_texts(facts.words[column], wanted)))
    if chosen.handlers:
        units = np.array([unit_of(entry) for entry in facts.words["handler"]], dtype=object)
        tables.append(("handler", _of_codes(units, chosen.handlers)))
    if chosen.classes:
        tables.append(("class", _of_classes(facts.words["class"], chosen.classes)))
    if chosen.townships:
        tables.append((attributed.column, _of_townships(attributed, chosen.townships)))
    if chosen.districts:
        tables.append((attributed.column, _of_codes(attributed.district, chosen.districts)))
    if chosen.cells:
        tables.append(("cell", _of_cells(facts, chosen.cells)))
    if chosen.lasso:
        resolution = chosen.resolution or FACT_RESOLUTION
        tables.append(("cell", _of_lasso(facts, chosen.lasso, resolution)))
    allowed: dict[str, Allowed] = {}
    for column, table in tables:
        allowed[column] = allowed[column] & table if column in allowed else table
    return allowed


def _of_texts(entries: Sequence[Entry], wanted: Iterable[str]) -> Allowed:
    texts = {None if text == NO_VALUE else text for text in wanted}
    return _each(entries, lambda entry: entry[0] in texts)


def _of_classes(entries: Sequence[Entry], wanted: Iterable[str]) -> Allowed:
    paths = set(wanted)
    return _each(entries, lambda entry: not paths.isdisjoint(map(path_text, paths_of(entry))))


def _each(entries: Sequence[Entry], is_allowed: Callable[[Entry], bool]) -> Allowed:
    return np.fromiter(map(is_allowed, entries), dtype=bool, count=len(entries))


def _of_townships(attributed: Attributed, wanted: Iterable[str]) -> Allowed:
    codes = np.array([*attributed.codes, None], dtype=object)
    # The last one, None, is that of the cases which belong to no township.
    return _of_codes(codes[attributed.township], wanted)


def _of_codes(codes: NDArray[np.object_], wanted: Iterable[str]) -> Allowed:
    texts = {None if text == NO_VALUE else text for text in wanted}
    return np.fromiter((code in texts for code in codes), dtype=bool, count=codes.size)


def _of_cells(facts: Facts, names: Iterable[str]) -> Allowed:
    allowed = np.zeros(facts.cells.size, dtype=bool)
    for resolution, cells in _by_resolution(names).items():
        own = facts.cells[1:]
        at = own if resolution == FACT_RESOLUTION else parents(own, resolution)
        allowed[1:] |= np.isin(at, cells)
    return allowed


def _by_resolution(names: Iterable[str]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for name in names:
        try:
            cell = cell_from_name(name)
        except ValueError as error:
            raise _no_cell(name) from error
        if cell_resolution(cell) > FACT_RESOLUTION:
            raise _no_cell(name)
        found.setdefault(cell_resolution(cell), []).append(cell)
    return found


def _of_lasso(facts: Facts, lasso: str, resolution: int) -> Allowed:
    cells, of_code = facts.cells_at(resolution)
    # The last one, False, is that of the cases without a cell.
    inside = np.append(cells_inside(decode_lasso(lasso), cells), False)
    return np.asarray(inside[of_code], dtype=bool)


def _no_cell(name: str) -> InvalidParameter:
    return InvalidParameter(
        f"cells: {name!r} is no H3 cell of resolution {FACT_RESOLUTION} or coarser",
        f"cells：{name!r} 不是精度不细于 {FACT_RESOLUTION} 的 H3 六边形",
    )
