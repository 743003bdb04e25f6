"""HTTP of the monthly assessment: the board of a cycle as a table and a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, render_template, request

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import Missing
from app.hotspots.geography import townships
from app.hotspots.layers import outlines
from app.hotspots.runs import newest_run
from app.services import services
from app.succession import Change, lineage
from app.tagged import tagged
from app.townships.assessment.asking import is_beyond, read_asked
from app.townships.assessment.board import Board, cycle_before, cycles_of_data, newest_cycle
from app.townships.assessment.closing import assessed
from app.townships.assessment.code_changes import without_parted
from app.townships.assessment.colouring import colourings
from app.townships.assessment.cycles import KINDS
from app.townships.assessment.disclosed_steps import disclosed_reconciled, disclosed_steps
from app.townships.assessment.disclosing import disclosed_board, disclosed_lines
from app.townships.assessment.forms import BoardQuery
from app.townships.assessment.lines import Line
from app.townships.assessment.published import Beside, differences, published_on
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.reconciling import groups_of
from app.townships.assessment.results import RESULT_KINDS, ResultKind
from app.townships.assessment.rules import BASES, LEDGERS, Rules
from app.townships.assessment.timeline import timeline
from geodata.home import Home

blueprint = Blueprint("assessment", __name__, url_prefix="/assessment")


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """Rank the townships by the three rates of a cycle.

    ``?kind=&cycle=&attribution=&basis=&ledger=&result=``; the newest cycle whose days the data have
    all, else the newest. Template ``assessment/board.html``: ``asked`` (`forms.BoardQuery`),
    ``cycles`` (`cycles.Cycle`s that the data have days of), ``beyond`` (whether the asked one is
    open and none of them), ``found`` (`closing.Assessed`, None
    without data), ``board`` (its board as the reader may see it, None without cases or boundaries),
    ``lines`` (those of its lines that the asked result keeps), ``counts`` {result: townships},
    ``published`` {code: `published.Beside`}, ``differing`` (`published.Differences` or None),
    ``parted`` {code: `succession.Change`} of townships that are not compared,
    ``before`` (the cycle before, None where the data do not reach back to it), ``colourings``
    (`colouring.Colouring`s of the lines, for the map), ``sheets`` (codes of the townships that have
    a sheet), ``reads`` (area in which single cases are the reader's to list), ``kinds, bases,
    ledgers, questions, results`` (what there is to choose).
    """
    asked, there = BoardQuery.read(request.args), services()
    over_time = timeline(there.database, there.settings)
    cycles = cycles_of_data(there.home, asked.cycle_kind, over_time)
    newest = newest_cycle(there.home, cycles)
    cycle_id = asked.cycle_id or (newest and newest.id)
    found = cycle_id and assessed(there.home, there.database, over_time, cycle_id, asked.rules)
    board = found and found.board
    beside: tuple[Beside, ...] = ()
    parted: dict[str, Change] = {}
    if found and board:
        changes = lineage(there.database)
        # First compared, then shown: a viewer's board does not tell the changes that rank them.
        board, parted = without_parted(board, changes)
        board = _told_board(shown_board(board, found.rules), asked)
        beside = published_on(there.database, there.home, board, changes)
    lines = board.lines if board else ()
    kept = [each for each in lines if _has(each, asked.result)]
    return render_template(
        "assessment/board.html",
        asked=asked,
        cycles=cycles,
        beyond=found and is_beyond(found.cycle, cycles, closed=found.closed is not None),
        found=found if cycles or (found and found.closed) else None,
        board=board,
        lines=kept,
        counts={kind: sum(_has(each, kind) for each in lines) for kind in RESULT_KINDS},
        published={each.code: each for each in beside},
        differing=differences(beside),
        parted=parted,
        before=found and cycle_before(there.home, found.cycle),
        kinds=KINDS,
        bases=BASES,
        ledgers=LEDGERS,
        questions=QUESTIONS,
        results=RESULT_KINDS,
        colourings=colourings(kept),
        sheets=_with_sheets(there.home),
        reads=access().reach(Permission.READ_CASES),
    )


@blueprint.get("/townships.geojson")
@allow(Permission.READ)
def outlines_geojson() -> Response:
    """Give the outlines of the townships that a board is of (the board's query)."""
    there = services()
    source = read_asked(there, BoardQuery.read(request.args)).source
    if source is None:
        raise Missing("there are no cases, or no boundaries", "还没有诉求或街乡镇边界")
    return tagged(
        source.townships,
        lambda: Response(outlines(there.home, source.townships), mimetype="application/geo+json"),
    )


def _with_sheets(home: Home) -> frozenset[str]:
    """Return the codes of the townships of the newest run: sheets are of a run."""
    run = newest_run(home)
    if run is None:
        return frozenset()
    return frozenset(map(str, townships(home, run.record["boundary_versions"]["township"]).codes))


def _has(line: Line, kind: ResultKind | None) -> bool:
    """Tell whether a township has a result; every one has None."""
    return kind is None or any(each.kind == kind for each in line.results)


def _told_board(board: Board, query: BoardQuery) -> Board:
    """Return a board whose sums a viewer reads as its 口径对账 shows them."""
    told, home = read_asked(services(), query), services().home
    if access().may(Permission.EXACT_COUNTS) or told.cycle is None or told.source is None:
        return board
    groups = groups_of(home, told.source, told.cycle, told.rules, ())
    places = len(townships(home, told.source.townships).codes)
    steps = disclosed_steps(groups, told.source, told.rules, places)
    return replace(board, reconciled=disclosed_reconciled(steps, told.rules.ledger))


def shown_board(made: Board, rules: Rules) -> Board:
    """Return a board as the reader may see it."""
    return made if access().may(Permission.EXACT_COUNTS) else disclosed_board(made, rules)


def shown_lines(lines: Sequence[Line], rules: Rules) -> tuple[Line, ...]:
    """Return the lines of a rank order as the reader may see them."""
    return tuple(lines) if access().may(Permission.EXACT_COUNTS) else disclosed_lines(lines, rules)
