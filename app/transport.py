"""How requests reach the server: by which names, over TLS or not, straight or through proxies."""

from __future__ import annotations

import ssl

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import EVERY_ADDRESS, LOOPBACK_NAMES, Settings, Tls
from app.errors import InvalidSetting

OLDEST_TLS = ssl.TLSVersion.TLSv1_2

YEAR_S = 365 * 24 * 3600

STRICT_TRANSPORT = f"max-age={YEAR_S}"
"""Browsers that once came over TLS come so for a year; other names of the domain are not ours."""


class _Sessions(SecureCookieSessionInterface):
    """Cookies that came over TLS never go out over plain HTTP."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        return request.is_secure


def set_up_transport(app: Flask, settings: Settings) -> None:
    """Let the application answer only under its names, and heed how requests came.

    Proxies must pass the Host header on as it came; of X-Forwarded headers only the address and
    the scheme are believed, and those only where the settings say that proxies stand in front.
    """
    app.config["TRUSTED_HOSTS"] = [*LOOPBACK_NAMES, settings.host, *settings.hostnames]
    app.session_interface = _Sessions()
    app.after_request(_ask_for_tls)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]


def check_exposure(settings: Settings, *, insecure_http: bool) -> None:
    """Refuse to serve others in clear text, or under no name, unless that is wanted.

    Raises
    ------
    InvalidSetting
    """
    if settings.is_loopback:
        return
    if settings.tls is None and not insecure_http:
        raise InvalidSetting(
            f"SUYUAN_HOST: {settings.host} is not a loopback address, and without TLS everyone on "
            "the way can read and change what is sent: give --cert FILE --key FILE, put a proxy "
            "with TLS in front and listen on 127.0.0.1, or say --insecure-http",
            f"SUYUAN_HOST：{settings.host} 不是本机回环地址，没有 TLS 时途中任何人都能读取和篡改："
            "请用 --cert 文件 --key 文件，或在前面加带 TLS 的反向代理并监听 127.0.0.1，"
            "或明确指定 --insecure-http",
        )
    if settings.host == EVERY_ADDRESS and not settings.hostnames:
        raise InvalidSetting(
            f"SUYUAN_HOSTNAMES: with {EVERY_ADDRESS} the names by which browsers ask must be "
            "given; requests under any other are refused",
            f"SUYUAN_HOSTNAMES：监听 {EVERY_ADDRESS} 时必须给出浏览器访问所用的主机名，"
            "其他名称的请求会被拒绝",
        )


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Return what gunicorn serves with: TLS 1.2 or newer, with the strong ciphers of OpenSSL.

    Raises
    ------
    InvalidSetting
        Certificate and key cannot be read, or do not belong together.
    """
    for path in (tls.certificate, tls.key):
        if not path.is_file():
            raise InvalidSetting(f"{path}: no such file", f"{path}：没有这个文件")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = OLDEST_TLS
    try:
        # A key under a passphrase would have the server ask at every start.
        context.load_cert_chain(tls.certificate, tls.key, password=_no_passphrase)
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror
        raise InvalidSetting(
            f"{tls.certificate}, {tls.key}: cannot serve as certificate and key ({reason}); "
            "expected PEM files that belong together, the key without passphrase",
            f"{tls.certificate}、{tls.key}：不能用作证书和私钥（{reason}）；"
            "应为相互匹配的 PEM 文件，私钥不带口令",
        ) from error
    return context


def _no_passphrase() -> bytes:
    return b""


def _ask_for_tls(response: Response) -> Response:
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    return response
