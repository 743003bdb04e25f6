"""HTTP of the monthly assessment: the board of a cycle, and how its figures add up."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.assessment.board import Board, board, cycles_of_data, newest_cycle
from app.townships.assessment.cycles import KINDS, Calendar, find_cycle
from app.townships.assessment.disclosing import disclosed_board
from app.townships.assessment.forms import BoardQuery
from app.townships.assessment.left_out import left_out_now
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.rules import BASES, LEDGERS, Rules

blueprint = Blueprint("assessment", __name__, url_prefix="/assessment")


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """Rank the townships by the three rates of a cycle.

    ``?kind=&cycle=&attribution=&basis=&ledger=``; the newest cycle whose days the data have all,
    else the newest. Template ``assessment/board.html``: ``asked`` (`forms.BoardQuery`), ``rules``
    (`rules.Rules`), ``cycles`` (`cycles.Cycle`s that the data have days of), ``cycle`` (the chosen
    one, None without data), ``board`` (`board.Board` as the reader may see it, None without cases
    or boundaries), ``sees_all`` (whether all its cases are the reader's to list), ``kinds, bases,
    ledgers, questions`` (what there is to choose).
    """
    asked = BoardQuery.read(request.args)
    found = services()
    calendar = Calendar(found.settings.cycle_start_day)
    rules, cycles = asked.rules(calendar), cycles_of_data(found.home, asked.kind, calendar)
    cycle = find_cycle(asked.cycle, calendar) if asked.cycle else newest_cycle(found.home, cycles)
    left_out = left_out_now(found.database)
    return render_template(
        "assessment/board.html",
        asked=asked,
        rules=rules,
        cycles=cycles,
        cycle=cycle,
        board=cycle and shown_board(board(found.home, cycle, rules, left_out), rules),
        kinds=KINDS,
        bases=BASES,
        ledgers=LEDGERS,
        questions=QUESTIONS,
        sees_all=access().reach(Permission.READ_CASES).whole,
    )


def shown_board(made: Board | None, rules: Rules) -> Board | None:
    """Return a board as the reader may see it."""
    exact = access().may(Permission.EXACT_COUNTS)
    return made if exact or made is None else disclosed_board(made, rules)
