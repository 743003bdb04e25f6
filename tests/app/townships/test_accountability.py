"""Records of accountability: for 纪检监察 alone, and no word of them anywhere else."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import AuditEntry, Unit
from app.accounts.permissions import ADMINISTRATOR, DISCIPLINE, DUTIES, PLANNER, REVIEWER, ROLES
from app.errors import Forbidden, InvalidParameter
from app.services import services
from app.townships.supervising import accountability
from app.townships.supervising.accountability import AccountabilityValues
from tests.app.townships.counted_city import make_counted_city
from tests.app.townships.supervised_city import adopt, person, unit_id
from tests.people import client_as, make_app

MATTER, RESULT = "整改不力移送", "诫勉谈话"
PAGES = ("/supervision/accountability", "/supervision/accountability/new",
         "/supervision/accountability/1")  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    counts = {"T1": {"2025-03": 1}, "T2": {"2025-03": 1}}
    app = make_app(make_counted_city(tmp_path_factory.mktemp("records"), counts).path)
    adopt(app)
    client = client_as(app, "discipline", ["discipline"])
    form = {"unit_id": str(unit_id(app, "T1")), "matter": MATTER, "referred_on": "2025-04-01"}
    assert client.post(PAGES[1], data=form).status_code == 302
    done = {**form, "received_on": "2025-04-03", "result": RESULT, "result_on": "2025-05-01",
            "row_version": "1"}  # fmt: skip
    assert client.post(PAGES[2], data=done).status_code == 302
    assert client.post(PAGES[2], data=done).status_code == 409
    page = client.get(PAGES[0]).text
    assert MATTER in page
    assert RESULT in page
    return app


OTHERS = (*ROLES, *(each for each in DUTIES if each != DISCIPLINE))


@pytest.mark.parametrize("office", OTHERS)
def test_nobody_else_comes_in(app: Flask, office: str) -> None:
    client = client_as(app, f"a-{office}", [office])
    for page in PAGES:
        assert client.get(page).status_code == 403
    for page in PAGES[1:]:
        assert client.post(page, data={}).status_code == 403


def test_no_other_page_tells_of_them(app: Flask) -> None:
    client = client_as(app, "an-administrator", [ADMINISTRATOR, PLANNER, REVIEWER])
    assert "问责" not in client.get("/supervision").text
    for path in ("/audit", "/audit.csv", "/supervision", "/", "/units"):
        text = client.get(path).text
        assert MATTER not in text
        assert RESULT not in text
    found = client.post("/search", data={"q": MATTER}, follow_redirects=True)
    assert found.text.count(MATTER) <= 2  # in the search box alone


def test_the_audit_tells_that_and_not_what(app: Flask) -> None:
    query = select(AuditEntry).where(AuditEntry.subject_kind == "accountability")
    with services(app).database.session() as session:
        entries = list(session.scalars(query.order_by(AuditEntry.id)))
    assert [each.action for each in entries] == ["accountability.create", "accountability.change"]
    assert [(each.before, each.after) for each in entries] == [(None, None)] * 2
    assert {each.who for each in entries} == {"discipline"}
    told = json.dumps([[each.subject_id, each.who] for each in entries], ensure_ascii=False)
    assert MATTER not in told


def test_another_districts_inspector_does_not_see_them(app: Flask) -> None:
    west = person(app, "west-discipline", "discipline", "D2")
    assert accountability.list_records(west) == []
    with pytest.raises(Forbidden):
        accountability.get_record(west, 1)
    values = AccountabilityValues(
        unit_id=unit_id(app, "T1"), matter="越权", referred_on=date(2025, 4, 1)
    )
    with pytest.raises(Forbidden):
        accountability.create(west, values)
    east = person(app, "east-discipline", "discipline", "D1")
    assert [line.record.matter for line in accountability.list_records(east)] == [MATTER]


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"received_on": date(2025, 3, 1)}, "received_on: 2025-03-01 is before"),
        ({"result": "诫勉"}, "neither"),
        ({"result_on": date(2025, 6, 1)}, "neither"),
        ({"unit_id": 99_999}, "no unit"),
    ],
)
def test_records_that_cannot_be(app: Flask, wrong: dict[str, object], match: str) -> None:
    access = person(app, "discipline", "discipline")
    given = {"unit_id": unit_id(app, "T1"), "matter": "甲", "referred_on": date(2025, 4, 1)}
    with pytest.raises(InvalidParameter, match=match):
        accountability.create(access, AccountabilityValues.model_validate({**given, **wrong}))


def test_a_record_keeps_its_unit_though_it_has_ended(app: Flask) -> None:
    number = unit_id(app, "T2")
    access = person(app, "discipline", "discipline")
    given = AccountabilityValues(unit_id=number, matter="甲", referred_on=date(2025, 4, 1))
    record = accountability.create(access, given)
    with services(app).database.session() as session:
        session.get_one(Unit, number).valid_to = date(2025, 5, 1)
    client = client_as(app, "discipline", ["discipline"])
    page = f"/supervision/accountability/{record.id}"
    assert f'selected value="{number}"' in client.get(page).text
    assert f'value="{number}"' not in client.get(PAGES[1]).text
    form = {"unit_id": str(number), "matter": "乙", "referred_on": "2025-04-01", "row_version": "1"}
    assert client.post(page, data=form).status_code == 302
