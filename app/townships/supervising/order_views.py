"""HTTP of the supervision orders 督办单: the register, a new one, and one order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.units import list_units
from app.cases.listing import township_names
from app.services import services
from app.townships.sending import sent, status_of, step_forms, wrong_in
from app.townships.succession.naming import names_of_all
from app.townships.supervising import orders
from app.townships.supervising.forms import (
    ExtensionForm,
    OrderForm,
    OrderQuery,
    RecordForm,
    WordsForm,
)
from app.townships.supervising.owing import debts_of_order, overdue_orders
from app.townships.supervising.wording import order_levels, order_sources
from app.translation import _
from app.web import notice
from geodata.errors import UserError

blueprint = Blueprint("orders", __name__, url_prefix="/supervision/orders")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the orders (``?state=&source=``).

    Template ``supervision/orders.html``: ``lines`` (of `orders.OrderLine`), ``counts`` {state: n,
    overdue: n}, ``overdue`` (`owing.Overdue`), ``debts_of`` (of a line), ``asked``
    (`forms.OrderQuery`), ``sources``, ``levels`` {key: name}, ``names`` {township: name}.
    """
    asked, today = OrderQuery.read(request.args), date.today()
    return render_template(
        "supervision/orders.html",
        lines=orders.list_orders(access(), today, asked.state, asked.source),
        counts=orders.count_orders(access(), today),
        overdue=overdue_orders(access(), today),
        debts_of=debts_of_order,
        asked=asked,
        sources=order_sources(),
        levels=order_levels(),
        names=names_of_all(services().home, services().database),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.SUPERVISE)
def new() -> ResponseReturnValue:
    """Issue an order.

    Template ``supervision/order_form.html``: ``form`` (`forms.OrderForm`), ``error`` (a line, or
    empty).
    """
    found = services()
    form = OrderForm()
    units = [line.unit for line in list_units(found.database)]
    levels = order_levels()
    if not access().reach(Permission.SUPERVISE).whole:
        levels = {"district": levels["district"]}
    form.offer(order_sources(), levels, units, township_names(found.home))
    error = None
    if form.validate_on_submit():
        try:
            order = orders.create(access(), form.values())
        except UserError as found_wrong:
            error = found_wrong
        else:
            notice(_("已下发督办单 %(number)s。", number=order.number))
            return redirect(url_for("orders.show", order_id=order.id))
    page = render_template("supervision/order_form.html", form=form, error=wrong_in(form, error))
    return page, status_of(form, error)


@blueprint.get("/<int:order_id>")
@allow(Permission.READ)
def show(order_id: int) -> str:
    """Show one order. Template: see `_page`."""
    return _page(order_id)


@blueprint.post("/<int:order_id>/feedback")
@allow(Permission.ANSWER)
def feedback(order_id: int) -> ResponseReturnValue:
    """Answer an order for its unit."""
    form = WordsForm()

    def act() -> None:
        orders.give_feedback(access(), order_id, form.version(), form.said(), date.today())

    return _sent(order_id, "feedback", form, act)


@blueprint.post("/<int:order_id>/extend")
@allow(Permission.SUPERVISE)
def extend(order_id: int) -> ResponseReturnValue:
    """Give an order more time."""
    form = ExtensionForm()

    def act() -> None:
        until, reason = form.until.data, form.reason.data or ""
        orders.extend(access(), order_id, form.version(), until, reason, date.today())

    return _sent(order_id, "extension", form, act)


@blueprint.post("/<int:order_id>/close")
@allow(Permission.SUPERVISE)
def close(order_id: int) -> ResponseReturnValue:
    """Close an order that has an answer."""
    form = WordsForm()

    def act() -> None:
        orders.close(access(), order_id, form.version(), form.said(), date.today())

    return _sent(order_id, "closing", form, act)


def _sent(
    order_id: int, name: str, form: RecordForm, act: Callable[[], None]
) -> ResponseReturnValue:
    return sent(
        form, act, lambda: _done(order_id), lambda error: _page(order_id, error, name, form)
    )


def _page(order_id: int, error: str = "", name: str = "", form: RecordForm | None = None) -> str:
    """Return the page of an order.

    Template ``supervision/order.html``: ``line`` (`orders.OrderLine`), ``name`` (of the township,
    or None), ``sources``, ``levels``, ``answers``, ``supervises``, ``closes`` (whether the reader
    may), ``forms`` {feedback, closing: `forms.WordsForm`, extension: `forms.ExtensionForm`},
    ``error``, ``sent`` (a line on what
    is wrong with the form that was sent, and it).
    """
    line = orders.get_order(access(), order_id, date.today())
    order = line.order
    is_open = order.state != orders.CLOSED
    supervises = is_open and orders.may_supervise(access(), line)
    kinds = {"feedback": WordsForm, "closing": WordsForm, "extension": ExtensionForm}
    return render_template(
        "supervision/order.html",
        line=line,
        name=names_of_all(services().home, services().database).get(
            order.township or "", order.township
        ),
        sources=order_sources(),
        levels=order_levels(),
        answers=is_open and access().answers_for(order.unit_id),
        supervises=supervises,
        closes=supervises and order.state == orders.ANSWERED,
        forms=step_forms(kinds, order.row_version, name, form),
        error=error,
        sent=form,
    )


def _done(order_id: int) -> ResponseReturnValue:
    notice(_("已保存。"))
    return redirect(url_for("orders.show", order_id=order_id))
