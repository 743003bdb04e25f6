"""Online geocoders: off unless switched on, paced, and asked once an address."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from geodata.geocoding.online import OnlineGeocoder, OnlineNotAllowed, OnlinePoint, open_service


class Fake:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def geocode(self, query: str) -> SimpleNamespace | None:
        self.asked.append(query)
        return None if query == "无" else SimpleNamespace(longitude=100.5, latitude=30.5)


def test_off_by_default() -> None:
    with pytest.raises(OnlineNotAllowed, match="off"):
        open_service("nominatim")


def test_asks_once_and_paces(tmp_path: Path) -> None:
    waits: list[float] = []
    fake, cache = Fake(), tmp_path / "cache.json"
    online = OnlineGeocoder(fake, cache, seconds_apart=2.0, clock=lambda: 7.0, wait=waits.append)
    assert online.geocode("翠柏路1号") == OnlinePoint(100.5, 30.5)
    assert online.geocode("翠柏路1号") == OnlinePoint(100.5, 30.5)
    assert online.geocode("无") is None
    assert fake.asked == ["翠柏路1号", "无"]
    assert waits == [2.0]
    again = OnlineGeocoder(fake, cache)
    assert again.geocode("无") is None
    assert len(fake.asked) == 2
    assert cache.stat().st_mode & 0o077 == 0
