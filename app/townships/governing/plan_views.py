"""HTTP of plans, their lists and items, and the kinds of lists."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.units import list_units
from app.errors import Conflict, message_of
from app.services import services
from app.succession import lineage
from app.townships.governing import items, kinds, plans
from app.townships.governing.demand import against_targets, demand, demand_shown
from app.townships.governing.forms import (
    FILL,
    ItemFilter,
    KindForm,
    MoveForm,
    PlanForm,
)
from app.townships.governing.issue_types import ISSUE_TYPES
from app.townships.governing.item_form import ItemForm, Offered
from app.townships.governing.item_steps import STATES, ItemMove, needs_words
from app.townships.governing.item_undo import undoable
from app.townships.governing.models import DISTRICT_PLAN, IssueType, ListItem, Plan
from app.townships.governing.plan_items import plan_page
from app.townships.governing.progress import days_overdue, plan_progress, together
from app.townships.governing.register import find_designation
from app.townships.governing.source_cases import known_cases, require_cases
from app.townships.sending import sent, step_form
from app.translation import _
from app.web import language, notice

blueprint = Blueprint("plans", __name__, url_prefix="/governance")


@blueprint.get("/plans/<int:plan_id>")
@allow(Permission.READ)
def show(plan_id: int) -> str:
    """Show a plan with its lists (``?kind=&state=&overdue=1&page=``).

    Template ``governing/plan.html``: ``plan``, ``above`` (the district's Plan or None), ``below``
    ([Plan] of townships, of a district's plan), ``progress`` {plan: Progress}, ``whole`` (Progress
    of this plan and those below it), ``shown`` (`plan_items.PlanPage` as filtered), ``states``,
    ``chosen`` (`forms.ItemFilter`), ``keep`` (what stands in its address), ``late`` {item: days},
    ``units`` {id: name}, ``against`` {item: AgainstTarget}, ``may_work``,
    ``current`` {township: id of the plan that is worked on now}, ``history``.
    """
    there, today = services(), date.today()
    plan = plans.find_plan(access(), plan_id)
    chosen = ItemFilter.read(request.args)
    below = plans.plans_below(access(), plan_id)
    townships = below if plan.level == DISTRICT_PLAN else [plan]
    how_far = plan_progress(there.database, [plan_id, *(each.id for each in below)], today)
    shown = plan_page(access(), plan_id, kinds.list_kinds(there.database), chosen, today)
    return render_template(
        "governing/plan.html",
        plan=plan,
        above=plans.plan_above(access(), plan),
        below=below,
        progress=how_far,
        whole=together(list(how_far.values())),
        shown=shown,
        states=tuple(STATES),
        chosen=chosen,
        keep={"plan_id": plan_id, **chosen.model_dump(exclude_none=True, exclude={"page"})},
        late={item.id: days_overdue(item, today) for item in shown.items},
        units=_unit_names(),
        against=_against(plan, shown.items),
        may_work=plans.is_within(access(), Permission.WORK_PLANS, plan),
        current=plans.current_plans(
            there.database, {each.area_code for each in townships}, today.year
        ),
        history=history_of(there.database, "plan", plan_id),
    )


@blueprint.route("/plans/<int:plan_id>/edit", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def edit(plan_id: int) -> ResponseReturnValue:
    """Change a plan's name and summary.

    Template ``governing/plan_form.html``: ``form, plan``, ``conflict`` (the line to show when
    someone else changed it meanwhile; what was typed stays).
    """
    plan = plans.find_plan(access(), plan_id, Permission.WORK_PLANS)
    form = PlanForm(obj=plan)
    conflict, status = None, 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            plans.change_plan(access(), plan_id, form.values(), form.version())
        except Conflict as error:
            conflict, status = message_of(error, language()), 409
        else:
            notice(_("已保存。"))
            return redirect(url_for("plans.show", plan_id=plan_id))
    page = render_template("governing/plan_form.html", form=form, plan=plan, conflict=conflict)
    return page, status


@blueprint.route("/plans/<int:plan_id>/items/new", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new_item(plan_id: int) -> ResponseReturnValue:
    """Put an item on a list (``?kind=``; a form with the field `FILL` fills it and stores nothing).

    Template ``governing/item_form.html``: ``form`` (`forms.ItemForm`), ``plan``, ``item`` (None),
    ``conflict``.
    """
    plan = plans.find_plan(access(), plan_id, Permission.WORK_PLANS)
    begun = FILL in request.form
    form = ItemForm(data={"kind": request.args.get("kind")})
    _offer(form, begun=begun)

    def page(error: str = "") -> str:
        return render_template(
            "governing/item_form.html", form=form, plan=plan, item=None, conflict=error
        )

    if begun:
        return page()
    made: list[ListItem] = []

    def act() -> None:
        values = form.values()
        require_cases(access(), services().home, values.case_ids)
        made.append(items.create_item(access(), plan_id, values, form.source()))

    def done() -> ResponseReturnValue:
        notice(_("已列入清单：%(title)s。", title=made[0].title))
        return redirect(url_for("plans.item", item_id=made[0].id))

    return sent(form, act, done, page)


@blueprint.get("/items/<int:item_id>")
@allow(Permission.READ)
def item(item_id: int) -> str:
    """Show an item. Template: see `_item_page`."""
    return _item_page(item_id)


@blueprint.route("/items/<int:item_id>/edit", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def edit_item(item_id: int) -> ResponseReturnValue:
    """Change an item; the template of a new one, with ``item`` set.

    When someone else changed it meanwhile, or the change is not this person's, nothing is written:
    the form comes back with the text that was typed, its status says why (409 or 403, 400 where a
    value will not do) and ``conflict`` is the line to show, where it is of no field.
    """
    found, plan = items.find_item(access(), item_id)
    plans.require_plan(access(), Permission.WORK_PLANS, plan)
    form = ItemForm(obj=found)
    _offer(form, found)

    def act() -> None:
        values = form.values()
        require_cases(access(), services().home, values.case_ids, found.case_ids)
        items.change_item(access(), item_id, values, form.version())

    def done() -> ResponseReturnValue:
        notice(_("已保存。"))
        return redirect(url_for("plans.item", item_id=item_id))

    def page(error: str) -> str:
        return render_template(
            "governing/item_form.html", form=form, plan=plan, item=found, conflict=error
        )

    return sent(form, act, done, page)


@blueprint.post("/items/<int:item_id>/move")
@allow(Permission.READ)
def move_item(item_id: int) -> ResponseReturnValue:
    """Take an item a step further or back; who may is for the service to say, by step."""
    form = MoveForm()

    def act() -> None:
        move = ItemMove(form.state.data, form.day(), (form.words.data or "").strip())
        items.move_item(access(), item_id, form.version(), move)

    def done() -> ResponseReturnValue:
        notice(_("状态已更新。"))
        return redirect(url_for("plans.item", item_id=item_id))

    return sent(form, act, done, lambda error: _item_page(item_id, error, form))


def _item_page(item_id: int, error: str = "", form: MoveForm | None = None) -> str:
    """Return the page of an item.

    Template ``governing/item.html``: ``item``, ``plan``, ``sees_plan``, ``kind`` (ListKind),
    ``units`` {id: name}, ``late`` (days), ``against`` (AgainstTarget or None), ``steps`` (states
    that the reader may take it to), ``explained`` (those whose step needs words), ``form``
    (`forms.MoveForm`), ``error``, ``sent`` (a line on what is wrong with the
    form that was sent, and it), ``may_work``, ``history``, ``issue_type`` (IssueType or None),
    ``cases`` ({number: whether it is in the store} or None for who may not read cases),
    ``last_change`` (ListItemVersion that may be undone, or None).
    """
    there = services()
    found, plan = items.find_item(access(), item_id)
    steps = items.steps_for(access(), found, plan)
    named = {each.key: each for each in kinds.list_kinds(there.database)}
    return render_template(
        "governing/item.html",
        item=found,
        plan=plan,
        sees_plan=plans.is_within(access(), Permission.READ, plan),
        kind=named[found.kind],
        units=_unit_names(),
        late=days_overdue(found, date.today()),
        against=_against(plan, [found]).get(item_id),
        steps=steps,
        explained=[each for each in steps if needs_words(found.state, each)],
        form=step_form(form, MoveForm, "move", found.row_version),
        error=error,
        sent=form,
        may_work=plans.is_within(access(), Permission.WORK_PLANS, plan),
        history=history_of(there.database, "list_item", item_id),
        issue_type=_issue_type(found),
        cases=_cases(found),
        last_change=undoable(access(), found, plan),
    )


@blueprint.route("/kinds", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def kinds_view() -> ResponseReturnValue:
    """List the kinds of lists, and add one.

    Template ``governing/kinds.html``: ``kinds`` ([ListKind]), ``form`` (`forms.KindForm`).
    """
    form = KindForm()
    if form.validate_on_submit():
        kinds.add_kind(access(), form.key.data or "", form.names(active=True))
        notice(_("已保存。"))
        return redirect(url_for("plans.kinds_view"))
    found = kinds.list_kinds(services().database)
    page = render_template("governing/kinds.html", kinds=found, form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/kinds/<key>")
@allow(Permission.GOVERN)
def change_kind(key: str) -> ResponseReturnValue:
    """Rename a kind of list, stop it, or take it into use again."""
    form = KindForm()
    form.require()
    names = form.names(active=bool(form.active.data))
    kinds.change_kind(access(), key, names, form.version())
    notice(_("已保存。"))
    return redirect(url_for("plans.kinds_view"))


@blueprint.post("/kinds/<key>/up")
@allow(Permission.GOVERN)
def move_kind_up(key: str) -> ResponseReturnValue:
    """Let a kind of list change places with the one before it."""
    kinds.move_kind_up(access(), key)
    return redirect(url_for("plans.kinds_view"))


def _offer(form: ItemForm, found: ListItem | None = None, *, begun: bool = False) -> None:
    there, chinese = services(), language() == "zh_Hans"
    offered = Offered(kinds.list_kinds(there.database), ISSUE_TYPES.all(there.database), _units())
    form.offer(there.home, offered, found, chinese=chinese, begun=begun)
    form.show_cases(found, may_read=access().may(Permission.READ_CASES))


def _issue_type(found: ListItem) -> IssueType | None:
    types = ISSUE_TYPES.all(services().database) if found.issue_type else []
    return next((each for each in types if each.key == found.issue_type), None)


def _cases(found: ListItem) -> dict[str, bool] | None:
    if not access().may(Permission.READ_CASES):
        return None
    known = known_cases(access(), services().home, found.case_ids)
    return {each: each in known for each in found.case_ids}


def _units() -> list[Unit]:
    return [line.unit for line in list_units(services().database)]


def _unit_names() -> dict[int, str]:
    return {unit.id: unit.name for unit in _units()}


def _against(plan: Plan, found: list[ListItem]) -> dict[int, Any]:
    if plan.level == DISTRICT_PLAN or plan.designation_id is None:
        return {}
    there = services()
    one, changes = find_designation(there.database, plan.designation_id), lineage(there.database)
    since = one.designated_on
    counted = since and demand(there.home, changes, one.township, since)
    if not counted:
        return {}
    exact = access().may(Permission.EXACT_COUNTS)
    return against_targets(demand_shown(counted, exact=exact), found)
