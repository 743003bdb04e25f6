"""HTTP of the counts: GET with the whole question in the query, so that an address is a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.hotspots.disclosing import shown_to
from app.hotspots.filtered.answers import views_json
from app.hotspots.filtered.attribution import boundary_versions
from app.hotspots.filtered.card import selection_json
from app.hotspots.filtered.case_pages import cases_json
from app.hotspots.filtered.cells import cells_payload
from app.hotspots.filtered.forms import CasePageFilter, CellFilter, CountFilter
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.options import options_json
from app.hotspots.filtered.scope import Scope
from app.services import services
from app.tagged import tagged
from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.store import CaseStore

blueprint = Blueprint("counts", __name__, url_prefix="/hotspots/counts")

ANSWERS_VERSION = 2
"""Of all answers, in their tags: a browser that has older ones asks again."""

BINARY = "application/octet-stream"


@blueprint.get("/cells.bin")
@allow(Permission.READ)
def cells() -> Response:
    """Give counts by cell and period as binary columns (``coarser``): see `cells.cells_payload`."""
    chosen = CellFilter.read(request.args)
    exact = access().may(Permission.EXACT_COUNTS)

    def make(now: Narrowed) -> Response:
        payload = cells_payload(now, coarser=chosen.coarser, exact=exact)
        return Response(payload, mimetype=BINARY)

    return _tagged(_scope(chosen), make)


@blueprint.get("/views.json")
@allow(Permission.READ)
def views() -> Response:
    """Give curve, classes, townships and hours: see `answers.views_json`."""
    chosen = CountFilter.read(request.args)
    return _tagged(_scope(chosen), lambda now: _shown(views_json(now)))


@blueprint.get("/selection.json")
@allow(Permission.READ)
def selection() -> Response:
    """Give the numbers of a selection: see `card.selection_json`."""
    chosen = CountFilter.read(request.args)
    area = access().area(Permission.READ)
    return _tagged(_scope(chosen), lambda now: _shown(selection_json(now, area)))


@blueprint.get("/cases.json")
@allow(Permission.READ_CASES)
def cases() -> Response:
    """Give a page of the cases of the reader's area (``page, size, sort``).

    See `case_pages.cases_json`. What is counted elsewhere is the whole city.
    """
    chosen = CasePageFilter.read(request.args)
    area = access().area(Permission.READ_CASES)

    def address_of(month: str, mark: str) -> str:
        return url_for("cases.life", month=month, mark=mark)

    return _tagged(Scope(chosen, area), lambda now: jsonify(cases_json(now, chosen, address_of)))


@blueprint.get("/options.json")
@allow(Permission.READ)
def options() -> Response:
    """Give what each part of the filter offers: see `options.options_json`.

    Of the question only ``attribution`` matters.
    """
    asked = CountFilter.read(request.args)
    scope = Scope(CountFilter(attribution=asked.attribution))
    return _tagged(scope, lambda now: _shown(options_json(now)))


def _scope(chosen: CountFilter) -> Scope:
    return Scope.of_city(access(), chosen)


def _shown(answer: dict[str, Any]) -> Response:
    return jsonify(shown_to(access(), answer))


def _tagged(scope: Scope, make: Callable[[Narrowed], Response]) -> Response:
    """Answer, or say that what the browser has is still right, before anything is counted."""
    home = services().home
    versions = (CaseStore(home).version, *boundary_versions(home),
                current_version(home.places, PLACES_LAYER))  # fmt: skip
    tag = "-".join(map(str, (ANSWERS_VERSION, *versions, scope.mark, access().seen_as())))
    return tagged(tag, lambda: make(Narrowed.of(home, scope)))
