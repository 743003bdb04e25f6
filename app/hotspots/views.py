"""HTTP of the map: the page, the layers of a run, the numbers behind a thing, a new run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.areas import Area
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.errors import InvalidParameter
from app.hotspots import details, layers, runs
from app.hotspots.backtesting.forms import BacktestForm, BacktestState
from app.hotspots.backtesting.page import backtest_page
from app.hotspots.clusters.details import cluster_detail
from app.hotspots.disclosing import detail_shown_to, disclosed_values, shown_to
from app.hotspots.forms import (
    AnalyseForm,
    AnalyseWish,
    MapState,
    SizeState,
    parse_run,
    parse_step,
)
from app.hotspots.page import map_page
from app.hotspots.sensitivity.page import cell_resolutions, cell_stability, sensitivity_page
from app.hotspots.wording import detail_json
from app.services import services
from app.tagged import tagged
from app.web import language, wants_json

blueprint = Blueprint("hotspots", __name__, url_prefix="/hotspots")

BINARY = "application/octet-stream"
GEOJSON = "application/geo+json"


@blueprint.get("")
@allow(Permission.READ)
def map_view() -> str:
    """Show the map.

    Template ``hotspots/map.html``: ``runs`` (list of `runs.RunSummary`, newest first), ``run``
    (the chosen one or None when there is none yet), ``state`` (`forms.MapState`: ``run, step,
    layer, selected``), ``config`` (dict for ``<script type="application/json" id="map-config">``:
    ``run, runs, state, urls, language, counts``; write it with ``{{ config|tojson }}``).
    ``config.counts`` has ``all, located, township_only, unlocated`` of the run's window, as the
    reader may see them; ``run.steps`` the months (``index, label, start, end``). ``notes``: lines
    on denominator, test and cautions.
    ``tables``: [(name, title)] of the layers that can be taken away as a table.
    """
    state = MapState.read(request.args)
    page = map_page(services().home, access(), state, language())
    return render_template("hotspots/map.html", **page)


@blueprint.get("/runs/<run_id>/meta.json")
@allow(Permission.READ)
def meta(run_id: str) -> Response:
    """Give ``run.json`` with steps, bounds, centre and totals."""

    def make() -> Response:
        found = layers.meta(services().home, run_id)
        told = ("counts", "totals", "located_by_row", "companions")
        shown = _shown({name: found[name] for name in told if name in found})
        return jsonify({**found, **shown})

    return _tagged(run_id, make)


@blueprint.get("/runs/<run_id>/cells.bin")
@allow(Permission.READ)
def cells(run_id: str) -> Response:
    """Give all cells × steps as binary columns (``?resolution=``; see `layers.encode_cells`)."""
    resolution = SizeState.read(request.args).resolution

    def make() -> Response:
        home = services().home
        payload = layers.cells_payload(home, run_id, resolution, exact=_sees_all())
        return Response(payload, mimetype=BINARY)

    return _tagged(run_id, make)


@blueprint.get("/runs/<run_id>/townships.geojson")
@allow(Permission.READ)
def townships_geojson(run_id: str) -> Response:
    """Give simplified outlines with ``code, name, district`` and a label point."""
    home = services().home
    return _tagged(
        run_id, lambda: Response(layers.townships_geojson(home, run_id), mimetype=GEOJSON)
    )


@blueprint.get("/runs/<run_id>/districts.geojson")
@allow(Permission.READ)
def districts_geojson(run_id: str) -> Response:
    """Give the districts' outlines with ``code, name`` and a label point."""
    home = services().home
    return _tagged(
        run_id, lambda: Response(layers.districts_geojson(home, run_id), mimetype=GEOJSON)
    )


@blueprint.get("/runs/<run_id>/townships.json")
@allow(Permission.READ)
def townships_json(run_id: str) -> Response:
    """Give each township's counts and rates by step, whole span, score and rank."""
    home = services().home
    return _tagged(run_id, lambda: jsonify(_shown(layers.township_series(home, run_id))))


@blueprint.get("/runs/<run_id>/clusters.geojson")
@allow(Permission.READ)
def clusters_geojson(run_id: str) -> Response:
    """Give the scan clusters' outlines with rank, first and last step and figures."""

    def make() -> Response:
        payload = layers.clusters_geojson(services().home, run_id)
        if not _sees_all():
            payload = json.dumps(disclosed_values(json.loads(payload))).encode()
        return Response(payload, mimetype=GEOJSON)

    return _tagged(run_id, make)


@blueprint.get("/runs/<run_id>/points.json")
@allow(Permission.READ)
def points(run_id: str) -> Response:
    """Give the high-frequency and the unusually high points."""
    home, area = services().home, access().area(Permission.READ)
    return _tagged(run_id, lambda: jsonify(_shown(layers.points(home, area, run_id))))


@blueprint.get("/runs/<run_id>/cell/<name>")
@allow(Permission.READ)
def cell(run_id: str, name: str) -> Response:
    """Give the numbers of one cell: see `details.Detail`."""
    home, step = services().home, parse_step(request.args)
    found = _told(details.cell_detail(home, _area(), run_id, name, step))
    found["numbers"] += cell_stability(home, run_id, name, step)
    if _sees_all():
        found["numbers"] += cell_resolutions(home, run_id, name, step)
    return jsonify(found)


@blueprint.get("/runs/<run_id>/township/<path:code>")
@allow(Permission.READ)
def township(run_id: str, code: str) -> Response:
    """Give the numbers of one township: see `details.Detail`."""
    step = parse_step(request.args)
    return _detail(details.township_detail(services().home, _area(), run_id, code, step))


@blueprint.get("/runs/<run_id>/cluster/<rank>")
@allow(Permission.READ)
def cluster(run_id: str, rank: str) -> Response:
    """Give the numbers of one scan cluster over its own period: see `details.Detail`."""
    return _detail(cluster_detail(services().home, _area(), run_id, rank))


@blueprint.get("/runs/<run_id>/point/<path:point_id>")
@allow(Permission.READ)
def point(run_id: str, point_id: str) -> Response:
    """Give the numbers of one point: see `details.Detail`."""
    step = parse_step(request.args)
    found = details.point_detail(services().home, _area(), run_id, point_id, step)
    access().require_township(Permission.READ, found.township[0] if found.township else None)
    return _detail(found)


@blueprint.route("/analyse", methods=["GET", "POST"])
@allow(Permission.ANALYSE)
def analyse() -> ResponseReturnValue:
    """Ask for a new run, and start it.

    Template ``hotspots/analyse.html``: ``form`` (`forms.AnalyseForm`: fields ``start`` (from),
    ``end`` (to, exclusive), ``period``, ``classes`` (multiple choice), ``resolution``), ``runs``.
    A link may suggest values (`forms.AnalyseWish`). Success leads to ``/jobs/<id>/watch``
    (``jobs/watch.html``); a script is told ``job``, the id of it.
    """
    home = services().home
    form = AnalyseForm.for_home(home, AnalyseWish.of_args(request.args))
    if form.validate_on_submit():
        job = start_job(access(), services().jobs, "analyse", **form.arguments())
        if wants_json():
            return jsonify(job=job), 202
        return redirect(url_for("jobs.watch", job_id=job))
    if form.is_submitted() and wants_json():
        raise InvalidParameter("analyse: " + _first_error(form), _first_error(form))
    status = 422 if form.is_submitted() else 200
    return render_template("hotspots/analyse.html", form=form, runs=runs.list_runs(home)), status


@blueprint.get("/sensitivity")
@allow(Permission.EXACT_COUNTS)
def sensitivity_view() -> str:
    """Show how stable the hot areas of a run are (``?run=``, ``?step=``).

    Template ``hotspots/sensitivity.html``: ``run``, ``runs``, ``step``, ``found`` (None where
    nobody asked yet); then ``steps``, ``measure`` (``name, unit``), ``verdicts`` (``key, word,
    text, count``), ``columns`` (``label, reason, elsewhere`` by row), ``areas`` (``name, size,
    count, busiest, verdict, word, columns``: ``key`` hot|lost|untested, ``word, share``).
    """
    page = sensitivity_page(services().home, parse_run(request.args), parse_step(request.args))
    return render_template("hotspots/sensitivity.html", **page)


@blueprint.post("/sensitivity")
@allow(Permission.ANALYSE)
def sensitivity_start() -> ResponseReturnValue:
    """Examine how stable a run's hot areas are, in the background (form field ``run``)."""
    home = services().home
    run = runs.load_run(home, parse_run(request.form) or "")
    job = start_job(access(), services().jobs, "sensitivity", run=run.id)
    return redirect(url_for("jobs.watch", job_id=job))


@blueprint.route("/backtest", methods=["GET", "POST"])
@allow(Permission.READ, post=Permission.ANALYSE)
def backtest_view() -> ResponseReturnValue:
    """Show a forecast check (``?check=``, ``?share=`` by place), or start one in the background.

    Template ``hotspots/backtest.html``: ``form`` (`BacktestForm`), and what `backtest_page` gives.
    """
    home = services().home
    form = BacktestForm.for_home(home)
    if form.validate_on_submit():
        job = start_job(access(), services().jobs, "backtest", **form.arguments())
        return redirect(url_for("jobs.watch", job_id=job))
    page = backtest_page(home, BacktestState.read(request.args))
    status = 422 if form.is_submitted() else 200
    return render_template("hotspots/backtest.html", form=form, **page), status


def _first_error(form: AnalyseForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _area() -> Area:
    """Where the reader may see single cases."""
    return access().reach(Permission.READ_CASES)


def _detail(detail: details.Detail) -> Response:
    return jsonify(_told(detail))


def _told(detail: details.Detail) -> dict[str, Any]:
    """Say a detail in the reader's language, with what she may see of counts."""
    return detail_json(detail_shown_to(access(), detail), language())


def _sees_all() -> bool:
    """Tell whether the reader sees small counts as they are."""
    return access().may(Permission.EXACT_COUNTS)


def _shown(answer: Any) -> Any:
    return shown_to(access(), answer)


def _tagged(run_id: str, make: Callable[[], Response]) -> Response:
    """Answer with a layer: a run never changes, but it may have been removed."""
    runs.load_run(services().home, run_id)
    return tagged(f"{run_id}-{layers.LAYER_VERSION}-{access().seen_as()}", make)
