"""HTTP of the accounts: list, make, change, give a new password."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import accounts, bound_accounts
from app.accounts.entrance import access, allow
from app.accounts.forms import AccountForm
from app.accounts.models import Account
from app.accounts.permissions import DUTIES, ROLES, Permission
from app.accounts.units import list_units
from app.accounts.wording import duty_names, role_names, role_rights
from app.errors import message_of, outcome_of
from app.services import services
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")


@blueprint.get("")
@allow(Permission.KEEP_ACCOUNTS)
def list_view() -> str:
    """List the accounts.

    Template ``accounts/list.html``: ``lines`` (of `accounts.AccountLine`), ``office_names``
    {office: name}.
    """
    names = role_names() | duty_names()
    lines = accounts.list_accounts(access())
    return render_template("accounts/list.html", lines=lines, office_names=names)


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.KEEP_ACCOUNTS)
def new() -> ResponseReturnValue:
    """Make an account; its first password is shown once.

    Template ``accounts/form.html``: ``form``, ``account`` (None here), ``offices`` [(office,
    unit id)], ``units`` (lines), ``roles, duties`` {office: name}, ``rights`` {role: what it
    allows}, ``message``. Success: ``accounts/first_password.html``: ``account, password``.
    """
    form, offices = AccountForm(), _sent_offices()
    if form.validate_on_submit():
        try:
            account, password = accounts.create_account(access(), form.values(offices))
        except UserError as error:
            return _form(form, None, offices, error)
        return _show_password(account, password)
    return _form(form, None, offices)


@blueprint.route("/<int:account_id>", methods=["GET", "POST"])
@allow(Permission.KEEP_ACCOUNTS)
def edit(account_id: int) -> ResponseReturnValue:
    """Change an account; the template of a new one, with ``account`` set."""
    account = accounts.get_account(access(), account_id)
    form = AccountForm()
    if not form.is_submitted():
        form.fill(account)
        held = [(each.office, str(each.unit_id)) for each in account.appointments]
        return _form(form, account, held)
    offices = _sent_offices()
    if not form.validate():
        return _form(form, account, offices)
    try:
        accounts.change_account(access(), account_id, form.values(offices), form.version())
    except UserError as error:
        return _form(form, account, offices, error)
    notice(_("已保存。该账号需要重新登录。"))
    return redirect(url_for("accounts.list_view"))


@blueprint.post("/<int:account_id>/password")
@allow(Permission.KEEP_ACCOUNTS)
def reset(account_id: int) -> ResponseReturnValue:
    """Give an account a new first password, shown once."""
    password = accounts.reset_password(access(), account_id)
    return _show_password(accounts.get_account(access(), account_id), password)


@blueprint.post("/<int:account_id>/release")
@allow(Permission.KEEP_ACCOUNTS)
def release(account_id: int) -> ResponseReturnValue:
    """Take an account from whom the office's own sign-in bound it to."""
    bound_accounts.release(access(), account_id)
    notice(_("已解除绑定。下次用单位统一登录、名称相同的人将绑定到此账号。"))
    return redirect(url_for("accounts.edit", account_id=account_id))


def _sent_offices() -> list[tuple[str, str]]:
    sent = zip(request.form.getlist("office"), request.form.getlist("unit"), strict=False)
    return [(office, unit) for office, unit in sent if office]


def _form(
    form: AccountForm,
    account: Account | None,
    offices: list[tuple[str, str]],
    error: UserError | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "accounts/form.html",
        form=form,
        account=account,
        offices=offices,
        units=list_units(services().database),
        roles={role: role_names()[role] for role in ROLES},
        duties={duty: duty_names()[duty] for duty in DUTIES},
        rights=role_rights(),
        message=message_of(error, language()) if error else "",
    )
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200


def _show_password(account: Account, password: str) -> ResponseReturnValue:
    page = make_response(
        render_template("accounts/first_password.html", account=account, password=password)
    )
    page.headers["Cache-Control"] = "no-store"
    return page
