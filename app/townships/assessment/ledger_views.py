"""HTTP of the ledgers: how a cycle adds up, down to its cases, and boards of other units."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.disclosure import disclosed
from app.errors import InvalidParameter, Missing
from app.hotspots.geography import townships
from app.services import services
from app.townships.assessment import reconciling, units
from app.townships.assessment.asking import Asked, read_asked
from app.townships.assessment.cycles import KINDS
from app.townships.assessment.disclosing import disclosed_line, disclosed_lines
from app.townships.assessment.ledger_forms import ReconciliationQuery, StepQuery, UnitsQuery
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.rules import BASES, LEDGERS

blueprint = Blueprint("ledgers", __name__, url_prefix="/assessment")

CHOICES = {"kinds": KINDS, "bases": BASES, "ledgers": LEDGERS, "questions": QUESTIONS}


@blueprint.get("/reconciliation")
@allow(Permission.READ)
def reconciliation() -> str:
    """Show how a cycle's figures add up (the board's query, and ``township=`` its code).

    Template ``assessment/reconciliation.html``: ``asked`` (`asking.Asked`), ``steps``
    (`reconciling.Counted`, as the reader may see them), ``places`` {code: name}, ``township``
    (code or None), ``may_list`` (whether the reader may open lists of cases), ``sees_all``
    (whether they then have every case), and `CHOICES`.
    """
    query = ReconciliationQuery.read(request.args)
    asked = read_asked(services(), query)
    number, places = _township(asked, query.township)
    counted: tuple[reconciling.Counted, ...] = ()
    if asked.cycle and asked.source:
        counted = reconciling.reconcile(
            services().home, asked.source, asked.cycle, asked.rules, number, len(places)
        )
    return render_template(
        "assessment/reconciliation.html",
        asked=asked,
        steps=[(each, _told(each.count)) for each in counted],
        places=places,
        township=query.township,
        may_list=access().may(Permission.READ_CASES),
        sees_all=access().reach(Permission.READ_CASES).whole,
        **CHOICES,
    )


@blueprint.get("/reconciliation/cases")
@allow(Permission.READ_CASES)
def cases() -> str:
    """List the cases that a step counts (``step=``, its key; ``page=``), as far as they are hers.

    Template ``assessment/step_cases.html``: ``asked``, ``step`` (`reconciling.Step`), ``page``
    (`listing.CasePage`), ``rows`` (of its table), ``places``, ``township``, ``sees_all``.
    """
    query = StepQuery.read(request.args)
    asked, home = read_asked(services(), query), services().home
    number, places = _township(asked, query.township)
    if asked.cycle is None or asked.source is None:
        raise Missing("there are no cases, or no boundaries", "还没有诉求或街乡镇边界")
    known = reconciling.steps(asked.rules, asked.source.left_out, len(places))
    step = next((each for each in known if each.key == query.step), None)
    if step is None:
        raise Missing(f"there is no step {query.step!r}", f"没有名为“{query.step}”的步骤")
    area = access().area(Permission.READ_CASES)
    page = reconciling.cases_behind(
        home, area, asked.source, asked.cycle, asked.rules, step, number, query.page
    )
    return render_template(
        "assessment/step_cases.html",
        asked=asked,
        step=step,
        page=page,
        rows=page.rows,
        places=places,
        township=query.township,
        sees_all=area.whole,
    )


@blueprint.get("/units")
@allow(Permission.READ)
def units_view() -> str:
    """Rank districts, handlers, departments or topics (the board's query, ``by=, topic=``).

    Template ``assessment/units.html``: ``asked``, ``board`` (`units.UnitBoard` as the reader may
    see it, None without cases or boundaries), ``unknown`` (whether it cannot be made, since the
    cycle was closed before registers were kept), ``by``, ``bys``, ``topic`` (`registers.Topic` or
    None), ``topics``, and `CHOICES`.
    """
    query = UnitsQuery.read(request.args)
    asked, found = read_asked(services(), query), services()
    by, topic_id, known = query.kind_of_units, query.topic_id, asked.registers
    topic = known.topic(topic_id) if topic_id and known else None
    unknown = known is None and by != "district"
    board = None
    if asked.cycle and asked.source and not unknown:
        board = units.unit_board(
            found.home, known, asked.source, asked.cycle, asked.rules, by, topic
        )
    return render_template(
        "assessment/units.html",
        asked=asked,
        board=board and _shown(board, asked),
        unknown=unknown,
        by=by,
        bys=units.BYS,
        topic=topic,
        topics=known.topics if known else (),
        **CHOICES,
    )


def _shown(board: units.UnitBoard, asked: Asked) -> units.UnitBoard:
    if access().may(Permission.EXACT_COUNTS):
        return board
    lines = disclosed_lines(board.lines, asked.rules)
    apart = tuple(disclosed_line(line, asked.rules) for line in board.apart)
    return units.UnitBoard(lines, apart, disclosed_line(board.city, asked.rules))


def _told(count: int) -> int:
    return count if access().may(Permission.EXACT_COUNTS) else disclosed(count)


def _township(asked: Asked, code: str | None) -> tuple[int | None, dict[str, str]]:
    """Return the number of a township, and the names of all by code.

    Raises
    ------
    InvalidParameter
        There is none of this code.
    """
    if asked.source is None:
        return None, {}
    areas = townships(services().home, asked.source.townships)
    places = dict(zip(map(str, areas.codes), map(str, areas.names), strict=True))
    if code and code not in places:
        raise InvalidParameter(
            f"township: {code!r} is no code of the boundaries in use",
            f"街乡镇“{code}”不在现行边界中",
        )
    return list(places).index(code) if code else None, places
