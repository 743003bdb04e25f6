"""The pages: filters, links that fill the form, what viewers do not read, both ledgers."""

from __future__ import annotations

import re
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.accounts.units import adopt_boundaries
from app.home.waiting import waiting_for
from app.services import services
from geodata.places import import_places
from tests.app.proactive.pointed_city import FORM, MIDDLE, matching_ids, person, take
from tests.app.townships.counted_city import name_of
from tests.people import access_as, client_as, first_client, make_account, make_app

NEW = "/projects/proactive/new"
PATH, POINT = [("物业", "漏水")], [(*MIDDLE, 600)]
CELL = re.compile(r'data-label="(全量|考核|剔除|其中与本申请相符)（件）">(?:<a[^>]*>)?([^<]+)<')


@pytest.fixture(scope="module")
def app(pointed: tuple[Path, list], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One draft of T2, and of T1 one that is approved."""
    folder = tmp_path_factory.mktemp("pages")
    made = make_app(shutil.copytree(pointed[0], folder / "home"))
    there = services(made)
    (folder / "places.csv").write_text(
        f"code,name,lng,lat\nP1,花园小区,{MIDDLE[0]},{MIDDLE[1]}\n", "utf-8"
    )
    import_places(there.home, folder / "places.csv")
    adopt_boundaries(operator(there.database), there.home)
    city = first_client(made)
    draft = {**FORM, "township": "T2", "title": "二街道的草稿", "points-0-name": "乙",
             "points-0-lng": str(MIDDLE[0] + 0.04)}  # fmt: skip
    assert city.post(NEW, data=draft).status_code == 302
    assert city.post(NEW, data=FORM).status_code == 302
    for version, state in enumerate(("applied", "district_reviewed", "approved"), 1):
        assert take(city, 2, state, version) == 302
    return made


@pytest.fixture(scope="module")
def city(app: Flask) -> FlaskClient:
    return first_client(app)


def test_the_list_by_state_and_area(app, city):
    both = city.get("/projects/proactive").text
    assert "二街道的草稿" in both
    assert FORM["title"] in both
    assert FORM["title"] not in city.get("/projects/proactive?state=draft").text
    assert "二街道的草稿" not in city.get("/projects/proactive?district=D1").text
    assert "二街道的草稿" in city.get("/projects/proactive?township=T2&district=D2").text
    assert "没有这样的主动治理申请" in city.get("/projects/proactive?township=T3").text
    assert city.get("/projects/proactive?state=nonsense").status_code == 400
    assert "二街道的草稿" not in person(app, "T1").get("/projects/proactive").text
    assert "/projects/proactive" in city.get("/projects").text


def test_both_ledgers_beside_one_another(city, rows):
    page = city.get("/projects/proactive/2").text
    cells = [int(n) for _name, n in CELL.findall(page)]
    by_hand = []
    for month, first, last in (("2025-02", 10, 28), ("2025-03", 1, 20)):
        whole = [r for r in rows if r["received_at"].startswith(month)
                 and r["reported_township"] == name_of("T1")]  # fmt: skip
        year, number = map(int, month.split("-"))
        out = matching_ids(rows, "T1", POINT, PATH, date(year, number, first),
                           date(year, number, last))  # fmt: skip
        assert out
        by_hand += [len(whole), len(whole) - len(out), len(out), len(out)]
    assert cells == by_hand
    assert "/assessment/exclusions/1" in page
    exclusion = city.get("/assessment/exclusions/1").text
    assert "花园小区" in exclusion
    assert "主动治理申请第 2 号" in exclusion


def test_one_person_for_all_steps_is_told(city):
    page = city.get("/projects/proactive/2").text
    assert "账号 everything 办理了申请、审核、批准中的不止一步" in page
    assert "没有列出源诉求" in page


def test_viewers_read_no_small_count(app, city, rows):
    viewer = client_as(app, "viewer", ["viewer"])
    draft = viewer.get("/projects/proactive/1").text
    assert "件数需“准确件数”权限才能查看" in draft
    assert 'class="btn btn-primary" name="state"' not in draft
    shown = [n for _name, n in CELL.findall(viewer.get("/projects/proactive/2").text)]
    assert shown
    assert all(n == "&lt;5" or n == "<5" or int(n) % 5 == 0 for n in shown)
    months = re.findall(r'<th scope="row" class="nowrap">[\d-]+</th>(.*?)</tr>', draft)
    assert months
    for cells in months:
        (n,) = re.findall(r'<td class="num">([^<&]*|&lt;5|<5)</td>', cells)
        assert n in ("", "&lt;5", "<5") or int(n) % 5 == 0
    assert viewer.get(NEW).status_code == 403


def test_a_place_fills_the_form_and_its_name_alone_is_enough(app, city):
    assert f"{NEW}?place=P1" in city.get("/places/P1").text
    filled = city.get(f"{NEW}?place=P1&class_1=物业").text
    assert 'value="花园小区"' in filled
    assert f'value="{MIDDLE[0]}"' in filled
    assert '<option selected value="T1">' in filled
    assert '<option selected value="物业">' in filled
    assert '<option value="花园小区">' in filled
    assert city.get(f"{NEW}?place=P9").status_code == 404
    own = person(app, "T1")
    named = {**FORM, "points-0-lng": "", "points-0-lat": "", "title": "只写名称"}
    made = own.post(NEW, data=named)
    assert made.status_code == 302
    assert f"{MIDDLE[0]:.5f}, {MIDDLE[1]:.5f}" in own.get(made.headers["Location"]).text


def test_the_page_in_english_and_its_texts_as_text(app, city):
    script = "<script>alert(1)</script>"
    bad = {**FORM, "title": script, "root_cause": script, "points-0-name": script[:100]}
    made = city.post(NEW, data=bad).headers["Location"]
    for address in (made, "/projects/proactive"):
        answer = city.get(address)
        assert answer.status_code == 200
        assert script not in answer.text
        assert "alert(1)" in answer.text
    english = first_client(app)
    english.post("/language", data={"language": "en", "next": "/"})
    page = english.get("/projects/proactive/2").text
    assert "Both ledgers" in page
    assert "Approved by the city" in page


def test_what_waits_for_whom(app):
    there = services(app)
    own, above = person(app, "T4"), person(app, "D2")
    form = {**FORM, "township": "T4", "points-0-lng": str(MIDDLE[0] + 0.12)}
    number = int(own.post(NEW, data=form).headers["Location"].rpartition("/")[2])

    def waits(name: str) -> int:
        reader = access_as(app, make_account(there.database, name, ["planner"]))
        duties = waiting_for(there.home, reader, datetime(2025, 4, 2))
        return sum(task.count for duty in duties for task in duty.tasks
                   if task.key == "proactive_waiting")  # fmt: skip

    def counts() -> list[int]:
        return [waits(name) for name in ("planner-T4", "planner-D2", "everything")]

    assert counts() == [0, 0, 0]
    take(own, number, "applied", 1)
    assert counts() == [0, 1, 0]
    take(above, number, "district_reviewed", 2)
    assert counts() == [0, 0, 1]
    take(first_client(app), number, "returned", 3, "补图")
    assert counts()[0] == 1
