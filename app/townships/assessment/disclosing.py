"""The board as a viewer may see it: no small count, and none that a rate would tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from app.cases.disclosure import HIDDEN, SUPPRESSED, SUPPRESSION_THRESHOLD, disclosed
from app.townships.assessment.board import Board, Reconciled
from app.townships.assessment.lines import Line, Share
from app.townships.assessment.rates import descending_ranks
from app.townships.assessment.rules import PER_CENT, Rules

NOTHING = Share(None, None, None)


def disclosed_board(board: Board, rules: Rules) -> Board:
    """Return a board with counts rounded, and rates of rounded counts; intervals are left out.

    Ranks are those of the scores that are shown. Each sum is told by itself: a page that shows them
    takes them from `disclosed_steps`.
    """
    told = {name: disclosed_count(n, rules) for name, n in asdict(board.reconciled).items()}
    return replace(
        board,
        lines=disclosed_lines(board.lines, rules),
        city=disclosed_line(board.city, rules),
        reconciled=Reconciled(**told),
    )


def disclosed_lines(lines: Sequence[Line], rules: Rules) -> tuple[Line, ...]:
    """Return the lines of a rank order, ranked by the scores that are shown of them.

    The order of the true scores would tell what rounding has taken out. A line whose score is not
    shown has no rank, and no result but that it is designated.
    """
    told = [disclosed_line(line, rules) for line in lines]
    scores = [np.nan if line.score.value is None else line.score.value for line in told]
    ranks = descending_ranks(np.array(scores, dtype=float))
    ranked = [
        _unranked(line) if np.isnan(rank) else replace(line, rank=int(rank))
        for line, rank in zip(told, ranks, strict=True)
    ]
    return tuple(sorted(ranked, key=lambda line: (line.rank or len(ranked) + 1, line.code)))


def disclosed_line(line: Line, rules: Rules) -> Line:
    """Return a line with counts rounded, and rates of rounded counts."""
    rates = {name: _rate(rate, line.valid) for name, rate in line.rates.items()}
    known = [rate.value for rate in rates.values()]
    score = NOTHING
    if None not in known:
        points = (getattr(rules.weights, name) * (rates[name].value or 0) for name in rates)
        score = Share(sum(points) / PER_CENT, None, None)
    return replace(
        line,
        cases=disclosed_count(line.cases, rules),
        valid=disclosed_count(line.valid, rules),
        rates=rates,
        score=score,
        best=None,
        worst=None,
        change=None,
        before=None if line.before is None else disclosed_count(line.before, rules),
        results=tuple(replace(each, english="", chinese="") for each in line.results),
    )


def disclosed_count(count: int, rules: Rules) -> int:
    """Return a count of a board as a viewer may see it.

    All = assessed + excluded, and she may read all three. Of 4 and 4, shown as below 5 both, the 10
    that 8 is rounded to would leave no other: a small count that is excluded is not told at all.
    """
    shown = disclosed(count)
    return HIDDEN if shown == SUPPRESSED and rules.ledger == "excluded" else shown


def _unranked(line: Line) -> Line:
    designated = tuple(each for each in line.results if each.kind == "governance")
    return replace(line, rank=None, change_rank=None, moved=None, results=designated)


def _rate(rate: Share, valid: int) -> Share:
    """Return a rate of rounded counts; None where few said yes, or few said no."""
    if rate.value is None:
        return NOTHING
    yes = round(rate.value * valid / PER_CENT)
    if any(0 < n < SUPPRESSION_THRESHOLD for n in (yes, valid - yes)):
        return NOTHING
    shown = disclosed(valid)
    return Share(PER_CENT * min(disclosed(yes) / shown, 1), None, None) if shown else NOTHING
