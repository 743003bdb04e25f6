"""HTTP of the place register: list, one place, edit, add, merge, and applying what was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.errors import message_of, outcome_of
from app.places import details, ground, keeping, listing
from app.places.concerned import pending_changes
from app.places.forms import MergeForm, PlaceFilter, PlaceForm, form_data
from app.places.kinds import kind_name
from app.services import services
from app.tagged import kept_part, tagged
from app.translation import _
from app.web import language, notice
from geodata.errors import ChangedMeanwhile, InvalidPlaces
from geodata.places import Place

blueprint = Blueprint("places", __name__, url_prefix="/places")
blueprint.app_template_filter()(kind_name)

MOST_FOUND = 12
"""Places that a search in a form lists."""


@blueprint.get("")
@allow(Permission.READ_CASES)
def list_view() -> str:
    """List the places of the reader's area (``?search=&kind=&township=&page=``).

    Template ``places/list.html``: ``page`` (`listing.PlacePage`), ``rows`` (those of its table),
    ``filter`` (`forms.PlaceFilter`),
    ``choices`` (`listing.choices`), ``version`` of the register (None before there is one),
    ``pending`` (`concerned.Pending`).
    """
    chosen, home = PlaceFilter.read(request.args), services().home
    area = access().area(Permission.READ_CASES)
    page = listing.list_places(home, area, chosen.search, chosen.kind, chosen.township, chosen.page)
    tag = (*page.versions, chosen.model_dump_json(), language(), access().seen_as())
    return render_template(
        "places/list.html",
        page=page,
        rows=page.rows and kept_part("-".join(map(str, tag)), "places/_rows.html", rows=page.rows),
        filter=chosen,
        choices=listing.choices(home, area),
        version=listing.register_version(home),
        pending=pending_changes(home),
    )


@blueprint.get("/ground.geojson")
@allow(Permission.READ_CASES)
def ground_geojson() -> Response:
    """Give the outlines that small maps are drawn on."""
    home = services().home
    return tagged(
        ground.ground_version(home) or "none",
        lambda: Response(ground.ground(home), mimetype="application/geo+json"),
    )


@blueprint.get("/found.json")
@allow(Permission.READ_CASES)
def found_json() -> Response:
    """Give the places that match ``?search=``: ``code, name, kind, address, township, cases``."""
    search = PlaceFilter.read(request.args).search
    rows = _found(search, Permission.READ_CASES)
    return jsonify(
        places=[
            {**row, "kind": kind_name(row["kind"]), "township": row["township_name"]}
            for row in rows
        ]
    )


@blueprint.get("/<path:code>")
@allow(Permission.READ_CASES)
def show(code: str) -> ResponseReturnValue:
    """Show one place; the code of a merged place leads to the one that was kept.

    Template ``places/detail.html``: ``detail`` (`details.PlaceDetail`), ``shape`` (GeoJSON),
    ``merged`` (numbers of the merges that can be undone), ``may_keep`` (whether the reader may
    change it), ``pending``.
    """
    home = services().home
    detail = details.place_detail(access(), home, code)
    place = detail.place
    if place.code != code:
        return redirect(url_for("places.show", code=place.code))
    merged = {
        change.number
        for change in detail.changes
        if change.action == "merge" and change.about["merged"] in place.former_codes
    }
    return render_template(
        "places/detail.html",
        detail=detail,
        place=place,
        shape=ground.shape_of(place),
        merged=merged,
        may_keep=access().reach(Permission.KEEP_PLACES).has_township(detail.township or None),
        pending=pending_changes(home),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.KEEP_PLACES)
def new() -> ResponseReturnValue:
    """Add a place. Template ``places/form.html``: ``form``, ``place`` (None), ``problem``."""
    form = PlaceForm()
    form.offer(services().home, access().area(Permission.KEEP_PLACES))
    return _saved(form, None, lambda: keeping.add(access(), services().home, form.new_place()))


@blueprint.route("/<path:code>/edit", methods=["GET", "POST"])
@allow(Permission.KEEP_PLACES)
def edit(code: str) -> ResponseReturnValue:
    """Change a place; the same template as for a new one, with ``place`` set.

    When someone else changed it meanwhile, nothing is written: the form comes back with what was
    typed and status 409.
    """
    home = services().home
    place = keeping.get(access(), home, code, Permission.KEEP_PLACES)
    form = PlaceForm(data=form_data(place))
    form.offer(home, access().area(Permission.KEEP_PLACES), place)
    return _saved(
        form,
        place,
        lambda: keeping.change(access(), home, code, form.values(place), form.seen.data or ""),
    )


@blueprint.route("/<path:code>/merge", methods=["GET", "POST"])
@allow(Permission.KEEP_PLACES)
def merge(code: str) -> ResponseReturnValue:
    """Merge another place (``?other=CODE``, found by ``?search=``) into this one.

    Template ``places/merge.html``: ``place``, ``other`` (None until chosen), ``found`` (rows of
    the search), ``search``, ``form`` (`forms.MergeForm`), ``problem``, ``counts`` (cases by code),
    ``shapes`` (GeoJSON of both).
    """
    home = services().home
    place = keeping.get(access(), home, code, Permission.KEEP_PLACES)
    problem, status = None, 200
    form = MergeForm()
    if form.validate_on_submit():
        seen = form.seen_kept.data or "", form.seen_other.data or ""
        try:
            kept = keeping.merge(access(), home, code, form.other.data, seen)
        except (ChangedMeanwhile, InvalidPlaces) as error:
            problem, status = message_of(error, language()), outcome_of(error).status
        else:
            notice(_("已合并为“%(name)s”。原编码仍可查到这里。", name=kept.name))
            return redirect(url_for("places.show", code=kept.code))
    chosen = request.values.get("other", "")
    other = keeping.get(access(), home, chosen, Permission.KEEP_PLACES) if chosen else None
    search = PlaceFilter.read(request.args).search
    shapes = [ground.shape_of(each) for each in (place, other) if each is not None]
    page = render_template(
        "places/merge.html",
        place=place,
        other=other,
        found=[row for row in _found(search, Permission.KEEP_PLACES) if row["code"] != place.code],
        search=search,
        form=form,
        problem=problem,
        counts=listing.case_counts(home),
        shapes={"type": "FeatureCollection", "features": shapes},
    )
    return page, status


@blueprint.post("/<path:code>/unmerge")
@allow(Permission.KEEP_PLACES)
def unmerge(code: str) -> ResponseReturnValue:
    """Take a merge of this place back (form field ``change``: its number)."""
    number = request.form.get("change", "")
    home, known = services().home, number.isdecimal() and len(number) < 10
    restored = keeping.unmerge(access(), home, int(number) if known else 0)
    notice(_("已撤销合并，“%(name)s”已恢复。", name=restored.name))
    return redirect(url_for("places.show", code=code))


@blueprint.post("/apply")
@allow(Permission.RELOCATE)
def apply() -> ResponseReturnValue:
    """Locate the stored cases anew with the register and decisions as they are now."""
    job = start_job(access(), services().jobs, "relocate")
    return redirect(url_for("jobs.watch", job_id=job))


def _found(search: str, permission: Permission) -> list[dict[str, Any]]:
    """Return the first places that a search finds where the person has a permission."""
    if not search:
        return []
    found = listing.find_places(services().home, access().area(permission), search)
    return found.head(MOST_FOUND).to_dicts()


def _saved(form: PlaceForm, place: Place | None, save: Callable[[], Place]) -> ResponseReturnValue:
    """Save what was written, or show it again with what is wrong."""
    problem, status = None, 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            saved = save()
        except (ChangedMeanwhile, InvalidPlaces) as error:
            problem, status = message_of(error, language()), outcome_of(error).status
        else:
            notice(_("已保存。"))
            return redirect(url_for("places.show", code=saved.code))
    shape = None if place is None else ground.shape_of(place)
    page = render_template("places/form.html", form=form, place=place, problem=problem, shape=shape)
    return page, status
