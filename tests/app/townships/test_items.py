"""Plans and items: who may write and move what, what is refused, and what the audit keeps."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.accounts.access import Access, operator
from app.accounts.areas import EVERYWHERE, Area
from app.accounts.audit import history_of
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import Conflict, Forbidden, InvalidParameter, Missing
from app.townships.designations.models import GOVERNED, Designation
from app.townships.governing import plans
from app.townships.governing.item_steps import STEPS, ItemMove
from app.townships.governing.item_values import ItemValues
from app.townships.governing.items import (
    Source,
    change_item,
    create_item,
    find_item,
    items_of_units,
    move_item,
    steps_for,
)
from app.townships.governing.kinds import (
    KindNames,
    add_kind,
    change_kind,
    list_kinds,
    move_kind_up,
)
from app.townships.governing.models import (
    CANCELLED,
    CLAIMED_DONE,
    CLOSED,
    TO_DO,
    UNDER_WAY,
    VERIFIED,
    ListItem,
    Plan,
)
from app.townships.governing.plans import District, PlanValues, begin_plan, change_plan
from geodata.home import Home

HERE = Home.at(Path("nowhere"))
MAY, JUNE, JULY = date(2025, 5, 1), date(2025, 6, 1), date(2025, 7, 1)
GIVEN = ItemValues(title="清运垃圾", kind="tasks", due_on=JULY)


@pytest.fixture(autouse=True)
def districts(monkeypatch: pytest.MonkeyPatch) -> None:
    """T1 and T2 lie in D1, T3 in D2, T4 in a city without districts."""
    known = {"T1": "D1", "T2": "D1", "T3": "D2"}
    monkeypatch.setattr(
        plans,
        "district_of",
        lambda _home, codes: next(
            (District(known[code], f"区{known[code]}") for code in codes if code in known), None
        ),
    )


def make_plan(database: Database, township: str = "T1", year: int = 2025) -> Plan:
    with database.session() as session:
        one = Designation(
            township=township, name=township, state=GOVERNED, since=MAY, designated_on=MAY
        )
        session.add(one)
    return begin_plan(operator(database), HERE, one.id, year)


def make_unit(database: Database, name: str = "城管委") -> int:
    with database.session() as session:
        unit = Unit(name=name, kind="department")
        session.add(unit)
    return unit.id


def person(database: Database, who: str, unit: int = 0) -> Access:
    """People of a township, its district, another district, the city, and of a handling unit."""
    areas = {
        "township": Area(townships=frozenset({"T1"})),
        "district": Area(townships=frozenset({"T1", "T2"}), districts=frozenset({"D1"})),
        "other": Area(townships=frozenset({"T3"}), districts=frozenset({"D2"})),
        "city": EVERYWHERE,
    }
    if who == "unit":
        mine = {Permission.READ: Area(), Permission.ANSWER: Area()}
        return Access(database, who, areas=mine, answering=frozenset({unit}))
    rights = dict.fromkeys((Permission.READ, Permission.WORK_PLANS), areas[who])
    return Access(database, who, areas=rights)


def make_item(database: Database, **more: object) -> ListItem:
    plan = make_plan(database)
    return create_item(operator(database), plan.id, GIVEN.model_copy(update=more))


def bring(database: Database, item: ListItem, *states: str) -> ListItem:
    for state in states:
        item = move_item(operator(database), item.id, item.row_version, ItemMove(state, JUNE, "好"))
    return item


def test_a_plan_stands_below_its_districts_of_the_same_year(database: Database) -> None:
    first, second, other = (make_plan(database, code) for code in ("T1", "T2", "T3"))
    assert first.parent_id == second.parent_id != other.parent_id
    assert make_plan(database, "T4").parent_id is None
    above = plans.plan_above(operator(database), first)
    assert above is not None
    assert (above.area_code, above.year, above.level) == ("D1", 2025, "district")
    assert [each.id for each in plans.plans_below(operator(database), above.id)] == [
        first.id, second.id,
    ]  # fmt: skip


@pytest.mark.db
def test_one_plan_a_township_and_year(database: Database) -> None:
    plan = make_plan(database)
    with pytest.raises(Conflict, match="has a plan for 2025 already"):
        begin_plan(operator(database), HERE, plan.designation_id or 0, 2025)


def test_a_plan_is_of_a_year_in_force(database: Database) -> None:
    plan = make_plan(database)
    with pytest.raises(Conflict, match="not designated in 2024"):
        begin_plan(operator(database), HERE, plan.designation_id or 0, 2024)
    with pytest.raises(InvalidParameter):
        begin_plan(operator(database), HERE, plan.designation_id or 0, 99999)


def test_people_of_another_district_change_nothing(database: Database) -> None:
    item = make_item(database)
    other = person(database, "other")
    with pytest.raises(Forbidden):
        change_plan(other, item.plan_id, PlanValues(name="别的"), 1)
    with pytest.raises(Forbidden):
        create_item(other, item.plan_id, GIVEN)
    with pytest.raises(Forbidden):
        change_item(other, item.id, GIVEN, 1)
    with pytest.raises(Forbidden):
        move_item(other, item.id, 1, ItemMove(UNDER_WAY, JUNE))
    with pytest.raises(Forbidden):
        find_item(other, item.id)
    with pytest.raises(Forbidden):
        begin_plan(other, HERE, 1, 2026)


def test_a_township_does_not_change_its_districts_plan(database: Database) -> None:
    above = make_plan(database).parent_id or 0
    with pytest.raises(Forbidden):
        change_plan(person(database, "township"), above, PlanValues(name="区"), 1)
    assert change_plan(person(database, "district"), above, PlanValues(name="区"), 1).name == "区"


@pytest.mark.parametrize(
    ("who", "state", "wanted"),
    [
        ("unit", TO_DO, {UNDER_WAY}),
        ("unit", UNDER_WAY, {CLAIMED_DONE}),
        ("unit", CLAIMED_DONE, {UNDER_WAY}),
        ("unit", VERIFIED, set()),
        ("township", TO_DO, {UNDER_WAY}),
        ("township", UNDER_WAY, {CLAIMED_DONE, TO_DO}),
        ("township", CLAIMED_DONE, {UNDER_WAY}),
        ("township", CLOSED, set()),
        ("district", CLAIMED_DONE, {VERIFIED, UNDER_WAY}),
        ("district", VERIFIED, {CLOSED, UNDER_WAY}),
        ("city", CLOSED, {UNDER_WAY}),
        ("other", TO_DO, set()),
    ],
)
def test_who_may_take_which_step(
    database: Database, who: str, state: str, wanted: set[str]
) -> None:
    unit = make_unit(database)
    item = make_item(database, responsible_id=unit)
    item.state = state
    with database.session() as session:
        plan = session.get_one(Plan, item.plan_id)
        session.merge(item)
    access = person(database, who, unit)
    assert set(steps_for(access, item, plan)) == wanted
    for following in set(STEPS.after(state)) - wanted:
        with pytest.raises(Forbidden):
            move_item(access, item.id, item.row_version + 1, ItemMove(following, JUNE, "说明"))


def test_the_whole_way_is_told_by_the_audit(database: Database) -> None:
    item = bring(database, make_item(database), UNDER_WAY, CLAIMED_DONE, VERIFIED, CLOSED)
    assert (item.claimed_on, item.closed_on, item.since) == (JUNE, JUNE, JUNE)
    acts = history_of(database, "list_item", item.id)
    assert [act.changes["state"][1] for act in acts] == [
        TO_DO, UNDER_WAY, CLAIMED_DONE, VERIFIED, CLOSED,
    ]  # fmt: skip
    again = bring(database, item, UNDER_WAY)
    assert (again.claimed_on, again.closed_on) == (None, None)


@pytest.mark.parametrize(
    ("states", "following"),
    [((), CANCELLED), ((UNDER_WAY,), TO_DO), ((UNDER_WAY, CLAIMED_DONE), UNDER_WAY)],
)
def test_steps_back_and_away_need_words(
    database: Database, states: tuple[str, ...], following: str
) -> None:
    item = bring(database, make_item(database), *states)
    with pytest.raises(InvalidParameter, match="needs a reason"):
        move_item(operator(database), item.id, item.row_version, ItemMove(following, JUNE, " "))


def test_what_may_not_follow_is_refused(database: Database) -> None:
    item = make_item(database)
    with pytest.raises(Conflict, match="only under_way or cancelled"):
        move_item(operator(database), item.id, 1, ItemMove(CLOSED, JUNE))
    item = bring(database, item, UNDER_WAY)
    with pytest.raises(InvalidParameter, match="lies before"):
        move_item(operator(database), item.id, item.row_version, ItemMove(CLAIMED_DONE, MAY))


@pytest.mark.parametrize(
    ("on", "rule"),
    [(date.today() + timedelta(days=1), "yet to come"), (date(202, 6, 1), "before 1980-01-01")],
)
def test_an_item_does_not_move_on_days_that_are_slips_of_the_pen(
    database: Database, on: date, rule: str
) -> None:
    item = make_item(database)
    with pytest.raises(InvalidParameter, match=rule):
        move_item(operator(database), item.id, 1, ItemMove(UNDER_WAY, on))


def test_who_does_the_work_neither_puts_it_off_nor_rewrites_what_is_closed(
    database: Database,
) -> None:
    item = make_item(database)
    town, district = person(database, "township"), person(database, "district")
    for later in (date(2025, 7, 2), None):
        with pytest.raises(Forbidden, match="may not put off item"):
            change_item(town, item.id, GIVEN.model_copy(update={"due_on": later}), 1)
    sooner = change_item(town, item.id, GIVEN.model_copy(update={"due_on": JUNE}), 1)
    item = change_item(district, item.id, GIVEN, sooner.row_version)
    assert item.due_on == JULY
    item = bring(database, item, UNDER_WAY, CLAIMED_DONE, VERIFIED, CLOSED)
    renamed = GIVEN.model_copy(update={"title": "甲"})
    with pytest.raises(Forbidden, match="which is closed"):
        change_item(town, item.id, renamed, item.row_version)
    assert change_item(district, item.id, renamed, item.row_version).title == "甲"


@pytest.mark.db
def test_the_second_of_two_writers_is_told(database: Database) -> None:
    item = make_item(database)
    change_item(operator(database), item.id, GIVEN.model_copy(update={"title": "甲"}), 1)
    with pytest.raises(Conflict, match="changed by someone else"):
        change_item(operator(database), item.id, GIVEN, 1)


def test_a_unit_sees_and_lists_what_it_is_responsible_for(database: Database) -> None:
    unit, helper = make_unit(database), make_unit(database, "水务局")
    item = make_item(database, responsible_id=unit, cooperating=[helper])
    assert [each.id for each, _plan in items_of_units(person(database, "unit", unit))] == [item.id]
    assert items_of_units(person(database, "unit", helper)) == []
    assert find_item(person(database, "unit", helper), item.id)[0].id == item.id
    with pytest.raises(Forbidden):
        change_item(person(database, "unit", unit), item.id, GIVEN, 1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "nothing"}, "no list 'nothing'"),
        ({"kind": "policies"}, "no list 'policies'"),
        ({"responsible_id": 99}, "unit 99"),
        ({"cooperating": [98]}, "unit 98"),
    ],
)
def test_lists_and_units_must_be_there(
    database: Database, wrong: dict[str, object], says: str
) -> None:
    plan = make_plan(database)
    with pytest.raises(InvalidParameter, match=says):
        create_item(operator(database), plan.id, GIVEN.model_copy(update=wrong))
    with pytest.raises(Missing):
        create_item(operator(database), 99, GIVEN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_from": 10.0},
        {"target_to": 3.0},
        {"target_from": 3.0, "target_to": 10.0},
        {"starts_on": JULY, "due_on": MAY},
        {"title": " "},
    ],
)
def test_values_that_do_not_fit_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ItemValues(**{"title": "甲", "kind": "tasks", **wrong})


def test_where_an_item_came_from_stays(database: Database) -> None:
    plan = make_plan(database)
    made = create_item(operator(database), plan.id, GIVEN, Source("meeting", "7"))
    assert (made.source_kind, made.source_id) == ("meeting", "7")


@pytest.mark.db
def test_kinds_of_lists_are_added_renamed_ordered_and_stopped(database: Database) -> None:
    access = operator(database)
    assert [kind.chinese for kind in list_kinds(database, active=True)] == [
        "问题清单", "任务清单", "责任清单", "项目清单",
    ]  # fmt: skip
    add_kind(access, "funds", KindNames("资金清单", "Funds"))
    for _ in range(2):
        move_kind_up(access, "funds")
    seen = {kind.key: kind.row_version for kind in list_kinds(database)}
    change_kind(access, "tasks", KindNames("任务", "Tasks", active=False), seen["tasks"])
    change_kind(access, "policies", KindNames("政策清单", "Policies"), seen["policies"])
    assert [kind.key for kind in list_kinds(database, active=True)] == [
        "problems", "duties", "funds", "projects", "policies",
    ]  # fmt: skip
    with pytest.raises(Conflict, match="changed by someone else"):
        change_kind(access, "policies", KindNames("政策", "Policies"), seen["policies"])
    with pytest.raises(Conflict, match="already"):
        add_kind(access, "funds", KindNames("资金", "Funds"))
    with pytest.raises(InvalidParameter):
        add_kind(access, "Funds!", KindNames("资金", "Funds"))
    with pytest.raises(Forbidden):
        add_kind(person(database, "city"), "more", KindNames("更多", "More"))
