"""Polite HTTP: one request at a time, spaced, retried with growing pauses, bounded in size."""

import logging
import random
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from geodata.errors import FetchFailed, InvalidUrl

LARGEST_PAGE = 1 << 26
"""Bytes of one answer, unpacked."""

TRIES = 6
"""Times that a request is made before the fetch is given up (and can be resumed)."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
"""Seconds between tries: doubled each time, within these bounds; a server may ask for more."""

LONGEST_WAIT = 600.0
"""Seconds that a server's Retry-After may ask for."""

_REDIRECTS = 5
_CHUNK = 1 << 16
_PASSING = frozenset((429, 500, 502, 503, 504))
_MOVED = frozenset((301, 302, 303, 307, 308))
_SHOWN = 100

# Its warnings about each retry would stand between the lines of the progress bar.
logging.getLogger("urllib3").setLevel(logging.ERROR)


def check_url(url: str) -> str:
    """Return an address that may be asked.

    Raises
    ------
    InvalidUrl
        It is not http or https, names no host, or carries a password.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        secret = "@" in parts.netloc
        _ = parts.port
    except ValueError:
        usable = secret = False
    if secret:
        raise InvalidUrl(
            "the address carries a user name or password; only open interfaces are asked",
            "地址里带有用户名或密码；只读取公开的接口",
        )
    if not usable:
        raise InvalidUrl(
            f"'{url[:_SHOWN]}' is no address of an interface; expected http:// or https://",
            f"“{url[:_SHOWN]}”不是接口地址；应以 http:// 或 https:// 开头",
        )
    return url


class Client:
    """Asks one interface.

    Parameters
    ----------
    pause : float
        Seconds between two requests.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._ready_at = 0.0
        # Redirects are followed here, where the scheme is checked, and tries are counted here,
        # since a connection may also drop while the body is read.
        self._pool = urllib3.PoolManager(
            retries=urllib3.Retry(0, redirect=False),
            timeout=urllib3.Timeout(connect=15, read=90),
            headers={
                "User-Agent": "suyuan",
                "Accept": "application/json, text/xml;q=0.5",
                "Accept-Encoding": "gzip",
            },
        )

    def get(self, url: str, parameters: Mapping[str, str]) -> bytes:
        """Ask for a page; parameters replace those of the address that have their names.

        Raises
        ------
        FetchFailed
            The server refuses, or cannot be reached after `TRIES` tries.
        """
        address = _with_parameters(url, parameters)
        pause = FIRST_PAUSE
        for attempt in range(TRIES):
            self._wait()
            status, wait, body = self._try(address)
            if body is not None:
                return body
            if attempt + 1 < TRIES:
                time.sleep(max(wait, pause * (1 + random.random() / 4)))  # noqa: S311
                pause = min(pause * 2, LONGEST_PAUSE)
        raise FetchFailed(
            f"{_host(url)}: {status} after {TRIES} tries; the next fetch goes on from here",
            f"{_host(url)}：尝试 {TRIES} 次仍失败（{status}）；再次运行会从这里继续",
        )

    def _wait(self) -> None:
        time.sleep(max(self._ready_at - time.monotonic(), 0.0))
        self._ready_at = time.monotonic() + self._pause

    def _try(self, address: str) -> tuple[str, float, bytes | None]:
        """Ask once: what went wrong, the wait asked for, and the body when all went well."""
        try:
            answer = self._follow(address)
            try:
                if answer.status in _PASSING:
                    return f"HTTP {answer.status}", _retry_after(answer), None
                if answer.status != 200:
                    raise _refused(address, answer.status)
                return "", 0.0, _body(address, answer)
            finally:
                answer.close()
        except MaxRetryError as error:
            return _reason(error.reason or error), 0.0, None
        except (HTTPError, OSError) as error:
            return _reason(error), 0.0, None

    def _follow(self, address: str) -> urllib3.BaseHTTPResponse:
        for _ in range(_REDIRECTS):
            answer = self._pool.request("GET", address, preload_content=False, redirect=False)
            target = answer.headers.get("Location")
            if answer.status not in _MOVED or not target:
                return answer
            answer.close()
            address = _redirected(address, target)
        raise FetchFailed(
            f"{_host(address)}: more than {_REDIRECTS} redirects",
            f"{_host(address)}：转向超过 {_REDIRECTS} 次",
        )


def _with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()]), fragment=""))


def _redirected(address: str, target: str) -> str:
    following = urljoin(address, target)
    secure = urlsplit(address).scheme == "https"
    scheme = urlsplit(following).scheme
    if scheme not in (("https",) if secure else ("http", "https")):
        raise FetchFailed(
            f"{_host(address)}: redirects to '{scheme}:', which is not followed",
            f"{_host(address)}：转向 {scheme} 协议的地址，不予跟随",
        )
    return check_url(following)


def _body(address: str, answer: urllib3.BaseHTTPResponse) -> bytes:
    parts, length = [], 0
    for chunk in answer.stream(_CHUNK, decode_content=True):
        parts.append(chunk)
        length += len(chunk)
        if length > LARGEST_PAGE:
            raise FetchFailed(
                f"{_host(address)}: one page is larger than {LARGEST_PAGE >> 20} MB; "
                "ask for a smaller --page-size",
                f"{_host(address)}：一页超过 {LARGEST_PAGE >> 20} MB；请用 --page-size 调小",
            )
    return b"".join(parts)


def _refused(address: str, status: int) -> FetchFailed:
    return FetchFailed(
        f"{_host(address)}: answers HTTP {status} for {urlsplit(address).path[:_SHOWN]}",
        f"{_host(address)}：对 {urlsplit(address).path[:_SHOWN]} 回答 HTTP {status}",
    )


def _retry_after(answer: urllib3.BaseHTTPResponse) -> float:
    asked = urllib3.Retry().get_retry_after(answer) or 0.0
    return min(max(asked, 0.0), LONGEST_WAIT)


def _reason(error: BaseException) -> str:
    # Messages of urllib3 repeat the address with its parameters: the kind of fault is enough.
    kinds = {
        "NewConnectionError": "no connection",
        "NameResolutionError": "unknown host",
        "ConnectTimeoutError": "no answer in time",
        "ReadTimeoutError": "no answer in time",
        "SSLError": "no trusted certificate",
    }
    return kinds.get(type(error).__name__, "connection dropped")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
