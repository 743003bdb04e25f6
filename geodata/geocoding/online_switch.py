"""Whether a home asks an online geocoder, which one, and the log of when it did.

Off unless someone switched it on for this home, having read that addresses leave the machine.
What is sent is only what `geodata.geocoding.sendable` recognises as road, number, lane and place.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from geodata.coordinates import parse_crs, to_wgs84
from geodata.geocoding.online import (
    OnlineFailed,
    OnlineGeocoder,
    OnlineNotAllowed,
    OnlinePoint,
    open_service,
    read_answers,
)
from geodata.home import Home

SETTING, LOG, LOCK = "setting.json", "asked.log", "asking.lock"


@dataclass(frozen=True)
class OnlineSetting:
    """Which service is asked, and how.

    Attributes
    ----------
    service : str
        As geopy calls it, such as ``nominatim``.
    options : dict of str
        Settings of the service, its key among them.
    crs : str
        Coordinate system of its answers.
    seconds_apart : float
        Least time between two questions.
    """

    service: str
    options: dict[str, str] = field(default_factory=dict)
    crs: str = "WGS84"
    seconds_apart: float = 1.0


def switch_on(home: Home, setting: OnlineSetting) -> None:
    """Let this home ask a service from now on; nothing is asked yet.

    Raises
    ------
    OnlineNotAllowed
        The service is not known or does not take its settings, or geopy is not installed.
    UnknownCrs
    """
    kept = replace(setting, service=setting.service.lower(), crs=parse_crs(setting.crs))
    open_service(kept.service, allow_network=True, **kept.options)
    folder = _folder(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    draft = folder / f"{SETTING}.part"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(kept), ensure_ascii=False), "utf-8")
    draft.replace(folder / SETTING)


def switch_off(home: Home) -> None:
    """Ask nobody any more; key and remembered answers are deleted, the log stays."""
    folder = _folder(home)
    (folder / SETTING).unlink(missing_ok=True)
    shutil.rmtree(folder / "answers", ignore_errors=True)


def read_setting(home: Home) -> OnlineSetting | None:
    """Return what is switched on, None where nothing is."""
    path = _folder(home) / SETTING
    return OnlineSetting(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def ask_online(home: Home, text: str, *, why: str) -> tuple[OnlinePoint, ...]:
    """Ask the service of this home for a text, unless its answer is remembered.

    Parameters
    ----------
    home : Home
    text : str
        As `geodata.geocoding.sendable.sent_text` gives it.
    why : str
        What for, in a word: it stands in the log, the text does not.

    Returns
    -------
    tuple of OnlinePoint
        In WGS84.

    Raises
    ------
    OnlineNotAllowed
        It is not switched on.
    OnlineFailed
        The service gave no answer; that is logged too.
    """
    setting = read_setting(home)
    if setting is None:
        raise OnlineNotAllowed(
            "online geocoding is off: `suyuan online on SERVICE` would switch it on",
            "联网匹配未开启：可用 suyuan online on 服务名 开启",
        )
    if (known := _remembered(home, setting, text)) is not None:
        return known
    with _turn(home) as last:
        service = open_service(setting.service, allow_network=True, **setting.options)
        cache = _cache(home, setting)
        cache.parent.mkdir(mode=0o700, exist_ok=True)
        geocoder = OnlineGeocoder(service, cache, seconds_apart=setting.seconds_apart, last=last)
        try:
            found = geocoder.candidates(text)
        except OnlineFailed:
            _log(home, setting.service, why, "failed")
            raise
        _log(home, setting.service, why, f"answers={len(found)}")
    return _in_wgs84(found, setting.crs)


def remembered(home: Home, text: str) -> tuple[OnlinePoint, ...] | None:
    """Return the answer to a text without asking anyone, None where it was not asked."""
    setting = read_setting(home)
    return None if setting is None else _remembered(home, setting, text)


def read_log(home: Home) -> list[str]:
    """Return when which service was asked what for, and how many answers came; oldest first."""
    path = _folder(home) / LOG
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _remembered(home: Home, setting: OnlineSetting, text: str) -> tuple[OnlinePoint, ...] | None:
    found = read_answers(_cache(home, setting)).get(text)
    return None if found is None else _in_wgs84(found, setting.crs)


def _in_wgs84(points: tuple[OnlinePoint, ...], crs: str) -> tuple[OnlinePoint, ...]:
    if not points:
        return ()
    lng, lat = to_wgs84([p.lng for p in points], [p.lat for p in points], crs)
    moved = zip(points, lng, lat, strict=True)
    return tuple(replace(p, lng=float(east), lat=float(north)) for p, east, north in moved)


def _folder(home: Home) -> Path:
    return home.path / "online"


def _cache(home: Home, setting: OnlineSetting) -> Path:
    return _folder(home) / "answers" / f"{setting.service}.json"


@contextlib.contextmanager
def _turn(home: Home) -> Iterator[float | None]:
    """Wait until nobody else asks, and give the time of the last question."""
    folder = _folder(home)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        log = folder / LOG
        yield log.stat().st_mtime if log.exists() else None
    finally:
        os.close(descriptor)


def _log(home: Home, service: str, why: str, outcome: str) -> None:
    path = _folder(home) / LOG
    path.touch(mode=0o600)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {service} {why} {outcome}\n")
