"""The ledger against a slow oracle in memory, and what is changed of many items at once."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import VIEWER, Permission
from app.errors import Conflict, InvalidParameter
from app.townships.governing.models import (
    CANCELLED,
    CLAIMED_DONE,
    CLOSED,
    DISTRICT_PLAN,
    TO_DO,
    UNDER_WAY,
    VERIFIED,
    ListItem,
    Plan,
)
from app.townships.ledger import views
from app.townships.ledger.asking import Group, LedgerQuery
from app.townships.ledger.bulk import Chosen, all_asked, change_items, step_items
from app.townships.ledger.burn_down import burn_down
from app.townships.ledger.grouping import asked_alone, groups
from app.townships.ledger.listing import ledger_page, reminders
from tests.app.townships.ledger_city import LedgerCity
from tests.people import client_as, first_client, make_app

TODAY = date(2025, 6, 20)
STATES = (TO_DO, UNDER_WAY, CLAIMED_DONE, VERIFIED, CLOSED, CANCELLED)
MANY = 130


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> LedgerCity:
    """A home with many items of all sorts, drawn by a seed."""
    city = LedgerCity(tmp_path_factory.mktemp("ledger"))
    draw = random.Random(7)
    units = [None, *list(city.units.values())[:3]]
    with city.database.session() as session:
        for number in range(MANY):
            session.add(_drawn(draw, city, units, number))
    return city


def _drawn(draw: random.Random, city: LedgerCity, units: list[Any], number: int) -> ListItem:
    def some_day() -> date:
        return TODAY + timedelta(days=draw.randrange(-90, 60))

    state, done = draw.choice(STATES), TODAY - timedelta(days=draw.randrange(90))
    return ListItem(
        plan_id=city.plans[draw.choice(("T1", "T3"))].id,
        kind=draw.choice(("tasks", "problems")),
        title=f"第{number}项{draw.choice(('停车', '噪声', '供水'))}",
        problem=draw.choice(("", "100%_完成")),
        issue_type=draw.choice((None, "parking", "noise")),
        support_level=draw.choice(("", "city")),
        priority=draw.choice(("", "topic")),
        progress_word=draw.choice(("", "solved", "other")),
        responsible_id=draw.choice(units),
        cooperating=[],
        due_on=draw.choice((None, some_day(), some_day())),
        state=state,
        since=done,
        closed_on=done if state == CLOSED else None,
    )


def all_items(city: LedgerCity) -> list[ListItem]:
    with city.database.session() as session:
        return list(session.query(ListItem))


def found(city: LedgerCity, access: Access | None = None, **asked: Any) -> list[int]:
    """The ids of all pages."""
    ids: list[int] = []
    for page in itertools.count(1):
        shown = ledger_page(access or city.access, LedgerQuery(**asked, page=page), TODAY)
        ids += [row.id for row in shown.rows]
        if page >= shown.pages:
            assert len(ids) == shown.total
            return ids
    raise AssertionError


def undone(item: ListItem) -> bool:
    return item.state in (TO_DO, UNDER_WAY)


FILTERS: list[tuple[dict[str, Any], Callable[[ListItem], bool]]] = [
    ({}, lambda _: True),
    ({"state": "open"}, lambda i: i.state in (TO_DO, UNDER_WAY, CLAIMED_DONE)),
    ({"state": "done"}, lambda i: i.state in (VERIFIED, CLOSED)),
    ({"state": "cancelled"}, lambda i: i.state == CANCELLED),
    ({"kind": "tasks", "issue_type": "noise"},
     lambda i: i.kind == "tasks" and i.issue_type == "noise"),
    ({"issue_type": "-"}, lambda i: i.issue_type is None),
    ({"progress_word": "-"}, lambda i: i.progress_word == ""),
    ({"progress_word": "solved", "priority": "topic"},
     lambda i: i.progress_word == "solved" and i.priority == "topic"),
    ({"support_level": "city"}, lambda i: i.support_level == "city"),
    ({"due": "overdue"}, lambda i: undone(i) and i.due_on is not None and i.due_on < TODAY),
    ({"due": "soon"}, lambda i: undone(i) and i.due_on is not None
     and 0 <= (i.due_on - TODAY).days <= 14),
    ({"due": "none"}, lambda i: undone(i) and i.due_on is None),
    ({"unit": 0}, lambda i: i.responsible_id is None),
    ({"unit": 1}, lambda i: i.responsible_id == 1),
    ({"text": "停车"}, lambda i: "停车" in i.title),
    ({"text": "0%_"}, lambda i: "0%_" in i.problem),
    ({"text": "0%x"}, lambda i: False),
    ({"year": 2025}, lambda _: True),
    ({"year": 2024}, lambda _: False),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "kept"), FILTERS, ids=[str(each[0]) for each in FILTERS])
def test_filters_keep_what_they_say(
    city: LedgerCity, asked: dict[str, Any], kept: Callable[[ListItem], bool]
) -> None:
    assert sorted(found(city, **asked)) == [item.id for item in all_items(city) if kept(item)]


def test_townships_and_districts_are_filtered_by_their_codes(city: LedgerCity) -> None:
    of_first = [i.id for i in all_items(city) if i.plan_id == city.plans["T1"].id]
    assert sorted(found(city, township="T1")) == of_first
    assert sorted(found(city, district="D1")) == of_first
    assert found(city, township="T2") == []


def test_a_person_sees_her_area_and_what_her_units_are_to_do(city: LedgerCity) -> None:
    unit = city.units["住建委"]
    first = {i.id for i in all_items(city) if i.plan_id == city.plans["T1"].id}
    assert set(found(city, city.person("township"))) == first
    assert not first & set(found(city, city.person("other")))
    rights = {Permission.READ: Area(), Permission.ANSWER: Area()}
    asked = Access(city.database, "unit", areas=rights, answering=frozenset({unit}))
    assert set(found(city, asked)) == {i.id for i in all_items(city) if i.responsible_id == unit}


@pytest.mark.parametrize("sort", ["due", "-due", "title", "-title", "state", "-state"])
def test_order_goes_both_ways_and_nothing_comes_last(city: LedgerCity, sort: str) -> None:
    items = {item.id: item for item in all_items(city)}
    column = sort.removeprefix("-")
    values = [
        {"due": item.due_on, "title": item.title, "state": STATES.index(item.state)}[column]
        for item in (items[number] for number in found(city, sort=sort))
    ]
    told = [value for value in values if value is not None]
    assert told == sorted(told, reverse=sort.startswith("-"))
    assert values == [*told, *[None] * (len(values) - len(told))]


@pytest.mark.parametrize("group", ["township", "issue_type", "unit", "state"])
def test_groups_count_what_their_own_filter_lists(city: LedgerCity, group: Group) -> None:
    items = {item.id: item for item in all_items(city)}
    lines = groups(city.access, LedgerQuery(group=group, text="停车"), TODAY)
    whole = [i for i in items.values() if "停车" in i.title]
    counted = [i for i in whole if group == "state" or i.state != CANCELLED]
    assert sum(line.total for line in lines) == len(counted)
    for line in lines:
        asked: dict[str, Any] = {"text": "停车", group: line.key}
        own = [items[each] for each in found(city, **asked)]
        live = [i for i in own if i.state != CANCELLED]
        assert line.total == len(own if group == "state" else live)
        assert line.open == sum(i.state in (TO_DO, UNDER_WAY, CLAIMED_DONE) for i in own)
        assert line.done == sum(i.state in (VERIFIED, CLOSED) for i in own)
        assert line.overdue == sum(undone(i) and (i.due_on or TODAY) < TODAY for i in own)
        assert line.planned == sum(i.due_on is None or i.due_on >= TODAY for i in live)


@pytest.mark.parametrize("group", ["township", "issue_type", "unit", "state"])
@pytest.mark.parametrize("state", [None, "open", "cancelled"])
def test_a_groups_link_lists_just_what_it_counts(
    city: LedgerCity, group: Group, state: Any
) -> None:
    asked = LedgerQuery(group=group, state=state)
    with city.database.session() as session:
        own = session.query(Plan).filter_by(level=DISTRICT_PLAN, area_code="D1").one()
        item = ListItem(
            plan_id=own.id, kind="tasks", title="区里", cooperating=[], state=TO_DO, text="",
            case_ids=[],
        )  # fmt: skip
        session.add(item)
    lines = groups(city.access, asked, TODAY)
    assert [line.is_district for line in lines].count(True) == (
        group == "township" and state != "cancelled"
    )
    listed = [found(city, **asked_alone(asked, line)) for line in lines]
    with city.database.session() as session:
        session.delete(session.get_one(ListItem, item.id))
    assert [line.total for line in lines] == [len(each) for each in listed]


def test_a_unit_that_cooperates_finds_its_items(tmp_path: Path) -> None:
    city = LedgerCity(tmp_path)
    helper, other = city.units["水务局"], city.units["自来水集团"]
    helped = city.item(cooperating=[helper])
    city.item(title="别的", responsible_id=city.units["住建委"], cooperating=[other])
    rights = {Permission.READ: Area(), Permission.ANSWER: Area()}
    for units, ids in (({helper}, [helped.id]), (set(), [])):
        asked = Access(city.database, "unit", areas=rights, answering=frozenset(units))
        assert found(city, asked) == ids


def test_more_than_may_be_changed_at_once_is_not_offered(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = r'value="all"( disabled)?>'
    page = client.get("/governance/items").text
    assert re.search(offered, page)[1] is None  # type: ignore[index]
    assert f"（{MANY} 项，一次最多 500 项）" in page
    monkeypatch.setattr(views, "MOST_AT_ONCE", MANY - 1)
    assert re.search(offered, client.get("/governance/items").text)[1]  # type: ignore[index]


def test_half_months_are_named_as_on_other_pages(client: FlaskClient) -> None:
    page = client.get("/governance/items").text
    assert re.search(r'"labels": \["\d{4}-\d\d (上|下|\\u4e0a|\\u4e0b)"', page)
    assert "①" not in page


def test_a_plan_shows_its_items_page_by_page(city: LedgerCity, client: FlaskClient) -> None:
    plan = city.plans["T1"].id
    own = [item for item in all_items(city) if item.plan_id == plan]
    address = f"/governance/plans/{plan}"
    pages = [client.get(f"{address}?page={n}").text for n in range(1, -(-len(own) // 50) + 1)]
    shown = [re.findall(r'lead-cell"><a href="/governance/items/(\d+)"', page) for page in pages]
    assert [len(each) for each in shown[:-1]] == [50] * (len(pages) - 1)
    kinds = re.findall(r'id="list-(\w+)"', "".join(pages))
    order = {kind: at for at, kind in enumerate(dict.fromkeys(kinds))}
    wanted = sorted(own, key=lambda i: (order[i.kind], i.due_on or date.max, i.id))
    assert [int(each) for page in shown for each in page] == [item.id for item in wanted]
    late = [i for i in own if undone(i) and i.due_on and i.due_on < date.today()]
    assert f"{sum(i.kind == 'tasks' for i in late)} 项" in client.get(f"{address}?overdue=1").text


def test_the_course_counts_what_was_open_at_each_end(city: LedgerCity) -> None:
    course = burn_down(city.access, LedgerQuery(kind="tasks"), TODAY)
    assert course is not None
    items = [i for i in all_items(city) if i.kind == "tasks" and i.state != CANCELLED]
    done = {i.id: i.since if i.state == VERIFIED else i.closed_on for i in items}
    ends = [half.last_day for half in course.halves]
    assert {half.kind for half in course.halves} == {"half_month"}
    for end, is_open, planned in zip(ends, course.open, course.planned, strict=True):
        assert (end + timedelta(days=1)).day in (1, 16)
        assert planned == sum(i.due_on is None or i.due_on > end for i in items)
        if is_open is None:
            assert end - timedelta(days=15) >= TODAY - timedelta(days=1)
        else:
            until = min(end, TODAY)
            assert is_open == sum(
                i.state not in (VERIFIED, CLOSED) or (done[i.id] or TODAY) > until for i in items
            )
    assert course.open[0] == course.planned[0] == len(items)


def test_what_is_near_and_past_its_day_is_counted(city: LedgerCity) -> None:
    told = reminders(city.access, TODAY)
    assert told.soon == len(found(city, due="soon")) > 0
    assert told.overdue == len(found(city, due="overdue")) > 0


def test_a_page_asks_as_much_for_many_items_as_for_few(
    city: LedgerCity, client: FlaskClient
) -> None:
    def asked(address: str) -> int:
        queries: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            queries.append(statement)

        engine = client.application.extensions["suyuan"].database.engine
        event.listen(engine, "before_cursor_execute", note)
        assert client.get(address).status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        return len(queries)

    assert asked("/governance/items") == asked("/governance/items?text=第1项停车&page=9")


@pytest.fixture(scope="module")
def client(city: LedgerCity) -> FlaskClient:
    return first_client(make_app(city.home.path))


def test_the_page_tells_counts_course_and_reminders(client: FlaskClient) -> None:
    page = client.get("/governance/items?group=issue_type&sort=-due").text
    assert f'id="items-title">{MANY} 项' in page
    assert 'id="course-data"' in page
    assert "charts" in page.rpartition('<script type="module"')[2]
    assert "停车管理" in page
    assert "项已逾期" in page
    assert page.count('name="item"') == 50
    assert "/governance/items?group=issue_type&amp;page=2&amp;sort=-due" in page.replace(
        "page=2&amp;group=issue_type&amp;sort=-due", "group=issue_type&amp;page=2&amp;sort=-due"
    )
    assert "/governance/items" in client.get("/governance").text
    empty = client.get("/governance/items?text=没有这样的事").text
    assert "没有符合条件的事项" in empty


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "state=x", "unit=-1", "year=1", "sort=id", "text=" + "长" * 61]
)
def test_what_may_not_be_asked_is_said(client: FlaskClient, query: str) -> None:
    assert client.get(f"/governance/items?{query}").status_code == 400


@pytest.fixture
def two(tmp_path: Path) -> tuple[LedgerCity, list[ListItem]]:
    """Two items of T1 and one of T3, each with a due day."""
    city = LedgerCity(tmp_path)
    due = date(2025, 7, 1)
    return city, [city.item("T1", due_on=due), city.item("T1", title="乙", due_on=due),
                  city.item("T3", due_on=due)]  # fmt: skip


def chosen(items: list[ListItem]) -> list[Chosen]:
    return [Chosen(item.id, item.row_version) for item in items]


LATER = {"due_on": date(2025, 8, 1), "issue_type": "noise"}


def test_the_others_are_changed_or_none(two: tuple[LedgerCity, list[ListItem]]) -> None:
    city, items = two
    district = city.person("district")
    none = change_items(district, chosen(items), LATER, whole=True)
    assert (none.done, [each.item_id for each in none.refused]) == (0, [items[2].id])
    assert [city.now(each).issue_type for each in items] == [None, None, None]
    some = change_items(district, chosen(items), LATER, whole=False)
    assert (some.done, [each.item_id for each in some.refused]) == (2, [items[2].id])
    assert some.refused[0].title == ""
    assert [city.now(each).issue_type for each in items] == ["noise", "noise", None]
    assert [city.now(each).row_version for each in items] == [2, 2, 1]


def test_each_refused_row_says_why(two: tuple[LedgerCity, list[ListItem]]) -> None:
    city, items = two
    stale = [Chosen(items[0].id, 9), Chosen(999, 1), *chosen(items[1:2])]
    outcome = change_items(city.person("township"), stale, LATER, whole=False)
    assert outcome.done == 0
    told = {each.item_id: each.error.english for each in outcome.refused}
    assert "may not put off" in told[items[0].id]
    assert told[999] == "no item 999"
    assert "may not put off" in told[items[1].id]
    outcome = change_items(city.access, stale, LATER, whole=False)
    assert "changed by someone else" in outcome.refused[0].error.english
    assert outcome.done == 1


def test_steps_forward_are_each_persons_own(two: tuple[LedgerCity, list[ListItem]]) -> None:
    city, items = two
    town, day = city.person("township"), date(2025, 6, 1)
    for state in (UNDER_WAY, CLAIMED_DONE):
        step_items(town, [Chosen(items[0].id, city.now(items[0]).row_version)], day, "", whole=True)
        assert city.now(items[0]).state == state
    both = [Chosen(items[0].id, 3), Chosen(items[1].id, 1)]
    outcome = step_items(town, both, day, "", whole=False)
    assert [each.item_id for each in outcome.refused] == [items[0].id]
    assert city.now(items[1]).state == UNDER_WAY
    step_items(city.access, [Chosen(items[0].id, 3)], day, "", whole=True)
    step_items(city.access, [Chosen(items[0].id, 4)], day, "", whole=True)
    ended = step_items(city.access, [Chosen(items[0].id, 5)], day, "", whole=True)
    assert "no step leads forward" in ended.refused[0].error.english


def test_all_of_a_filter_are_those_that_were_seen(two: tuple[LedgerCity, list[ListItem]]) -> None:
    city, items = two
    asked = LedgerQuery(township="T1")
    assert all_asked(city.access, asked, TODAY, 2) == chosen(items[:2])
    with pytest.raises(Conflict, match="2 items now, not 3"):
        all_asked(city.access, asked, TODAY, 3)
    with pytest.raises(InvalidParameter, match="no item is chosen"):
        change_items(city.access, [], LATER, whole=False)
    with pytest.raises(InvalidParameter, match="at most 500"):
        change_items(city.access, chosen(items) * 200, LATER, whole=False)
    with pytest.raises(InvalidParameter, match="nothing is to be changed"):
        change_items(city.access, chosen(items), {}, whole=False)


def test_the_bulk_form_answers_for_each_row(two: tuple[LedgerCity, list[ListItem]]) -> None:
    city, items = two
    app = make_app(city.home.path)
    client = first_client(app)
    form = {"scope": "chosen", "mode": "good", "do": "change", "progress_word": "solved"}
    ticked = [f"{items[0].id}:1", f"{items[1].id}:7"]
    answer = client.post("/governance/items?township=T1", data={**form, "item": ticked})
    assert answer.status_code == 200
    assert "已改 1 项，1 项没有改" in answer.text
    assert re.search(r"乙</a>.*已被他人修改", answer.text)
    whole = {**form, "mode": "whole", "item": [f"{items[0].id}:2", f"{items[1].id}:7"],
             "progress_word": "-"}  # fmt: skip
    answer = client.post("/governance/items", data=whole)
    assert answer.status_code == 409
    assert "什么都没有改" in answer.text
    assert city.now(items[0]).progress_word == "solved"
    every = {**form, "scope": "all", "seen": "2", "due_on": "2025-09-01"}
    assert client.post("/governance/items?township=T1", data=every).status_code == 302
    assert city.now(items[1]).due_on == date(2025, 9, 1)
    for wrong, status in (
        ({"item": "x"}, 400), ({}, 400), ({"item": ticked, "due_on": "soon"}, 422),
        ({"item": ticked, "responsible_id": "99"}, 422), ({"scope": "all", "seen": "7"}, 409),
    ):  # fmt: skip
        assert client.post("/governance/items", data={**form, **wrong}).status_code == status
    viewer = client_as(app, "looks", [VIEWER])
    answer = viewer.post("/governance/items", data={**form, "item": f"{items[2].id}:1"})
    assert answer.status_code == 409
    assert "没有这项权限" in answer.text
