"""HTTP of the office's own sign-in: there and back."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts.bound_accounts import come_in, record_failure
from app.accounts.entrance import allow, enter, render_sign_in
from app.accounts.single_sign_on import single_sign_on
from app.errors import message_of, outcome_of
from app.services import services
from app.web import language, same_site
from geodata.errors import UserError

blueprint = Blueprint("single_sign_on", __name__, url_prefix="/sign-in/office")

TARGET = "target"
"""In the session: where the person wanted to go."""

LONGEST_TARGET = 1000
"""Characters; it stands in the cookie."""


@blueprint.get("")
@allow(None)
def begin() -> ResponseReturnValue:
    """Send the browser to the office's own sign-in (``?next=``: where to go on to)."""
    provider = single_sign_on()
    target = same_site(request.args.get("next", "/"))
    session[TARGET] = target if len(target) <= LONGEST_TARGET else "/"
    try:
        return provider.begin(url_for("single_sign_on.back", _external=True))
    except UserError as error:
        return _not_in(error, target)


@blueprint.get("/back")
@allow(None)
def back() -> ResponseReturnValue:
    """Take back who was there (``?code=&state=``, or ``?error=``), and let her in."""
    provider, target = single_sign_on(), session.get(TARGET, "/")
    try:
        identity = provider.finish()
        account = come_in(services().database, identity, request.remote_addr or "")
    except UserError as error:
        return _not_in(error, target)
    enter(account, by_office=True)
    return redirect(target)


def _not_in(error: UserError, target: str) -> ResponseReturnValue:
    record_failure(services().database, request.remote_addr or "", error.english)
    return render_sign_in(target, [], message_of(error, language())), outcome_of(error).status
