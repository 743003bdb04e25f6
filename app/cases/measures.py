"""The three measures of how much there is: reports, the people behind them, and what they tell of.

Every count of cases can be asked in each; `MEASURES` names them, `total_of` counts in all at once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, get_args

import polars as pl

from app.translation import _
from geodata.counting import CALLERS, INCIDENTS, REPORTS

Measure = Literal["reports", "callers", "incidents"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
DEFAULT_MEASURE: Measure = "reports"


@dataclass(frozen=True)
class Totals:
    """A set of cases in the three measures.

    Attributes
    ----------
    reports : int
    callers : int
        Distinct known callers, and one for each report of an unknown one.
    unknown_callers : int
        Reports of unknown callers, which cannot be told apart.
    incidents : int
        Incidents with at least one report in the set.
    """

    reports: int = 0
    callers: int = 0
    unknown_callers: int = 0
    incidents: int = 0

    def to_json(self) -> dict[str, int]:
        """Return plain values."""
        return asdict(self)

    def __getitem__(self, measure: str) -> int:
        """Return the count by one measure."""
        return int(getattr(self, measure))


def totals(caller: pl.Expr | None = None) -> dict[str, pl.Expr]:
    """Return the expressions of `Totals` over columns ``caller`` and ``incident``."""
    known = pl.col("caller") if caller is None else caller
    unknown = known.is_null().sum()
    return {
        "reports": pl.len(),
        "callers": known.drop_nulls().n_unique() + unknown,
        "unknown_callers": unknown,
        "incidents": pl.col("incident").n_unique(),
    }


def total_of(cases: pl.LazyFrame) -> Totals:
    """Count cases with columns ``caller`` and ``incident`` in the three measures."""
    counted = cases.select(**totals()).collect(engine="streaming")
    return Totals(**{name: int(counted[name][0]) for name in counted.columns})


def measure_name(measure: str) -> str:
    """Return what is counted, in the reader's language."""
    return {REPORTS: _("诉求件数"), CALLERS: _("诉求人数"), INCIDENTS: _("问题数")}[measure]


def measure_unit(measure: str) -> str:
    """Return the unit of counts in the reader's language."""
    return {REPORTS: _("件"), CALLERS: _("人"), INCIDENTS: _("个问题")}[measure]


def measure_definition(measure: str) -> str:
    """Return what the measure counts as one, in the reader's language."""
    return {
        REPORTS: _("每件诉求计一次。"),
        CALLERS: _("每位已知诉求人计一次；来电人不明的无法区分，每件计一人。"),
        INCIDENTS: _(
            "同一点位（没有点位的，60 米以内）、同一分类、相隔不超过 7 天的诉求算一个问题。"
        ),
    }[measure]
