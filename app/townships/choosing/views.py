"""HTTP of the townships: ranked candidates, and one page for each township."""

from __future__ import annotations

import dataclasses
from typing import Any

from flask import Blueprint, render_template, request

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.forms import parse_measure
from app.cases.measures import measure_definition, measure_unit
from app.hotspots.details import township_detail
from app.hotspots.disclosing import detail_shown_to, shown_to
from app.hotspots.forms import parse_run, parse_step
from app.hotspots.wording import detail_json
from app.services import services
from app.tagged import kept_part
from app.townships.choosing import ranking
from app.web import language

blueprint = Blueprint("townships", __name__, url_prefix="/townships")


@blueprint.get("")
@allow(Permission.READ)
def candidates() -> str:
    """Rank the townships of a run (``?run=``; the newest by default).

    Template ``townships/candidates.html``: ``run`` (RunSummary or None), ``runs`` (all), ``board``
    (None without a run, else ``criteria``: list of ``key, label, weight`` (share 0–1), ``unit``,
    ``note``; ``candidates``: list by rank of ``code, name, district, score, rank, population,
    count, callers, incidents, rate, contributions`` {key: points}, ``standing`` {key: 0–1},
    ``values`` {key: number or None}, ``missing`` [key]; ``default_weights``: True while the
    weights are ours, 系统默认), ``rows`` (the rows of its table).
    """
    page = _shown(ranking.candidates_page(services().home, parse_run(request.args), language()))
    run, board = page["run"], page["board"]
    rows = board and kept_part(
        f"{run.id}-{language()}-{access().seen_as()}",
        "townships/_board.html",
        run=run,
        board=board,
    )
    return render_template("townships/candidates.html", **page, rows=rows)


@blueprint.get("/<code>")
@allow(Permission.READ)
def township(code: str) -> str:
    """Show one township in a run (``?run=``, ``?step=``, ``?measure=`` of the chart).

    Template ``townships/township.html``: ``run``, ``runs``, ``board`` (criteria as above),
    ``candidate`` (this township's row, or None when the run ranked none), ``detail`` (dict as the
    map's JSON: ``title, name, code, sentence, numbers`` [label, value, unit], ``series`` [label,
    count, expected, level], ``classes`` [name, count], ``cases`` [case_id, received, class, title,
    address, status], ``total, lng, lat, contributions`` [label, points], ``score, rank``),
    ``series_json`` (``detail.series``, for the chart), ``measure, definition, unit`` (of that),
    ``reads_cases`` (whether single cases of it are the reader's to see).
    """
    home = services().home
    run = parse_run(request.args)
    page = _shown(ranking.candidates_page(home, run, language(), required=True))
    measure = parse_measure(request.args)
    area = access().reach(Permission.READ_CASES)
    found = township_detail(home, area, page["run"].id, code, parse_step(request.args), measure)
    detail = detail_json(detail_shown_to(access(), found), language())
    return render_template(
        "townships/township.html",
        **page,
        candidate=ranking.find(page["board"], code),
        detail=detail,
        reads_cases=area.has_township(code),
        series_json=detail["series"],
        measure=measure,
        definition=measure_definition(measure),
        unit=measure_unit(measure),
    )


def _shown(page: dict[str, Any]) -> dict[str, Any]:
    """Give a page the counts that its reader may see."""
    board = page["board"]
    if board is None:
        return page
    rows = shown_to(access(), board.candidates)
    return {**page, "board": dataclasses.replace(board, candidates=rows)}
