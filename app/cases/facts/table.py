"""The fact table of a store version, opened: columns lie in mapped memory, read when counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.cases.facts.building import (
    CALLERS,
    CELLS,
    WORDS,
    about,
    build_facts,
    fact_folder,
)
from app.cases.facts.coding import Entry
from app.cases.facts.columns import CODED, FACT_RESOLUTION, HOURS_A_DAY
from geodata.home import Home
from geodata.store import CaseStore
from spatial.grid import parents

KEPT_OPEN = 2
"""Tables that a process keeps open: of one home, before and after an import."""


@dataclass(frozen=True, eq=False)
class Month:
    """The facts of one month.

    Attributes
    ----------
    first : date
        Its first day.
    columns : mapping of str to ndarray
        Names as in `columns`, and ``incident``; one value a case.
    """

    first: date
    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        """Return the number of cases."""
        return int(self.columns["slot"].size)

    @property
    def name(self) -> str:
        """The month as the store writes it."""
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, eq=False)
class Facts:
    """All facts of one version of the case store.

    Attributes
    ----------
    version : int
        Of the case store; -1 while nothing is stored.
    months : tuple of Month
        The earliest first.
    words : mapping of str to tuple of Entry
        What codes stand for, by column of codes.
    cells : ndarray of int64
        The cell of each code, of `FACT_RESOLUTION`; that of code 0 is a mere stand-in.
    n_callers, n_incidents : int
        Codes there are, code 0 included.
    """

    version: int
    months: tuple[Month, ...]
    words: Mapping[str, tuple[Entry, ...]]
    cells: NDArray[np.int64]
    n_callers: int
    n_incidents: int

    def __len__(self) -> int:
        """Return the number of cases."""
        return sum(map(len, self.months))

    @cached_property
    def days(self) -> tuple[date, date] | None:
        """First day with a case, and the day after the last; None without cases."""
        if not self.months:
            return None
        first, last = self.months[0], self.months[-1]
        begin = int(first.columns["slot"].min()) // HOURS_A_DAY
        end = int(last.columns["slot"].max()) // HOURS_A_DAY
        return first.first + timedelta(begin), last.first + timedelta(end + 1)

    def cells_at(self, resolution: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the cells of a resolution in ascending order, and which of them each code is in.

        Code 0 is in none of them: -1.
        """
        return _cells_at(self, resolution)


@lru_cache(maxsize=2 * 3)
def _cells_at(facts: Facts, resolution: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    own = facts.cells[1:]
    coarse = own if resolution == FACT_RESOLUTION else parents(own, resolution)
    cells, of_code = np.unique(coarse, return_inverse=True)
    return cells, np.concatenate([[-1], of_code]).astype(np.int32)


def facts_of(home: Home) -> Facts:
    """Return the facts of the newest version of the store; they are made where they are not."""
    version = CaseStore(home).version
    if version is None:
        return NO_FACTS
    folder = fact_folder(home, version)
    made = folder if folder.is_dir() else build_facts(home)
    return NO_FACTS if made is None else _opened(made)


@lru_cache(maxsize=KEPT_OPEN)
def _opened(folder: Path) -> Facts:
    told = about(folder)
    months = tuple(_month(folder, name) for name in told["months"])
    words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    callers = np.load(folder / CALLERS, mmap_mode="r")
    incidents = max((int(month.columns["incident"].max()) for month in months), default=0)
    return Facts(
        version=told["version"],
        months=months,
        words={name: tuple(map(tuple, entries)) for name, entries in words.items()},
        cells=np.concatenate([[0], np.load(folder / CELLS)]),
        n_callers=callers.size + 1,
        n_incidents=incidents + 1,
    )


def _month(folder: Path, name: str) -> Month:
    with pa.memory_map(str(folder / f"{name}.arrow")) as file:
        table = pa.ipc.open_file(file).read_all()
    columns = {each: table[each].chunk(0).to_numpy() for each in table.column_names}
    columns["incident"] = np.load(folder / f"{name}.npy", mmap_mode="r")
    return Month(date.fromisoformat(f"{name}-01"), columns)


NO_FACTS = Facts(
    -1, (), {name: ((None,) * len(of),) for name, of in CODED.items()}, np.zeros(1, np.int64), 1, 1
)
