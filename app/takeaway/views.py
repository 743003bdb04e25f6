"""HTTP of what is taken away from the map, and of the map that the server draws."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.errors import Missing
from app.hotspots.runs import load_run
from app.services import services
from app.takeaway import geofiles, tables
from app.takeaway.drawn_page import drawn_page
from app.takeaway.features import Asked, asked
from app.takeaway.kept import KEPT_DAYS, RUN_KIND, kept_file
from app.takeaway.naming import file_name
from app.takeaway.picture import draw_picture
from app.takeaway.scene import Scene
from app.takeaway.source import about
from app.takeaway.state import DrawnState
from app.takeaway.taken_layer import run_layer
from app.web import language

blueprint = Blueprint("takeaway", __name__, url_prefix="/hotspots")

LONG_KINDS = ("html", "gpkg")
GEOJSON = "application/geo+json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PICTURE_SCALE, SCREEN_SCALE = 2.0, 1.0
"""Pixels for each CSS pixel: twice as fine for print, plain on the page of the drawn map."""


@blueprint.get("/runs/<run_id>/take-away/png")
@allow(Permission.READ)
def picture(run_id: str) -> Response:
    """Give the view as a picture (``?step=&layer=&selected=&view=&width=&height=``)."""
    question, state = _asked(run_id)
    png = draw_picture(Scene.of(question, state), PICTURE_SCALE)
    name = _recorded(question, "png", state.layers)
    return send_file(BytesIO(png), "image/png", as_attachment=True, download_name=name)


@blueprint.get("/runs/<run_id>/take-away/csv")
@allow(Permission.READ)
def table_csv(run_id: str) -> Response:
    """Give one layer as a table (``?of=``: which one; the first shown when not named)."""
    question, state = _asked(run_id)
    table = tables.csv_table(run_layer(question, state.table))
    name = _recorded(question, "csv", (state.table,))
    return send_file(BytesIO(table), "text/csv", as_attachment=True, download_name=name)


@blueprint.get("/runs/<run_id>/take-away/xlsx")
@allow(Permission.READ)
def table_xlsx(run_id: str) -> Response:
    """Give the layers shown as a workbook, with what the columns mean and where they come from."""
    question, state = _asked(run_id)
    layers = [run_layer(question, name) for name in state.tabular]
    book = tables.workbook(layers, about(question, state.tabular))
    name = _recorded(question, "xlsx", state.tabular)
    return send_file(BytesIO(book), XLSX, as_attachment=True, download_name=name)


@blueprint.get("/runs/<run_id>/take-away/geojson")
@allow(Permission.READ)
def features_geojson(run_id: str) -> Response:
    """Give one layer as GeoJSON (``?of=`` as for the table)."""
    question, state = _asked(run_id)
    features = geofiles.geojson(run_layer(question, state.table), about(question, (state.table,)))
    name = _recorded(question, "geojson", (state.table,))
    return send_file(BytesIO(features), GEOJSON, as_attachment=True, download_name=name)


@blueprint.post("/runs/<run_id>/take-away/<kind>")
@allow(Permission.READ)
def begin(run_id: str, kind: str) -> ResponseReturnValue:
    """Make the map as one HTML page, or the layers as a GeoPackage, in the background."""
    question, state = _asked(run_id)
    if kind not in LONG_KINDS:
        raise Missing(f"nothing is taken away as {kind!r}", f"不能导出为 {kind!r}")
    if kind == "html":
        # The page tells the counts of cells as they are.
        access().area(Permission.EXACT_COUNTS)
    job = start_job(
        access(),
        services().jobs,
        RUN_KIND,
        form=kind,
        run=question.run.id,
        step=state.step,
        layers=state.tabular,
        language=language(),
    )
    return redirect(url_for("jobs.watch", job_id=job))


@blueprint.get("/taken/<job_id>")
@allow(Permission.READ)
def ready(job_id: str) -> str:
    """Show that a file is ready.

    Template ``takeaway/ready.html``: ``job_id``, ``name`` and ``size`` (bytes) of the file,
    ``days`` for which it is kept, ``back``: the address of the map that it is of.
    """
    found = services()
    path, name = kept_file(found.home, found.jobs, access(), job_id)
    return render_template(
        "takeaway/ready.html",
        job_id=job_id,
        name=name,
        size=path.stat().st_size,
        days=KEPT_DAYS,
        back=_map_of(found.jobs.get(job_id).arguments),
    )


def _map_of(arguments: Mapping[str, Any]) -> str:
    if "query" in arguments:
        return f"{url_for('hotspots.map_view')}?{arguments['query']}"
    return url_for("hotspots.map_view", run=arguments["run"])


@blueprint.get("/taken/<job_id>/file")
@allow(Permission.READ)
def take(job_id: str) -> Response:
    """Give the file of a job to who started it."""
    found = services()
    path, name = kept_file(found.home, found.jobs, access(), job_id)
    access().record("take_away", ("job", job_id), after={"file": name})
    return send_file(path, as_attachment=True, download_name=name)


@blueprint.get("/drawn")
@allow(Permission.READ)
def drawn() -> str:
    """Show the map as the server draws it, for browsers that cannot, with a table beside it.

    Template ``takeaway/drawn.html``: ``runs``, ``run`` (None when there is none yet), and what
    `drawn_page` gives.
    """
    state = _state()
    page = drawn_page(services().home, access(), state)
    return render_template("takeaway/drawn.html", **page)


@blueprint.get("/runs/<run_id>/drawn.png")
@allow(Permission.READ)
def drawn_png(run_id: str) -> Response:
    """Give the picture on that page."""
    question, state = _asked(run_id)
    png = draw_picture(Scene.of(question, state), SCREEN_SCALE)
    return Response(png, mimetype="image/png")


def _state() -> DrawnState:
    """Read the state; a form without scripts names each layer by itself."""
    layer = ",".join(each for each in request.args.getlist("layer") if each)
    return DrawnState.read({**request.args.to_dict(), "layer": layer})


def _asked(run_id: str) -> tuple[Asked, DrawnState]:
    state, home = _state(), services().home
    return asked(home, access(), load_run(home, run_id), state.step), state


def _recorded(question: Asked, kind: str, layers: tuple[str, ...]) -> str:
    """Write into the audit what leaves, and return the name of its file."""
    name = file_name(question.run.id, kind, question.step, layers)
    access().record("take_away", ("run", question.run.id), after={"file": name})
    return name
