"""HTTP of signing in and out, and of one's own password."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts import accounts, signing_in
from app.accounts.entrance import access, allow, enter, leave, render_go_on, render_sign_in
from app.accounts.forms import PasswordForm, SignInForm
from app.accounts.permissions import Permission
from app.errors import message_of, outcome_of
from app.services import services
from app.translation import _
from app.web import language, notice, same_site
from geodata.errors import UserError

blueprint = Blueprint("sign_in", __name__)

KEPT = "kept-"
"""Before the name of a field that is carried over the sign-in."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
@allow(None)
def sign_in() -> ResponseReturnValue:
    """Ask who it is (``?next=``), and let her in.

    A form that was sent when the session had ended comes along; it is shown once more and sent
    only when she says so.
    """
    target = request.values.get("next", "/")
    if request.method == "GET":
        return render_sign_in(target, [])
    kept = [
        (name.removeprefix(KEPT), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(KEPT)
    ]
    form = SignInForm()
    address = request.remote_addr or ""
    try:
        form.require()
        account = signing_in.sign_in(
            services().database, form.name.data, form.password.data, address
        )
    except UserError as error:
        message = message_of(error, language())
        return render_sign_in(target, kept, message), outcome_of(error).status
    enter(account)
    if kept:
        return render_go_on(target, kept)
    return redirect(same_site(target))


@blueprint.post("/sign-out")
@allow(None)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if g.get("access") is not None:
        access().record("sign_out", ("account", g.account.id))
    leave()
    return redirect("/sign-in")


@blueprint.route("/password", methods=["GET", "POST"])
@allow(Permission.READ)
def password() -> ResponseReturnValue:
    """Change one's own password.

    Template ``accounts/password.html``: ``form`` (`forms.PasswordForm`: ``old, new, again``),
    ``message`` (why it was refused).
    """
    form, message = PasswordForm(), ""
    if form.validate_on_submit():
        try:
            account = accounts.change_own_password(access(), form.old.data, form.new.data)
        except UserError as error:
            message = message_of(error, language())
        else:
            enter(account)
            notice(_("密码已修改。"))
            return redirect("/")
    page = render_template("accounts/password.html", form=form, message=message)
    return page, 422 if form.is_submitted() else 200
