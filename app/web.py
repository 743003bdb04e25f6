"""What every page has in common: headers, language, and how errors are told."""

from __future__ import annotations

import logging
from typing import Any

from babel import Locale
from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
)
from flask_babel import Babel, get_locale
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, SecurityError, UnsupportedMediaType
from werkzeug.wrappers import Response as BaseResponse

from app.assets import asset_path
from app.errors import Busy, InvalidParameter, changed_meanwhile, message_of, outcome_of, trace_of
from app.kept_templates import kept_templates
from app.services import services
from app.translation import _, set_up_templates
from geodata.errors import UserError

log = logging.getLogger(__name__)

LANGUAGES = {"zh_Hans": "zh_Hans_CN", "en": "en"}
"""Choice in the switch → locale. The first is the default."""

DEFAULT_LANGUAGE = "zh_Hans"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        # MapLibre reads its sprites and drawn icons from memory, and works in a worker of its own.
        "img-src 'self' data: blob:",
        "worker-src 'self'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}

FORM_TYPES = ("", "application/x-www-form-urlencoded", "multipart/form-data")
"""What a form sends. Flask-WTF would take JSON for a form too, whose values may be anything:
numbers, lists, halves of characters that no page can be written with afterwards."""

NO_TEXT = "\0"
"""In no text that a person types; PostgreSQL cannot store it."""

DUPLICATE = ("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
"""How databases call it that a key is there already."""

LOCKED = ("55P03", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED")
"""How they call it that another writer did not end in time."""

csrf = CSRFProtect()
compress = Compress()


def language() -> str:
    """Language of this request: ``zh_Hans`` or ``en``."""
    chosen = session.get("language")
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


def set_up_pages(app: Flask) -> None:
    """Give the application its headers, languages, CSRF protection, compression and error pages."""
    app.before_request(_check_readable)
    csrf.init_app(app)
    compress.init_app(app)
    Babel(app, default_locale=LANGUAGES[DEFAULT_LANGUAGE], locale_selector=_locale)
    app.jinja_env.bytecode_cache = kept_templates(services(app).home.cache)
    set_up_templates(app.jinja_env)
    app.jinja_env.globals.update(asset=_asset, language=language, html_lang=_html_lang)
    app.after_request(_add_headers)
    app.add_url_rule("/language", "language", _choose_language, methods=["POST"])
    app.register_error_handler(UserError, _tell_user_error)
    app.register_error_handler(HTTPException, tell_http_error)
    app.register_error_handler(StaleDataError, _tell_second)
    app.register_error_handler(IntegrityError, _tell_second)
    app.register_error_handler(OperationalError, _tell_busy)
    app.register_error_handler(Exception, _tell_bug)


def wants_json() -> bool:
    """Tell whether the answer is read by a script: such routes answer errors as JSON."""
    if request.path.startswith("/jobs/"):
        return not request.path.endswith(("/panel", "/watch", "/cancel"))
    if request.path.endswith(".json"):
        return True
    # What is taken away is followed as a link: a person may read what went wrong.
    taken = "/take-away/" in request.path
    if request.path.startswith(("/hotspots/runs/", "/hotspots/counts/")) and not taken:
        return True
    if request.path.startswith("/hotspots/compare/"):
        # The page of a comparison itself has nothing below its id.
        return request.path.count("/") > 3
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _check_readable() -> None:
    """Refuse what no form sends.

    Raises
    ------
    UnsupportedMediaType
        The body is no form.
    InvalidParameter
        A text holds what is no text.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS") and request.mimetype not in FORM_TYPES:
        raise UnsupportedMediaType
    texts = [request.path, *_texts(request.args), *_texts(request.form)]
    if any(NO_TEXT in text for text in texts):
        raise InvalidParameter(
            "a value holds the character U+0000, which is no text", "内容中含有空字符（U+0000）"
        )


def _texts(values: MultiDict[str, str]) -> list[str]:
    return [text for pair in values.items(multi=True) for text in pair]


def _locale() -> str:
    return LANGUAGES[language()]


def _html_lang() -> str:
    locale = get_locale() or Locale.parse(LANGUAGES[DEFAULT_LANGUAGE])
    return "zh-CN" if locale.language == "zh" else "en"


def _asset(name: str) -> str:
    """Address of a built file; without a build pages still say what they have to say."""
    try:
        return f"/static/{asset_path(name)}"
    except FileNotFoundError:
        return f"/static/dist/{name}"


def _choose_language() -> BaseResponse:
    """Set the language and go back (form field ``language``: ``zh_Hans`` or ``en``)."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InvalidParameter(
            f"language: {chosen!r} is none of {known}", f"language：{chosen!r} 不在 {known} 之中"
        )
    session["language"] = chosen
    return redirect(same_site(request.form.get("next") or request.referrer or "/"))


def same_site(target: str) -> str:
    """Return the path of a page here; anything else leads home, so that nothing leads elsewhere."""
    own = request.host_url
    path = "/" + target[len(own) :] if target.startswith(own) else target
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else "/"


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
    return response


def _tell_user_error(error: UserError) -> tuple[Any, int]:
    return tell(outcome_of(error).status, message_of(error, language()))


def _tell_second(error: StaleDataError | IntegrityError) -> Any:
    """Tell the second of two who wrote at once; other breaches of a table's rules are bugs."""
    if isinstance(error, IntegrityError) and not _is_duplicate(error):
        return _tell_bug(error)
    return _tell_user_error(changed_meanwhile("the record", "这条记录"))


def _is_duplicate(error: IntegrityError) -> bool:
    """Tell whether there was another record of the same key."""
    return any(code in DUPLICATE for code in _codes(error))


def _tell_busy(error: OperationalError) -> Any:
    """Tell who waited in vain for another writer; other troubles of a database are bugs."""
    if not any(code in LOCKED for code in _codes(error)):
        return _tell_bug(error)
    log.warning("%s %s: the tables were locked", request.method, request.path)
    return _tell_user_error(
        Busy("the system is busy: nothing was saved, try again", "系统正忙，请稍后再试；没有保存")
    )


def _codes(error: IntegrityError | OperationalError) -> list[object]:
    """Return how PostgreSQL or SQLite calls an error."""
    return [getattr(error.orig, name, None) for name in ("sqlstate", "sqlite_errorname")]


def tell_http_error(error: HTTPException) -> Any:
    """Answer with an error of HTTP, in the reader's language."""
    if isinstance(error, SecurityError):
        # Such a request has no addresses of its own, so no page can be drawn for it.
        return Response(f"{error.description}\n", 400, mimetype="text/plain")
    if error.code is None or error.code < 400:
        return error.get_response()
    lines = {
        400: _("请求有误，请返回后重试。"),
        404: _("没有这个页面。"),
        405: _("此地址不接受这种请求。"),
        413: _("文件超过上传上限 %(limit)s MB。", limit=_upload_limit_mb()),
        415: _("此地址只接受表单。"),
        500: _("服务器内部错误，已记入日志。"),
    }
    line = lines.get(error.code) or error.description or error.name
    if isinstance(error, CSRFError):
        line = _("表单已过期，请刷新页面后重新提交。")
    return tell(error.code, line)


def _tell_bug(error: Exception) -> Any:
    log.error("%s %s: %s", request.method, request.path, trace_of(error))
    return tell(500, _("服务器内部错误，已记入日志。"))


def tell(status: int, message: str) -> tuple[Any, int]:
    """Answer with an error: JSON ``{"error": line}`` or the page ``errors/error.html``.

    Template context: ``status`` (int), ``title`` (short, by status), ``message`` (one line).
    """
    g.error_message = message
    if wants_json():
        return jsonify(error=message), status
    return render_template(
        "errors/error.html", status=status, title=_title(status), message=message
    ), status


def _title(status: int) -> str:
    titles = {
        401: _("请登录"),
        403: _("没有权限"),
        404: _("未找到"),
        409: _("有冲突"),
        413: _("文件过大"),
        500: _("出错了"),
    }
    return titles.get(status, _("无法处理"))


def _upload_limit_mb() -> int:
    return int(current_app.config["MAX_CONTENT_LENGTH"]) // (1024 * 1024)


def notice(message: str) -> None:
    """Show one line on the next page."""
    flash(message, "success")
