"""口径对账: from all cases of a cycle to the callbacks that each rate is of, step by step.

A step is told once, as what it keeps of labelled cases: its count and the list behind it are both
made from that, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from app.accounts.areas import AREA_COLUMNS, Area
from app.cases.case_numbers import with_numbers
from app.cases.listing import LISTED_COLUMNS, CasePage, page_of
from app.townships.assessment.counting import ANSWER_COLUMNS, SAID, count_groups
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.labelling import (
    ASSESSED,
    AT,
    BY_DECISION,
    BY_SOURCE,
    DATED,
    FIRST_RULE,
    IN_LEDGER,
    REASON,
    RECEIVED,
    labelled,
)
from app.townships.assessment.left_out import LeftOut
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source
from geodata.home import Home

Part = Literal["received", "callbacks", "rates"]
Sign = Literal["", "+", "-", "="]

_RECEIVED, _DATED = (pl.col(name).eq_missing(0) for name in (RECEIVED, DATED))


@dataclass(frozen=True, eq=False)
class Step:
    """One step.

    Attributes
    ----------
    key : str
        Its name in addresses.
    part : {"received", "callbacks", "rates"}
    sign : str
        Whether it starts, is added, taken away, or is what comes out; empty for "of these".
    labels : Expr
        Which labelled cases it is of.
    said : str
        What of them: a key of `SAID`.
    rule : str
        Name of the exclusion that takes them out; empty for others.
    """

    key: str
    part: Part
    sign: Sign
    labels: pl.Expr
    said: str = "n"
    rule: str = ""


@dataclass(frozen=True)
class Counted:
    """A step and how many cases it has; `disclosed` for a viewer."""

    key: str
    part: Part
    sign: Sign
    rule: str
    count: int


def steps(rules: Rules, left_out: LeftOut, townships: int) -> tuple[Step, ...]:
    """Return the steps of a cycle in their order.

    Parameters
    ----------
    rules : Rules
    left_out : LeftOut
    townships : int
        How many there are: cases of none of them are labelled by this number.
    """
    nowhere, mine = pl.col(AT) == townships, IN_LEDGER[rules.ledger]
    rated = _DATED & mine
    return (
        Step("received", "received", "=", _RECEIVED),
        Step("received_placed", "received", "", _RECEIVED & ~nowhere),
        Step("received_nowhere", "received", "", _RECEIVED & nowhere),
        *_left_out("received", _RECEIVED, "n", left_out),
        Step("received_assessed", "received", "=", _RECEIVED & _REASON_IS[ASSESSED]),
        Step("start", "callbacks", "", _RECEIVED),
        Step("elsewhere", "callbacks", "-", _RECEIVED & ~_DATED),
        Step("from_before", "callbacks", "+", _DATED & ~_RECEIVED),
        Step("dated", "callbacks", "=", _DATED),
        Step("not_valid", "callbacks", "-", _DATED, "not_valid"),
        Step("valid", "callbacks", "=", _DATED, "valid"),
        *_left_out("callbacks", _DATED, "valid", left_out),
        Step("assessed", "callbacks", "=", _DATED & _REASON_IS[ASSESSED], "valid"),
        Step("denominator", "rates", "=", rated, "valid"),
        Step("rated_nowhere", "rates", "", rated & nowhere, "valid"),
        *(Step(f"rated_{name}", "rates", "", rated, name) for name in _NUMERATORS),
    )


def reconcile(
    home: Home,
    source: Source,
    cycle: Cycle,
    rules: Rules,
    kept: Sequence[pl.DataFrame],
    townships: int,
) -> tuple[Counted, ...]:
    """Count every step of a cycle.

    Parameters
    ----------
    home : Home
    source : Source
    cycle : Cycle
    rules : Rules
    kept : sequence of DataFrame
        Values of columns that a case must have to count, as of one township (its number as ``at``)
        or of one unit; none for the whole city.
    townships : int
        How many there are.

    Notes
    -----
    Exclusions that take nothing out are left out.
    """
    found = groups_of(home, source, cycle, rules, kept)
    counted = (
        Counted(
            step.key, step.part, step.sign, step.rule,
            int(found.filter(step.labels)[step.said].sum()),
        )
        for step in steps(rules, source.left_out, townships)
    )  # fmt: skip
    return tuple(each for each in counted if each.count or not each.rule)


def groups_of(
    home: Home, source: Source, cycle: Cycle, rules: Rules, kept: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Return what is counted of a part of the city, as `count_groups` gives it."""
    found = count_groups(home, source, (cycle, cycle.previous), rules, _columns(kept))
    return _keep(found.lazy(), kept).collect()


def cases_behind(
    home: Home,
    area: Area,
    source: Source,
    cycle: Cycle,
    rules: Rules,
    step: Step,
    kept: Sequence[pl.DataFrame],
    page: int,
) -> CasePage:
    """Return one page of the cases that a step counts, as far as they lie in a person's area."""
    columns = (*LISTED_COLUMNS, *AREA_COLUMNS, *ANSWER_COLUMNS, *_columns(kept))
    frame = labelled(home, source, (cycle,), rules, tuple(dict.fromkeys(columns)))
    counted = _keep(frame.filter(step.labels & SAID[step.said]), kept)
    return page_of(home, with_numbers(home, area.keep_cases(counted)), page)


def _columns(kept: Sequence[pl.DataFrame]) -> tuple[str, ...]:
    """Return the columns of the store that are looked at; ``at`` is a label of each case."""
    return tuple(dict.fromkeys(name for each in kept for name in each.columns if name != AT))


def _keep(frame: pl.LazyFrame, kept: Sequence[pl.DataFrame]) -> pl.LazyFrame:
    for each in kept:
        frame = frame.join(each.lazy(), on=each.columns, how="semi", nulls_equal=True)
    return frame


_REASON_IS = {reason: pl.col(REASON) == reason for reason in (ASSESSED, BY_SOURCE, BY_DECISION)}

_NUMERATORS = (
    "response", "response_told", "resolution", "resolution_told", "satisfied",
    "basically_satisfied", "satisfaction_told",
)  # fmt: skip


def _left_out(part: Part, kept: pl.Expr, said: str, left_out: LeftOut) -> list[Step]:
    named = [
        Step(f"{part}_by_source", part, "-", kept & _REASON_IS[BY_SOURCE], said),
        Step(f"{part}_by_decision", part, "-", kept & _REASON_IS[BY_DECISION], said),
    ]
    return named + [
        Step(f"{part}_by_{rule.id}", part, "-", kept & (pl.col(REASON) == number), said, rule.name)
        for number, rule in enumerate(left_out.exclusions, FIRST_RULE)
    ]
