"""What is due soon or overdue, and yesterday's callbacks that ask for a second handling."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from app.accounts.areas import AREA_COLUMNS, EVERYWHERE, Area
from app.cases.handling import (
    CALLBACK_COLUMNS,
    CALLBACKS,
    DUE,
    DUE_COLUMNS,
    called_back,
    is_due,
)
from app.cases.reach import DataReach
from app.cases.versioned import of_version
from app.cases.windows import Window
from app.home.days import yesterday
from app.home.reader import Reader, shown
from geodata.home import Home
from geodata.store import CaseStore


@dataclass(frozen=True)
class Standing:
    """Counts of cases by how their handling stands, each as shown to the reader.

    Attributes
    ----------
    own, city : dict
        ``soon``, ``overdue``; ``unresolved``, ``unsatisfied`` and ``again`` (either of the two,
        each case once).
    window : Window
        Of the callbacks.
    has_limits, has_callbacks : bool
        Whether the data have time limits, and callbacks, at all.
    """

    own: dict[str, int | None]
    city: dict[str, int | None]
    window: Window
    has_limits: bool
    has_callbacks: bool


def count_standing(home: Home, reader: Reader, reach: DataReach) -> Standing:
    """Count what is due and what is to be handled again, as of the newest moment of the data."""
    window = yesterday(reach.newest)
    table = of_version(home, "standing", lambda: _table(home, window, reach))
    city = _sums(table, EVERYWHERE, reader)
    own = city if reader.area.whole else _sums(table, reader.area, reader)
    given = table.select(pl.col("has_limit", "has_callback").any()).row(0)
    return Standing(own, city, window, bool(given[0]), bool(given[1]))


def _table(home: Home, window: Window, reach: DataReach) -> pl.DataFrame:
    """Count by what tells whose the cases are."""
    columns = [*DUE_COLUMNS, *CALLBACK_COLUMNS, *AREA_COLUMNS]
    recent = window.holds("callback_at", reach.zone).fill_null(value=False)
    return (
        CaseStore(home)
        .scan(columns=columns)
        .group_by(AREA_COLUMNS)
        .agg(
            pl.col("due_at").is_not_null().any().alias("has_limit"),
            pl.col("callback_at").is_not_null().any().alias("has_callback"),
            *(is_due(state, reach.instant).sum().alias(state) for state in DUE),
            *((called_back(found) & recent).sum().alias(found) for found in CALLBACKS),
        )
        .collect(engine="streaming")
    )


def _sums(table: pl.DataFrame, area: Area, reader: Reader) -> dict[str, int | None]:
    counted = area.keep_cases(table.lazy()).select(pl.col(*DUE, *CALLBACKS).sum()).collect()
    return {name: shown(int(n), reader) for name, n in counted.row(0, named=True).items()}
