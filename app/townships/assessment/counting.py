"""Cases and callbacks of cycles by township: the tables that an assessment is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.cases.facts.columns import ANSWERS, CODED
from app.cases.reach import data_reach
from app.cases.windows import Window
from app.hotspots.filtered.attribution import COLUMNS, townships_meant
from app.hotspots.geography import townships
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.rates import Answers
from app.townships.assessment.rules import Basis, Rules
from geodata.areas import OUTSIDE, Boundaries, boundary_version
from geodata.home import Home
from geodata.store import CaseStore

SATISFIED, BASICALLY_SATISFIED = ANSWERS[:2]

ANSWERED = {"response": "responded", "resolution": "resolved"}
_INSTANTS: dict[Basis, str] = {"callback": "callback_at", "due": "due_at"}
_KNOWN = ("valid", *ANSWERED.values(), "satisfaction", "assessed")
_RECEIVED, _DATED = "received_in", "dated_in"


@dataclass(frozen=True)
class Source:
    """What cycles are counted from: the same source gives the same figures.

    Attributes
    ----------
    cases : int
        Version of the case store.
    townships : str
        Version of the townships' boundaries.
    zone : str
        Time zone whose clock cuts the days.
    """

    cases: int
    townships: str
    zone: str


@dataclass(frozen=True, eq=False)
class CycleTable:
    """What a cycle has, by township; the last row is what belongs to none of them.

    Attributes
    ----------
    boundaries : Boundaries
    cases : ndarray of int, shape (townships + 1,)
        Received in the cycle.
    dated : ndarray of int
        Cases whose callback, or other moment that the rules name, lies in the cycle.
    not_valid : ndarray of int
        Of these, without a valid callback.
    left_out : ndarray of int
        Of the rest, not in the ledger of the rules.
    answers : Answers
        Of what is left.
    """

    boundaries: Boundaries
    cases: NDArray[np.int64]
    dated: NDArray[np.int64]
    not_valid: NDArray[np.int64]
    left_out: NDArray[np.int64]
    answers: Answers


def source_of_now(home: Home) -> Source | None:
    """Return the newest versions; None while there are no cases or no boundaries."""
    version, areas = CaseStore(home).version, boundary_version(home, "township")
    reach = data_reach(home)
    if version is None or areas is None or reach is None:
        return None
    return Source(version, areas, reach.zone)


def count_cycles(
    home: Home, source: Source, cycles: Sequence[Cycle], rules: Rules
) -> tuple[CycleTable, ...]:
    """Count cycles that do not overlap, all in one scan of the store."""
    boundaries = townships(home, source.townships)
    naming = list(CODED[COLUMNS[rules.attribution]])
    dates = ("month", "received_local", *_INSTANTS.values())
    found = (
        CaseStore(home)
        .scan(source.cases, columns=[*dates, *naming, *_KNOWN])
        .with_columns(**_moments(cycles, rules.basis, source.zone))
        .filter(pl.col(_RECEIVED).is_not_null() | pl.col(_DATED).is_not_null())
        .group_by(*naming, _RECEIVED, _DATED)
        .agg(**_sums(rules))
        .collect(engine="streaming")
    )
    at = townships_meant(boundaries, found.select(naming).rows(), rules.attribution)
    placed = found.with_columns(at=np.where(at == OUTSIDE, len(boundaries.codes), at))
    return tuple(_table(placed, number, boundaries, rules) for number in range(len(cycles)))


def _moments(cycles: Sequence[Cycle], basis: Basis, zone: str) -> dict[str, pl.Expr]:
    """Tell in which of the cycles a case was received, and in which it is rated."""

    def number(lies_in: Sequence[pl.Expr]) -> pl.Expr:
        return pl.coalesce(
            pl.when(each).then(pl.lit(at, pl.Int16)) for at, each in enumerate(lies_in)
        )

    windows = [cycle.window for cycle in cycles]
    return {
        _RECEIVED: number([window.received() for window in windows]),
        _DATED: number([_is_in(window, basis, zone) for window in windows]),
    }


def _is_in(window: Window, basis: Basis, zone: str) -> pl.Expr:
    return window.received() if basis == "received" else window.holds(_INSTANTS[basis], zone)


def _sums(rules: Rules) -> dict[str, pl.Expr]:
    """Return what is counted of each group of cases."""
    valid = pl.col("valid").fill_null(value=False)
    in_ledger = (
        pl.lit(value=True) if rules.ledger == "raw" else pl.col("assessed").fill_null(value=False)
    )
    rated = valid & in_ledger
    satisfaction = pl.col("satisfaction")
    sums = {
        "not_valid": ~valid,
        "left_out": valid & ~in_ledger,
        "valid": rated,
        "satisfied": rated & (satisfaction == SATISFIED),
        "basically_satisfied": rated & (satisfaction == BASICALLY_SATISFIED),
        "satisfaction_told": rated & satisfaction.is_in(ANSWERS),
    }
    for name, column in ANSWERED.items():
        sums[name] = rated & pl.col(column)
        sums[f"{name}_told"] = rated & pl.col(column).is_not_null()
    return {"n": pl.len().cast(pl.Int64)} | {
        name: each.sum().cast(pl.Int64) for name, each in sums.items()
    }


def _table(found: pl.DataFrame, number: int, boundaries: Boundaries, rules: Rules) -> CycleTable:
    """Return the table of one of the cycles."""
    n = len(boundaries.codes) + 1
    received, dated = (found.filter(pl.col(each) == number) for each in (_RECEIVED, _DATED))

    def sums(name: str) -> NDArray[np.int64]:
        return _by_township(dated, name, n)

    satisfied = sums("satisfied") + rules.weights.basically_satisfied * sums("basically_satisfied")
    answers = Answers(
        sums("valid"),
        {**{name: sums(name).astype(float) for name in ANSWERED}, "satisfaction": satisfied},
        {name: sums(f"{name}_told") for name in (*ANSWERED, "satisfaction")},
    )
    return CycleTable(
        boundaries,
        _by_township(received, "n", n),
        sums("n"),
        sums("not_valid"),
        sums("left_out"),
        answers,
    )


def _by_township(table: pl.DataFrame, name: str, n: int) -> NDArray[np.int64]:
    """Return the sums of each row of the table of townships."""
    sums = np.zeros(n, dtype=np.int64)
    np.add.at(sums, table["at"].to_numpy(), table[name].to_numpy())
    return sums
