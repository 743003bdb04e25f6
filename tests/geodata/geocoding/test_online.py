"""Online geocoders: off unless switched on, paced, asked once an address, logged without it."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from geodata.coordinates import to_wgs84
from geodata.geocoding import online_switch
from geodata.geocoding.online import (
    OnlineFailed,
    OnlineGeocoder,
    OnlineNotAllowed,
    OnlinePoint,
    open_service,
)
from geodata.geocoding.online_switch import (
    OnlineSetting,
    ask_online,
    read_log,
    read_setting,
    remembered,
    switch_off,
    switch_on,
)
from geodata.geocoding.sendable import sent_text
from geodata.home import Home
from tests.geodata.geocoding.fake_nominatim import FakeNominatim, fake_nominatim, options_of


class Fake:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def geocode(self, query: str, *, exactly_one: bool) -> list[SimpleNamespace] | None:
        self.asked.append(query)
        if query == "无":
            return None
        return [SimpleNamespace(longitude=100.5 + i, latitude=30.5, address="a") for i in range(9)]


@pytest.fixture
def server() -> Iterator[FakeNominatim]:
    with fake_nominatim() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def setting_of(server: FakeNominatim, crs: str = "WGS84") -> OnlineSetting:
    return OnlineSetting("Nominatim", options_of(server), crs, 0.01)


def test_off_by_default(home: Home) -> None:
    with pytest.raises(OnlineNotAllowed, match="off"):
        open_service("nominatim")
    assert read_setting(home) is None
    assert remembered(home, "翠柏路1号") is None
    with pytest.raises(OnlineNotAllowed, match="off"):
        ask_online(home, "翠柏路1号", why="test")


def test_asks_once_and_paces(tmp_path: Path) -> None:
    waits: list[float] = []
    fake, cache = Fake(), tmp_path / "cache.json"
    online = OnlineGeocoder(fake, cache, seconds_apart=2.0, clock=lambda: 7.0, wait=waits.append)
    assert online.geocode("翠柏路1号") == OnlinePoint(100.5, 30.5, "a")
    assert len(online.candidates("翠柏路1号")) == 3
    assert online.geocode("无") is None
    assert fake.asked == ["翠柏路1号", "无"]
    assert waits == [2.0]
    again = OnlineGeocoder(fake, cache)
    assert again.geocode("无") is None
    assert again.candidates("翠柏路1号") == online.candidates("翠柏路1号")
    assert len(fake.asked) == 2
    assert cache.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("last", "waited"), [(None, []), (6.5, [1.5]), (1.0, []), (99.0, [2.0])])
def test_paces_from_the_last_question_of_anyone(
    tmp_path: Path, last: float | None, waited: list[float]
) -> None:
    waits: list[float] = []
    online = OnlineGeocoder(
        Fake(), tmp_path / "c", seconds_apart=2, last=last, clock=lambda: 7.0, wait=waits.append
    )
    online.geocode("翠柏路1号")
    assert waits == waited


def test_a_bug_of_the_service_class_is_not_hidden(tmp_path: Path) -> None:
    class Broken:
        def geocode(self, query: str, *, exactly_one: bool) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        OnlineGeocoder(Broken(), tmp_path / "c").geocode("翠柏路1号")


@pytest.mark.parametrize(
    "setting", [OnlineSetting("none"), OnlineSetting("nominatim", {"colour": "red"})]
)
def test_what_cannot_serve_is_refused_at_once(home: Home, setting: OnlineSetting) -> None:
    with pytest.raises(OnlineNotAllowed) as told:
        switch_on(home, setting)
    assert "red" not in str(told.value)
    assert read_setting(home) is None


def test_a_home_asks_geopys_own_client(home: Home, server: FakeNominatim) -> None:
    switch_on(home, setting_of(server))
    sent = sent_text("火星大道9号301室", "", "东街道")
    assert sent == "东街道火星大道9号"
    assert remembered(home, sent) is None
    found = ask_online(home, sent, why="review")
    assert [(p.lng, p.lat) for p in found] == [(83.02, 39.02), (99.0, 30.0)]
    assert ask_online(home, sent, why="review") == remembered(home, sent) == found
    assert ask_online(home, "无处可寻", why="review") == ()
    assert server.asked == [sent, "无处可寻"]
    log = read_log(home)
    assert [line.split(" ")[1:] for line in log] == [
        ["nominatim", "review", "answers=2"],
        ["nominatim", "review", "answers=0"],
    ]
    for path in (home.path / "online").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    switch_off(home)
    assert read_setting(home) is None
    assert read_log(home) == log
    kept = [path.name for path in (home.path / "online").rglob("*")]
    assert sorted(kept) == ["asked.log", "asking.lock"]


def test_answers_come_in_wgs84(home: Home, server: FakeNominatim) -> None:
    switch_on(home, setting_of(server, "gcj02"))
    (found,) = ask_online(home, "翠柏路", why="test")
    lng, lat = to_wgs84([100.5], [30.5], "GCJ-02")
    assert (found.lng, found.lat) == (lng[0], lat[0])
    assert found.lng != 100.5
    assert remembered(home, "翠柏路") == (found,)


def test_a_service_that_fails_is_told_and_asked_again(home: Home, server: FakeNominatim) -> None:
    switch_on(home, setting_of(server))
    server.status = 503
    with pytest.raises(OnlineFailed) as told:
        ask_online(home, "翠柏路", why="table")
    assert "翠柏路" not in told.value.english + told.value.chinese
    assert "127.0.0.1" not in str(told.value)
    assert read_log(home)[0].endswith("nominatim table failed")
    assert remembered(home, "翠柏路") is None
    server.status = 200
    assert len(ask_online(home, "翠柏路", why="table")) == 1


def test_two_questions_of_a_home_keep_their_distance(
    home: Home, server: FakeNominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    waiting = functools.partial(OnlineGeocoder, wait=waits.append)
    monkeypatch.setattr(online_switch, "OnlineGeocoder", waiting)
    setting = setting_of(server)
    switch_on(home, OnlineSetting(setting.service, setting.options, seconds_apart=3600))
    ask_online(home, "一路1号", why="test")
    assert waits == []
    ask_online(home, "二路2号", why="test")
    (wait,) = waits
    assert 3000 < wait <= 3600
    os.utime(home.path / "online" / "asked.log", (0, 0))
    ask_online(home, "三路3号", why="test")
    assert waits == [wait]


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("长宁路396弄5号302室，13812345678", ["302", "138", "5678"]),
        ("联系人：张三，长宁路396弄", ["张三"]),
        ("花园小区3号楼1201", ["1201"]),
        ("京A12345停在长宁路", ["12345"]),
    ],
)
def test_nothing_personal_is_sent(text: str, personal: list[str]) -> None:
    sent = sent_text(text, "长宁区")
    assert sent.startswith("长宁区")
    assert not [each for each in personal if each in sent]


@pytest.mark.parametrize(
    ("text", "district", "sent"),
    [
        ("王小明 人民路12号", None, "人民路12号"),
        ("王小明人民路12号", None, "人民路12号"),
        ("人民路12号王小明女士", None, "人民路12号"),
        ("人民路12号 王小苑", None, "人民路12号"),
        ("人民路12号 诸葛小城", None, "人民路12号"),
        ("王小明-梅溪路1号", None, "梅溪路1号"),
        ("梅溪路1号（王小明）", None, "梅溪路1号"),
        ("人民路1号", "Zhang San", "人民路1号"),
        ("人民路1号", "王小明小区", "人民路1号"),
        ("张三丰反映：幸福路5号楼下噪音", None, "幸福路5号"),
        ("李老师家在古北路 12 号旁边", None, "古北路12号"),
        ("一三八零零零零零零零零 人民路3号", None, "人民路3号"),
        ("人民路三号一三八零零零零零零零零", None, "人民路3号"),
        ("人民路1号", "东城区 张三 13812345678", "人民路1号"),
        ("人民路1号", "张三", "人民路1号"),
        ("人民路1号", "Zhang San 138", "人民路1号"),
        ("Mary Jones, 12 Main Street Apt 4, 617-555-0199", "Zhang, San", "12 MAIN ST"),
        ("John Smith 123 North Main Street", None, "123 N MAIN ST"),
        ("12 john smith lives on main street", None, ""),
        ("王小明", "东城区", ""),
        ("噪音扰民，不清楚", "东城区", ""),
        ("John Smith", "West Roxbury", ""),
        ("", "东城区", ""),
    ],
)
def test_only_what_is_recognised_is_sent(text: str, district: str | None, sent: str) -> None:
    assert sent_text(text, district) == sent


@pytest.mark.parametrize(
    ("text", "around", "sent"),
    [
        ("上海市长宁区长宁路 396弄5号302室", ("长宁区", None), "长宁区长宁路396弄"),
        ("番禺路381号", ("长宁区", "新华路街道"), "长宁区新华路街道番禺路381号"),
        ("金沙江西路1555弄", ("嘉定区", "江桥镇"), "嘉定区江桥镇金沙江西路1555弄"),
        ("人民路与解放街路口", (None, None), "人民路与解放街路口"),
        ("张江路665弄翠竹苑", (None, None), "张江路665弄翠竹苑"),
        ("花园小区3号楼1201", (None, "东街道"), "东街道花园小区"),
        ("天山一村12号", (None, None), "天山一村12号"),
        ("幸福住宅小区3栋", (None, None), "幸福住宅小区"),
        ("12 Main Street Apt 4", ("West Roxbury", None), "West Roxbury 12 MAIN ST"),
        ("450 Park Ave S Springfield MA 02134", (None, None), "450 PARK AVE S"),
    ],
)
def test_ordinary_addresses_are_still_told(
    text: str, around: tuple[str | None, str | None], sent: str
) -> None:
    assert sent_text(text, *around) == sent
