"""HTTP of the counts of a filter as files; the filter stands in the query as on the map."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

from flask import Blueprint, Response, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.errors import Missing
from app.hotspots.runs import load_run, newest_run
from app.services import services
from app.takeaway import geofiles, tables
from app.takeaway.counted.forms import TakenFilter
from app.takeaway.counted.ground import ground_of
from app.takeaway.counted.layers import cells_layer, taken_layer, townships_layer
from app.takeaway.counted.question import Counted
from app.takeaway.counted.source import about
from app.takeaway.features import asked
from app.takeaway.kept import COUNTS_KIND
from app.takeaway.naming import counted_name
from app.takeaway.picture import draw_picture
from app.takeaway.scene import Scene
from app.takeaway.state import DrawnState
from app.takeaway.views import GEOJSON, PICTURE_SCALE, XLSX
from app.web import language

blueprint = Blueprint("taken_counts", __name__, url_prefix="/hotspots/counts/take-away")


@blueprint.get("/png")
@allow(Permission.READ)
def picture() -> Response:
    """Give the view as a picture, over the run's layers (``?run=&view=&width=&height=``)."""
    question, state, home = _asked(), DrawnState.read(request.args.to_dict()), services().home
    run = load_run(home, state.run) if state.run else newest_run(home)
    if run is None:
        raise Missing("there is no analysis yet", "还没有分析结果")
    scene = Scene.of(asked(home, access(), run, state.step), state)
    png = draw_picture(scene.without_grounds(), PICTURE_SCALE, ground_of(question))
    name = _recorded(question, [question.chosen.ground], "png")
    return send_file(BytesIO(png), "image/png", as_attachment=True, download_name=name)


@blueprint.get("/csv")
@allow(Permission.READ)
def table_csv() -> Response:
    """Give cells or townships as a table (``?of=counts|rate``; what is shown when not named)."""
    question = _asked()
    layer = taken_layer(question, question.chosen.ground)
    table = tables.csv_table(layer)
    name = _recorded(question, [layer.name], "csv")
    return send_file(BytesIO(table), "text/csv", as_attachment=True, download_name=name)


@blueprint.get("/xlsx")
@allow(Permission.READ)
def table_xlsx() -> Response:
    """Give both as a workbook, with the filter in words and what the columns mean."""
    question = _asked()
    layers = [cells_layer(question), townships_layer(question)]
    book = tables.workbook(layers, about(question, datetime.now(UTC).astimezone()))
    name = _recorded(question, [layer.name for layer in layers], "xlsx")
    return send_file(BytesIO(book), XLSX, as_attachment=True, download_name=name)


@blueprint.get("/geojson")
@allow(Permission.READ)
def features_geojson() -> Response:
    """Give cells or townships as GeoJSON (``?of=`` as for the table)."""
    question = _asked()
    layer = taken_layer(question, question.chosen.ground)
    features = geofiles.geojson(layer, about(question, datetime.now(UTC).astimezone()))
    name = _recorded(question, [layer.name], "geojson")
    return send_file(BytesIO(features), GEOJSON, as_attachment=True, download_name=name)


@blueprint.post("/gpkg", defaults={"form": "gpkg"})
@blueprint.post("/html", defaults={"form": "html"})
@allow(Permission.READ)
def begin(form: str) -> ResponseReturnValue:
    """Make both layers in the background, as a GeoPackage or as an offline map."""
    query, jobs = _asked().chosen.query, services().jobs
    job = start_job(access(), jobs, COUNTS_KIND, form=form, query=query, language=language())
    return redirect(url_for("jobs.watch", job_id=job))


def _asked() -> Counted:
    return Counted.of(services().home, access(), TakenFilter.read(request.args))


def _recorded(question: Counted, names: Sequence[str], kind: str) -> str:
    """Write into the audit what leaves, and return the name of its file."""
    name = counted_name(question.mark, question.narrowed.span, names, kind)
    told = {"file": name, "filter": question.chosen.query}
    access().record("take_away", ("counts", question.mark), after=told)
    return name
