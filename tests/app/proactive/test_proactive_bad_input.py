"""What cannot be written into an application: a clear line, what was typed stays, nothing else."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.access import operator
from app.accounts.units import adopt_boundaries
from app.projects.proactive.models import ProactiveProject
from app.services import services
from tests.app.proactive.pointed_city import BORDER, FORM, MIDDLE, person
from tests.people import make_app

NEW = "/projects/proactive/new"


@pytest.fixture(scope="module")
def app(pointed) -> Flask:
    """Nothing here stores anything, so one is enough."""
    made = make_app(pointed[0])
    adopt_boundaries(operator(services(made).database), services(made).home)
    return made


@pytest.fixture(scope="module")
def own(app) -> FlaskClient:
    return person(app, "T1")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"title": ""}, "有填写不正确的项目"),
        ({"title": "长" * 201}, "有填写不正确的项目"),
        ({"township": "T9"}, "有填写不正确的项目"),
        ({"paths": "没有 / 这类"}, "有填写不正确的项目"),
        ({"window_start": "昨天"}, "“昨天”不是日期"),
        ({"window_end": "2025-01-01"}, "窗口的止日 2025-01-01 早于起日 2025-02-10"),
        ({"work_end": "2025-01-01"}, "治理工作的止日 2025-01-01 早于起日 2025-02-10"),
        ({"points-0-name": ""}, "第 1 个点位没有名称"),
        ({"points-0-lng": "经度"}, "经度应为"),
        ({"points-0-lng": "", "points-0-lat": ""}, "点位库中本街乡镇有 0 个“花园小区”"),
        ({"points-0-lat": ""}, "经度和纬度要一起填"),
        ({"points-0-lng": str(MIDDLE[0] + 0.04)}, "在2街道，应在1街道内"),
        ({"points-0-lng": "10"}, "不在任何街乡镇内，应在1街道内"),
        ({"points-0-radius_m": "5000"}, "有填写不正确的项目"),
        ({"points-1-name": "花园小区", "points-1-lng": str(BORDER[0]),
          "points-1-lat": str(BORDER[1])}, "点位“花园小区”重复了 2 次"),
        ({"source_cases": "没有这件"}, "源诉求中有 1 个编号"),
    ],
)  # fmt: skip
def test_what_cannot_be_written(app, own, change, line):
    answer = own.post(NEW, data={**FORM, "root_cause": "写了很久的话", **change})
    assert answer.status_code in (400, 422)
    assert line in answer.text
    assert "写了很久的话" in answer.text
    with services(app).database.session() as session:
        assert session.scalars(select(ProactiveProject)).all() == []


def test_no_point_at_all_is_told(app, own):
    bare = {name: value for name, value in FORM.items() if not name.startswith("points")}
    answer = own.post(NEW, data=bare)
    assert answer.status_code == 400
    assert "至少要有一个点位" in answer.text


def test_another_row_keeps_what_was_typed_and_stores_nothing(app, own):
    answer = own.post(NEW, data={**FORM, "more": "1", "title": ""})
    assert answer.status_code == 200
    assert "花园小区" in answer.text
    assert 'name="points-1-name"' in answer.text
    with services(app).database.session() as session:
        assert session.scalars(select(ProactiveProject)).all() == []
