"""A person with a part of the city sees and changes that part, on every route there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Rule

from app.accounts.access import operator
from app.accounts.areas import EVERYWHERE
from app.accounts.models import Account, Appointment, AuditEntry, Unit
from app.places.deciding import decide_text
from app.places.review import review_queue
from app.projects.models import Project
from app.services import services
from geodata.places import read_changes, read_decisions
from spatial.grid import cell_name, cells_of_points
from tests.app.two_districts import (
    HANDLED,
    HANDLER,
    NOBODYS,
    OURS,
    THEIRS,
    TwoDistricts,
    fill,
    make_two_districts,
    point_in,
    unit_of,
)
from tests.people import client_as, first_client, make_account, make_app, sign_in

PLANNER = ["planner", "reviewer"]
PROJECT = {"name": "x", "owner": "x", "radius_m": "100", "township": "", "class_1": "", "note": ""}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(make_two_districts(tmp_path_factory.mktemp("areas")).path)


@pytest.fixture(scope="module")
def city(app: Flask) -> TwoDistricts:
    made = fill(app)
    home, everybody = services(app).home, operator(services(app).database)
    for word, place in ((OURS, "P1"), (THEIRS, "Q1")):
        decide_text(everybody, home, waiting(app, word)[0], place=place, how="search")
    return made


@pytest.fixture(scope="module")
def ours(app: Flask, city: TwoDistricts) -> FlaskClient:
    """A planner of the first district."""
    return client_as(app, "ours", PLANNER, unit_of(app, "东区"))


def waiting(app: Flask, word: str) -> list[Any]:
    queue = review_queue(services(app).home, EVERYWHERE)
    return [text for text in queue.texts() if word in text.examples[0]]


def values(app: Flask, city: TwoDistricts, side: int) -> dict[str, list[Any]]:
    """What may stand in addresses, of the first district (0) or the second (1)."""
    client, run = first_client(app), city.run.id
    points = client.get(f"/hotspots/runs/{run}/points.json").json or []
    towns = (("T1", "T2"), ("T3",))[side]
    here = [point for point in points if point["township"] in towns]
    month, mark = city.lives[side].split("/")
    decisions = read_decisions(services(app).home).all
    return {
        "run_id": [run],
        "code": [*towns, ("P1", "Q1")[side], ("P3", "Q3")[side]],
        "name": [cell_at(side), ("东区", "西区")[side]],
        "rank": ["1", "2", "3"],
        "point_id": [point["id"] for point in here],
        "project_id": [city.projects[side]],
        "detached_id": [1],
        "size": ["small"],
        "month": [month],
        "mark": [mark],
        "key_id": [text.key.id for text in waiting(app, (OURS, THEIRS)[side])],
        "number": [1, 2, 3, decisions[side].number],
        "batch": [],
        "token": [],
        "job_id": [],
        "account_id": [1],
        "unit_id": [1],
    }


def cell_at(side: int) -> str:
    lng, lat = point_in((1, 3)[side])
    return cell_name(int(cells_of_points([lat], [lng], 9)[0]))


def addresses(app: Flask, known: dict[str, list[Any]]) -> Iterator[tuple[Rule, str]]:
    """Give an address of every route that can be looked at, for every value known."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        names = sorted(rule.arguments)
        longest = max([len(known.get(name, [])) for name in names], default=1)
        for at in range(longest):
            chosen = {name: known[name][at % len(known[name])] for name in names if known.get(name)}
            if len(chosen) == len(names):
                yield rule, str(rule.build(chosen)[1])  # type: ignore[index]


QUERIES = {
    "places.list_view": ["", "?search=苑", "?township=T3"],
    "places.found_json": ["?search=苑", "?search=路"],
    "places.merge": ["", "?other=Q1", "?search=苑"],
    "cases.list_view": ["", "?township=T3", "?location=unlocated", "?page=2"],
    "cases.list_csv": ["", "?township=T3", "?location=unlocated"],
    "review.queue": ["", "?at=1", "?at=2", "?state=coarse"],
    "townships.township": ["", "?step=2"],
}
"""Endpoint → what else is asked of it."""


def asked_of(app: Flask, city: TwoDistricts) -> list[str]:
    """Return what may be looked at of either district, and what is of none but once."""
    return list(
        dict.fromkeys(
            path + query
            for side in (0, 1)
            for rule, path in addresses(app, values(app, city, side))
            for query in QUERIES.get(rule.endpoint, [""])
        )
    )


def shown_to(app: Flask, client: FlaskClient, city: TwoDistricts) -> dict[str, str]:
    """Return the texts of all that may be looked at of either district, by address."""
    texts = {}
    for asked in asked_of(app, city):
        answer = client.get(asked)
        assert answer.status_code < 500, asked
        texts[asked] = answer.data.decode("utf-8", "replace")
    return texts


def showing(texts: dict[str, str], word: str) -> list[str]:
    return [at for at, text in texts.items() if word in text]


def test_nothing_of_the_other_district_is_shown(
    app: Flask, city: TwoDistricts, ours: FlaskClient
) -> None:
    texts = shown_to(app, ours, city)
    assert not showing(texts, THEIRS)
    assert not showing(texts, NOBODYS)
    assert len(showing(texts, OURS)) > 15
    everything = shown_to(app, first_client(app), city)
    assert len(showing(everything, THEIRS)) > 15, "or the test could not fail"


def test_lesser_offices_of_a_district_see_no_more(app: Flask, city: TwoDistricts) -> None:
    offices = ["viewer", "administrator", "hotline_centre"]
    client = client_as(app, "lesser", offices, unit_of(app, "东区"))
    assert not showing(shown_to(app, client, city), THEIRS)


def test_the_city_is_seen_in_aggregates(app: Flask, city: TwoDistricts, ours: FlaskClient) -> None:
    run = city.run
    assert "西镇" in ours.get("/townships").text
    meta = ours.get(f"/hotspots/runs/{run.id}/meta.json").json
    assert meta is not None
    assert meta["totals"]["all"] == run.counts["all"]
    for path in ("cells.bin", "townships.json"):
        url = f"/hotspots/runs/{run.id}/{path}"
        assert ours.get(url).data == first_client(app).get(url).data
    detail = ours.get(f"/hotspots/runs/{run.id}/township/T3").json
    assert detail is not None
    assert detail["total"] > 200
    assert detail["cases"] == []


def state(app: Flask) -> tuple[Any, ...]:
    """All that a person may change of places, texts and projects, and what was recorded."""
    home, database = services(app).home, services(app).database
    with database.session() as session:
        projects = [
            (each.id, each.name, each.status, each.row_version)
            for each in session.scalars(select(Project).order_by(Project.id))
        ]
        acts = session.scalars(select(AuditEntry.id).where(AuditEntry.who == "ours")).all()
    return len(read_changes(home)), read_decisions(home).version, projects, list(acts)


def place_form(lng: float, lat: float, **more: str) -> dict[str, str]:
    return {"name": "新苑", "lng": str(lng), "lat": str(lat), "kind": "", "township": "", **more}


def forbidden(app: Flask, city: TwoDistricts) -> list[tuple[str, dict[str, str]]]:
    """What a planner of the first district may not send."""
    theirs, own = point_in(3), waiting(app, OURS)[0].key.id
    other = waiting(app, THEIRS)[0].key.id
    project = {**PROJECT, "row_version": "1"}
    at = {"lng": str(theirs[0]), "lat": str(theirs[1])}
    merges = {each.about.get("kept"): each.number for each in read_changes(services(app).home)}
    made = read_decisions(services(app).home).all
    return [
        ("/places/new", place_form(*theirs)),
        ("/places/new", place_form(*theirs, township="T1")),
        ("/places/new", place_form(*point_in(1), township="T3")),
        ("/places/P1/edit", place_form(*theirs)),
        ("/places/Q1/edit", place_form(*point_in(1))),
        ("/places/P1/merge", {"other": "Q1"}),
        ("/places/Q1/merge", {"other": "P1"}),
        ("/places/Q1/unmerge", {"change": str(merges["Q2"])}),
        ("/places/apply", {}),
        (f"/places/review/{own}", {"how": "search", "place": "Q1"}),
        (f"/places/review/{own}", {"how": "map", "name": "x", **at}),
        (f"/places/review/{other}", {"how": "search", "place": "P1"}),
        (f"/places/review/{other}/ask-online", {}),
        (f"/places/decisions/{made[1].number}/undo", {}),
        ("/projects/new", {**project, **at}),
        ("/projects/new", {**project, **at, "township": "T1"}),
        (f"/projects/{city.projects[1]}/edit", {**project, **at}),
        (f"/projects/{city.projects[1]}/move", {"state": "submitted", "row_version": "1"}),
        ("/hotspots/rules/reset", {}),
        ("/cases/quality/decide", {**at, "meaning": "default_point"}),
        (f"/cases/{city.lives[1]}/unmask", {}),
    ]


def test_edits_elsewhere_are_refused_and_change_nothing(
    app: Flask, city: TwoDistricts, ours: FlaskClient
) -> None:
    before, answers = state(app), {}
    for number, (path, form) in enumerate(forbidden(app, city)):
        answer = ours.post(path, data=form)
        assert THEIRS not in answer.text, path
        answers[number, path] = answer.status_code
    wrong = {each: status for each, status in answers.items() if status != 403}
    # What she does not have is not there for her, and a township of others is no choice of hers.
    assert sorted(wrong.values()) == [404, 409, 409, 422], wrong
    assert state(app) == before


def test_her_own_part_is_hers(app: Flask, city: TwoDistricts) -> None:
    client = client_as(app, "own", PLANNER, unit_of(app, "东区"))
    made = client.post("/places/new", data=place_form(*point_in(2)))
    assert made.status_code == 302, made.text
    text = waiting(app, OURS)[-1]
    kept = client.post(f"/places/review/{text.key.id}", data={"how": "search", "place": "P1"})
    assert kept.status_code == 302, kept.text
    number = read_decisions(services(app).home).all[-1].number
    assert client.post(f"/places/decisions/{number}/undo").status_code == 302
    assert [read_decisions(services(app).home).all[-1].by] == ["own"]
    assert read_changes(services(app).home)[-1].about["by"] == "own"


def test_a_department_sees_what_it_handles(app: Flask, city: TwoDistricts) -> None:
    water = client_as(app, "water", PLANNER, unit_of(app, HANDLER))
    csv = water.get("/cases/list.csv").text
    assert csv.count(HANDLED) == len(csv.splitlines()) - 1 > 10
    assert OURS in csv
    assert THEIRS in csv
    assert "苑" not in water.get("/places").text
    assert water.get("/places/P1").status_code == 403
    assert "没有等待复核的文本" in water.get("/places/review").text
    assert "整治" not in water.get("/projects").text


def test_offices_add_up(app: Flask, city: TwoDistricts) -> None:
    account = make_account(services(app).database, "both", PLANNER, unit_of(app, "西区"))
    with services(app).database.session() as session:
        session.add_all(
            Appointment(account_id=account.id, office=office, unit_id=unit_of(app, HANDLER))
            for office in PLANNER
        )
    with services(app).database.session() as session:
        account = session.get_one(Account, account.id)
    csv = sign_in(app.test_client(), account).get("/cases/list.csv").text
    own = [line for line in csv.splitlines()[1:] if OURS in line]
    assert own
    assert all(HANDLED in line for line in own)
    assert sum(THEIRS in line for line in csv.splitlines()) > 200


def test_a_closed_unit_gives_nothing(app: Flask, city: TwoDistricts) -> None:
    client = client_as(app, "closed", PLANNER, unit_of(app, "中街道"))
    assert client.get("/cases").status_code == 200
    with services(app).database.session() as session:
        yesterday = date.today() - timedelta(days=1)
        session.execute(update(Unit).where(Unit.name == "中街道").values(valid_to=yesterday))
    for path in ("/cases", "/places", "/projects", "/cases/list.csv", "/"):
        assert client.get(path).status_code == 403, path
