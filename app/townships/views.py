"""HTTP of the townships: ranked candidates, and one page for each township."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.hotspots.details import township_detail
from app.hotspots.forms import parse_run, parse_step
from app.hotspots.sentences import explain
from app.services import services
from app.townships import ranking

blueprint = Blueprint("townships", __name__, url_prefix="/townships")


@blueprint.get("")
def candidates() -> str:
    """Rank the townships of a run (``?run=``; the newest by default).

    Template ``townships/candidates.html``: ``run`` (RunSummary or None), ``runs`` (all), ``board``
    (None without a run, else ``criteria``: list of ``key, label, weight`` (share 0–1), ``unit``,
    ``note``; ``candidates``: list by rank of ``code, name, district, score, rank, population,
    count, rate, contributions`` {key: points}, ``standing`` {key: 0–1}, ``values`` {key: number or
    None}, ``missing`` [key]; ``default_weights``: True while the weights are ours, 系统默认).
    """
    home = services().home
    return render_template(
        "townships/candidates.html", **ranking.candidates_page(home, parse_run(request.args))
    )


@blueprint.get("/<code>")
def township(code: str) -> str:
    """Show one township in a run (``?run=``, ``?step=``).

    Template ``townships/township.html``: ``run``, ``runs``, ``board`` (criteria as above),
    ``candidate`` (this township's row, or None when the run ranked none), ``detail``
    (hotspots.details.Detail: ``name, code, numbers`` {…}, ``series`` [label, count, expected,
    level], ``classes`` [name, count], ``cases`` [case_id, received, class, title, address,
    status], ``total``), ``sentence`` (one line that says why), ``series_json`` for the chart.
    """
    home = services().home
    page = ranking.candidates_page(home, parse_run(request.args), required=True)
    detail = township_detail(home, page["run"].id, code, parse_step(request.args))
    return render_template(
        "townships/township.html",
        **page,
        candidate=ranking.find(page["board"], code),
        detail=detail,
        sentence=explain(detail),
        series_json=[point.to_json() for point in detail.series],
    )
