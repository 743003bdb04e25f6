"""HTTP of the search: one box on every page, and what is near by."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import validated
from app.home import near, search
from app.hotspots.runs import newest_run
from app.queries import Query
from app.services import services

blueprint = Blueprint("search", __name__, url_prefix="/search")

MAY_ASK_POSITION = "geolocation=(self), camera=(), microphone=()"
"""Only these pages may ask the browser where it is."""


class SearchQuery(Query):
    """What is looked for."""

    q: str = Field(default="", max_length=100)


class Position(Query):
    """Where somebody stands, in WGS84 degrees."""

    lng: float = Field(ge=-180, le=180, allow_inf_nan=False)
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)


@blueprint.get("")
@allow(Permission.READ)
def search_view() -> Response:
    """Show what a text means among places, townships and addresses (``?q=``).

    Template ``home/search.html``: ``q``, ``found`` (`search.Found`), ``run`` (newest or None).
    """
    return _page(SearchQuery.read(request.args).q)


@blueprint.post("")
@allow(Permission.READ)
def look_up() -> ResponseReturnValue:
    """Take what was typed into the box (form field ``q``): a case's id leads to the case.

    It is posted, so that an id or a telephone number stands in no address and no log.
    """
    q = SearchQuery.read(request.form).q
    case = search.find_case(services().home, access(), q)
    if case is not None:
        return redirect(url_for("cases.life", month=case[0], mark=case[1]))
    if search.may_stand_in_address(q):
        return redirect(url_for("search.search_view", q=q))
    return _page(q)


@blueprint.post("/near")
@allow(Permission.READ)
def near_view() -> Response:
    """Show what lies within a kilometre (form fields ``lng, lat``, posted: no log keeps them).

    Template ``home/near.html``: ``neighbours`` (`near.Neighbour`s), ``radius_m``, ``run``.
    """
    here = validated(Position, dict(request.form))
    home = services().home
    page = render_template(
        "home/near.html",
        neighbours=near.find_near(home, access(), here.lng, here.lat),
        radius_m=near.RADIUS_M,
        run=newest_run(home),
    )
    return _may_ask_position(page)


def _page(q: str) -> Response:
    home = services().home
    found = search.search(home, access(), q)
    return _may_ask_position(
        render_template("home/search.html", q=q, found=found, run=newest_run(home))
    )


def _may_ask_position(page: str) -> Response:
    response = make_response(page)
    response.headers["Permissions-Policy"] = MAY_ASK_POSITION
    return response
