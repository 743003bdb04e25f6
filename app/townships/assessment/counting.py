"""Cases and callbacks of cycles by township: the tables that an assessment is made of."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import polars as pl
from cachetools import LRUCache
from numpy.typing import NDArray

from app.cases.facts.columns import ANSWERS
from app.hotspots.filtered.forms import Attribution
from app.hotspots.geography import townships
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.labelling import (
    AT,
    DATED,
    IN_LEDGER,
    REASON,
    RECEIVED,
    forget_names,
    labelled,
)
from app.townships.assessment.rates import Answers
from app.townships.assessment.rules import Basis, Rules, Weights
from app.townships.assessment.sources import Source
from geodata.areas import Boundaries
from geodata.home import Home

SATISFIED, BASICALLY_SATISFIED = ANSWERS[:2]

ANSWERED = {"response": "responded", "resolution": "resolved"}
ANSWER_COLUMNS = ("valid", *ANSWERED.values(), "satisfaction")

_VALID = pl.col("valid").fill_null(value=False)
_SATISFACTION = pl.col("satisfaction")

SAID: dict[str, pl.Expr] = {
    "n": pl.lit(value=True),
    "not_valid": ~_VALID,
    "valid": _VALID,
    "response": _VALID & pl.col("responded"),
    "response_told": _VALID & pl.col("responded").is_not_null(),
    "resolution": _VALID & pl.col("resolved"),
    "resolution_told": _VALID & pl.col("resolved").is_not_null(),
    "satisfied": _VALID & (_SATISFACTION == SATISFIED),
    "basically_satisfied": _VALID & (_SATISFACTION == BASICALLY_SATISFIED),
    "satisfaction_told": _VALID & _SATISFACTION.is_in(ANSWERS),
}
"""What is counted of cases → which of them; each needs `ANSWER_COLUMNS`."""

_KEPT: LRUCache[Hashable, pl.DataFrame] = LRUCache(512)
"""Groups of a cycle, some 100 kB of a city; what was asked for least recently goes first."""

_LOCK = Lock()


@dataclass(frozen=True, eq=False)
class CycleTable:
    """What a cycle has, by township; the last row is what belongs to none of them.

    Attributes
    ----------
    boundaries : Boundaries
    cases : ndarray of int, shape (townships + 1,)
        Received in the cycle, in the ledger of the rules.
    dated : ndarray of int
        Cases of all ledgers whose callback, or other moment that the rules name, lies in the cycle.
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


def count_cycles(
    home: Home, source: Source, cycles: Sequence[Cycle], rules: Rules
) -> tuple[CycleTable, ...]:
    """Count cycles that do not overlap: those not counted before, all in one scan of the store."""
    boundaries = townships(home, source.townships)
    parts = _parts(home, source.of_now, cycles, rules)
    return tuple(
        _table(parts[each, "received"], parts[each, rules.basis], boundaries, rules)
        for each in cycles
    )


def count_groups(
    home: Home, source: Source, cycles: Sequence[Cycle], rules: Rules, keys: Sequence[str] = ()
) -> pl.DataFrame:
    """Count cases by what `labelled` says of them, and by columns of the store.

    Returns
    -------
    DataFrame
        ``received_in, dated_in, at, reason``, `keys`, and what `SAID` counts, of all ledgers.
    """
    return _groups(home, source, tuple(cycles), rules.attribution, rules.basis, tuple(keys))


@lru_cache(maxsize=32)
def _groups(
    home: Home,
    source: Source,
    cycles: tuple[Cycle, ...],
    attribution: Attribution,
    basis: Basis,
    keys: tuple[str, ...],
) -> pl.DataFrame:
    rules = Rules(attribution=attribution, basis=basis)
    counted = {name: said.sum().cast(pl.Int64) for name, said in SAID.items() if name != "n"}
    return (
        labelled(home, source, cycles, rules, (*ANSWER_COLUMNS, *keys))
        .group_by(RECEIVED, DATED, AT, REASON, *keys)
        .agg(pl.len().cast(pl.Int64).alias("n"), **counted)
        .collect(engine="streaming")
    )


def count_with_before(
    home: Home, source: Source, cycle: Cycle, rules: Rules, keys: Sequence[str] = ()
) -> pl.DataFrame:
    """Count a cycle, number 0, and the one before it, number 1, as `count_groups` does.

    One that is closed is counted from what it was closed with, so that its figures stay as they are
    beside those of the next. Of a case that is in both, each group then tells one.
    """
    counted = (
        count_groups(home, each, cycles, rules, keys) for each, cycles in source.with_before(cycle)
    )
    return pl.concat(
        groups.with_columns(pl.col(RECEIVED, DATED) + at) for at, groups in enumerate(counted)
    )


def _parts(
    home: Home, source: Source, cycles: Sequence[Cycle], rules: Rules
) -> dict[tuple[Cycle, Basis], pl.DataFrame]:
    """Return the groups of what was received and of what is rated in each of some cycles.

    Each is kept by itself: the months of a year, or the one before another, are counted once.
    """

    def key(cycle: Cycle, by: Basis) -> Hashable:
        return home, source, rules.attribution, cycle, by

    columns: dict[Basis, str] = {"received": RECEIVED, rules.basis: DATED}
    wanted = [(cycle, by) for cycle in cycles for by in columns]
    with _LOCK:
        found = {each: _KEPT[key(*each)] for each in wanted if key(*each) in _KEPT}
    missing = [cycle for cycle in cycles if any((cycle, by) not in found for by in columns)]
    if missing:
        groups = count_groups(home, source, missing, rules)
        for number, cycle in enumerate(missing):
            for by, column in columns.items():
                found[cycle, by] = groups.filter(pl.col(column) == number)
        with _LOCK:
            _KEPT.update({key(*each): found[each] for each in wanted})
    return found


def answers_of(found: pl.DataFrame, rows: NDArray[np.int64], n: int, weights: Weights) -> Answers:
    """Sum what callbacks said by unit.

    Parameters
    ----------
    found : DataFrame
        Groups of `count_groups`.
    rows : ndarray of int, shape (groups,)
        Which unit each belongs to, 0 to `n` - 1.
    n : int
        Units.
    weights : Weights
        Tells what 基本满意 counts.
    """

    def sums(name: str) -> NDArray[np.int64]:
        return summed(found, name, rows, n)

    satisfied = sums("satisfied") + weights.basically_satisfied * sums("basically_satisfied")
    return Answers(
        sums("valid"),
        {**{name: sums(name).astype(float) for name in ANSWERED}, "satisfaction": satisfied},
        {name: sums(f"{name}_told") for name in (*ANSWERED, "satisfaction")},
    )


def summed(found: pl.DataFrame, name: str, rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the sums of a column by unit, as in `answers_of`."""
    sums = np.zeros(n, dtype=np.int64)
    np.add.at(sums, rows, found[name].to_numpy())
    return sums


def forget_counts() -> None:
    """Forget what was counted, so that it is counted from the store again."""
    with _LOCK:
        _KEPT.clear()
    _groups.cache_clear()
    forget_names()


def _table(
    received: pl.DataFrame, dated: pl.DataFrame, boundaries: Boundaries, rules: Rules
) -> CycleTable:
    """Return the table of a cycle from its groups."""
    n, mine = len(boundaries.codes) + 1, IN_LEDGER[rules.ledger]
    rated = dated.filter(mine)

    def sums(part: pl.DataFrame, name: str) -> NDArray[np.int64]:
        return summed(part, name, part[AT].to_numpy(), n)

    return CycleTable(
        boundaries,
        sums(received.filter(mine), "n"),
        sums(dated, "n"),
        sums(dated, "not_valid"),
        sums(dated.filter(~mine), "valid"),
        answers_of(rated, rated[AT].to_numpy(), n, rules.weights),
    )
