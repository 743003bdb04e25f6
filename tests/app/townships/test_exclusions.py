"""The life of exclusions, objections and topics: who may, what is refused, what the audit keeps."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.access import operator
from app.accounts.models import AuditEntry
from app.accounts.units import adopt_boundaries, find_unit
from app.services import services
from app.townships.assessment import exclusions, objections
from app.townships.assessment.exclusions import ExclusionValues
from app.townships.assessment.left_out import left_out_now
from app.townships.assessment.models import ClosedCycle, Exclusion, Objection, Scorecard
from tests.app.townships.test_ledgers import make_ten
from tests.people import client_as, first_client, make_app

pytestmark = pytest.mark.db

PHONE, NAME = "13912345678", "欧阳慕雪"
FORM = {"name": "暴雨", "township": "T1", "path": "暴雨", "start": "2025-03-01",
        "end": "2025-03-31", "source": "会议纪要第 3 号"}  # fmt: skip
OBJECTION = {"kind": "unreasonable", "case_id": "东街道-1", "raised_on": "2025-04-01",
             "words": f"来电人姓名：{NAME}，电话{PHONE}，无理要求"}  # fmt: skip


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_ten(tmp_path_factory.mktemp("ten")).path


@pytest.fixture
def app(ten, tmp_path, database_url) -> Flask:
    made = make_app(shutil.copytree(ten, tmp_path / "home"), database_url=database_url)
    adopt_boundaries(operator(services(made).database), services(made).home)
    return made


@pytest.fixture
def city(app: Flask) -> FlaskClient:
    return first_client(app)


def of_district(app: Flask, code: str) -> FlaskClient:
    unit = find_unit(services(app).database, code)
    return client_as(app, f"planner-{code}", ["planner"], unit.id)


def record(app: Flask, table: type[Exclusion | Objection | Scorecard], number: int = 1):
    with services(app).database.session() as session:
        return session.get_one(table, number)


def audit(app: Flask) -> str:
    with services(app).database.session() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return "\n".join(f"{e.action} {e.subject_id} {e.before} {e.after}" for e in entries)


def decide(client: FlaskClient, state: str, version: int = 1, number: int = 1, **more: str) -> int:
    form = {"state": state, "row_version": str(version), **more}
    return client.post(f"/assessment/exclusions/{number}/decision", data=form).status_code


def test_the_life_of_an_exclusion(app, city):
    own, other = of_district(app, "D1"), of_district(app, "D2")
    assert other.post("/assessment/exclusions/new", data=FORM).status_code == 422
    assert own.post("/assessment/exclusions/new", data={**FORM, "township": ""}).status_code == 422
    assert own.post("/assessment/exclusions/new", data=FORM).status_code == 302
    assert left_out_now(services(app).database).exclusions == ()
    assert decide(own, "approved") == 403
    back = {"state": "withdrawn", "row_version": "1"}
    assert other.post("/assessment/exclusions/1/withdrawal", data=back).status_code == 403
    assert decide(city, "approved", words="照准", on="2025-04-02") == 302
    page = city.get("/assessment/exclusions/1").text
    assert "照准" in page
    assert "2025-04-02" in page
    assert decide(city, "approved", 1) == 409
    assert decide(city, "refused", 2) == 409
    back["row_version"] = "2"
    assert own.post("/assessment/exclusions/1/withdrawal", data=back).status_code == 409
    assert [each.id for each in left_out_now(services(app).database).exclusions] == [1]
    assert decide(city, "withdrawn", 2) == 302
    assert left_out_now(services(app).database).exclusions == ()
    told = audit(app)
    for act in ("exclusion.create", "exclusion.approve", "exclusion.withdraw", "照准"):
        assert act in told


def test_who_proposed_takes_it_back(app):
    own = of_district(app, "D1")
    own.post("/assessment/exclusions/new", data=FORM)
    form = {"state": "withdrawn", "row_version": "1"}
    assert own.post("/assessment/exclusions/1/withdrawal", data=form).status_code == 302
    assert record(app, Exclusion).state == "withdrawn"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_time_are_refused(app, city, day):
    answer = city.post("/assessment/exclusions/new", data={**FORM, "start": day, "end": day})
    assert answer.status_code == 400
    assert day in answer.text
    assert exclusions.list_exclusions(services(app).database) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"end": "2025-02-01"}, "受理时间止早于起"),
        ({"township": "T9"}, "有填写不正确的项目"),
        ({"path": "没有的分类"}, "有填写不正确的项目"),
        ({"source": ""}, "有填写不正确的项目"),
        ({"start": "昨天"}, "有填写不正确的项目"),
    ],
)
def test_what_cannot_be_proposed(app, city, change, line):
    answer = city.post("/assessment/exclusions/new", data={**FORM, **change})
    assert answer.status_code == 422
    assert line in answer.text
    assert exclusions.list_exclusions(services(app).database) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"end": date(2025, 2, 1)}, "早于"),
        ({"township": "T9"}, "不在现行边界中"),
        ({"classes": ("暴雨", "没有")}, "在库中不存在"),
    ],
)
def test_one_line_says_what_is_wrong(app, change, line):
    plain = {"name": "暴雨", "township": "T1", "classes": ("暴雨",), "start": date(2025, 3, 1),
             "end": date(2025, 3, 31), "source": "纪要"}  # fmt: skip
    found = services(app)
    with pytest.raises(exclusions.InvalidParameter) as caught:
        exclusions.propose(operator(found.database), found.home, ExclusionValues(**plain | change))
    assert line in caught.value.chinese
    assert "\n" not in caught.value.english


def test_approval_says_which_closed_cycles_it_does_not_reach(app, city):
    city.post("/assessment/exclusions/new", data=FORM)
    with services(app).database.session() as session:
        for month, end in ((2, 3), (3, 4), (4, 5)):
            session.add(ClosedCycle(
                cycle_id=f"month-2025-0{month}", first_day=date(2025, month, 1),
                end_day=date(2025, end, 1), case_store_version=0, boundary_version="b",
                document="{}", digest="d", closed_at=datetime.now(UTC), closed_by="x",
            ))  # fmt: skip
    decide(city, "approved")
    page = city.get("/assessment/exclusions/1").text
    assert "已关闭的周期 month-2025-03，在那里不起作用" in page
    assert "month-2025-02" not in page
    assert "month-2025-04" not in page


def test_the_life_of_an_objection(app, city):
    own, other = of_district(app, "D1"), of_district(app, "D2")
    assert other.post("/assessment/objections/new", data=OBJECTION).status_code == 404
    assert own.post("/assessment/objections/new",
                    data={**OBJECTION, "case_id": "没有"}).status_code == 404  # fmt: skip
    assert own.post("/assessment/objections/new", data=OBJECTION).status_code == 302
    assert record(app, Objection).township == "T1"
    assert left_out_now(services(app).database).decided == ()
    form = {"state": "upheld", "words": f"核实，{NAME}", "row_version": "1"}
    assert own.post("/assessment/objections/1/decision", data=form).status_code == 403
    assert city.post("/assessment/objections/1/decision", data=form).status_code == 302
    assert city.post("/assessment/objections/1/decision", data=form).status_code == 409
    assert left_out_now(services(app).database).decided == ("东街道-1",)
    page = own.get("/assessment/objections").text
    assert "东街道-1" in page
    assert PHONE not in page
    assert NAME not in page.split("核实")[0]
    assert "东街道-1" not in other.get("/assessment/objections").text
    told = audit(app)
    for secret in (PHONE, NAME, "东街道-1", "无理要求"):
        assert secret not in told
    assert "objection.create" in told
    assert "objection.uphold" in told


def test_who_decides_sees_objections_without_reading_cases(app, city):
    city.post("/assessment/objections/new", data=OBJECTION)
    bureau = client_as(app, "bureau", ["government_services"])
    page = bureau.get("/assessment/objections").text
    assert "东街道-1" in page
    assert PHONE not in page
    assert client_as(app, "viewer", ["viewer"]).get("/assessment/objections").status_code == 403


def test_steps_of_objections_are_known(app):
    assert objections.STEPS.after("upheld") == ()
    with pytest.raises(objections.Missing):
        objections.raise_objection(
            operator(services(app).database), services(app).home,
            objections.ObjectionValues(kind="appeal", case_id="X", raised_on=date(2025, 4, 1),
                                       words="不对"),
        )  # fmt: skip


def test_topics_are_made_of_classes_that_exist(app, city):
    topic = {"name": "防汛", "paths": "暴雨\n\n噪声"}
    wrong = city.post("/assessment/scorecards/new", data={**topic, "paths": "暴雨\n没有的"})
    assert wrong.status_code == 422
    assert "“没有的”在库中不存在" in wrong.text
    assert city.post("/assessment/scorecards/new", data=topic).status_code == 302
    assert record(app, Scorecard).classes == [["暴雨"], ["噪声"]]
    assert city.post("/assessment/scorecards/new", data=topic).status_code == 409
    form = {"name": "防汛", "paths": "暴雨", "row_version": "1"}
    assert city.post("/assessment/scorecards/1", data=form).status_code == 302
    assert city.post("/assessment/scorecards/1", data=form).status_code == 409
    assert of_district(app, "D1").post("/assessment/scorecards/1", data=form).status_code == 403
