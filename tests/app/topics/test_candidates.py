"""Candidates: each part against the rows themselves, and what becomes of one."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.services import services
from app.topics.candidates import WEIGHTS, Candidate, candidates, default_criteria, span_of
from app.topics.room import grounds_of
from app.townships.choosing.weights import parse_weights
from tests.app.topics.topic_city import rows

Row = dict[str, str]
START, END = "2025-01-01", "2025-07-01"


def found(app: Flask, weights: dict[str, float] | None = None) -> dict[str, Candidate]:
    home, database = services(app).home, services(app).database
    span = span_of(home, 6)
    assert span is not None
    assert (span.start, span.end) == (date(2025, 1, 1), date(2025, 7, 1))
    assert (span.before, span.a_year) == (date(2024, 1, 1), True)
    return {each.path: each for each in candidates(home, database, span, 2, weights)}


def mine(path: str, start: str = START, end: str = END) -> list[Row]:
    return [row for row in rows() if f"{row['class_1']} / {row['class_2']}" == path
            and start <= row["received_at"] < end]  # fmt: skip


def evenly(values: list[str]) -> float:
    """Among how many values they would be spread evenly."""
    counted = Counter(values)
    return len(values) ** 2 / sum(n * n for n in counted.values())


@pytest.fixture(scope="module")
def app(shared: FlaskClient) -> Flask:
    """The city with its townships in the register, and one department."""
    shared.post("/units/adopt")
    shared.post("/units/new", data={"name": "住建委", "kind": "department", "parent_id": "0"})
    return shared.application


@pytest.mark.parametrize("path", ["物业管理 / 电梯", "物业管理 / 漏水", "噪声 / 设备噪声"])
def test_each_part_is_what_the_rows_say(app: Flask, path: str) -> None:
    values, cases = found(app)[path].values, mine(path)
    before = mine(path, "2024-01-01", "2024-07-01")
    assert values["frequency"] == len(cases)
    assert values["townships"] == pytest.approx(evenly([r["reported_township"] for r in cases]))
    assert values["handlers"] == pytest.approx(evenly([r["lead_handler"] for r in cases]))
    unresolved = sum(r["resolved"] == "否" for r in cases) / len(cases)
    assert values["unresolved"] == pytest.approx(unresolved)
    assert values["growth"] == pytest.approx(len(cases) / len(before) - 1)
    # A township assists the department in the first case of each day, and in no other.
    both = sum(bool(r["assisting_handler"]) for r in cases) / len(cases)
    assert values["cross"] == pytest.approx(both)
    assert values["overdue"] is None


def test_growth_is_told_only_against_months_that_the_data_have(app: Flask) -> None:
    home, database = services(app).home, services(app).database
    span = span_of(home, 12)
    # Cases begin in January 2024: of July 2023 to June 2024 half is missing.
    assert span is not None
    assert (span.start, span.months, span.before) == (date(2024, 7, 1), 12, None)
    assert {each.values["growth"] for each in candidates(home, database, span, 2)} == {None}


def test_a_span_is_cut_to_the_months_of_the_data(app: Flask) -> None:
    span = span_of(services(app).home, 24)
    assert span is not None
    assert (span.start, span.end, span.months) == (date(2024, 1, 1), date(2025, 7, 1), 18)


def test_grounds_say_no_more_than_everybody_may_know(app: Flask) -> None:
    with app.test_request_context():
        leaks = grounds_of(services(app), "物业管理 / 漏水", 6, 2)[1]
        lifts = grounds_of(services(app), "物业管理 / 电梯", 6, 2)[1]
    assert len(mine("物业管理 / 漏水")) == 181
    assert "诉求约 180 件" in leaks
    assert "181" not in leaks
    assert "回访未解决约 100%" in leaks
    # 240 lifts after 364.
    assert "比对照期增减约 -30%" in lifts
    assert "34.1" not in lifts


def test_rare_problems_are_no_candidates(app: Flask) -> None:
    assert len(mine("市容环卫 / 垃圾")) == 26
    assert "市容环卫 / 垃圾" not in found(app)


def test_points_add_up_and_weights_decide(app: Flask) -> None:
    for each in found(app).values():
        assert each.score == pytest.approx(sum(each.points.values()))
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    only = parse_weights({f"w_{key}": "0" for key in WEIGHTS} | {"w_unresolved": "1"},
                         default_criteria())  # fmt: skip
    first = min(found(app, only).values(), key=lambda each: each.rank)
    assert first.path == "物业管理 / 漏水"


def test_the_page_says_that_growth_is_not_told(shared: FlaskClient) -> None:
    assert "12 个整月；数据没有可比的更早月份" in shared.get("/topics/candidates?months=12").text
    assert "增长是对上年同期" in shared.get("/topics/candidates?months=6").text


def test_what_is_a_topic_already_is_told(app: Flask) -> None:
    assert [topic.title for topic in found(app)["物业管理 / 电梯"].topics] == ["电梯安全"]
    assert found(app)["物业管理 / 漏水"].topics == ()


@pytest.mark.parametrize("asked", ["months=0", "level=4", "w_growth=-1", "w_x=1", "months=x"])
def test_wrong_questions_are_refused(shared: FlaskClient, asked: str) -> None:
    assert shared.get(f"/topics/candidates?{asked}").status_code == 400


def test_the_page_shows_weights_and_their_kind(shared: FlaskClient) -> None:
    page = shared.get("/topics/candidates?w_growth=80").text
    assert "已改动" in page
    assert "恢复默认权重" in page
    assert "系统默认：诉求件数 25%" in page
    assert shared.get("/topics/new?path=no").status_code == 200


def test_an_empty_home_says_what_to_do(empty_client: FlaskClient) -> None:
    for page in ("", "/candidates", "/callbacks", "/assessments"):
        assert empty_client.get(f"/topics{page}").status_code == 200
    assert "请先导入带分类的诉求" in empty_client.get("/topics/candidates").text
