"""The board as a viewer may see it: no small count, and none that a rate would tell."""

from __future__ import annotations

from dataclasses import asdict, replace

from app.cases.disclosure import SUPPRESSION_THRESHOLD, disclosed
from app.townships.assessment.board import Board, Reconciled
from app.townships.assessment.lines import Line, Share
from app.townships.assessment.rules import PER_CENT, Rules

NOTHING = Share(None, None, None)


def disclosed_board(board: Board, rules: Rules) -> Board:
    """Return a board with counts rounded, and rates of rounded counts; intervals are left out."""
    told = {name: disclosed(n) for name, n in asdict(board.reconciled).items()}
    return replace(
        board,
        lines=tuple(disclosed_line(line, rules) for line in board.lines),
        city=disclosed_line(board.city, rules),
        reconciled=Reconciled(**told),
    )


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
        cases=disclosed(line.cases),
        valid=disclosed(line.valid),
        rates=rates,
        score=score,
        best=None,
        worst=None,
        change=None,
        before=None if line.before is None else disclosed(line.before),
        results=tuple(replace(each, english="", chinese="") for each in line.results),
    )


def _rate(rate: Share, valid: int) -> Share:
    """Return a rate of rounded counts; None where few said yes, or few said no."""
    if rate.value is None:
        return NOTHING
    yes = round(rate.value * valid / PER_CENT)
    if any(0 < n < SUPPRESSION_THRESHOLD for n in (yes, valid - yes)):
        return NOTHING
    shown = disclosed(valid)
    return Share(PER_CENT * min(disclosed(yes) / shown, 1), None, None) if shown else NOTHING
