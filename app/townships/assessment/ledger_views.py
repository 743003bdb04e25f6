"""HTTP of the ledgers: how a cycle adds up, down to its cases, and boards of other units."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from flask import Blueprint, render_template, request

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import InvalidParameter, Missing
from app.hotspots.geography import townships
from app.services import services
from app.succession import followed
from app.townships.assessment import reconciling, units
from app.townships.assessment.asking import Asked, read_asked
from app.townships.assessment.cycles import KINDS
from app.townships.assessment.disclosed_steps import disclosed_steps
from app.townships.assessment.disclosing import disclosed_line, disclosed_lines
from app.townships.assessment.labelling import AT
from app.townships.assessment.ledger_forms import ReconciliationQuery, StepQuery, UnitsQuery
from app.townships.assessment.published import differences
from app.townships.assessment.published_units import published_beside
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.rules import BASES, LEDGERS

blueprint = Blueprint("ledgers", __name__, url_prefix="/assessment")

CHOICES = {"kinds": KINDS, "bases": BASES, "ledgers": LEDGERS, "questions": QUESTIONS}


@blueprint.get("/reconciliation")
@allow(Permission.READ)
def reconciliation() -> str:
    """Show how a cycle's figures add up (the board's query, and ``township=``, or ``by=, unit=``).

    Template ``assessment/reconciliation.html``: ``asked`` (`asking.Asked`), ``steps``
    (`reconciling.Counted`, as the reader may see them), ``part`` (`Part`), ``may_list`` (whether
    the reader may open lists of cases), ``sees_all`` (whether they then have every case), and
    `CHOICES`.
    """
    asked = read_asked(services(), ReconciliationQuery.read(request.args))
    part = _part(asked)
    return render_template(
        "assessment/reconciliation.html",
        asked=asked,
        steps=_steps(asked, part),
        part=part,
        may_list=access().may(Permission.READ_CASES),
        sees_all=access().reach(Permission.READ_CASES).whole,
        **CHOICES,
    )


@blueprint.get("/reconciliation/cases")
@allow(Permission.READ_CASES)
def cases() -> str:
    """List the cases that a step counts (``step=``, its key; ``page=``), as far as they are hers.

    Template ``assessment/step_cases.html``: ``asked``, ``step`` (`reconciling.Step`), ``page``
    (`listing.CasePage`), ``rows`` (of its table), ``part``, ``sees_all``.
    """
    query = StepQuery.read(request.args)
    asked, home = read_asked(services(), query), services().home
    part = _part(asked)
    if asked.cycle is None or asked.source is None:
        raise Missing("there are no cases, or no boundaries", "还没有诉求或街乡镇边界")
    known = reconciling.steps(asked.rules, asked.source.left_out, len(part.places))
    step = next((each for each in known if each.key == query.step), None)
    if step is None:
        raise Missing(f"there is no step {query.step!r}", f"没有名为“{query.step}”的步骤")
    area = access().area(Permission.READ_CASES)
    page = reconciling.cases_behind(
        home, area, asked.source, asked.cycle, asked.rules, step, part.kept, query.page
    )
    return render_template(
        "assessment/step_cases.html",
        asked=asked,
        step=step,
        page=page,
        rows=page.rows,
        part=part,
        sees_all=area.whole,
    )


@blueprint.get("/units")
@allow(Permission.READ)
def units_view() -> str:
    """Rank districts, handlers, departments or topics (the board's query, ``by=, topic=``).

    Template ``assessment/units.html``: ``asked``, ``board`` (`units.UnitBoard` as the reader may
    see it, None without cases or boundaries), ``unknown`` (whether it cannot be made, since the
    cycle was closed before registers were kept), ``published`` {code: `published.Beside`},
    ``differing`` (`published.Differences` or None), ``by``, ``bys``, ``topic``
    (`registers.Topic` or None), ``topics``, and `CHOICES`.
    """
    query = UnitsQuery.read(request.args)
    asked, found = read_asked(services(), query), services()
    by, topic_id = query.kind_of_units, query.topic_id
    known = asked.registers(found.database)
    topic = known.topic(topic_id) if topic_id and known else None
    unknown = known is None and by != "district"
    board = None
    if asked.cycle and asked.source and not unknown:
        board = units.unit_board(
            found.home, known, asked.source, asked.cycle, asked.rules, by, topic
        )
    shown, beside = board and _shown(board, asked), {}
    if shown and asked.cycle:
        beside = published_beside(found.database, asked.cycle.id, by, shown.lines, known)
    return render_template(
        "assessment/units.html",
        asked=asked,
        board=shown,
        published=beside,
        differing=differences(tuple(beside.values())),
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


def _steps(asked: Asked, part: Part) -> list[tuple[reconciling.Counted, int]]:
    """Return the steps of a part, each with its count as the reader may see it."""
    if asked.source is None or asked.cycle is None:
        return []
    told = services().home, asked.source, asked.cycle, asked.rules, part.kept
    counted = reconciling.reconcile(*told, len(part.places))
    if access().may(Permission.EXACT_COUNTS):
        return [(each, each.count) for each in counted]
    groups = reconciling.groups_of(*told)
    shown = disclosed_steps(groups, asked.source, asked.rules, len(part.places))
    return [(each, shown[asked.rules.ledger, each.key]) for each in counted]


@dataclass(frozen=True)
class Part:
    """The part of the city that a page is of.

    Attributes
    ----------
    places : dict
        Names of the townships by code.
    township : str or None
        Code of the one that is asked for.
    name : str
        Of the unit and the township that are asked for; empty for the whole city.
    kept : tuple of DataFrame
        As `reconciling.reconcile` takes it.
    link : dict
        The query that asks for it.
    """

    places: dict[str, str]
    township: str | None
    name: str
    kept: tuple[pl.DataFrame, ...]
    link: dict[str, str]


def _part(asked: Asked) -> Part:
    """Return what part of the city a query asks for."""
    query = asked.query
    if asked.source is None or asked.cycle is None or not isinstance(query, ReconciliationQuery):
        return Part({}, None, "", (), {})
    areas = townships(services().home, asked.source.townships)
    places = dict(zip(map(str, areas.codes), map(str, areas.names), strict=True))
    names, kept, link = [], [], query.model_dump(include={"township", "by", "unit"})
    if query.by and query.unit:
        known = asked.registers(services().database)
        if known is None and query.by != "district":
            raise Missing(
                f"{asked.cycle.id} was closed before names, duties and topics were kept",
                f"{asked.cycle.id} 关闭时没有保存承办单位名称、职责清单和专题",
            )
        name, keys = units.keys_of_unit(
            services().home, known, asked.source, asked.cycle, asked.rules,
            query.by, query.unit,
        )  # fmt: skip
        names.append(name)
        kept.append(keys)
    code = _here(query.township, places) if query.township else None
    if code:
        names.append(places[code])
        kept.append(pl.DataFrame({AT: [list(places).index(code)]}, schema={AT: pl.Int32}))
    told = {key: value for key, value in link.items() if value}
    return Part(places, code, " · ".join(names), tuple(kept), told)


def _here(code: str, places: dict[str, str]) -> str:
    """Return the code of a township among the boundaries of the cycle: it may be named otherwise.

    Raises
    ------
    InvalidParameter
        There is none of this code.
    """
    found = next((each for each in followed(services().database, code) if each in places), None)
    if found is None:
        raise InvalidParameter(
            f"township: {code!r} is no code of the boundaries in use",
            f"街乡镇“{code}”不在现行边界中",
        )
    return found
