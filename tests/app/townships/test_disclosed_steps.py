"""A viewer cannot reckon a small step of 口径对账 from the pages that show it."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cases.disclosed_sums import range_of
from app.cases.disclosure import HIDDEN, disclosed
from app.townships.assessment.board import Reconciled
from app.townships.assessment.counting import SAID
from app.townships.assessment.disclosed_steps import (
    ON_BOARDS,
    disclosed_reconciled,
    disclosed_steps,
    step_sums,
)
from app.townships.assessment.disclosing import disclosed_count
from app.townships.assessment.left_out import ExclusionRule, LeftOut
from app.townships.assessment.reconciling import steps
from app.townships.assessment.rules import LEDGERS, Rules
from app.townships.assessment.sources import Source

DAY = date(2025, 3, 1)
SOURCE = Source(1, "v", "UTC", LeftOut((ExclusionRule(1, "雨", "", (), DAY, DAY),)))
TOWNSHIPS = 2
RULES = Rules()


def groups(seed: int, scale: float) -> pl.DataFrame:
    """Draw what `count_groups` gives: gamma-Poisson counts, most of them small."""
    rng, rows = np.random.default_rng(seed), []
    moments = [(0, 0), (0, 1), (0, None), (1, 0), (None, 0), (1, 1)]
    for received, dated in moments:
        for at in range(TOWNSHIPS + 1):
            for reason in range(4):
                n = 1 + int(rng.poisson(rng.gamma(0.5, scale)))
                if rng.random() < 0.5:
                    continue
                valid = 0 if dated is None else int(rng.binomial(n, 0.7))
                told = {f"{name}_told": int(rng.binomial(valid, 0.8))
                        for name in ("response", "resolution", "satisfaction")}  # fmt: skip
                yes = {name: int(rng.binomial(told[f"{name}_told"], 0.6))
                       for name in ("response", "resolution")}  # fmt: skip
                satisfied = int(rng.binomial(told["satisfaction_told"], 0.5))
                basically = int(rng.binomial(told["satisfaction_told"] - satisfied, 0.5))
                rows.append(
                    {"received_in": received, "dated_in": dated, "at": at, "reason": reason,
                     "n": n, "valid": valid, "not_valid": n - valid, **told, **yes,
                     "satisfied": satisfied, "basically_satisfied": basically}
                )  # fmt: skip
    labels = ["received_in", "dated_in", "at", "reason"]
    return pl.DataFrame(rows, schema=dict.fromkeys([*labels, *SAID], pl.Int64))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.5, 2.0, 6.0]))
def test_no_step_that_is_not_told_follows_from_all_that_is_shown(seed: int, scale: float) -> None:
    """All three ledgers, the steps of each, and what the boards show, read together."""
    found = groups(seed, scale)
    at, sums, first = step_sums(found, SOURCE, RULES, TOWNSHIPS)
    told = disclosed_steps(found, SOURCE, RULES, TOWNSHIPS)
    shown = first.copy()
    for key, row in at.items():
        shown[row] = told[key]
    for row in np.flatnonzero(shown < 0):
        least, greatest = range_of(sums, shown, int(row))
        assert least < greatest, [key for key, own in at.items() if own == row]
    for (_ledger, step), row in at.items():
        assert shown[row] in (first[row], HIDDEN)
        # What the boards show of it is told here alike.
        assert step not in ON_BOARDS or shown[row] == first[row]


@pytest.mark.parametrize("ledger", LEDGERS)
def test_the_figures_behind_are_those_of_the_steps(ledger: str) -> None:
    found = groups(7, 4.0)
    at, sums, _first = step_sums(found, SOURCE, RULES, TOWNSHIPS)
    assert not (sums.ties @ sums.entries).any()
    for step in steps(Rules(ledger=ledger), SOURCE.left_out, TOWNSHIPS):  # type: ignore[arg-type]
        true = int(found.filter(step.labels)[step.said].sum())
        assert sums.figures[at[ledger, step.key]] == true  # type: ignore[index]


def test_a_board_adds_up_as_its_reconciliation_shows_it() -> None:
    found = groups(3, 2.0)
    shown = disclosed_steps(found, SOURCE, RULES, TOWNSHIPS)
    received, rated = pl.col("received_in").eq_missing(0), pl.col("dated_in").eq_missing(0)
    kept = {"raw": pl.lit(value=True), "assessed": pl.col("reason") == 0,
            "excluded": pl.col("reason") != 0}  # fmt: skip
    for ledger in LEDGERS:
        told = disclosed_reconciled(shown, ledger)
        mine, nowhere = kept[ledger], pl.col("at") == TOWNSHIPS
        true = Reconciled(
            cases=int(found.filter(received & mine)["n"].sum()),
            cases_in_none=int(found.filter(received & mine & nowhere)["n"].sum()),
            dated=int(found.filter(rated)["n"].sum()),
            not_valid=int(found.filter(rated)["not_valid"].sum()),
            left_out=int(found.filter(rated & ~mine)["valid"].sum()),
            valid=int(found.filter(rated & mine)["valid"].sum()),
            valid_in_none=int(found.filter(rated & mine & nowhere)["valid"].sum()),
        )
        for name in Reconciled.__dataclass_fields__:
            value = getattr(told, name)
            assert value in (HIDDEN, disclosed(getattr(true, name))), name
        assert told.valid == disclosed_count(true.valid, Rules(ledger=ledger))


def test_a_small_count_that_is_excluded_is_not_told_at_all() -> None:
    """4 assessed and 4 excluded, of 8: below 5, below 5 and 10 would leave no other numbers."""
    raw, assessed, excluded = (Rules(ledger=each) for each in LEDGERS)
    shown = [disclosed_count(8, raw), disclosed_count(4, assessed), disclosed_count(4, excluded)]
    assert shown == [10, -1, HIDDEN]
    fitting = {(a, e) for a in range(1, 5) for e in range(1, 20) if disclosed(a + e) == 10}
    assert len({e for _a, e in fitting}) > 1
    assert len({a for a, _e in fitting}) > 1
    assert disclosed_count(0, excluded) == 0
