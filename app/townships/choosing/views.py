"""HTTP of the candidate room: ranked townships, why one of them, and two sets compared."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.forms import parse_measure
from app.cases.measures import measure_definition, measure_unit
from app.errors import Missing
from app.hotspots.details import codes_in_run, township_detail
from app.hotspots.disclosing import detail_shown_to
from app.hotspots.forms import parse_step
from app.hotspots.runs import list_runs
from app.hotspots.wording import detail_json
from app.services import services
from app.succession import lineage, parted
from app.tagged import kept_part
from app.townships.choosing import comparing, ranking
from app.townships.choosing.extract import map_extract
from app.townships.choosing.weights import parse_first, sliders, weight_args
from app.townships.choosing.why import read_out, share_of_few_callers, why
from app.townships.succession.naming import names_in
from app.web import language
from geodata.areas import KnownArea, known_areas
from geodata.home import Home

blueprint = Blueprint("townships", __name__, url_prefix="/townships")


@blueprint.get("")
@allow(Permission.READ)
def candidates() -> str:
    """Rank the townships of a run (``?run=``; the newest by default) under ``?w_…=`` weights.

    Template ``townships/candidates.html``: ``run`` (RunSummary or None), ``runs`` (all), ``board``
    (None without a run, else `ranking.Board`), ``weights`` (None while they are ours, 系统默认),
    ``weight_args`` (of links that keep them), ``sliders`` {key: number}, ``rows`` (the rows of its
    table), ``board_data`` (for the script), ``set_text`` (the set as the comparison names it).
    """
    page = _page()
    run, board, weights = page["run"], page["board"], page["weights"]
    kept = {**weight_args(weights), "n": str(board.n_first)} if board else {}
    rows = board and kept_part(
        f"{run.id}-{language()}-{access().seen_as()}-{sorted(kept.items())}",
        "townships/_board.html",
        run=run,
        board=board,
        weight_args=kept,
    )
    return render_template(
        "townships/candidates.html",
        **page,
        rows=rows,
        weight_args=kept,
        sliders=sliders(board.criteria, request.args) if board else {},
        board_data=board and ranking.board_data(board),
        set_text=run and comparing.side_text(run, weights),
    )


@blueprint.get("/<code>/why")
@allow(Permission.READ)
def why_view(code: str) -> str:
    """Say on one page why a township, and what speaks against (``?run=``, ``?w_…=``, ``?n=``).

    Template ``townships/why.html``: ``run, board, weights, weight_args``, ``told`` (`why.Why`),
    ``text`` (to read out), ``few_callers`` (share or None), ``detail`` (as on the township's page),
    ``extract`` (`extract.Extract`), ``parted`` (splits and mergers of the township) and ``names``
    {code: name} in them.
    """
    page = _page(required=True)
    run, board = page["run"], page["board"]
    detail = _detail(page, code, "reports")
    row = ranking.find(board, code)
    if row is None:
        raise Missing(f"run {run.id} ranked no township {code!r}", f"这次分析没有给 {code} 排名")
    home, exact = services().home, access().may(Permission.EXACT_COUNTS)
    changes = parted(services().database, code)
    few_callers = share_of_few_callers(home, run, code, exact=exact)
    told = why(board, row, few_callers)
    return render_template(
        "townships/why.html",
        **page,
        weight_args={**weight_args(page["weights"]), "n": str(board.n_first)},
        told=told,
        text=read_out(board, told),
        few_callers=few_callers,
        detail=detail,
        extract=map_extract(home, run, code),
        parted=changes,
        names=names_in(home, changes),
    )


@blueprint.get("/compare")
@allow(Permission.READ)
def compare() -> str:
    """Set two candidate sets side by side (``?a=run:key=weight,…&b=…&n=``).

    Template ``townships/compare.html``: ``runs``, ``n_first``, ``a, b`` (`comparing.Side`),
    ``texts`` (of both as the address names them), ``pairs`` (`comparing.Pair`, by the rank in b).
    """
    home, exact = services().home, access().may(Permission.EXACT_COUNTS)
    n_first = parse_first(request.args)
    a, b = (
        comparing.read_side(home, request.args.get(name, ""), language(), n_first, exact=exact)
        for name in ("a", "b")
    )
    return render_template(
        "townships/compare.html",
        runs=list_runs(home),
        n_first=n_first,
        a=a,
        b=b,
        texts=[comparing.side_text(each.run, each.weights) for each in (a, b)],
        pairs=comparing.compare(a, b, n_first),
    )


def township_page(code: str) -> dict[str, Any]:
    """Return what a page about one township reads (``?run=``, ``?step=``, ``?measure=``).

    ``place`` (`geodata.areas.KnownArea`, as the boundaries call it now), ``run`` (None before the
    first), ``runs``, ``board`` (`ranking.Board` or None), ``weight_args``, ``candidate`` (this
    township's row, or None when the run ranked none), ``detail`` (None where the run has no such
    township, else a dict as the map's JSON: ``title, name, code, sentence, numbers`` [label, value,
    unit], ``series`` [label, count, expected, level], ``classes`` [name, count], ``cases``
    [case_id, received, class, title, address, status], ``total, lng, lat, contributions`` [label,
    points], ``score, rank``), ``measure, definition, unit`` (of the chart), ``reads_cases``
    (whether single cases of it are the reader's to see).

    A renamed township is looked for in a run under all the codes that it had.

    Raises
    ------
    Missing
        No boundaries have had such a code.
    """
    page, there = _page(), services()
    changes, run = lineage(there.database), page["run"]
    place = _place(there.home, changes.followed(code))
    in_run = changes.among(code, codes_in_run(there.home, run.id)) if run else None
    measure = parse_measure(request.args)
    return {
        **page,
        "place": place,
        "weight_args": weight_args(page["weights"]),
        "candidate": ranking.find(page["board"], in_run) if in_run else None,
        "detail": _detail(page, in_run, measure) if in_run else None,
        "reads_cases": access().reach(Permission.READ_CASES).has_township(code),
        "measure": measure,
        "definition": measure_definition(measure),
        "unit": measure_unit(measure),
    }


def _place(home: Home, codes: tuple[str, ...]) -> KnownArea:
    """Return a township as the boundaries call it now, or did last."""
    known = known_areas(home, "township")
    found = sorted((known[code] for code in codes if code in known), key=lambda each: each.in_use)
    if not found:
        raise Missing(
            f"no boundaries have a township {codes[-1][:64]!r}",
            f"各版边界中都没有代码为“{codes[-1][:64]}”的街乡镇",
        )
    return found[-1]


def _page(*, required: bool = False) -> dict[str, Any]:
    """Return run and board of the query, with the counts that the reader may see."""
    exact = access().may(Permission.EXACT_COUNTS)
    return ranking.candidates_page(
        services().home, request.args, language(), exact=exact, required=required
    )


def _detail(page: dict[str, Any], code: str, measure: str) -> dict[str, Any]:
    area = access().reach(Permission.READ_CASES)
    step = parse_step(request.args)
    found = township_detail(services().home, area, page["run"].id, code, step, measure)
    return detail_json(detail_shown_to(access(), found), language())
