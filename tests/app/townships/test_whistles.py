"""Whistles: who may blow, come, handle and rate; who owes an answer; what a person sees."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.datastructures import FileStorage

import app.townships.choosing.models
from app.accounts.access import Access, operator
from app.accounts.models import AuditEntry
from app.errors import Conflict, Forbidden, InvalidParameter
from app.home.waiting import waiting_for
from app.services import services
from app.townships.designations.models import DESIGNATED, EXITED, Designation
from app.townships.duties.keeping import all_duties
from app.townships.duties.reading import import_duties
from app.townships.supervising import answering, whistles
from app.townships.supervising.models import Whistle, WhistleCall
from app.townships.supervising.whistles import WhistleFile, WhistleValues
from geodata.home import Home
from tests.app.townships.governed_city import make_areas, make_units
from tests.app.townships.test_duties import LIST
from tests.people import access_as, client_as, make_account, make_app

TODAY = date.today()
SOON = TODAY + timedelta(days=3)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(make_areas(tmp_path_factory.mktemp("whistles")).path)


@pytest.fixture(scope="module")
def everybody(app: Flask) -> Access:
    return operator(services(app).database)


@pytest.fixture(scope="module")
def units(app: Flask, everybody: Access) -> dict[str, int]:
    home: Home = services(app).home
    made = make_units(everybody, home)
    import_duties(everybody, home, FileStorage(io.BytesIO(LIST.encode()), filename="x.csv"), "")
    return made


@pytest.fixture(autouse=True)
def none_before(everybody: Access) -> Iterator[None]:
    yield
    with everybody.database.session() as session:
        session.execute(delete(WhistleCall))
        session.execute(delete(Whistle))


def person(app: Flask, units: dict[str, int], unit: str, office: str = "planner") -> Access:
    account = make_account(services(app).database, f"{office}-{unit}", [office], units[unit])
    return access_as(app, account)


def blow(access: Access, township: str = "T1", **values: object) -> Whistle:
    given = {"township": township, "title": "电梯停运", "classes": ("物业管理",), "deadline": SOON}
    day = values.pop("today", None)
    return whistles.raise_whistle(access, WhistleValues(**{**given, **values}), day)  # type: ignore[arg-type]


def file_of(access: Access, whistle: Whistle) -> WhistleFile:
    return whistles.get_whistle(access, whistle.id)


def call_of(access: Access, whistle: Whistle, unit: int) -> WhistleCall:
    return next(call for call, each in file_of(access, whistle).calls if each.id == unit)


def test_from_the_whistle_to_the_rating(app: Flask, units: dict[str, int]) -> None:
    town, water = person(app, units, "东街道"), person(app, units, "水务局", "handling_unit")
    house = person(app, units, "东区住建委", "handling_unit")
    made = blow(town, lead=units["东区住建委"], cooperating=(units["水务局"], units["东区住建委"]))
    assert file_of(town, made).stage == "raised"
    assert "区城管委牵头" in made.basis
    call = call_of(water, made, units["水务局"])
    with pytest.raises(Forbidden):
        answering.report(house, call.id, call.row_version, "")
    with pytest.raises(InvalidParameter, match="say what was done"):
        answering.handle(water, call.id, call.row_version, " ")
    came = answering.report(water, call.id, call.row_version, "")
    with pytest.raises(Conflict):
        answering.report(water, call.id, came.row_version, "")
    with pytest.raises(Conflict, match="someone else"):
        answering.handle(water, call.id, call.row_version, "已修")
    answering.handle(water, call.id, came.row_version, "已修好水泵")
    lead = call_of(house, made, units["东区住建委"])
    assert lead.leads
    done = answering.handle(house, lead.id, lead.row_version, "已更换电梯")
    assert (done.reported_on, done.handled_on) == (TODAY, TODAY)
    assert file_of(town, made).stage == "handled"
    with pytest.raises(Forbidden):
        whistles.rate(house, made.id, made.row_version, "good", "")
    rated = whistles.rate(town, made.id, made.row_version, "good", "")
    assert (rated.state, rated.rating, rated.rated_on) == ("rated", "good", TODAY)
    with pytest.raises(Conflict):
        whistles.rate(town, made.id, rated.row_version, "poor", "再想想")
    acts = ["whistle.create", "whistle_call.report", "whistle_call.handle", "whistle_call.handle",
            "whistle.rate"]  # fmt: skip
    with services(app).database.session() as session:
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(5)).all()
    assert [each.action for each in reversed(told)] == acts


def test_to_end_before_all_have_handled_it_takes_a_reason(
    app: Flask, units: dict[str, int]
) -> None:
    town = person(app, units, "东街道")
    made = blow(town, lead=units["水务局"])
    with pytest.raises(InvalidParameter) as caught:
        whistles.rate(town, made.id, made.row_version, "poor", "  ")
    assert "水务局尚未处置" in caught.value.chinese
    whistles.rate(town, made.id, made.row_version, "poor", "逾期无人到场")
    call = call_of(town, made, units["水务局"])
    water = person(app, units, "水务局", "handling_unit")
    with pytest.raises(Conflict):
        answering.handle(water, call.id, call.row_version, "来晚了")


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({}, "at least one unit"),
        ({"lead": 999_999}, "cannot be called"),
        ({"lead": "西区住建委"}, "cannot be called"),
        ({"lead": "东街道"}, "cannot be called"),
        ({"lead": "水务局", "deadline": TODAY - timedelta(days=1)}, "over already"),
        ({"lead": "水务局", "item_id": 77}, "no item of this township"),
    ],
)
def test_what_cannot_be_blown(
    app: Flask, units: dict[str, int], values: dict[str, object], rule: str
) -> None:
    town = person(app, units, "东街道")
    lead = values.get("lead")
    given = {**values, "lead": units[lead]} if isinstance(lead, str) else values
    with pytest.raises(InvalidParameter, match=rule):
        blow(town, **given)


def test_nobody_blows_for_another_township(app: Flask, units: dict[str, int]) -> None:
    town = person(app, units, "东街道")
    with pytest.raises(Forbidden):
        blow(town, "T3", lead=units["水务局"])
    with pytest.raises(Forbidden):
        blow(person(app, units, "水务局", "handling_unit"), lead=units["水务局"])


def test_who_sees_it(app: Flask, units: dict[str, int]) -> None:
    made = blow(person(app, units, "东街道"), lead=units["水务局"])
    for unit, office in (("东区", "viewer"), ("水务局", "handling_unit")):
        assert file_of(person(app, units, unit, office), made).whistle.id == made.id
    for unit, office in (
        ("西镇", "planner"),
        ("自来水集团", "handling_unit"),
        ("水务局", "viewer"),
    ):
        stranger = person(app, units, unit, office)
        with pytest.raises(Forbidden):
            file_of(stranger, made)
        assert not answering.list_whistles(stranger, TODAY)
        assert answering.count_by_state(stranger) == {}


def test_who_owes_an_answer_the_longest_overdue_first(app: Flask, units: dict[str, int]) -> None:
    town, city = person(app, units, "东街道"), operator(services(app).database)
    began = TODAY - timedelta(days=20)
    old = blow(town, lead=units["水务局"], cooperating=(units["东区城管委"],), today=began,
               deadline=began + timedelta(days=7))  # fmt: skip
    blow(town, lead=units["自来水集团"])
    blow(town, lead=units["水务局"])
    call = call_of(city, old, units["东区城管委"])
    answering.report(city, call.id, call.row_version, "")
    found = answering.debtors(city, TODAY)
    told = [
        (debtor.unit.name, [(each.step, each.days, each.overdue) for each in debtor.owed])
        for debtor in found
    ]
    assert told == [
        ("东区城管委", [("handled", 20, 13)]),
        ("水务局", [("reported", 20, 13), ("reported", 0, 0)]),
        ("自来水集团", [("reported", 0, 0)]),
    ]
    water = person(app, units, "水务局", "handling_unit")
    assert answering.count_owed(water, TODAY) == (2, 1)
    assert answering.count_owed(town, TODAY) == (0, 0)
    # A department does not learn who else owes what, beyond whistles that call it.
    assert {each.unit.name for each in answering.debtors(water, TODAY)} == {"水务局", "东区城管委"}


def test_what_waits_is_told_on_the_first_page(app: Flask, units: dict[str, int]) -> None:
    town, water = person(app, units, "东街道"), person(app, units, "水务局", "handling_unit")

    def waits(access: Access) -> dict[str, tuple[int, int | None]]:
        duties = waiting_for(services(app).home, access, datetime.now())
        return {task.key: (task.count, task.of) for duty in duties for task in duty.tasks}

    began = TODAY - timedelta(days=20)
    made = blow(town, lead=units["水务局"], today=began, deadline=began)
    blow(town, lead=units["水务局"])
    assert waits(water)["whistles_owed"] == (2, 1)
    assert "whistles_owed" not in waits(operator(services(app).database))
    assert "whistles_to_rate" not in waits(town)
    call = call_of(water, made, units["水务局"])
    answering.handle(water, call.id, call.row_version, "已处置")
    assert waits(water)["whistles_owed"] == (1, 0)
    assert waits(town)["whistles_to_rate"] == (1, None)
    assert "次吹哨等本单位报到或处置" in client_as(app, "handling_unit-水务局", []).get("/").text


def test_units_are_changed_until_they_come(app: Flask, units: dict[str, int]) -> None:
    town = person(app, units, "东街道")
    made = blow(town, lead=units["水务局"])
    water, house = units["水务局"], units["东区住建委"]
    whistles.recall(town, made.id, made.row_version, {house: True, water: False}, SOON)
    with pytest.raises(Conflict):
        whistles.recall(town, made.id, made.row_version, {house: True}, SOON)
    version = file_of(town, made).whistle.row_version
    call = call_of(town, made, water)
    city = operator(services(app).database)
    answering.report(city, call.id, call.row_version, "")
    with pytest.raises(InvalidParameter, match="has come already"):
        whistles.recall(town, made.id, version, {house: True}, SOON)
    whistles.recall(town, made.id, version, {water: True}, SOON)
    assert [(call.leads, unit.id) for call, unit in file_of(town, made).calls] == [(True, water)]


def test_a_whistle_outlives_the_special_governance(app: Flask, units: dict[str, int]) -> None:
    town, water = person(app, units, "东街道"), person(app, units, "水务局", "handling_unit")
    began = TODAY - timedelta(days=200)
    with services(app).database.session() as session:
        governed = Designation(
            township="T1", name="东街道", state=DESIGNATED, since=began, designated_on=began
        )
        session.add(governed)
    made = blow(town, lead=units["水务局"])
    with services(app).database.session() as session:
        gone = session.get_one(Designation, governed.id)
        gone.state, gone.exited_on = EXITED, TODAY
    assert [line.stage for line in answering.list_whistles(town, TODAY, state="open")] == ["raised"]
    call = call_of(water, made, units["水务局"])
    answering.handle(water, call.id, call.row_version, "已处置")
    after = blow(town, lead=units["水务局"], title="退出之后")
    assert {line.whistle.title for line in answering.list_whistles(town, TODAY)} == {
        "电梯停运", "退出之后",
    }  # fmt: skip
    assert whistles.rate(town, made.id, made.row_version, "fair", "").state == "rated"
    assert whistles.withdraw(town, after.id, after.row_version, "已自行解决").state == "withdrawn"


def test_what_was_handled_is_rated_and_not_taken_back(app: Flask, units: dict[str, int]) -> None:
    town, water = person(app, units, "东街道"), person(app, units, "水务局", "handling_unit")
    made = blow(town, lead=units["水务局"], cooperating=(units["东区住建委"],))
    with pytest.raises(InvalidParameter, match="nothing is said"):
        whistles.withdraw(town, made.id, made.row_version, " ")
    call = call_of(water, made, units["水务局"])
    answering.handle(water, call.id, call.row_version, "已修，联系人13912345678")
    with pytest.raises(Conflict, match="rate it instead"):
        whistles.withdraw(town, made.id, made.row_version, "重复")
    with services(app).database.session() as session:
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert told is not None
    assert told.action == "whistle_call.handle"
    assert told.after is not None
    assert told.after["words"] == "……"


@pytest.fixture
def town(app: Flask, units: dict[str, int]) -> FlaskClient:
    return client_as(app, "planner-东街道", ["planner"], units["东街道"])


FORM = {"township": "T1", "title": "电梯停运三天", "path": "物业管理", "scenario": "老楼加装电梯",
        "deadline": str(SOON), "text": "居民爬楼"}  # fmt: skip


def test_the_pages_from_the_problem_to_the_rating(
    app: Flask, units: dict[str, int], town: FlaskClient
) -> None:
    assert "还没有吹哨" in town.get("/supervision/whistles").text
    asked = town.post("/supervision/whistles/new", data={**FORM, "do": "propose"})
    assert asked.status_code == 200
    assert f'value="{units["东区住建委"]}" checked' in asked.text
    assert "单位库中没有" in asked.text
    chosen = {"lead": str(units["住建委"]), "cooperating": [str(units["东区住建委"])]}
    made = town.post("/supervision/whistles/new", data={**FORM, **chosen, "do": "raise"})
    page = made.headers["Location"]
    assert "老楼加装电梯 · 市：市住建委牵头" in town.get(page).text
    house = client_as(app, "handling_unit-东区住建委", ["handling_unit"], units["东区住建委"])
    shown = house.get(page)
    assert "东区住建委的答复" in shown.text
    assert ">住建委的答复" not in shown.text
    with services(app).database.session() as session:
        calls = {call.unit_id: call.id for call in session.scalars(select(WhistleCall))}
    own, other = calls[units["东区住建委"]], calls[units["住建委"]]
    answer = {"row_version": "1", "words": "已到场"}
    assert house.post(f"{page}/calls/{other}/report", data=answer).status_code == 403
    assert house.post(f"{page}/calls/{own}/report", data=answer).status_code == 302
    assert (
        house.post(f"{page}/rate", data={"rating": "good", "row_version": "1"}).status_code == 403
    )
    assert "东区住建委" in town.get("/supervision/whistles/owed").text
    for data, status in (
        ({"rating": "great", "row_version": "1", "words": "x"}, 422),
        ({"rating": "good", "row_version": "one", "words": "x"}, 400),
        ({"rating": "good", "row_version": "1"}, 400),
        ({"rating": "good", "row_version": "1", "words": "先办结"}, 302),
        ({"rating": "good", "row_version": "2", "words": "先办结"}, 409),
    ):
        assert town.post(f"{page}/rate", data=data).status_code == status, data
    assert all_duties(services(app).database)


@pytest.mark.parametrize("until", ["", "soon", str(TODAY - timedelta(days=1))])
def test_a_wrong_deadline_changes_nothing(
    app: Flask, units: dict[str, int], town: FlaskClient, until: str
) -> None:
    access = person(app, units, "东街道")
    made = blow(access, lead=units["水务局"])
    sent = {"lead": str(units["水务局"]), "row_version": "1", "deadline": until}
    answer = town.post(f"/supervision/whistles/{made.id}/units", data=sent)
    assert answer.status_code in (400, 422)
    assert 'id="units-deadline-error"' in answer.text
    assert file_of(access, made).whistle.deadline == SOON
    again = {**sent, "deadline": str(SOON)}
    assert town.post(f"/supervision/whistles/{made.id}/units", data=again).status_code == 302


@pytest.mark.parametrize(
    "change",
    [{"township": "T3"}, {"title": ""}, {"title": " "}, {"deadline": "soon"}, {"lead": "x"},
     {"item_id": "x"}, {"lead": ""}],
)  # fmt: skip
def test_forms_that_cannot_be(
    units: dict[str, int], town: FlaskClient, change: dict[str, str]
) -> None:
    data = {**FORM, "lead": str(units["水务局"]), "do": "raise", **change}
    answer = town.post("/supervision/whistles/new", data=data)
    assert 400 <= answer.status_code < 500
    assert town.get("/supervision/whistles").text.count("电梯停运三天") == 0
