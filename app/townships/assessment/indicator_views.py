"""HTTP of 七有五性: the district index beside complaint demand, and the indicators behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.listing import choices
from app.errors import InvalidParameter, message_of, outcome_of
from app.services import services
from app.townships.assessment import demand, indicators
from app.townships.assessment.dimension_names import dimension_names
from app.townships.assessment.district_index import district_index
from app.townships.assessment.indicator_forms import IndexQuery, IndicatorForm, ValueForm
from app.townships.assessment.indicator_reading import COLUMNS
from app.townships.assessment.models import Indicator
from app.townships.assessment.periods_of_indicators import parse_period
from app.townships.assessment.supply import Beside, points_of, set_beside
from app.townships.assessment.table_views import Table, add_table_pages
from app.townships.assessment.unit_names import UnitNames
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError
from geodata.reading.small_tables import RowProblem

blueprint = Blueprint("indicators", __name__, url_prefix="/assessment/indicators")


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """Show the district index of a period and demand beside it (``?period=&dimension=&district=``).

    Template ``assessment/indicators.html``: ``asked`` (`indicator_forms.IndexQuery`), ``periods``,
    ``period`` (the chosen one, or None), ``dimensions`` {key: name}, ``lines`` (`supply.Beside`),
    ``opened`` (the line whose parts are listed, or None), ``mapped`` (classes of the dimension),
    ``points`` (of the chart).
    """
    asked, found = IndexQuery.read(request.args), services()
    known = indicators.periods(found.database)
    period = parse_period(asked.period or next(iter(known), ""))
    mapping = demand.dimensions_of_classes(found.database)
    lines: tuple[Beside, ...] = ()
    if period is not None:
        names = UnitNames(found.database, found.home).districts
        values = indicators.values_of(found.database, period.id)
        weighed = indicators.weighed(indicators.list_indicators(found.database))
        codes = sorted({*names, *(district for _name, district in values)})
        exact = access().may(Permission.EXACT_COUNTS)
        wanted = demand.demand(found.home, period.window, mapping, exact=exact)
        made = district_index(codes, weighed, values)
        lines = set_beside(made, wanted, names, asked.dimension or "")
    opened = [line for line in lines if line.line.district == asked.district] or list(lines[:1])
    return render_template(
        "assessment/indicators.html",
        asked=asked,
        periods=known,
        period=period,
        dimensions=dimension_names(),
        lines=lines,
        opened=opened[0] if opened else None,
        mapped=sorted(name for name, each in mapping.items() if asked.dimension in (None, each)),
        points=points_of(lines),
    )


@blueprint.get("/list")
@allow(Permission.READ)
def list_view() -> str:
    """List the indicators.

    Template ``assessment/indicator_list.html``: ``indicators`` (`models.Indicator`s), ``periods``,
    ``dimensions``.
    """
    database = services().database
    return render_template(
        "assessment/indicator_list.html",
        indicators=indicators.list_indicators(database),
        dimensions=dimension_names(),
        periods=indicators.periods(database),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.ASSESS)
def new() -> ResponseReturnValue:
    """Make an indicator; the template of `edit`, with ``indicator`` None."""
    form = IndicatorForm()
    form.offer()
    if form.validate_on_submit():
        try:
            made = indicators.create_indicator(access(), form.values())
        except UserError as error:
            return _form(form, None, error)
        notice(_("已保存。"))
        return redirect(url_for("indicators.edit", number=made.id))
    return _form(form, None)


@blueprint.route("/<int:number>", methods=["GET", "POST"])
@allow(Permission.ASSESS)
def edit(number: int) -> ResponseReturnValue:
    """Change an indicator.

    Template ``assessment/indicator_form.html``: ``form`` (`indicator_forms.IndicatorForm`),
    ``indicator`` (or None), ``message`` (why nothing was saved, or empty), ``districts`` {code:
    name}, ``period`` (``?period=``, the newest where none), ``values`` {district: value} of it.
    """
    record = indicators.get_indicator(services().database, number)
    form = IndicatorForm(obj=record)
    form.offer()
    if form.validate_on_submit():
        try:
            indicators.change_indicator(access(), number, form.version(), form.values())
        except UserError as error:
            return _form(form, record, error)
        notice(_("已保存。"))
        return redirect(url_for("indicators.edit", number=number))
    return _form(form, record)


@blueprint.post("/<int:number>/value")
@allow(Permission.ASSESS)
def set_value(number: int) -> ResponseReturnValue:
    """Write one value (form: ``district``, ``period``, ``value``; an empty one takes it out)."""
    form = ValueForm()
    if not form.validate_on_submit():
        raise InvalidParameter(
            "district, period, value: choose a district, write a period and a number",
            "请选择区，填写时期和数值",
        )
    home, period = services().home, form.period.data
    indicators.set_value(access(), home, number, form.district.data, period, form.value.data)
    notice(_("已保存。"))
    return redirect(url_for("indicators.edit", number=number, period=period))


@blueprint.route("/classes", methods=["GET", "POST"])
@allow(Permission.READ, post=Permission.ASSESS)
def classes() -> ResponseReturnValue:
    """Say which dimension the complaints of each class belong to (fields ``class-N``, ``to-N``).

    Template ``assessment/indicator_classes.html``: ``names`` (class 1), ``mapping`` {class:
    dimension}, ``dimensions``, ``seen`` (of the mapping).
    """
    found = services()
    if request.method == "POST":
        form = request.form
        sent = {name: form.get(f"to-{field.removeprefix('class-')}", "")
                for field, name in form.items() if field.startswith("class-")}  # fmt: skip
        mapping = {name: dimension for name, dimension in sent.items() if dimension}
        demand.set_dimensions(access(), found.home, mapping, form.get("seen", ""))
        notice(_("已保存。"))
        return redirect(url_for("indicators.show"))
    mapping = demand.dimensions_of_classes(found.database)
    return render_template(
        "assessment/indicator_classes.html",
        names=sorted({*choices(found.home)["class_1"], *mapping}),
        mapping=mapping,
        dimensions=dimension_names(),
        seen=demand.fingerprint(mapping),
    )


def _preview(path: Path) -> tuple[indicators.Waiting, tuple[RowProblem, ...]]:
    made = indicators.preview(services().database, services().home, path)
    return made, made.file.problems


def _store(path: Path) -> str:
    made = indicators.store(access(), services().home, path)
    return _(
        "已存入指标数据：新增 %(new)s 个值，替换 %(old)s 个。", new=made.new, old=made.replaced
    )


def _more() -> dict[str, Any]:
    return {"dimensions": dimension_names()}


add_table_pages(blueprint, Table("indicator", "indicators.csv", COLUMNS, _preview, _store, _more))


def _form(
    form: IndicatorForm, record: Indicator | None, error: UserError | None = None
) -> ResponseReturnValue:
    found = services()
    period = request.args.get("period") or next(iter(indicators.periods(found.database)), "")
    meant = parse_period(period)
    stored = indicators.values_of(found.database, meant.id) if meant and record else {}
    page = render_template(
        "assessment/indicator_form.html",
        form=form,
        indicator=record,
        message=message_of(error, language()) if error else "",
        districts=UnitNames(found.database, found.home).districts,
        period=meant.id if meant else "",
        values={district: value for (name, district), value in stored.items()
                if record and name == record.name},
    )  # fmt: skip
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200
