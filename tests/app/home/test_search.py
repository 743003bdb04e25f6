"""Search and what is near: found within the area, and not put into addresses."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.home.near import RADIUS_M, find_near
from app.home.search import search
from app.services import services
from tests.app.small_city import HOT_LAT, HOT_LNG, NAMES, SIDE, SOUTH, WEST
from tests.people import access_as, client_as, make_account, township_unit

METRE = 1 / 111_195.08
"""Degrees of latitude."""


@pytest.fixture
def west(city_app: Flask) -> int:
    """Office of the western township, where the estate is not."""
    return township_unit(services(city_app).database, "T1", NAMES[0])


def test_places_and_townships_are_found_by_a_part_of_their_name(city_app: Flask) -> None:
    found = services(city_app)
    result = search(found.home, operator(found.database), "花园")
    assert [(place.code, place.name) for place in result.places] == [("P1", "花园小区")]
    assert result.places[0].lng == pytest.approx(HOT_LNG, abs=1e-4)
    streets = search(found.home, operator(found.database), "街道").townships
    assert sorted(streets) == [("T1", NAMES[0]), ("T2", NAMES[1])]


def test_places_are_those_of_her_area(city_app: Flask, west: int) -> None:
    found = services(city_app)
    account = make_account(found.database, "of-west", ["planner"], west)
    access = access_as(city_app, account)
    assert search(found.home, access, "花园").places == ()
    assert search(found.home, access, NAMES[1]).townships == (("T2", NAMES[1]),)
    near = find_near(found.home, access, HOT_LNG, HOT_LAT)
    assert near == ()


def test_nothing_is_asked_and_nothing_found(client: FlaskClient) -> None:
    assert client.get("/search").status_code == 200
    assert "没有找到" in client.get("/search?q=zzz").text
    assert client.get("/search?q=" + "长" * 200).status_code == 400


def test_a_case_id_leads_to_its_case_and_stands_in_no_address(client: FlaskClient) -> None:
    answer = client.post("/search", data={"q": "C00001"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/cases/2025-")
    assert "C00001" not in answer.headers["Location"]


def test_what_may_be_a_telephone_stands_in_no_address(client: FlaskClient) -> None:
    answer = client.post("/search", data={"q": "13900001234"})
    assert answer.status_code == 200
    assert client.post("/search", data={"q": "花园"}).headers["Location"].startswith("/search?q=")


def test_a_viewer_finds_places_on_the_map_and_no_case(city_app: Flask) -> None:
    viewer = client_as(city_app, "viewer", ["viewer"])
    assert "/hotspots?view=16.00/" in viewer.get("/search?q=花园").text
    assert viewer.post("/search", data={"q": "C00001"}).headers["Location"] == "/search?q=C00001"


def test_only_the_search_may_ask_where_one_is(client: FlaskClient) -> None:
    def policy(path: str) -> str:
        return client.get(path).headers["Permissions-Policy"]

    assert policy("/search") == "geolocation=(self), camera=(), microphone=()"
    assert "geolocation=()" in policy("/")
    assert "geolocation=()" in policy("/hotspots")


@pytest.mark.parametrize(("metres", "is_near"), [(0, True), (900, True), (1_100, False)])
def test_near_is_within_a_kilometre(city_app: Flask, metres: int, is_near: bool) -> None:
    found = services(city_app)
    north = find_near(found.home, operator(found.database), HOT_LNG, HOT_LAT + metres * METRE)
    places = [each for each in north if each.spot.id == "P1" and each.spot.kind == "place"]
    assert bool(places) == is_near
    if places:
        assert places[0].distance_m == pytest.approx(metres, abs=15)


def test_the_nearest_comes_first(city_app: Flask) -> None:
    found = services(city_app)
    lng, lat = WEST + 1.3 * SIDE, SOUTH + 0.4 * SIDE
    neighbours = find_near(found.home, operator(found.database), lng, lat)
    distances = [each.distance_m for each in neighbours]
    assert distances == sorted(distances)
    assert all(distance <= RADIUS_M for distance in distances)
    for each in neighbours:
        east = (each.spot.lng - lng) * math.cos(math.radians(lat))
        plain = math.hypot(east, each.spot.lat - lat) / METRE
        assert each.distance_m == pytest.approx(plain, abs=15)


def test_near_by_the_page(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    here = {"lng": f"{HOT_LNG:.4f}", "lat": f"{HOT_LAT:.4f}"}
    answer = client.post("/search/near", data=here)
    assert "花园小区" in answer.text
    assert here["lng"] not in answer.text
    assert here["lng"] not in caplog.text
    assert client.get("/search/near").status_code == 405


@pytest.mark.parametrize("lng", ["", "east", "nan", "181", "inf"])
def test_a_position_that_is_none_is_told(client: FlaskClient, lng: str) -> None:
    assert client.post("/search/near", data={"lng": lng, "lat": "39"}).status_code == 400


def test_search_on_an_empty_home(empty_client: FlaskClient, tmp_path: Path) -> None:
    assert "没有找到" in empty_client.get("/search?q=花园").text
    assert empty_client.post("/search/near", data={"lng": "83", "lat": "39"}).status_code == 200
    assert empty_client.post("/search", data={"q": "C00001"}).status_code == 302
