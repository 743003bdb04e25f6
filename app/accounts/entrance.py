"""The entrance: who is asking, and whether she may come in at this address.

Every view says with `allow` what it takes to enter; one that says nothing lets nobody in. What of
the city a person then sees and changes, the services ask her `Access`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, redirect, render_template, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import joinedload

from app.accounts.access import Access, access_of
from app.accounts.models import Account
from app.accounts.permissions import Permission
from app.errors import NotSignedIn
from app.services import services
from app.translation import _
from app.web import same_site, tell, tell_http_error, wants_json

View = TypeVar("View", bound=Callable[..., Any])

SESSION_LONGEST = timedelta(hours=12)
"""After this a person signs in again, however busy she was."""

PASSWORD_ENDPOINT, SIGN_IN_ENDPOINT = "sign_in.password", "sign_in.sign_in"

UNKEPT_FIELDS = ("csrf_token", "password", "old", "new", "again")
"""Fields of a form that are not carried over a sign-in."""

_WITH_OFFICES = (
    select(Account)
    .options(joinedload(Account.appointments))
    .where(Account.id == bindparam("id", type_=Integer))
)
"""An account, her offices and their units in one query: every request asks."""

BACKGROUND_ENDPOINTS = ("jobs.state", "jobs.panel")
"""Asked by pages by themselves: they do not show that somebody is there."""


@dataclass(frozen=True)
class Rule:
    """What it takes to enter: a permission to look, perhaps another to send; None lets all in."""

    look: Permission | None
    send: Permission | None

    def needed(self, method: str) -> Permission | None:
        """Return what a request of this method needs."""
        return self.look if method in ("GET", "HEAD", "OPTIONS") else self.send


class SignedIn:
    """What Flask-Login keeps of a person: her id, and the epoch in which she signed in."""

    is_authenticated, is_active, is_anonymous = True, True, False

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """Return what the session holds; of another epoch it is nobody's."""
        return f"{self.account.id}.{self.account.session_epoch}"


def allow(
    permission: Permission | None, *, post: Permission | None = None
) -> Callable[[View], View]:
    """Say who may enter a view.

    Parameters
    ----------
    permission : Permission or None
        None lets everybody in, signed in or not.
    post : Permission, optional
        What sending takes, where it is more than looking.
    """

    def mark(view: View) -> View:
        view.entrance_rule = Rule(permission, post or permission)  # type: ignore[attr-defined]
        return view

    return mark


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Return who may enter an endpoint; None where its view does not say."""
    return getattr(app.view_functions[endpoint], "entrance_rule", None)


def access() -> Access:
    """Return the access of who is asking.

    Raises
    ------
    NotSignedIn
        Nobody is signed in.
    """
    found = g.get("access")
    if found is None:
        raise NotSignedIn("sign in first", "请先登录")
    return found  # type: ignore[no-any-return]


def set_up_entrance(app: Flask) -> None:
    """Let every request pass the entrance, and tell pages who is there."""
    manager = LoginManager()
    manager.session_protection = None  # an office's proxy may change addresses
    manager.user_loader(_load)
    manager.init_app(app)
    for endpoint in ("static", "language"):
        app.view_functions[endpoint] = allow(None)(app.view_functions[endpoint])
    app.before_request(_enter)
    app.register_error_handler(CSRFError, _tell_token_missing)
    app.context_processor(lambda: {"person": _person()})
    app.jinja_env.globals["may"] = _may  # macros ask, too


def enter(account: Account, *, by_office: bool = False) -> None:
    """Begin the session of a person; what an earlier one left is gone, but for the language.

    Who comes by the office's own sign-in needs no password here, so none is asked to be changed.
    """
    language = session.get("language")
    session.clear()
    g.pop("csrf_token", None)  # a form of the page that follows belongs to the new session
    if language:
        session["language"] = language
    login_user(SignedIn(account))
    session["began"] = session["seen"] = _now()
    if by_office:
        session["by_office"] = True


def leave() -> None:
    """End the session."""
    logout_user()
    for name in ("began", "seen", "by_office"):
        session.pop(name, None)


def _enter() -> Any:
    """Let a request in, send it to the sign-in, or refuse it."""
    if request.endpoint is None:
        return None
    rule = rule_of(current_app, request.endpoint)
    _recognise()
    if rule is not None and rule.needed(request.method) is None:
        return None
    if g.get("access") is None:
        return _ask_to_sign_in()
    if _must_change_password() and request.endpoint != PASSWORD_ENDPOINT:
        return redirect("/password")
    if rule is None:
        raise RuntimeError(f"{request.endpoint} does not say who may enter: nobody does")
    needed = rule.needed(request.method)
    if needed is not None:
        g.access.area(needed)
    return None


def _must_change_password() -> bool:
    return bool(g.account.must_change_password) and not session.get("by_office")


def _recognise() -> None:
    """Find out who is asking; a session that has rested or lasted too long is over."""
    if not current_user.is_authenticated:
        return
    now, idle = _now(), services().settings.session_minutes * 60
    began, seen = session.get("began", 0), session.get("seen", 0)
    if now - seen > idle or now - began > SESSION_LONGEST.total_seconds():
        leave()
        session["ended"] = True
        return
    if request.endpoint not in BACKGROUND_ENDPOINTS and now - seen > idle // 30:
        session["seen"] = now
    found = services()
    g.account = current_user.account
    g.access = access_of(found.database, found.home, g.account, request.remote_addr or "")


def _tell_token_missing(error: CSRFError) -> Any:
    """Keep what was typed on a page whose session is gone; a form of another site is refused."""
    if request.origin != request.host_url.rstrip("/"):
        return tell_http_error(error)
    _recognise()
    if g.get("access") is None:
        return _ask_to_sign_in()
    # She signed in meanwhile, in another window: the page belongs to the session before.
    if request.endpoint == SIGN_IN_ENDPOINT:
        return redirect(same_site(request.form.get("next", "/")))
    if wants_json() or request.files or not kept_fields() or _is_secret():
        return tell_http_error(error)
    return render_go_on(_address(), kept_fields()), 400


def _ask_to_sign_in() -> Any:
    if wants_json():
        return tell(401, _("登录已过期，请重新登录。"))
    if request.method == "GET":
        target = _address()
        query = "" if target == "/" else "?" + urlencode({"next": target})
        return redirect(f"/sign-in{query}")
    return Response(render_sign_in(_address(), kept_fields()), status=401)


def render_sign_in(target: str, kept: list[tuple[str, str]], message: str = "") -> str:
    """Return the page that asks for name and password.

    Template ``accounts/sign_in.html``: ``target`` (path to go on to), ``kept`` [(name, value)]
    (fields of a form that was sent when the session had ended; they are carried along), ``ended``
    (a session has just ended), ``message`` (why a sign-in failed), ``single_sign_on`` (label of
    the office's own sign-in, or empty).
    """
    office = services().settings.open_id
    return render_template(
        "accounts/sign_in.html",
        target=same_site(target),
        kept=kept,
        ended=session.pop("ended", False) or bool(kept),
        message=message,
        single_sign_on=office.name if office else "",
    )


def render_go_on(target: str, kept: list[tuple[str, str]]) -> str:
    """Return the page that shows what was typed before the session ended, to be sent once more.

    Template ``accounts/go_on.html``: ``target``, ``kept`` [(name, value)].
    """
    return render_template("accounts/go_on.html", target=same_site(target), kept=kept)


def _address() -> str:
    """Return the path of the request, with its query where it has one."""
    return request.full_path if request.query_string else request.path


def _is_secret() -> bool:
    """Tell whether the form holds what is not carried along, beside its token."""
    return any(name in request.form for name in UNKEPT_FIELDS if name != "csrf_token")


def kept_fields() -> list[tuple[str, str]]:
    """Return what a form holds, without what is secret; files cannot be kept."""
    return [
        (name, value) for name, value in request.form.items(multi=True) if name not in UNKEPT_FIELDS
    ]


def _load(session_id: str) -> SignedIn | None:
    account_id, _dot, epoch = session_id.partition(".")
    with services().database.session() as tables:
        found = tables.scalars(_WITH_OFFICES, {"id": int(account_id)})
        account = found.unique().one_or_none()
    if account is None or not account.active or str(account.session_epoch) != epoch:
        return None
    return SignedIn(account)


def _person() -> Account | None:
    found: Account | None = g.get("account")
    return found


def _may(permission: str) -> bool:
    found: Access | None = g.get("access")
    return found is not None and found.may(Permission(permission))


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
