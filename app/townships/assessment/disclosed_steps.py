"""口径对账 as a viewer may see it: no step, and no difference of steps, tells a small count.

Its blocks share totals, the three ledgers add up to each other, and the board shows some of the
steps. All of them are looked at together, so that a figure reads the same whichever of the pages
shows it; what the boards show is not hidden here while anything else can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import polars as pl

from app.cases.disclosed_sums import Floats, Integers, Sums, disclosed_sums
from app.cases.disclosure import HIDDEN, SUPPRESSED, disclosed
from app.townships.assessment.board import Reconciled
from app.townships.assessment.counting import SAID
from app.townships.assessment.labelling import (
    ASSESSED,
    AT,
    BY_DECISION,
    BY_SOURCE,
    DATED,
    IN_LEDGER,
    REASON,
    RECEIVED,
)
from app.townships.assessment.reconciling import Step, steps
from app.townships.assessment.rules import LEDGERS, Ledger, Rules
from app.townships.assessment.sources import Source

Key = tuple[Ledger, str]

ON_BOARDS = frozenset(
    {"received", "received_assessed", "received_excluded", "valid", "assessed", "denominator"}
)
"""Steps that a line of a board shows too."""

BY_RATES = frozenset({"rated_response", "rated_resolution", "satisfaction"})
"""What the rates of a line give away, where they are shown: where it is no small count."""

_MOMENTS = ((0, None), (0, 0), (None, 0))
_LABELS = (RECEIVED, DATED, AT, REASON)
_ANSWERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "response": (("response", "response_told"), ("response_told",), ()),
    "resolution": (("resolution", "resolution_told"), ("resolution_told",), ()),
    "satisfaction": (
        ("satisfied", "satisfaction_told"), ("basically_satisfied", "satisfaction_told"),
        ("satisfaction_told",), (),
    ),
}  # fmt: skip
"""Question → its answers, each as what it is counted for; the last is that none was given."""


@dataclass(frozen=True)
class _Entry:
    """Cases that are alike for every step.

    ``labels`` are those of `labelled`, ``said`` what they are counted for, ``tie`` the ledger and
    question whose callbacks they are told apart by.
    """

    labels: tuple[int | None, ...]
    said: frozenset[str]
    count: int
    tie: tuple[bool, str] | None = None


def disclosed_steps(
    found: pl.DataFrame, source: Source, rules: Rules, townships: int
) -> dict[Key, int]:
    """Return what is shown of each step in each ledger.

    Parameters
    ----------
    found : DataFrame
        Groups of `count_groups` of the part of the city that the page is of.
    source : Source
    rules : Rules
    townships : int
        How many there are.
    """
    at, sums, first = step_sums(found, source, rules, townships)
    told = disclosed_sums(sums, first)
    return {key: int(told[row]) for key, row in at.items()}


def disclosed_reconciled(shown: Mapping[Key, int], ledger: Ledger) -> Reconciled:
    """Return how a board of the city adds up, as its 口径对账 shows it."""
    received = {"raw": "received", "assessed": "received_assessed", "excluded": "received_excluded"}
    others: dict[Ledger, Key | None] = {
        "raw": None,
        "assessed": ("excluded", "denominator"),
        "excluded": ("assessed", "denominator"),
    }
    left_out = others[ledger]
    return Reconciled(
        cases=shown[ledger, received[ledger]],
        cases_in_none=shown[ledger, "cases_in_none"],
        dated=shown[ledger, "dated"],
        not_valid=shown[ledger, "not_valid"],
        left_out=0 if left_out is None else shown[left_out],
        valid=shown[ledger, "denominator"],
        valid_in_none=shown[ledger, "rated_nowhere"],
    )


def step_sums(
    found: pl.DataFrame, source: Source, rules: Rules, townships: int
) -> tuple[dict[Key, int], Sums, Integers]:
    """Return which figure each step is, the figures, and what each is disclosed as by itself."""
    entries = [*_cases(found, townships), *_answers(found)]
    labels = pl.DataFrame(
        [each.labels for each in entries], schema=dict.fromkeys(_LABELS, pl.Int64), orient="row"
    )
    rows: dict[Key, Floats] = {}
    for ledger in LEDGERS:
        told = replace(rules, ledger=ledger)
        for step in (*steps(told, source.left_out, townships), _in_none(ledger, townships)):
            rows[ledger, step.key] = _row(step, labels, entries)
        worth = rules.weights.basically_satisfied * rows[ledger, "rated_basically_satisfied"]
        rows[ledger, "satisfaction"] = rows[ledger, "rated_satisfied"] + worth
    assessed = rows["raw", "received_assessed"]
    rows["excluded", "received_excluded"] = rows["raw", "received"] - assessed
    return _sums(rows, entries)


def _in_none(ledger: Ledger, townships: int) -> Step:
    """Return what the board of a ledger says of cases in no township."""
    received = pl.col(RECEIVED).eq_missing(0) & (pl.col(AT) == townships)
    return Step("cases_in_none", "received", "", received & IN_LEDGER[ledger])


def _sums(
    rows: Mapping[Key, Floats], entries: Sequence[_Entry]
) -> tuple[dict[Key, int], Sums, Integers]:
    """Put the figures together; steps that are alike in all entries are one."""
    number: dict[bytes, int] = {}
    at = {key: number.setdefault(row.tobytes(), len(number)) for key, row in rows.items()}
    parts = np.array([rows[key] for key in {at[key]: key for key in rows}.values()])
    ties = sorted({each.tie for each in entries if each.tie is not None})
    tied = np.array([[_in_tie(each, tie) for each in entries] for tie in ties], dtype=float)
    fixed = np.zeros(len(number), dtype=bool)
    counts = np.array([each.count for each in entries], dtype=np.int64)
    sums = Sums(counts, parts, tied, fixed)
    first = np.asarray(disclosed(sums.figures))
    for key in (("excluded", "received_excluded"), ("excluded", "denominator")):
        # Boards of the excluded ledger do not say how small a small count is: see `disclosing`.
        first[at[key]] = HIDDEN if first[at[key]] == SUPPRESSED else first[at[key]]
    for (_ledger, step), row in at.items():
        fixed[row] |= step in ON_BOARDS or (step in BY_RATES and first[row] > 0)
    return at, sums, first


def _row(step: Step, labels: pl.DataFrame, entries: Sequence[_Entry]) -> Floats:
    kept = labels.select(step.labels.fill_null(value=False).alias("kept"))["kept"].to_list()
    said = [step.said in each.said for each in entries]
    return np.array([float(a and b) for a, b in zip(kept, said, strict=True)])


def _cases(found: pl.DataFrame, townships: int) -> Iterator[_Entry]:
    """Give the cases by what labels say of them, with a valid callback and without.

    What does not occur is there too: a reader does not know that there is none.
    """
    nowhere = (pl.col(AT) == townships).cast(pl.Int64) * townships
    moments = [pl.when(pl.col(each) == 0).then(pl.lit(0)).alias(each) for each in (RECEIVED, DATED)]
    summed = (
        found.select(*moments, nowhere.alias(AT), REASON, "n", "valid", "not_valid")
        .group_by(_LABELS)
        .sum()
    )
    known = {row[:4]: row[4:] for row in summed.rows()}
    reasons = sorted({ASSESSED, BY_SOURCE, BY_DECISION, *found[REASON].to_list()})
    for (received, dated), at, reason in product(_MOMENTS, (0, townships), reasons):
        labels = received, dated, at, reason
        n, valid, not_valid = known.get(labels, (0, 0, 0))
        if dated is None:
            yield _Entry(labels, frozenset({"n"}), n)
        else:
            yield _Entry(labels, frozenset({"n", "not_valid"}), not_valid)
            yield _Entry(labels, frozenset({"n", "valid"}), valid)


def _answers(found: pl.DataFrame) -> Iterator[_Entry]:
    """Give the callbacks of each ledger by what they answered to each question."""
    rated = found.filter(pl.col(DATED) == 0)
    for assessed in (True, False):
        part = rated.filter((pl.col(REASON) == ASSESSED) == assessed)
        total = {name: int(part[name].sum()) for name in SAID}
        labels = None, 0, 0, ASSESSED if assessed else BY_SOURCE
        for question, answers in _ANSWERS.items():
            counts = _counts(question, total)
            for said, count in zip(answers, counts, strict=True):
                yield _Entry(labels, frozenset(said), count, (assessed, question))


def _counts(question: str, total: dict[str, int]) -> tuple[int, ...]:
    told, valid = total[f"{question}_told"], total["valid"]
    yes = (
        (total["satisfied"], total["basically_satisfied"])
        if question == "satisfaction"
        else (total[question],)
    )
    return *yes, told - sum(yes), valid - told


def _in_tie(entry: _Entry, tie: tuple[bool, str]) -> float:
    """Tell how an entry stands in a tie: answers of a ledger less its valid callbacks."""
    if entry.tie is not None:
        return float(entry.tie == tie)
    _received, dated, _at, reason = entry.labels
    mine = dated == 0 and "valid" in entry.said and (reason == ASSESSED) == tie[0]
    return -float(mine)
