"""HTTP of funding: the year by township and district, and the lines of an item."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.excel_files import send_excel
from app.services import services
from app.townships.funding import amounts, lines
from app.townships.funding.forms import FundingForm, FundingQuery, RemoveForm
from app.townships.funding.models import Funding
from app.townships.funding.summing import (
    FundingYear,
    funding_year,
    funding_years,
    item_lines,
    newest_year,
)
from app.townships.funding.tables import workbook
from app.townships.funding.wording import source_names, warning_names
from app.townships.governing.items import find_item
from app.townships.governing.models import ListItem, Plan
from app.townships.governing.plans import require_plan
from app.townships.governing.register import list_designations
from app.townships.sending import sent
from app.translation import _
from app.web import notice

blueprint = Blueprint("funding", __name__, url_prefix="/governance")

MOST_BARS = 20
"""Townships that the chart draws, those with most money."""


@blueprint.app_context_processor
def funding_pieces() -> dict[str, Callable[..., Any]]:
    """Give the page of an item what it shows of the item's money."""
    return {
        "funding_of_item": lambda number: lines.funding_of(access(), number),
        "funding_warnings": lambda line, plan: _warnings(line, plan),
        "funding_sources": source_names,
        "wan": amounts.in_wan,
    }


@blueprint.get("/funding")
@allow(Permission.READ)
def show() -> str:
    """Show the money of a year (``?year=&of=township:<code>``).

    Template ``funding/show.html``: ``found`` (`summing.FundingYear`), ``years``, ``asked``
    (`forms.FundingQuery`), ``designations`` {township: id}, ``chart`` (rows of the bars),
    ``listed`` ([`summing.ItemLine`] of the place asked for, or None), ``listed_name``,
    ``sources`` {key: name}, ``wan, per_head, share`` (of `amounts`), ``whole_city`` (whether the
    reader sees all of it).
    """
    asked, found = _asked()
    level, code = asked.place()
    names = {(line.level, line.code): line.name for line in found.lines}
    return render_template(
        "funding/show.html",
        found=found,
        years=funding_years(services().database, date.today()),
        asked=asked,
        designations=_designations(),
        chart=_chart(found),
        listed=item_lines(access(), found.year, level, code) if code else None,
        listed_name=names.get((level, code), code),
        sources=source_names(),
        per_head=amounts.per_head,
        share=amounts.share,
        whole_city=access().reach(Permission.READ).whole,
    )


@blueprint.get("/funding/table.xlsx")
@allow(Permission.READ)
def table_xlsx() -> Response:
    """Give the money of a year as a workbook whose first sheet can be filled in and taken in."""
    _asked_for, found = _asked()
    access().record("take_away", ("funding", found.year), after={"file": "funding.xlsx"})
    every = item_lines(access(), found.year)
    return send_excel(workbook(access(), found, every), f"funding-{found.year}")


@blueprint.route("/items/<int:item_id>/funding", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new(item_id: int) -> ResponseReturnValue:
    """Add a line to an item. Template: see `_form_page`."""
    item, plan = find_item(access(), item_id)
    require_plan(access(), Permission.WORK_PLANS, plan)
    form = FundingForm(data={"year": plan.year})

    def act() -> None:
        made = lines.create_line(access(), item_id, form.values())
        _tell(_("资金已登记。"), made, plan)

    return sent(form, act, lambda: _to_item(item_id), lambda error: _page(form, item, plan, error))


@blueprint.route("/funding/<int:number>", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def edit(number: int) -> ResponseReturnValue:
    """Change a line; the template of a new one, with ``line`` set."""
    line, item, plan = lines.find_line(access(), number)
    form = FundingForm(obj=line)

    def act() -> None:
        made = lines.change_line(access(), number, form.values(), form.version())
        _tell(_("已保存。"), made, plan)

    return sent(
        form, act, lambda: _to_item(item.id), lambda error: _page(form, item, plan, error, line)
    )


@blueprint.post("/funding/<int:number>/remove")
@allow(Permission.WORK_PLANS)
def remove(number: int) -> ResponseReturnValue:
    """Take a line away that should not be there."""
    item_id = lines.remove_line(access(), number, RemoveForm().version())
    notice(_("资金已删除，经过留在审计记录里。"))
    return _to_item(item_id)


def _asked() -> tuple[FundingQuery, FundingYear]:
    asked, found = FundingQuery.read(request.args), services()
    year = asked.year or newest_year(found.database, date.today())
    return asked, funding_year(access(), found.home, year)


def _page(
    form: FundingForm, item: ListItem, plan: Plan, error: str, line: Funding | None = None
) -> str:
    """Return the page of a line.

    Template ``funding/form.html``: ``form`` (`forms.FundingForm`), ``item``, ``plan``, ``line``
    (None for a new one), ``error`` (a line that is of no field), ``history``.
    """
    history = history_of(services().database, "funding", line.id) if line is not None else ()
    return render_template(
        "funding/form.html", form=form, item=item, plan=plan, line=line, error=error,
        history=history,
    )  # fmt: skip


def _to_item(item_id: int) -> ResponseReturnValue:
    return redirect(url_for("plans.item", item_id=item_id))


def _tell(done: str, line: Funding, plan: Plan) -> None:
    """Say that it is stored, and what is odd about it."""
    odd = _warnings(line, plan)
    notice(done + (_("请核对：%(what)s。", what="、".join(odd)) if odd else ""))


def _warnings(line: Funding, plan: Plan) -> list[str]:
    names = warning_names()
    return [names[key] for key in lines.warnings_of(lines.amounts_of(line), line.year, plan.year)]


def _designations() -> dict[str, int]:
    """Return the newest designation of each township, for links."""
    found = sorted(list_designations(services().database), key=lambda each: each.id)
    return {each.township: each.id for each in found}


def _chart(found: FundingYear) -> dict[str, Any]:
    drawn = [line for line in found.townships if line.amounts.planned][:MOST_BARS]
    wan = [line.amounts.planned / 100 / amounts.WAN for line in drawn]
    rows = [{"label": line.name, "points": each} for line, each in zip(drawn, wan, strict=True)]
    return {"rows": rows, "max": max(wan, default=0), "unit": _("万元")}
