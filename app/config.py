"""Settings of one running server or command, read once from the environment."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import InvalidSetting
from geodata.home import Home

LOOPBACK_NAMES = ("localhost", "127.0.0.1")
"""Names by which a browser on this machine asks, beside the address listened on; every other Host
header is refused."""

DEFAULT_HOME = "./var"
DEFAULT_PORT = 8000
DEFAULT_MAX_UPLOAD_MB = 512
DEFAULT_SESSION_MINUTES = 30
DEFAULT_WEB_PROCESSES = 2

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - what a server must be told to listen on, never by default

_HOSTNAME = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
DEFAULT_CYCLE_START_DAY = 1

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Tls:
    """Certificate, with those that lead to its authority, and its private key: files in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class OpenIdSettings:
    """The office's own sign-in by OpenID Connect.

    Attributes
    ----------
    issuer : str
        Address of the provider (``SUYUAN_OIDC_ISSUER``), as its own tokens name it.
    client_id, client_secret : str
        What it knows this server as (``SUYUAN_OIDC_CLIENT_ID``), and the content of the file
        ``SUYUAN_OIDC_CLIENT_SECRET_FILE``: other processes may read an environment.
    name : str
        What the button says (``SUYUAN_OIDC_NAME``).
    claim : str
        Claim that holds an account's name (``SUYUAN_OIDC_CLAIM``).
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""
    claim: str = "preferred_username"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> OpenIdSettings | None:
        """Read the settings; None where no issuer is named.

        Raises
        ------
        InvalidSetting
            One is missing or cannot serve.
        """
        issuer = environ.get("SUYUAN_OIDC_ISSUER")
        if not issuer:
            return None
        return cls(
            issuer=_issuer(issuer),
            client_id=_required(environ, "SUYUAN_OIDC_CLIENT_ID"),
            client_secret=_secret(environ, "SUYUAN_OIDC_CLIENT_SECRET_FILE"),
            name=_required(environ, "SUYUAN_OIDC_NAME"),
            claim=environ.get("SUYUAN_OIDC_CLAIM") or "preferred_username",
        )


@dataclass(frozen=True)
class Settings:
    """What the environment may decide, and `serve` with its options.

    Attributes
    ----------
    home : Path
        Folder of all data (``SUYUAN_HOME``).
    host : str
        Address to listen on (``SUYUAN_HOST``, IPv4: Werkzeug's check of Host headers takes no
        bracketed name).
    port : int
        TCP port (``SUYUAN_PORT``).
    max_upload_mb : int
        Largest accepted upload in MiB (``SUYUAN_MAX_UPLOAD_MB``).
    session_minutes : int
        Rest after which a person signs in again (``SUYUAN_SESSION_MINUTES``).
    database_url : str or None
        PostgreSQL database of the operational tables (``DATABASE_URL``); None for the file of the
        home.
    queue_url : str or None
        Redis of the queue (``SUYUAN_QUEUE_URL``); None for the file of the home.
    hostnames : tuple of str
        Names by which browsers may ask, besides this machine's own (``SUYUAN_HOSTNAMES``, with
        commas between).
    trusted_proxies : int
        How many proxies stand in front, whose X-Forwarded headers are believed
        (``SUYUAN_TRUSTED_PROXY``).
    web_processes : int
        Processes that answer pages (``SUYUAN_WEB_PROCESSES``).
    tls : Tls or None
        Certificate to serve with, by options of `serve` alone.
    cycle_start_day : int
        Day of the month on which assessment cycles begin (``SUYUAN_CYCLE_START_DAY``).
    open_id : OpenIdSettings or None
        The office's own sign-in, where there is one.
    """

    home: Path = Path(DEFAULT_HOME)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    max_upload_mb: int = DEFAULT_MAX_UPLOAD_MB
    session_minutes: int = DEFAULT_SESSION_MINUTES
    database_url: str | None = None
    queue_url: str | None = None
    hostnames: tuple[str, ...] = ()
    trusted_proxies: int = 0
    web_processes: int = DEFAULT_WEB_PROCESSES
    tls: Tls | None = None
    cycle_start_day: int = DEFAULT_CYCLE_START_DAY
    open_id: OpenIdSettings | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; a value that cannot serve is refused by name.

        Raises
        ------
        InvalidSetting
            A number is none or out of range, the host is no IPv4 address, or a name is none.
        """
        return cls(
            home=Path(environ.get("SUYUAN_HOME") or DEFAULT_HOME),
            host=_address(environ.get("SUYUAN_HOST") or "127.0.0.1"),
            port=_whole_number(environ, "SUYUAN_PORT", DEFAULT_PORT, 1, 65535),
            max_upload_mb=_whole_number(
                environ, "SUYUAN_MAX_UPLOAD_MB", DEFAULT_MAX_UPLOAD_MB, 1, 65536
            ),
            session_minutes=_whole_number(
                environ, "SUYUAN_SESSION_MINUTES", DEFAULT_SESSION_MINUTES, 1, 1440
            ),
            database_url=environ.get("DATABASE_URL") or None,
            queue_url=environ.get("SUYUAN_QUEUE_URL") or None,
            hostnames=_hostnames(environ.get("SUYUAN_HOSTNAMES") or ""),
            trusted_proxies=_whole_number(environ, "SUYUAN_TRUSTED_PROXY", 0, 0, 9),
            web_processes=_whole_number(
                environ, "SUYUAN_WEB_PROCESSES", DEFAULT_WEB_PROCESSES, 1, 64
            ),
            cycle_start_day=_whole_number(
                environ, "SUYUAN_CYCLE_START_DAY", DEFAULT_CYCLE_START_DAY, 1, 28
            ),
            open_id=OpenIdSettings.from_environment(environ),
        )

    @property
    def url(self) -> str:
        """Address to open in a browser."""
        scheme = "http" if self.tls is None else "https"
        name = self.host
        if not self.is_loopback and self.hostnames:
            name = self.hostnames[0].lstrip(".")
        return f"{scheme}://{name}:{self.port}/"

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine reaches the server."""
        return ipaddress.IPv4Address(self.host).is_loopback


def check_port_free(settings: Settings) -> None:
    """Refuse a port that someone else listens on, before any work is done for nothing.

    Raises
    ------
    InvalidSetting
        The port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise InvalidSetting(
                f"port {settings.port} cannot be used ({error.strerror}): "
                "set SUYUAN_PORT to another",
                f"端口 {settings.port} 无法使用，请用 SUYUAN_PORT 另选一个",
            ) from error


def session_key(home: Home) -> bytes:
    """Key that signs sessions, derived so that the caller key itself never leaves its purpose."""
    return hmac.new(home.caller_key(), b"suyuan session signing", hashlib.sha256).digest()


def _address(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise InvalidSetting(
            f"SUYUAN_HOST: {host!r} is not an IPv4 address; 127.0.0.1, the default, is this "
            f"machine alone, {EVERY_ADDRESS} every address of it",
            f"SUYUAN_HOST：{host!r} 不是 IPv4 地址；默认的 127.0.0.1 只供本机访问，"
            f"{EVERY_ADDRESS} 表示本机的所有地址",
        ) from None


def _hostnames(text: str) -> tuple[str, ...]:
    names = tuple(name for part in text.split(",") if (name := part.strip()))
    for name in names:
        if not _HOSTNAME.fullmatch(name):
            raise InvalidSetting(
                f"SUYUAN_HOSTNAMES: {name!r} is not a host name; expected names with commas "
                "between, without scheme and port",
                f"SUYUAN_HOSTNAMES：{name!r} 不是主机名；应为以逗号分隔的主机名，不带协议和端口",
            )
    return names


def _whole_number(
    environ: Mapping[str, str], name: str, default: int, lowest: int, highest: int
) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
        raise InvalidSetting(
            f"{name}: {text!r} is not a whole number from {lowest} to {highest}",
            f"{name}：{text!r} 不是 {lowest} 到 {highest} 之间的整数",
        )
    return int(text)


def _issuer(address: str) -> str:
    """Only https, so that nobody between can answer in the provider's name; loopback is no way."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        host, plain = "", False
    secure = bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_NAMES)
    )
    if not (secure and plain):
        raise InvalidSetting(
            f"SUYUAN_OIDC_ISSUER: {address!r} is not an https address of an issuer",
            f"SUYUAN_OIDC_ISSUER：{address!r} 不是以 https:// 开头的登录服务地址",
        )
    return address


def _required(environ: Mapping[str, str], name: str) -> str:
    value = (environ.get(name) or "").strip()
    if not value:
        raise InvalidSetting(
            f"{name}: must be set where SUYUAN_OIDC_ISSUER is",
            f"{name}：设置了 SUYUAN_OIDC_ISSUER 时必须填写",
        )
    return value


def _secret(environ: Mapping[str, str], name: str) -> str:
    path = Path(_required(environ, name))
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise InvalidSetting(
            f"{name}: {path} cannot be read or is empty", f"{name}：无法读取 {path}，或文件为空"
        )
    return secret
