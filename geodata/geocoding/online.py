"""Online geocoders, for those who switch them on: one question at a time, paced, remembered.

Nothing here is used unless `OnlineGeocoder` is made with a service by name and `allow_network`;
addresses are personal data, and asking a service tells it about them. Needs `geopy`
(requirements-online.txt).
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


class OnlineNotAllowed(UserError):  # noqa: N818 -- as in geodata.errors
    """An online geocoder was asked for without being switched on, or is not installed."""


class Service(Protocol):
    """What a geopy geocoder offers."""

    def geocode(self, query: str) -> Any:
        """Return something with `longitude` and `latitude`, or None."""


@dataclass(frozen=True)
class OnlinePoint:
    """WGS84 degrees as the service told them; its own coordinate system is for the caller."""

    lng: float
    lat: float


def open_service(name: str, *, allow_network: bool = False, **settings: Any) -> Service:
    """Return one of geopy's geocoders, such as ``nominatim``, with its key among the settings.

    Raises
    ------
    OnlineNotAllowed
        When it was not switched on, or geopy is not installed, or has no such service.
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
    service: Service = kind(**settings)
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
    clock, wait : callable
        Time and sleep, for tests.
    """

    def __init__(
        self,
        service: Service,
        cache: Path,
        *,
        seconds_apart: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service, self._path, self._apart = service, cache, seconds_apart
        self._clock, self._wait = clock, wait
        self._last: float | None = None
        text = cache.read_text("utf-8") if cache.exists() else "{}"
        self._known: dict[str, list[float] | None] = json.loads(text)

    def geocode(self, text: str) -> OnlinePoint | None:
        """Return the point of an address, None where the service knows none."""
        if text not in self._known:
            self._pace()
            found = self._service.geocode(text)
            self._known[text] = None if found is None else [found.longitude, found.latitude]
            self._save()
        point = self._known[text]
        return None if point is None else OnlinePoint(*point)

    def _pace(self) -> None:
        now = self._clock()
        if self._last is not None and now - self._last < self._apart:
            self._wait(self._apart - (now - self._last))
        self._last = self._clock()

    def _save(self) -> None:
        draft = self._path.with_name(f"{self._path.name}.part")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(self._known, ensure_ascii=False), "utf-8")
        draft.replace(self._path)
