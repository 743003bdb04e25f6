"""What each case is to a cycle: whose it is, in which ledger, and which step of 口径对账 counts it.

Boards, the reconciliation and its lists of cases all start from this one frame, so that a count and
the list behind it are of the same cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

import numpy as np
import polars as pl

from app.cases.facts.columns import CODED
from app.cases.windows import Window
from app.hotspots.filtered.attribution import COLUMNS, townships_meant
from app.hotspots.filtered.forms import Attribution
from app.hotspots.geography import townships
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.left_out import CLASS_COLUMNS, ExclusionRule, LeftOut
from app.townships.assessment.near_points import POINT_COLUMNS, is_near
from app.townships.assessment.rules import Basis, Ledger, Rules
from app.townships.assessment.sources import Renamed, Source
from geodata.areas import OUTSIDE, Boundaries
from geodata.home import Home
from geodata.store import CaseStore

INSTANTS: dict[Basis, str] = {"callback": "callback_at", "due": "due_at"}
"""What puts a callback into a cycle → the column that tells its moment."""

RECEIVED, DATED, AT, REASON = "received_in", "dated_in", "at", "reason"

ASSESSED, BY_SOURCE, BY_DECISION, FIRST_RULE = range(4)
"""Values of ``reason``: why a case is left out; exclusions are numbered from the last one on."""

IN_LEDGER: dict[Ledger, pl.Expr] = {
    "raw": pl.lit(value=True),
    "assessed": pl.col(REASON) == ASSESSED,
    "excluded": pl.col(REASON) != ASSESSED,
}


def labelled(
    home: Home,
    source: Source,
    cycles: Sequence[Cycle],
    rules: Rules,
    columns: Sequence[str] = (),
) -> pl.LazyFrame:
    """Scan the cases that were received or are rated in one of some cycles.

    Parameters
    ----------
    home : Home
    source : Source
    cycles : sequence of Cycle
        None overlaps another.
    rules : Rules
        Its attribution and basis; every ledger is there.
    columns : sequence of str
        Columns of the store to have too.

    Returns
    -------
    LazyFrame
        ``received_in, dated_in`` (number of the cycle, null for none of them), ``at`` (number of
        the township among the boundaries; how many there are for none of them), ``reason`` (why it
        is not in the assessed ledger, `ASSESSED` where it is) and `columns`.
    """
    needed = ["assessed", *columns]
    needed += [INSTANTS[rules.basis]] if rules.basis in INSTANTS else []
    windows = [cycle.window for cycle in cycles]
    spans = _joined(windows)
    return (
        placed(home, source, rules.attribution, needed)
        # Told of columns of the store, so that most rows are left behind while they are read.
        .filter(
            pl.any_horizontal(
                *(each.received() for each in spans),
                *(_is_in(each, rules.basis, source.zone) for each in spans),
            )
        )
        .with_columns(_numbers(windows, rules.basis, source.zone))
        .with_columns(reason_of(source.left_out, townships(home, source.townships)).alias(REASON))
        .select(RECEIVED, DATED, AT, REASON, *dict.fromkeys(columns))
    )


def placed(
    home: Home, source: Source, attribution: Attribution, columns: Sequence[str] = ()
) -> pl.LazyFrame:
    """Scan all cases with ``at``, as in `labelled`, and what exclusions look at."""
    naming = CODED[COLUMNS[attribution]]
    needed = ["month", "received_local", *naming, *columns]
    needed += CLASS_COLUMNS if source.left_out.exclusions else ()
    needed += POINT_COLUMNS if any(rule.points for rule in source.left_out.exclusions) else ()
    needed += ["case_id"] if source.left_out.decided else []
    named = _named(home, source.cases, source.townships, attribution, source.renamed)
    return (
        CaseStore(home)
        .scan(source.cases, columns=list(dict.fromkeys(needed)))
        .join(named.lazy(), on=naming, how="left", nulls_equal=True)
    )


def reason_of(left_out: LeftOut, boundaries: Boundaries) -> pl.Expr:
    """Tell why a case is not in the assessed ledger; what its source leaves open is assessed."""
    reasons = [(~pl.col("assessed").fill_null(value=True), BY_SOURCE)]
    if left_out.decided:
        reasons.append((pl.col("case_id").is_in(list(left_out.decided)), BY_DECISION))
    for number, rule in enumerate(left_out.exclusions, FIRST_RULE):
        reasons.append((matches(rule, boundaries), number))
    first = pl.coalesce(pl.when(each).then(pl.lit(n, pl.Int32)) for each, n in reasons)
    return first.fill_null(ASSESSED)


def matches(rule: ExclusionRule, boundaries: Boundaries) -> pl.Expr:
    """Tell which cases of `placed` an exclusion speaks of; none in a township that is no more."""
    kept = [
        pl.col("received_local") >= datetime.combine(rule.first, datetime.min.time()),
        pl.col("received_local") < datetime.combine(rule.end, datetime.min.time()),
    ]
    if rule.township:
        places = [at for at, code in enumerate(boundaries.codes) if str(code) == rule.township]
        kept.append(pl.col(AT).is_in(places))
    if rule.paths:
        kept.append(pl.any_horizontal(map(_lies_below, rule.paths)))
    if rule.points:
        kept.append(pl.any_horizontal(map(is_near, rule.points)))
    return pl.all_horizontal(kept)


def forget_names() -> None:
    """Forget which townships names mean, so that they are read from the store again."""
    _named.cache_clear()


def _lies_below(path: Sequence[str]) -> pl.Expr:
    """Tell which cases are of a path of classes; what lies below it belongs to it."""
    same = zip(CLASS_COLUMNS, path, strict=False)
    return pl.all_horizontal(pl.col(column) == name for column, name in same)


def _numbers(windows: Sequence[Window], basis: Basis, zone: str) -> list[pl.Expr]:
    """Tell in which of some windows a case was received, and in which it is rated."""

    def number(lies_in: Iterable[pl.Expr], name: str) -> pl.Expr:
        found = (pl.when(each).then(pl.lit(at, pl.Int16)) for at, each in enumerate(lies_in))
        return pl.coalesce(found).alias(name)

    at = pl.col("received_local")
    received = [at.is_between(each.start, each.end, closed="left") for each in windows]
    dated = received if basis == "received" else [_is_in(each, basis, zone) for each in windows]
    return [number(received, RECEIVED), number(dated, DATED)]


def _joined(windows: Iterable[Window]) -> list[Window]:
    """Join windows that follow each other."""
    joined: list[Window] = []
    for each in sorted(windows, key=lambda window: window.start):
        if joined and joined[-1].end == each.start:
            joined[-1] = Window(joined[-1].start, each.end)
        else:
            joined.append(each)
    return joined


def _is_in(window: Window, basis: Basis, zone: str) -> pl.Expr:
    return window.received() if basis == "received" else window.holds(INSTANTS[basis], zone)


@lru_cache(maxsize=8)
def _named(
    home: Home, cases: int, areas: str, attribution: Attribution, renamed: Renamed
) -> pl.DataFrame:
    """Return the township that each way of naming one means: versions never change."""
    boundaries = townships(home, areas)
    naming = CODED[COLUMNS[attribution]]
    found = CaseStore(home).scan(cases, columns=list(naming)).unique()
    entries = found.collect(engine="streaming")
    current = dict(renamed)
    rows = [(*others, current.get(code, code)) for *others, code in entries.rows()]
    at = townships_meant(boundaries, rows, attribution)
    return entries.with_columns(
        pl.Series(AT, np.where(at == OUTSIDE, len(boundaries.codes), at), pl.Int32)
    )
