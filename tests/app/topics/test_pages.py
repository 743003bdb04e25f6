"""The pages of topics, from a candidate to a problem on watch."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.audit import history_of
from app.services import services
from app.topics.documents import read_rows, written_rows
from app.topics.topics import get_topic
from tests.app.topics.topic_city import TOPIC, make_problem, send
from tests.people import client_as


def unit_id(client: FlaskClient, name: str) -> str:
    before = client.get("/units").text.partition(name)[0]
    return before.rpartition("/units/")[2].partition('"')[0]


def test_a_topic_from_candidate_to_watch(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    fresh = client.get("/topics/new", query_string={"path": "物业管理 / 电梯"})
    assert 'value="电梯"' in fresh.text
    assert "相当于平均分布在" in fresh.text
    make_problem(client)
    for page in ("/topics", "/topics/1", "/topics/problems/1"):
        assert client.get(page).status_code == 200
    for name in ("住建委", "财政局"):
        send(client, "/units/new", name=name, kind="department", parent_id="0")
    send(client, "/units/adopt")

    def step(state: str, **more: str) -> int:
        version = get_topic(services(app).database, 1).row_version
        form = {"state": state, "row_version": str(version), **more}
        return client.post("/topics/1/move", data=form).status_code

    assert step("under_way") == 409
    assert step("adopted") == 400
    form = {**TOPIC, "lead_id": unit_id(client, "住建委"), "city_units": "财政局",
            "township_units": "东街道、西镇"}  # fmt: skip
    send(client, "/topics/1/edit", **form, row_version="1")
    assert step("adopted") == 302
    assert client.post("/topics/1/edit", data={**form, "leader": "", "row_version": "3"}
                       ).status_code == 400  # fmt: skip
    assert step("proposed") == 400
    assert step("under_way", on="2999-01-01") == 400
    assert step("under_way") == 302
    assert step("assessed") == 302
    assert step("watched") == 302
    room = client.get("/topics/1").text
    for said in ("持续监测", "财政局", "东街道、西镇", TOPIC["measures"], "分管城建的副市长"):
        assert said in room
    listed = client.get("/topics").text
    assert "持续监测的问题" in listed
    assert ">2.00" in listed
    audit = str([(each.words, each) for each in history_of(services(app).database, "topic", 1)])
    assert "副市长" not in audit


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "title"),
        ("year", "1999", "year"),
        ("month", "13", "month"),
        ("title", "长" * 201, "title"),
        ("measures", "", "请写明需要哪项举措"),
        ("measures", "改", "至少 2 字"),
        ("city_units", "没有的局", "单位库的市级单位中没有“没有的局”"),
        ("lead_id", "99", "lead_id"),
        ("title", TOPIC["title"], "已有题目"),
    ],
)
def test_a_wrong_topic_comes_back_as_typed(
    shared: FlaskClient, field: str, value: str, said: str
) -> None:
    form = {**TOPIC, "title": "另一题", field: value}
    answer = shared.post("/topics/new", data=form)
    assert answer.status_code in (400, 409, 422)
    assert said in answer.text
    assert 'class="form-control is-invalid"' in answer.text or "is-invalid" in answer.text
    assert "分管城建的副市长" in answer.text


def test_two_people_at_once(topic_app: tuple[Flask, FlaskClient]) -> None:
    _app, client = topic_app
    make_problem(client)
    send(client, "/topics/1/edit", **{**TOPIC, "title": "先到的"}, row_version="1")
    late = client.post("/topics/1/edit", data={**TOPIC, "title": "迟到的", "row_version": "1"})
    assert late.status_code == 409
    assert "迟到的" in late.text
    moved = client.post("/topics/1/move", data={"state": "closed", "words": "不列",
                                                "row_version": "1"})  # fmt: skip
    assert moved.status_code == 409
    assert "不列" in moved.text


def test_problems_marks_and_scenarios(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    assert client.post("/topics/1/problems", data={"name": "电梯停运"}).status_code == 409
    assert client.post("/topics/problems/1/remove", data={"row_version": "2"}).status_code == 409
    send(client, "/topics/1/problems", name="误加")
    assert send(client, "/topics/problems/2/remove", row_version="1") == "/topics/1"
    mark = {"township": "T1", "mark": "key"}
    send(client, "/topics/1/townships", **mark)
    assert client.post("/topics/1/townships", data=mark).status_code == 409
    assert client.post("/topics/1/townships", data={**mark, "township": "X"}).status_code == 422
    # A year to the end of June: a third of some 600 cases.
    room = client.get("/topics/1").text
    assert "重点" in room
    assert "近一年诉求" in room
    send(client, "/topics/1/townships/remove", **mark)
    assert client.post("/topics/1/townships/remove", data=mark).status_code == 404
    send(client, "/duties/new", scenario="困人", level="city", lead="市场监管局", path="")
    send(client, "/topics/1/scenarios", scenario="困人")
    assert client.post("/topics/1/scenarios", data={"scenario": "困人"}).status_code == 409
    assert "市场监管局" in client.get("/topics/1").text
    take = "/topics/1/scenarios/remove"
    sheet = {"text": "一", "row_version": "1"}
    send(client, "/topics/documents/5", **sheet)
    assert client.post(take, data={"scenario": "困人"}).status_code == 409
    assert take not in client.get("/topics/1").text
    send(client, "/topics/documents/5", text="", row_version="2")
    assert take in client.get("/topics/1").text
    send(client, take, scenario="困人")
    assert client.post(take, data={"scenario": "困人"}).status_code == 404
    assert client.post(take, data={}).status_code == 404
    viewer = client_as(app, "viewer", ["viewer"])
    assert viewer.get("/topics/1").status_code == 200
    assert viewer.post("/topics/1/townships", data=mark).status_code == 403


def test_documents_are_written_in_rows(topic_app: tuple[Flask, FlaskClient]) -> None:
    _app, client = topic_app
    make_problem(client)
    send(client, "/topics/documents/2", text="更换老旧电梯｜住建委｜年底前\n\n普查\t质监所",
         row_version="1")  # fmt: skip
    room = client.get("/topics/1").text
    for said in ("更换老旧电梯", "年底前", "质监所"):
        assert said in room
    page = client.get("/topics/documents/2").text
    assert "普查｜质监所" in page
    wide = client.post("/topics/documents/2", data={"text": "好\na|b|c|d|e", "row_version": "2"})
    assert wide.status_code == 400
    assert "第 2 行有 5 格，只有 4 列" in wide.text
    stale = client.post("/topics/documents/2", data={"text": "甲", "row_version": "1"})
    assert stale.status_code == 409


def test_rows_survive_being_typed_again() -> None:
    rows = read_rows("一、目标｜降一半\n二、进度", "plan")
    assert read_rows(written_rows(rows), "plan") == rows
    assert read_rows("", "plan") == []


@pytest.mark.parametrize("page", ["/topics/9", "/topics/problems/9", "/topics/checks/9",
                                  "/topics/documents/9"])  # fmt: skip
def test_what_is_not_there(shared: FlaskClient, page: str) -> None:
    assert shared.get(page).status_code == 404


def test_pages_with_a_chart_draw_it(shared: FlaskClient) -> None:
    for page in ("/topics/1", "/topics/problems/1"):
        told = shared.get(page).text
        assert 'data-chart="trend"' in told
        assert re.search(r'<script type="module" src="[^"]*charts[^"]*">', told)


def test_pages_in_english(shared: FlaskClient) -> None:
    shared.post("/language", data={"language": "en", "next": "/topics"})
    for page in ("/topics", "/topics/1", "/topics/problems/1", "/topics/candidates",
                 "/topics/checks/1"):  # fmt: skip
        assert shared.get(page).status_code == 200
    assert "Problems and how they go" in shared.get("/topics/1").text
    shared.post("/language", data={"language": "zh_Hans", "next": "/topics"})


def test_today_is_what_a_new_topic_begins_with(shared: FlaskClient) -> None:
    assert f'value="{date.today().year}"' in shared.get("/topics/new").text
