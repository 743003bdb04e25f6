"""Online geocoders, for those who switch them on: one question at a time, paced, remembered.

Nothing here is used unless `OnlineGeocoder` is made with a service by name and `allow_network`;
addresses are personal data, and asking a service tells it about them. Needs `geopy`
(requirements-online.txt). `geodata.geocoding.online_switch` is where a home switches it on.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from geodata.errors import UserError

USER_AGENT = "suyuan"
"""How services are told who asks; Nominatim refuses geopy's own."""

PATIENCE_S = 10
"""Seconds to wait for an answer."""

MOST_ANSWERS = 3
"""Answers that are kept of one question, the service's first ones."""


class OnlineNotAllowed(UserError):  # noqa: N818 -- as in geodata.errors
    """An online geocoder was asked for without being switched on, or is not installed."""


class OnlineFailed(UserError):  # noqa: N818
    """The service was asked and gave no answer that can be used."""


class Service(Protocol):
    """What a geopy geocoder offers."""

    def geocode(self, query: str, *, exactly_one: bool) -> Any:
        """Return a list of things with `longitude`, `latitude` and `address`, or None."""


@dataclass(frozen=True)
class OnlinePoint:
    """Degrees as the service told them, in its own coordinate system, and its name for them."""

    lng: float
    lat: float
    name: str = ""


def open_service(name: str, *, allow_network: bool = False, **settings: Any) -> Service:
    """Return one of geopy's geocoders, such as ``nominatim``, with its key among the settings.

    Raises
    ------
    OnlineNotAllowed
        When it was not switched on, or geopy is not installed, has no such service, or the service
        does not take the settings.
    """
    if not allow_network:
        raise OnlineNotAllowed(
            "online geocoding is off: it would send addresses to another host",
            "联网匹配未开启：开启后会把地址发送给外部服务",
        )
    try:
        geocoders = importlib.import_module("geopy.geocoders")
    except ImportError as error:
        raise OnlineNotAllowed(
            "geopy is not installed: pip install -r requirements-online.txt",
            "未安装 geopy：请执行 pip install -r requirements-online.txt",
        ) from error
    kind = geocoders.SERVICE_TO_GEOCODER.get(name.lower())
    if kind is None:
        raise OnlineNotAllowed(f"geopy has no service {name!r}", f"geopy 没有名为“{name}”的服务")
    try:
        service: Service = kind(**{"user_agent": USER_AGENT, "timeout": PATIENCE_S, **settings})
    except (TypeError, ValueError) as error:
        # geopy's words name a setting, and would repeat a key that stands in the wrong one.
        given = ", ".join(settings) or "-"
        raise OnlineNotAllowed(
            f"{name}: a setting is missing or unknown; given: {given}",
            f"{name}：缺少或不认识某项设置；已给出：{given}",
        ) from error
    return service


class OnlineGeocoder:
    """Asks a service, no faster than allowed, and each address once.

    Parameters
    ----------
    service : Service
    cache : Path
        JSON file of answers, kept private to its owner; also that nothing was found is kept.
    seconds_apart : float
        Least time between two questions.
    last : float, optional
        When a question was asked last, on the same clock.
    clock, wait : callable
        Time and sleep, for tests.
    """

    def __init__(
        self,
        service: Service,
        cache: Path,
        *,
        seconds_apart: float = 1.0,
        last: float | None = None,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service, self._path, self._apart = service, cache, seconds_apart
        self._clock, self._wait = clock, wait
        self._last = last
        self._known = read_answers(cache)

    def candidates(self, text: str) -> tuple[OnlinePoint, ...]:
        """Return the points that an address may mean, the service's first ones.

        Raises
        ------
        OnlineFailed
            The service gave no answer: unreachable, busy, or the key does not serve.
        """
        if text not in self._known:
            self._pace()
            self._known[text] = self._ask(text)
            self._save()
        return self._known[text]

    def geocode(self, text: str) -> OnlinePoint | None:
        """Return the first point of an address, None where the service knows none."""
        return next(iter(self.candidates(text)), None)

    def _ask(self, text: str) -> tuple[OnlinePoint, ...]:
        try:
            found = self._service.geocode(text, exactly_one=False)
        except Exception as error:
            if not _is_of_geopy(error):
                raise
            # Its words would repeat the address, or the key.
            kind = type(error).__name__
            raise OnlineFailed(
                f"the online geocoder did not answer ({kind})", f"联网匹配服务没有应答（{kind}）"
            ) from None
        return tuple(
            OnlinePoint(float(each.longitude), float(each.latitude), str(each.address or ""))
            for each in (found or ())[:MOST_ANSWERS]
        )

    def _pace(self) -> None:
        # A clock that was set back must not make anyone wait for the time it lost.
        passed = self._apart if self._last is None else max(0.0, self._clock() - self._last)
        if passed < self._apart:
            self._wait(self._apart - passed)
        self._last = self._clock()

    def _save(self) -> None:
        draft = self._path.with_name(f"{self._path.name}.part")
        draft.touch(mode=0o600)
        plain = {text: [[p.lng, p.lat, p.name] for p in each] for text, each in self._known.items()}
        draft.write_text(json.dumps(plain, ensure_ascii=False), "utf-8")
        draft.replace(self._path)


def read_answers(cache: Path) -> dict[str, tuple[OnlinePoint, ...]]:
    """Return what is remembered: text → its points, none where the service knew none."""
    known = json.loads(cache.read_text("utf-8")) if cache.exists() else {}
    return {text: tuple(OnlinePoint(*point) for point in each) for text, each in known.items()}


def _is_of_geopy(error: Exception) -> bool:
    return any(kind.__module__.split(".")[0] == "geopy" for kind in type(error).__mro__)
