"""Settings of one running server or command, read once from the environment."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import InvalidSetting
from geodata.home import Home

LOOPBACK_NAMES = ("localhost", "127.0.0.1")
"""Names by which a browser on this machine asks, beside the address listened on; every other Host
header is refused."""

DEFAULT_HOME = "./var"
DEFAULT_PORT = 8000
DEFAULT_MAX_UPLOAD_MB = 512
DEFAULT_SESSION_MINUTES = 30

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """What the environment may decide.

    Attributes
    ----------
    home : Path
        Folder of all data (``SUYUAN_HOME``).
    host : str
        Loopback address to listen on (``SUYUAN_HOST``, IPv4: Werkzeug's check of Host headers
        takes no bracketed name); others are refused until accounts exist.
    port : int
        TCP port (``SUYUAN_PORT``).
    max_upload_mb : int
        Largest accepted upload in MiB (``SUYUAN_MAX_UPLOAD_MB``).
    session_minutes : int
        Rest after which a person signs in again (``SUYUAN_SESSION_MINUTES``).
    """

    home: Path = Path(DEFAULT_HOME)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    max_upload_mb: int = DEFAULT_MAX_UPLOAD_MB
    session_minutes: int = DEFAULT_SESSION_MINUTES

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; a value that cannot serve is refused by name.

        Raises
        ------
        InvalidSetting
            A number is none or out of range, or the host is not a loopback address.
        """
        return cls(
            home=Path(environ.get("SUYUAN_HOME") or DEFAULT_HOME),
            host=_loopback(environ.get("SUYUAN_HOST") or "127.0.0.1"),
            port=_whole_number(environ, "SUYUAN_PORT", DEFAULT_PORT, 1, 65535),
            max_upload_mb=_whole_number(
                environ, "SUYUAN_MAX_UPLOAD_MB", DEFAULT_MAX_UPLOAD_MB, 1, 65536
            ),
            session_minutes=_whole_number(
                environ, "SUYUAN_SESSION_MINUTES", DEFAULT_SESSION_MINUTES, 1, 1440
            ),
        )

    @property
    def url(self) -> str:
        """Address to open in a browser."""
        return f"http://{self.host}:{self.port}/"


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


def _loopback(host: str) -> str:
    """Only loopback: there are no accounts yet, so whoever reaches the port may do everything."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        is_loopback = ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise InvalidSetting(
            f"SUYUAN_HOST: {host!r} is not an IPv4 loopback address; until accounts exist the "
            "server listens on 127.0.0.1 only",
            f"SUYUAN_HOST：{host!r} 不是本机的 IPv4 回环地址；在启用账号之前只能监听 127.0.0.1",
        )
    return host


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
