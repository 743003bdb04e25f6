"""Answers that are kept: made once, never shown to who sees something else, gone with the data."""

from __future__ import annotations

import shutil
from pathlib import Path

from flask import Flask, Response
from flask.testing import FlaskClient

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.cases.uploads import import_file
from app.db import Database
from app.hotspots.runs import RunSummary
from app.tagged import MOST_BYTES, kept_part, tagged
from geodata.home import Home
from tests.people import client_as, first_client, make_app

PACKED = {"Accept-Encoding": "gzip"}


def test_an_answer_is_made_once_for_each_way_of_packing(city_app: Flask) -> None:
    made: list[str] = []

    def make() -> Response:
        made.append("made")
        return Response("诉求" * 1000, mimetype="application/json")

    for headers, times in ((PACKED, 1), (PACKED, 1), ({}, 2), (PACKED, 2)):
        with city_app.test_request_context("/somewhere", headers=headers):
            answer = tagged("one", make)
            assert len(made) == times
            assert answer.headers.get("Content-Encoding") == headers.get("Accept-Encoding")
            assert answer.get_etag() == ("one", True)
    with city_app.test_request_context("/somewhere", headers=PACKED):
        tagged("another", make)
    with city_app.test_request_context("/somewhere?else", headers=PACKED):
        tagged("one", make)
    assert len(made) == 4


def test_what_is_too_large_is_not_kept(city_app: Flask) -> None:
    made: list[int] = []

    def make() -> Response:
        made.append(1)
        return Response(bytes(MOST_BYTES // 4 + 1), mimetype="image/png")

    for _ in range(2):
        with city_app.test_request_context("/large"):
            tagged("large", make)
    assert len(made) == 2


def test_a_part_of_a_page_is_made_once(city_app: Flask) -> None:
    with city_app.test_request_context("/"):
        first = kept_part("a", "home/_steps.html", steps=())
        assert kept_part("a", "home/_steps.html", steps=None) == first


def test_a_packed_layer_is_known_again(client: FlaskClient, city_run: RunSummary) -> None:
    url = f"/hotspots/runs/{city_run.id}/cells.bin"
    first = client.get(url, headers=PACKED)
    assert first.headers["Content-Encoding"] == "gzip"
    tag = first.headers["ETag"]
    again = client.get(url, headers={**PACKED, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(url, headers=PACKED).data == first.data


def test_a_kept_layer_is_not_shown_to_who_sees_less(city_app: Flask, city_run: RunSummary) -> None:
    url = f"/hotspots/runs/{city_run.id}/townships.json"
    all_of_it = first_client(city_app).get(url).get_json()
    told = client_as(city_app, "a-viewer", ["viewer"]).get(url).get_json()
    assert told != all_of_it
    assert first_client(city_app).get(url).get_json() == all_of_it


def test_a_removed_run_is_gone(city_home: Path, city_run: RunSummary, tmp_path: Path) -> None:
    home = shutil.copytree(city_home, tmp_path / "home")
    client = first_client(make_app(home))
    url = f"/hotspots/runs/{city_run.id}/meta.json"
    assert client.get(url).status_code == 200
    shutil.rmtree(home / "runs" / city_run.id)
    assert client.get(url).status_code == 404


def test_the_list_of_cases_is_made_anew_after_an_import(city_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(city_home, tmp_path / "home")
    client = first_client(make_app(home))
    assert "NEWEST-1" not in client.get("/cases").text
    (tmp_path / "new.csv").write_text(
        "case_id,received_at,title,lng,lat\nNEWEST-1,2025-06-30 23:59:59,新,,\n", "utf-8"
    )
    import_file(Home(home), tmp_path / "new.csv", "suyuan")
    assert "NEWEST-1" in client.get("/cases").text


def test_readers_of_areas_that_differ_by_name_alone_are_told_apart(database: Database) -> None:
    """Before boundaries are there, a township is known to its planner by its name."""

    def seen_as(name: str) -> str:
        area = Area(names=frozenset({name}))
        return Access(database, name, areas={Permission.READ: area}).seen_as()

    assert seen_as("甲镇") != seen_as("乙镇")
