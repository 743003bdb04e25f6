"""HTTP of comparisons: the form, the page, what its maps read."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.hotspots.comparing import layers
from app.hotspots.comparing.details import cell_change
from app.hotspots.comparing.forms import CompareForm
from app.hotspots.comparing.page import asking_page, comparison_page
from app.hotspots.comparing.stored import load_comparison
from app.hotspots.layers import LAYER_VERSION
from app.services import services
from app.tagged import tagged

blueprint = Blueprint("comparing", __name__, url_prefix="/hotspots/compare")

BINARY = "application/octet-stream"
GEOJSON = "application/geo+json"


@blueprint.route("", methods=["GET", "POST"])
@allow(Permission.READ, post=Permission.ANALYSE)
def ask() -> ResponseReturnValue:
    """Ask for two periods (``?start=&end=&with_start=&with_end=`` fill the form), and compare them.

    Template ``hotspots/compare.html``: ``form`` (`CompareForm`), and what `asking_page` gives.
    Success leads to ``/jobs/<id>/watch``.
    """
    home = services().home
    form = CompareForm.for_home(home, request.args)
    if form.validate_on_submit():
        job = start_job(access(), services().jobs, "compare", **form.arguments())
        return redirect(url_for("jobs.watch", job_id=job))
    status = 422 if form.is_submitted() else 200
    return render_template("hotspots/compare.html", form=form, **asking_page(home)), status


@blueprint.get("/<comparison_id>")
@allow(Permission.EXACT_COUNTS)
def show(comparison_id: str) -> str:
    """Show both periods and what changed; the maps' state is in the query, which scripts read.

    Template ``hotspots/comparison.html``: what `comparison_page` gives.
    """
    page = comparison_page(services().home, comparison_id)
    return render_template("hotspots/comparison.html", **page)


@blueprint.get("/<comparison_id>/meta.json")
@allow(Permission.EXACT_COUNTS)
def meta(comparison_id: str) -> Response:
    """Give the record with both labels and the breaks of the counts."""
    home = services().home
    return _tagged(comparison_id, lambda: jsonify(layers.meta(home, comparison_id)))


@blueprint.get("/<comparison_id>/cells.bin")
@allow(Permission.EXACT_COUNTS)
def cells(comparison_id: str) -> Response:
    """Give all cells as binary columns: ``before, after, ratio, level``."""
    home = services().home
    return _tagged(
        comparison_id, lambda: Response(layers.cells_payload(home, comparison_id), mimetype=BINARY)
    )


@blueprint.get("/<comparison_id>/townships.geojson")
@allow(Permission.READ)
def townships(comparison_id: str) -> Response:
    """Give the townships' outlines with ``code, name, district`` and a label point."""
    home = services().home
    return _tagged(
        comparison_id,
        lambda: Response(layers.townships_geojson(home, comparison_id), mimetype=GEOJSON),
    )


@blueprint.get("/<comparison_id>/cell/<name>")
@allow(Permission.EXACT_COUNTS)
def cell(comparison_id: str, name: str) -> Response:
    """Give the numbers of one cell, and a sentence on them: see `details.cell_change`."""
    return jsonify(cell_change(services().home, comparison_id, name))


def _tagged(comparison_id: str, make: Callable[[], Response]) -> Response:
    """Answer with a layer: a comparison never changes, but it may have been removed."""
    load_comparison(services().home, comparison_id)
    return tagged(f"{comparison_id}-{LAYER_VERSION}-{access().seen_as()}", make)
