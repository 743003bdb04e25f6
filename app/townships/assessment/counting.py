"""Cases and callbacks of a cycle by township: the table that an assessment is made of."""

from __future__ import annotations

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
from geodata.areas import OUTSIDE, Boundaries
from geodata.home import Home
from geodata.store import CaseStore

SATISFIED, BASICALLY_SATISFIED = ANSWERS[:2]

ANSWERED = {"response": "responded", "resolution": "resolved"}
_INSTANTS: dict[Basis, str] = {"callback": "callback_at", "due": "due_at"}
_KNOWN = ("valid", "responded", "resolved", "satisfaction", "assessed")


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


def count_cycle(home: Home, version: str, cycle: Cycle, rules: Rules) -> CycleTable:
    """Count a cycle by the townships of a version of the boundaries."""
    boundaries = townships(home, version)
    reach = data_reach(home)
    zone = "UTC" if reach is None else reach.zone
    received = _grouped(home, boundaries, rules, cycle.window.received(), ())
    dated = _grouped(home, boundaries, rules, _is_in(cycle.window, rules.basis, zone), _KNOWN)
    valid = pl.col("valid").fill_null(value=False)
    in_ledger = (
        pl.lit(value=True) if rules.ledger == "raw" else pl.col("assessed").fill_null(value=False)
    )
    n = len(boundaries.codes) + 1
    counted = dated.filter(valid & in_ledger)
    return CycleTable(
        boundaries,
        _sums(received, n),
        _sums(dated, n),
        _sums(dated.filter(~valid), n),
        _sums(dated.filter(valid & ~in_ledger), n),
        _answers(counted, n, rules),
    )


def _grouped(
    home: Home, boundaries: Boundaries, rules: Rules, kept: pl.Expr, more: tuple[str, ...]
) -> pl.DataFrame:
    """Count cases by what they say, and tell the row of each group: ``at, n`` and `more`."""
    naming = CODED[COLUMNS[rules.attribution]]
    dates = ("month", "received_local", *_INSTANTS.values())
    found = (
        CaseStore(home)
        .scan(columns=[*dates, *naming, *more])
        .filter(kept.fill_null(value=False))
        .group_by(*naming, *more)
        .agg(n=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )
    at = townships_meant(boundaries, found.select(naming).rows(), rules.attribution)
    return found.with_columns(at=np.where(at == OUTSIDE, len(boundaries.codes), at))


def _is_in(window: Window, basis: Basis, zone: str) -> pl.Expr:
    return window.received() if basis == "received" else window.holds(_INSTANTS[basis], zone)


def _answers(counted: pl.DataFrame, n: int, rules: Rules) -> Answers:
    def sums(kept: pl.Expr) -> NDArray[np.int64]:
        return _sums(counted.filter(kept), n)

    satisfied = sums(pl.col("satisfaction") == SATISFIED)
    basically = sums(pl.col("satisfaction") == BASICALLY_SATISFIED)
    yes = {name: sums(pl.col(column)).astype(float) for name, column in ANSWERED.items()}
    told = {name: sums(pl.col(column).is_not_null()) for name, column in ANSWERED.items()}
    weight = rules.weights.basically_satisfied
    return Answers(
        _sums(counted, n),
        {**yes, "satisfaction": satisfied + weight * basically},
        {**told, "satisfaction": sums(pl.col("satisfaction").is_in(ANSWERS))},
    )


def _sums(table: pl.DataFrame, n: int) -> NDArray[np.int64]:
    """Return the cases of each row of the table of townships."""
    sums = np.zeros(n, dtype=np.int64)
    np.add.at(sums, table["at"].to_numpy(), table["n"].to_numpy())
    return sums
