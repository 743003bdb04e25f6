"""HTTP of the proactive projects: list, form, one application, and its steps."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.units import list_units
from app.cases.listing import township_names
from app.places.keeping import township_of
from app.projects.proactive import applying, deciding, finding
from app.projects.proactive.checks import checks_of
from app.projects.proactive.forms import (
    MORE,
    NewQuery,
    ProactiveFilter,
    ProactiveForm,
    first_point,
    form_data,
    offered_places,
)
from app.projects.proactive.matching import ledgers, preview
from app.projects.proactive.models import ProactiveProject
from app.projects.proactive.showing import (
    checks_shown_to,
    ledgers_shown_to,
    preview_shown_to,
    shapes_of,
    share_of,
)
from app.projects.proactive.steps import OPEN_TO_CHANGE, Move, needs_words
from app.services import services
from app.townships.assessment.near_points import points_of
from app.townships.assessment.timeline import timeline
from app.townships.governing.forms import MoveForm
from app.townships.sending import sent
from app.townships.succession.naming import names_of_all
from app.translation import _
from app.web import notice
from geodata.places import find_place

blueprint = Blueprint("proactive", __name__, url_prefix="/projects/proactive")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the applications of the reader's area (``?state=&district=&township=``).

    Template ``proactive/list.html``: ``records`` (of `models.ProactiveProject`), ``counts``
    {state: n} of the area that is asked for, ``chosen`` (`forms.ProactiveFilter`), ``names``
    {code: name} of townships, ``districts`` [(code, name)], ``townships`` [(code, name)] on offer.
    """
    chosen, found = ProactiveFilter.read(request.args), services()
    area = access().area(Permission.READ)
    codes = finding.townships_within(found.home, chosen.district, chosen.township)
    return render_template(
        "proactive/list.html",
        records=applying.list_projects(access(), chosen.state, codes),
        counts=applying.count_by_state(access(), codes),
        chosen=chosen,
        names=names_of_all(found.home, found.database),
        districts=finding.districts_offered(found.home, area),
        townships=finding.townships_offered(found.home, area, chosen.district),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new() -> ResponseReturnValue:
    """Write a new application (``?township=&class_1=&place=&former=`` fill the form).

    Template: see `_form_page`.
    """
    form = ProactiveForm() if request.method == "POST" else ProactiveForm(data=_begun())
    made: list[ProactiveProject] = []

    def act() -> None:
        values = form.values(services().home)
        made.append(applying.create(access(), services().home, values, form.former_id()))

    def done() -> ResponseReturnValue:
        notice(_("已存为草稿“%(title)s”，看过下面的预览和核查再申请。", title=made[0].title))
        return redirect(url_for("proactive.show", number=made[0].id))

    return _answer(form, None, act, done)


@blueprint.route("/<int:number>/edit", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def edit(number: int) -> ResponseReturnValue:
    """Change a draft, or an application that was returned. Template: see `_form_page`."""
    record = applying.find(access(), number, Permission.WORK_PLANS)
    if request.method == "GET":
        applying.require_open(record)
    form = ProactiveForm() if request.method == "POST" else ProactiveForm(data=form_data(record))

    def act() -> None:
        home = services().home
        applying.change(access(), home, number, form.values(home), form.version())

    def done() -> ResponseReturnValue:
        notice(_("已保存。"))
        return redirect(url_for("proactive.show", number=number))

    return _answer(form, record, act, done)


@blueprint.get("/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show an application. Template: see `_page`."""
    return _page(number)


@blueprint.post("/<int:number>/move")
@allow(Permission.READ)
def move(number: int) -> ResponseReturnValue:
    """Take an application a step further or back; who may is for the service to say, by step."""
    form = MoveForm()

    def act() -> None:
        to = Move(form.state.data, form.day(), (form.words.data or "").strip())
        deciding.move(access(), services().home, number, form.version(), to)

    def done() -> ResponseReturnValue:
        notice(_("状态已更新。"))
        return redirect(url_for("proactive.show", number=number))

    return sent(form, act, done, lambda error: _page(number, error, form))


def _answer(
    form: ProactiveForm, record: ProactiveProject | None, act: Any, done: Any
) -> ResponseReturnValue:
    """Do what the form was sent for: store it, or give it another row."""
    units = [line.unit for line in list_units(services().database)]
    form.offer(services().home, access().area(Permission.WORK_PLANS), units, record)
    if MORE in request.form:
        form.another_row()
        return _form_page(form, record)
    return sent(form, act, done, lambda error: _form_page(form, record, error))


def _form_page(form: ProactiveForm, record: ProactiveProject | None, error: str = "") -> str:
    """Return the page of the form.

    Template ``proactive/form.html``: ``form, record`` (None for a new one), ``error``, ``places``
    (names of registered places of the township that is chosen), ``row`` (number of the point that a
    click on the map fills), ``shapes`` (GeoJSON of the points that have a place).
    """
    return render_template(
        "proactive/form.html",
        form=form,
        record=record,
        error=error,
        places=offered_places(services().home, form.township.data),
        row=form.row_to_fill(),
        shapes=shapes_of(form.placed_points()),
    )


def _page(number: int, error: str = "", form: MoveForm | None = None) -> str:
    """Return the page of an application.

    Template ``proactive/detail.html``: ``record``, ``township`` (name), ``unit`` (name or None),
    ``points`` (of `NamedPoint`), ``shapes`` (GeoJSON), ``steps`` (states that the reader may take
    it to), ``explained`` (those that need words), ``may_edit, may_change`` (whether she may write
    it anew, or apply for a change), ``form, error, sent``, ``preview`` (`matching.Preview` or
    None), ``share``, ``ledgers`` [(CycleLine, counts)], ``checks``, ``exclusion`` (or None),
    ``followers`` (applications that change this one), ``history``, ``exact``.
    """
    there, reader = services(), access()
    record = applying.find(reader, number)
    ahead = preview(there.home, record)
    shown = preview_shown_to(reader, ahead) if ahead else None
    over_time = timeline(there.database, there.settings)
    lines = ledgers(there.home, there.database, over_time, record) if record.exclusion_id else ()
    steps = deciding.steps_for(reader, there.home, record)
    works = reader.reach(Permission.WORK_PLANS).has_township(record.township)
    step = form or MoveForm(formdata=None)
    step.row_version.data = record.row_version
    points = points_of(record.points)
    return render_template(
        "proactive/detail.html",
        record=record,
        township=township_names(there.home).get(record.township, record.township),
        unit=finding.unit_name(there.database, record.unit_id),
        points=points,
        shapes=shapes_of(points),
        steps=steps,
        explained=[each for each in steps if needs_words(record.state, each)],
        may_edit=works and record.state in OPEN_TO_CHANGE,
        may_change=works and record.state == "approved",
        form=step,
        error=error,
        sent=form,
        preview=shown,
        share=share_of(shown) if shown else None,
        ledgers=ledgers_shown_to(reader, lines),
        checks=checks_shown_to(reader, checks_of(there.home, there.database, record, ahead)),
        exclusion=finding.exclusion_of(there.database, record),
        followers=finding.followers_of(there.database, number),
        history=history_of(there.database, applying.PROACTIVE.key, number),
        exact=reader.may(Permission.EXACT_COUNTS),
    )


def _begun() -> dict[str, Any]:
    """Return what the address puts into a new form."""
    asked, home = NewQuery.read(request.args), services().home
    if asked.former is not None:
        former = applying.find(access(), asked.former, Permission.WORK_PLANS)
        return form_data(former) | {"former": str(former.id), "row_version": ""}
    begun: dict[str, Any] = {"township": asked.township or "", "former": ""}
    if asked.class_1:
        begun["paths"] = [asked.class_1]
    if asked.place:
        place = find_place(home, asked.place)
        begun["points"] = [first_point(place.name, place.lng_lat)]
        begun["township"] = asked.township or township_of(home, place) or ""
        begun["title"] = _("%(name)s主动治理", name=place.name)
    return begun
