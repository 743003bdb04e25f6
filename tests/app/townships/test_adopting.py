"""Adoption: who may ask whom about what, what an answer needs, who sees it, what is counted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import python_calamine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from app.accounts.access import Access, operator
from app.accounts.audit import history_of
from app.errors import Conflict, Forbidden, InvalidParameter, Missing
from app.home.waiting import waiting_for
from app.services import services
from app.townships.adopting import listing, requests
from app.townships.adopting.models import ADOPTED, ASKED, NOT_ADOPTED, AdoptionRequest
from app.townships.adopting.requests import Answer, AskValues
from app.townships.adopting.subjects import Asked
from app.townships.designations.models import DESIGNATED, Designation
from app.townships.governing.items import ItemValues, create_item
from app.townships.governing.models import CANCELLED, ListItem, Plan
from app.townships.governing.plans import begin_plan
from geodata.home import Home
from tests.app.townships.governed_city import make_areas, make_units
from tests.people import access_as, client_as, make_account, make_app

TODAY = date.today()
SOON = TODAY + timedelta(days=3)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(make_areas(tmp_path_factory.mktemp("adopting")).path)


@pytest.fixture(scope="module")
def everybody(app: Flask) -> Access:
    return operator(services(app).database)


@pytest.fixture(scope="module")
def units(app: Flask, everybody: Access) -> dict[str, int]:
    home: Home = services(app).home
    return make_units(everybody, home)


@pytest.fixture(scope="module")
def item(app: Flask, everybody: Access, units: dict[str, int]) -> int:
    return make_item(app, everybody, "T1", "东街道")


def make_item(app: Flask, access: Access, township: str, name: str) -> int:
    day = date(TODAY.year, 1, 1)
    with access.database.session() as session:
        one = Designation(
            township=township, name=name, state=DESIGNATED, since=day, designated_on=day
        )
        session.add(one)
    plan = begin_plan(access, services(app).home, one.id, TODAY.year)
    return create_item(access, plan.id, ItemValues(title="老旧管网改造", kind="tasks")).id


@pytest.fixture(autouse=True)
def none_before(everybody: Access) -> Iterator[None]:
    yield
    with everybody.database.session() as session:
        session.execute(delete(AdoptionRequest))


def person(app: Flask, units: dict[str, int], unit: str, office: str = "planner") -> Access:
    account = make_account(services(app).database, f"{office}-{unit}", [office], units[unit])
    return access_as(app, account)


def client_of(app: Flask, units: dict[str, int], unit: str, office: str) -> FlaskClient:
    return client_as(app, f"{office}-{unit}", [office], units[unit])


def ask(
    app: Flask, access: Access, item: int, *chosen: int, due: date = SOON, today: date = TODAY
) -> list[AdoptionRequest]:
    values = AskValues(title="管网改造", due_on=due, units=chosen)
    return requests.ask(access, services(app).home, Asked("item", str(item)), values, today)


def test_from_the_asking_to_an_answer(app: Flask, units: dict[str, int], item: int) -> None:
    town = person(app, units, "东街道")
    water = person(app, units, "水务局", "handling_unit")
    other = person(app, units, "住建委", "handling_unit")
    made = ask(app, town, item, units["水务局"], units["东区住建委"])
    assert [(each.unit_id, each.state, each.area_code) for each in made] == [
        (units["水务局"], ASKED, "T1"), (units["东区住建委"], ASKED, "T1"),
    ]  # fmt: skip
    one = made[0]
    with pytest.raises(Forbidden):
        requests.answer(other, one.id, 1, Answer(False, reason="无"), TODAY)
    with pytest.raises(InvalidParameter, match="year"):
        requests.answer(water, one.id, 1, Answer(True, TODAY.year - 1, "管网"), TODAY)
    with pytest.raises(InvalidParameter, match="year"):
        requests.answer(water, one.id, 1, Answer(True, None, "管网"), TODAY)
    with pytest.raises(InvalidParameter, match="project"):
        requests.answer(water, one.id, 1, Answer(True, TODAY.year, "  "), TODAY)
    with pytest.raises(InvalidParameter, match="reason"):
        requests.answer(water, one.id, 1, Answer(False, reason=" "), TODAY)
    with pytest.raises(Conflict, match="someone else"):
        requests.answer(water, one.id, 7, Answer(True, TODAY.year, "管网"), TODAY)
    done = requests.answer(water, one.id, 1, Answer(True, TODAY.year + 1, "城东管网"), TODAY)
    assert (done.state, done.year, done.project) == (ADOPTED, TODAY.year + 1, "城东管网")
    assert done.answered_on == TODAY
    with pytest.raises(Conflict, match="adopted"):
        requests.answer(water, one.id, done.row_version, Answer(False, reason="变了"), TODAY)
    with pytest.raises(Conflict, match="adopted"):
        requests.withdraw(town, one.id, done.row_version, "不要了", TODAY)
    told = [act.act for act in history_of(town.database, "adoption", one.id)]
    assert told == ["create", "answer"]


def test_free_words_are_not_told_to_the_audit(app: Flask, units: dict[str, int], item: int) -> None:
    town = person(app, units, "东街道")
    values = AskValues(title="管网", text="王某某反映", due_on=SOON, units=(units["水务局"],))
    (one,) = requests.ask(town, services(app).home, Asked("item", str(item)), values, TODAY)
    requests.withdraw(town, one.id, 1, "李某某撤的", TODAY)
    told = str(history_of(town.database, "adoption", one.id))
    assert "王某某" not in told
    assert "李某某" not in told


def test_a_department_is_asked_of_one_thing_once_at_a_time(
    app: Flask, units: dict[str, int], item: int
) -> None:
    town = person(app, units, "东街道")
    (first,) = ask(app, town, item, units["水务局"])
    with pytest.raises(Conflict, match="水务局"):
        ask(app, town, item, units["住建委"], units["水务局"])
    with town.database.session() as session:
        assert session.scalar(select(func.count()).select_from(AdoptionRequest)) == 1
    requests.withdraw(town, first.id, 1, "写错了", TODAY)
    (again,) = ask(app, town, item, units["水务局"], units["水务局"])
    assert again.id != first.id


def test_who_may_not_ask(app: Flask, units: dict[str, int], item: int) -> None:
    neighbour, water = person(app, units, "中街道"), person(app, units, "水务局", "handling_unit")
    with pytest.raises(Forbidden):
        ask(app, neighbour, item, units["水务局"])
    with pytest.raises(Forbidden):
        ask(app, water, item, units["水务局"])
    town = person(app, units, "东街道")
    with pytest.raises(InvalidParameter, match="no department"):
        ask(app, town, item)
    with pytest.raises(InvalidParameter, match="cannot be asked"):
        ask(app, town, item, units["西区住建委"])
    with pytest.raises(InvalidParameter, match="cannot be asked"):
        ask(app, town, item, units["东街道"])
    with pytest.raises(InvalidParameter, match="over already"):
        ask(app, town, item, units["水务局"], due=TODAY - timedelta(days=1))
    with pytest.raises(Missing):
        ask(app, town, 9_999, units["水务局"])
    (one,) = ask(app, town, item, units["水务局"])
    with pytest.raises(Forbidden):
        requests.withdraw(neighbour, one.id, 1, "不要", TODAY)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked("class", "没有的分类", "T1"), "no case is of class"),
        (Asked("point", "P9", "T1"), "no place"),
        (Asked("rumour", "x", "T1"), "none of item"),
        (Asked("point", "P9", "T9"), "township"),
        (Asked("item", "1; drop"), "no number"),
    ],
)
def test_what_is_not_there_is_not_asked_about(
    app: Flask, units: dict[str, int], asked: Asked, says: str
) -> None:
    values = AskValues(title="x", due_on=SOON, units=(units["水务局"],))
    with pytest.raises(InvalidParameter, match=says):
        requests.ask(person(app, units, "东街道"), services(app).home, asked, values, TODAY)


def test_a_cancelled_item_is_not_asked_about(
    app: Flask, everybody: Access, units: dict[str, int], item: int
) -> None:
    with everybody.database.session() as session:
        session.get_one(ListItem, item).state = CANCELLED
    try:
        with pytest.raises(Conflict, match="cancelled"):
            ask(app, everybody, item, units["水务局"])
    finally:
        with everybody.database.session() as session:
            session.get_one(ListItem, item).state = "to_do"


def test_a_districts_own_item_is_asked_about_by_the_district(
    app: Flask, everybody: Access, units: dict[str, int], item: int
) -> None:
    with everybody.database.session() as session:
        plan = session.scalars(select(Plan.id).where(Plan.level == "district")).one()
    own = create_item(everybody, plan, ItemValues(title="区级统筹", kind="tasks")).id
    with pytest.raises(Forbidden):
        ask(app, person(app, units, "东街道"), own, units["水务局"])
    district = person(app, units, "东区")
    (made,) = ask(app, district, own, units["东区住建委"])
    assert (made.level, made.area_code, made.area_name) == ("district", "D1", "东区")
    with pytest.raises(Forbidden):
        requests.find_request(person(app, units, "东街道"), made.id)
    assert requests.find_request(district, made.id)[0].id == made.id


def test_who_sees_a_request(app: Flask, units: dict[str, int], item: int) -> None:
    town = person(app, units, "东街道")
    (one,) = ask(app, town, item, units["水务局"])
    seen = {
        unit: len(listing.list_requests(person(app, units, unit, office), listing.Chosen(), TODAY))
        for unit, office in (
            ("东街道", "planner"), ("东区", "planner"), ("水务局", "handling_unit"),
            ("中街道", "planner"), ("西区", "planner"), ("西区住建委", "handling_unit"),
        )
    }  # fmt: skip
    assert seen == {"东街道": 1, "东区": 1, "水务局": 1, "中街道": 0, "西区": 0, "西区住建委": 0}
    with pytest.raises(Forbidden):
        requests.find_request(person(app, units, "中街道"), one.id)


def test_shares_overdue_and_filters(
    app: Flask, everybody: Access, units: dict[str, int], item: int
) -> None:
    """By hand: water adopts 1 of 2 answered and owes 1 late; housing answers nothing."""
    second = create_item(
        everybody, plan_of(everybody, item), ItemValues(title="乙", kind="tasks")
    ).id
    third = create_item(
        everybody, plan_of(everybody, item), ItemValues(title="丙", kind="tasks")
    ).id
    past = TODAY - timedelta(days=20)
    (late,) = ask(app, everybody, item, units["水务局"], due=past + timedelta(days=5), today=past)
    (yes,) = ask(app, everybody, second, units["水务局"])
    (no,) = ask(app, everybody, third, units["水务局"])
    (waits,) = ask(app, everybody, item, units["住建委"], due=TODAY + timedelta(days=30))
    (gone,) = ask(app, everybody, second, units["住建委"])
    requests.answer(everybody, yes.id, 1, Answer(True, TODAY.year, "甲工程"), TODAY)
    requests.answer(everybody, no.id, 1, Answer(False, reason="已有计划"), TODAY)
    requests.withdraw(everybody, gone.id, 1, "重复", TODAY)
    lines = listing.list_requests(everybody, listing.Chosen(), TODAY)
    assert [line.request.id for line in lines][:2] == [late.id, waits.id]
    assert {line.request.id: line.overdue for line in lines if line.overdue} == {late.id: 15}
    water, housing = listing.shares(lines)
    assert (water.asked, water.adopted, water.not_adopted, water.waiting, water.overdue) == (
        3, 1, 1, 1, 1,
    )  # fmt: skip
    assert water.share == 50
    assert (housing.asked, housing.share) == (1, None)

    def ids(**chosen: object) -> set[int]:
        return {
            line.request.id
            for line in listing.list_requests(everybody, listing.Chosen(**chosen), TODAY)  # type: ignore[arg-type]
        }

    assert ids(state=NOT_ADOPTED) == {no.id}
    assert ids(unit=units["住建委"]) == {waits.id, gone.id}
    assert ids(planned=TODAY.year) == {yes.id}
    assert ids(due="overdue") == {late.id}
    assert ids(year=past.year) >= {late.id}
    assert ids(year=past.year - 5) == set()


def plan_of(access: Access, item: int) -> int:
    with access.database.session() as session:
        return session.get_one(ListItem, item).plan_id


def test_what_waits_for_whom(app: Flask, units: dict[str, int], item: int) -> None:
    town, water = person(app, units, "东街道"), person(app, units, "水务局", "handling_unit")
    past = TODAY - timedelta(days=20)
    ask(app, town, item, units["水务局"], due=TODAY - timedelta(days=1), today=past)
    other = create_item(town, plan_of(town, item), ItemValues(title="丁", kind="tasks")).id
    ask(app, town, other, units["水务局"])
    home, now = services(app).home, datetime.now()

    def waits(access: Access) -> dict[str, tuple[int, int | None]]:
        found = waiting_for(home, access, now)
        tasks = [task for duty in found for task in duty.tasks if "adoption" in task.key]
        return {task.key: (task.count, task.of) for task in tasks}

    assert waits(water) == {"adoptions_owed": (2, 1), "adoptions_soon": (1, None)}
    assert waits(town) == {"adoptions_unanswered": (1, None)}
    assert waits(person(app, units, "中街道")) == {}
    assert waits(person(app, units, "住建委", "handling_unit")) == {}
    page = client_of(app, units, "水务局", "handling_unit").get("/").text
    assert "等本单位答复是否纳入工作计划（逾期 1 项）" in page


def test_asking_and_answering_on_the_pages(app: Flask, units: dict[str, int], item: int) -> None:
    town = client_of(app, units, "东街道", "planner")
    page = town.get(f"/governance/items/{item}").text
    assert "提请部门纳入" in page
    begun = town.post(
        "/governance/adoptions/new",
        data={"fill": "1", "source_kind": "item", "source_id": str(item)},
    )
    assert begun.status_code == 200
    assert 'value="老旧管网改造"' in begun.text
    assert "水务局" in begun.text
    assert "西区住建委" not in begun.text
    form = {"source_kind": "item", "source_id": str(item), "title": "<b>甲</b>",
            "due_on": str(SOON), "text": "逐年渗漏"}  # fmt: skip
    missing = town.post("/governance/adoptions/new", data=form)
    assert missing.status_code == 400
    assert "请至少选一个部门或单位" in missing.text
    assert "逐年渗漏" in missing.text
    made = town.post("/governance/adoptions/new", data={**form, "units": str(units["水务局"])})
    assert made.status_code == 302
    path = made.headers["Location"]
    assert "&lt;b&gt;甲&lt;/b&gt;" in town.get(path).text
    assert "水务局" in town.get(f"/governance/items/{item}").text
    water = client_of(app, units, "水务局", "handling_unit")
    assert "纳入年度" in water.get(path).text
    refused = water.post(f"{path}/answer", data={"do": "adopted", "year": "1999", "project": "乙",
                                                 "row_version": "1"})  # fmt: skip
    assert refused.status_code == 400
    assert "纳入年度应为" in refused.text
    assert 'value="1999"' in refused.text
    unsaid = water.post(f"{path}/answer", data={"do": "maybe", "row_version": "1"})
    assert unsaid.status_code == 400
    stale = water.post(f"{path}/answer", data={"do": "not_adopted", "reason": "x",
                                               "row_version": "9"})  # fmt: skip
    assert stale.status_code == 409
    done = water.post(f"{path}/answer", data={"do": "not_adopted", "reason": "已列入他项",
                                              "row_version": "1"})  # fmt: skip
    assert done.status_code == 302
    assert "已列入他项" in town.get(path).text
    english = town.get("/governance/adoptions", headers={"Accept-Language": "en"})
    assert english.status_code == 200
    assert "0.0%" in town.get("/governance/adoptions").text
    neighbour = client_of(app, units, "中街道", "planner")
    assert neighbour.get(path).status_code == 403
    assert "甲" not in neighbour.get("/governance/adoptions?state=not_adopted").text


def test_pages_without_anything_say_where_to_begin(app: Flask, units: dict[str, int]) -> None:
    town = client_of(app, units, "东街道", "planner")
    assert "还没有提请部门纳入工作计划" in town.get("/governance/adoptions").text
    assert "先选要提请的事" in town.get("/governance/adoptions/new").text
    assert town.get("/governance/adoptions/999").status_code == 404
    assert town.get("/governance/adoptions?year=12").status_code == 400
    assert town.get("/governance/adoptions?page=99").status_code == 200


def test_the_workbook_holds_text_alone(
    app: Flask, everybody: Access, units: dict[str, int], item: int, tmp_path: Path
) -> None:
    town = person(app, units, "东街道")
    values = AskValues(title="=1+1", due_on=SOON, units=(units["水务局"],))
    (one,) = requests.ask(town, services(app).home, Asked("item", str(item)), values, TODAY)
    requests.answer(everybody, one.id, 1, Answer(True, TODAY.year, "@SUM(A1)"), TODAY)
    client = client_of(app, units, "东街道", "planner")
    answer = client.get("/governance/adoptions/table.xlsx?state=adopted")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    heads, row = book.get_sheet_by_index(0).to_python()
    told = dict(zip(heads, row, strict=True))
    assert (told["提请事由"], told["纳入的项目"]) == ("'=1+1", "'@SUM(A1)")
    assert (told["提请部门"], told["状态"], told["纳入年度"]) == (
        "水务局",
        "已纳入计划",
        TODAY.year,
    )
    assert book.get_sheet_by_index(1).to_python()[1][:3] == ["水务局", 1, 1]
    empty = client.get("/governance/adoptions/table.xlsx?state=withdrawn")
    assert empty.status_code == 200
    # A filter of the lines is none of the shares.
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(empty.data))
    assert book.get_sheet_by_index(1).to_python()[1][:3] == ["水务局", 1, 1]
