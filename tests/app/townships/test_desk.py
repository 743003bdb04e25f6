"""The dispatch desk: lights by own arithmetic, one click into a list, minutes, who sees what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape
from re import findall

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select

from app.accounts.access import Access, operator
from app.accounts.audit import history_of
from app.errors import Conflict, Forbidden, InvalidParameter, Missing
from app.services import services
from app.townships.assessment.governance_rules import DeskRules
from app.townships.designations.life import Township, designate
from app.townships.desk.board import desk_board, desk_lines
from app.townships.desk.problems import frequent_problems, known_before
from app.townships.governing.items import ItemValues, Source, create_item
from app.townships.governing.models import ListItem
from app.townships.governing.plans import begin_plan
from app.townships.governing.register import find_designation
from app.townships.supervising import meetings, whistles
from app.townships.supervising.meetings import MeetingValues, MinuteLine, title_of
from app.townships.supervising.whistles import WhistleValues
from tests.app.townships.governed_city import TOWNSHIPS, make_units
from tests.app.townships.test_problems import (
    CLASSES,
    END,
    made_cases,
    make_busy_city,
    township_of,
    within,
)
from tests.people import access_as, client_as, make_account, make_app

TODAY = date.today()
BEGAN = date(2025, 4, 1)
MINUTES = "一、P1小区更换水泵\n（2）清运垃圾\n\n- 下月复查"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(make_busy_city(tmp_path_factory.mktemp("desk")).path)


@pytest.fixture(scope="module")
def everybody(app: Flask) -> Access:
    return operator(services(app).database)


@pytest.fixture(scope="module")
def units(app: Flask, everybody: Access) -> dict[str, int]:
    return make_units(everybody, services(app).home)


@pytest.fixture(scope="module")
def governed(app: Flask, everybody: Access, units: dict[str, int]) -> dict[str, int]:
    """Designate the three townships; the first has a plan with an item that is long overdue."""
    numbers = {}
    for code, (name, _district) in TOWNSHIPS.items():
        with everybody.database.session() as session:
            one = designate(everybody, session, Township(code, name), BEGAN, reason="诉求集中")
        numbers[code] = one.id
    plan = begin_plan(everybody, services(app).home, numbers["T1"], 2025)
    late = ItemValues(title="清理堆物", kind="tasks", due_on=TODAY - timedelta(days=40))
    create_item(everybody, plan.id, late)
    noise = ItemValues(title="治理噪声", kind="problems", class_1=CLASSES[1], target_from=99,
                       target_to=90)  # fmt: skip
    create_item(everybody, plan.id, noise)
    lead = units["水务局"]
    given = WhistleValues(
        township="T1", title="管网", deadline=TODAY - timedelta(days=1), lead=lead
    )
    whistles.raise_whistle(everybody, given, TODAY - timedelta(days=9))
    return numbers


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect what is sent to the database."""
    sent: list[str] = []

    def note(*given: object) -> None:
        sent.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_the_lights_of_each_township(
    app: Flask, everybody: Access, governed: dict[str, int]
) -> None:
    lines = desk_board(everybody, services(app).home, TODAY)
    found = {line.designation.township: line for line in lines}
    first = found["T1"]
    assert lines[0] is first
    # One of two items is due and not done: half of the plan is behind.
    assert (first.progress.total, first.progress.scheduled, first.progress.done) == (2, 1, 0)
    assert [(item.title, days) for item, days in first.late_items(TODAY)] == [("清理堆物", 40)]
    june = within(made_cases(), END.replace(month=6), END)
    noise = sum(township_of(row) == "T1" and row["class_1"] == CLASSES[1] for row in june)
    assert [each.newest for each in first.against.values()] == [noise]
    assert first.newest == sum(township_of(row) == "T1" for row in june)
    assert first.lights == {
        "progress": "bad", "demand": "good", "overdue": "bad", "whistles": "bad",
        "problems": "watch",
    }  # fmt: skip
    assert [unit.name for unit in first.whistles[0].owing] == ["水务局"]
    assert found["T2"].lights == {
        "progress": "none", "demand": "none", "overdue": "none", "whistles": "good",
        "problems": "watch",
    }  # fmt: skip
    every = frequent_problems(services(app).home, DeskRules())
    for code, line in found.items():
        expected = {each.source_id for each in every if each.township == code}
        if code == "T1":
            expected -= {f"class:{CLASSES[1]}"}
        known = known_before(services(app).home, code, BEGAN, DeskRules())
        assert {each.source_id for each in line.problems} == expected - known
        assert {each.source_id for each in line.lasting} == expected & known


def test_as_many_queries_for_three_as_for_one(
    app: Flask, everybody: Access, governed: dict[str, int]
) -> None:
    home = services(app).home
    ones = [find_designation(everybody.database, number) for number in governed.values()]
    counts = []
    for some in (ones[:1], ones):
        with statements(everybody.database.engine) as sent:
            assert len(desk_lines(everybody, home, some, TODAY)) == len(some)
        counts.append(len(sent))
    assert counts[0] == counts[1] < 10


def test_a_district_sees_its_own(
    app: Flask, governed: dict[str, int], units: dict[str, int]
) -> None:
    west = client_as(app, "west", ["planner"], units["西区"])
    page = west.get("/desk").text
    assert "西镇" in page
    assert "东街道" not in page
    assert west.get(f"/desk/{governed['T3']}").status_code == 200
    assert west.get(f"/desk/{governed['T1']}").status_code == 403
    water = client_as(app, "water", ["handling_unit"], units["水务局"])
    assert "您辖区内没有治理类街乡镇" in water.get("/desk").text


def test_viewers_read_no_small_counts(app: Flask, governed: dict[str, int]) -> None:
    viewer = operator(services(app).database)
    account = make_account(services(app).database, "viewer", ["viewer"])
    reads = access_as(app, account)
    for mine, all_ in zip(
        desk_board(reads, services(app).home, TODAY),
        desk_board(viewer, services(app).home, TODAY),
        strict=True,
    ):
        large = [each for each in all_.problems if each.count >= 5]
        assert {each.key for each in mine.problems} == {each.key for each in large}
        told = [(-each.count, each.kind, each.name) for each in mine.problems]
        assert told == sorted(told)
        assert all(each.count % 5 == 0 for each in mine.problems)
    page = client_as(app, "viewer", ["viewer"]).get(f"/desk/{governed['T1']}").text
    assert "/cases?" not in page
    assert "items/new" not in page


@pytest.fixture
def town(app: Flask, units: dict[str, int]) -> FlaskClient:
    return client_as(app, "town", ["planner"], units["东街道"])


def click(client: FlaskClient, page: str, source: str) -> str:
    """Press the button to a new item that comes of a source; return the form's page."""
    forms = findall(r'(?s)<form method="post" action="([^"]*/items/new)">(.*?)</form>', page)
    assert forms
    assert not findall(r"items/new\?[^\"]*(?:title|text)=", page)  # words stand in no address
    address, form = next(each for each in forms if sent(each[1]).get("source_id") == source)
    answer = client.post(address, data=sent(form))
    assert answer.status_code == 200, answer.text
    assert 'class="field-error"' not in answer.text
    return answer.text


def sent(form: str) -> dict[str, str]:
    """Return what a form would send as it stands."""
    named = dict(findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form))
    return {name: unescape(value) for name, value in named.items() if name != "q"}


def test_a_problem_goes_into_a_list_by_a_form(
    app: Flask, governed: dict[str, int], town: FlaskClient
) -> None:
    address = f"/desk/{governed['T1']}"
    before = town.get(address)
    assert before.status_code == 200
    assert "清理堆物" in before.text
    problem = next(
        each for each in frequent_problems(services(app).home, DeskRules())
        if each.township == "T1" and each.kind == "point"
    )  # fmt: skip
    count = findall(rf'href="([^"]*place={problem.key}[^"]*)">(\d+)<', before.text)
    assert [number for _link, number in count] == [str(problem.count)]
    listed = town.get(unescape(count[0][0])).text
    assert listed.count('data-label="工单编号"') == problem.count
    form = click(town, before.text, f"point:{problem.key}")
    plan = findall(r"/governance/plans/(\d+)/items/new", before.text)[0]
    data = {**sent(form), "kind": "problems", "class_1": problem.class_1, "responsible_id": "0"}
    assert data["source_id"] == f"point:{problem.key}"
    made = town.post(f"/governance/plans/{plan}/items/new", data=data)
    assert made.status_code == 302, made.text
    assert f"point:{problem.key}" not in unescape(town.get(address).text)


def test_one_click_puts_a_problem_on_the_list_and_another_takes_it_back(
    app: Flask, everybody: Access, governed: dict[str, int], units: dict[str, int],
    town: FlaskClient,
) -> None:  # fmt: skip
    number = governed["T1"]
    address, one = f"/desk/{number}", find_designation(everybody.database, number)
    (line,) = desk_lines(everybody, services(app).home, [one], TODAY)
    problem = line.problems[-1]
    send = {"source": problem.source_id}
    put = town.post(f"{address}/items", data=send)
    assert put.status_code == 302, put.text
    item = newest_item(everybody)
    assert put.headers["Location"] == f"{address}?added={item.id}"
    assert (item.kind, item.title, item.class_1, item.due_on, item.state) == (
        "problems", f"{problem.name}高频诉求", problem.class_1, TODAY + timedelta(days=30), "to_do",
    )  # fmt: skip
    assert (item.responsible_id, item.source_kind, item.source_id) == (
        units["东街道"], "problem", problem.source_id,
    )  # fmt: skip
    page = town.get(put.headers["Location"]).text
    assert f'action="{address}/items/{item.id}/undo"' in page
    assert f'value="{problem.source_id}"' not in page
    # It is there already: a second click makes no second item.
    again = town.post(f"{address}/items", data=send)
    assert (again.status_code, newest_item(everybody).id) == (409, item.id)
    undo = f"{address}/items/{item.id}/undo"
    other = client_as(app, "other-town", ["planner"], units["东街道"])
    assert other.post(undo, data={"row_version": "1"}).status_code == 403
    assert town.post(undo, data={"row_version": "1"}).status_code == 302
    assert newest_item(everybody).state == "cancelled"
    assert f'value="{problem.source_id}"' in town.get(address).text
    acts = history_of(everybody.database, "list_item", item.id)
    assert [(each.act, each.who) for each in acts] == [("create", "town"), ("undo", "town")]


def newest_item(access: Access) -> ListItem:
    with access.database.session() as session:
        return session.scalars(select(ListItem).order_by(ListItem.id.desc()).limit(1)).one()


def test_who_may_not_put_a_problem_on_a_list(
    app: Flask, governed: dict[str, int], units: dict[str, int], town: FlaskClient
) -> None:
    far = client_as(app, "far-town", ["planner"], units["西镇"])
    send = {"source": "class:" + CLASSES[0]}
    assert far.post(f"/desk/{governed['T1']}/items", data=send).status_code == 403
    none = town.post(f"/desk/{governed['T1']}/items", data={"source": "class:无"})
    assert (none.status_code, "没有“class:无”" in none.text) == (409, True)
    without = far.post(f"/desk/{governed['T3']}/items", data=send)
    assert (without.status_code, "还没有年度方案" in without.text) == (409, True)


def test_lines_of_minutes_become_items(
    app: Flask, everybody: Access, governed: dict[str, int], town: FlaskClient
) -> None:
    number = governed["T1"]
    held = {"held_on": "2025-06-20", "chair": "副主任", "minutes": MINUTES}
    assert (
        town.post(f"/supervision/meetings/new/{number}", data={**held, "minutes": " "}).status_code
        == 422
    )
    made = town.post(f"/supervision/meetings/new/{number}", data=held)
    page = made.headers["Location"]
    meeting = int(page.rsplit("/", 1)[1])
    assert "2025-06-20" in town.get(f"/desk/{number}").text
    file = meetings.find_meeting(everybody, meeting)
    assert [line.text for line in file.lines] == ["P1小区更换水泵", "清运垃圾", "下月复查"]
    form = click(town, town.get(page).text, str(meeting))
    data = {**sent(form), "kind": "tasks", "class_1": "", "responsible_id": "0"}
    assert (data["title"], data["source_kind"]) == ("P1小区更换水泵", "meeting")
    plan = file.plan
    assert plan is not None
    assert town.post(f"/governance/plans/{plan.id}/items/new", data=data).status_code == 302
    create_item(everybody, plan.id, ItemValues(title="改过的题目", kind="tasks"),
                Source("meeting", str(meeting)))  # fmt: skip
    file = meetings.find_meeting(everybody, meeting)
    assert [line.item is not None for line in file.lines] == [True, False, False]
    assert [item.title for item in file.others] == ["改过的题目"]
    shown = town.get(page).text
    assert "已列入</a> · 未开始" in shown
    assert "改过的题目" in shown


def test_minutes_are_the_townships_own(
    app: Flask, everybody: Access, governed: dict[str, int], units: dict[str, int]
) -> None:
    values = MeetingValues(held_on=date(2025, 6, 1), minutes="复查")
    made = meetings.hold(everybody, governed["T1"], values)
    account = make_account(services(app).database, "far", ["planner"], units["西镇"])
    stranger = access_as(app, account)
    for act in (
        lambda: meetings.hold(stranger, governed["T1"], values),
        lambda: meetings.find_meeting(stranger, made.id),
        lambda: meetings.change(stranger, made.id, values, 1),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Missing):
        meetings.find_meeting(everybody, 999)
    ahead = values.model_copy(update={"held_on": date.today() + timedelta(days=1)})
    for act in (
        lambda: meetings.hold(everybody, governed["T1"], ahead),
        lambda: meetings.change(everybody, made.id, ahead, 1),
    ):
        with pytest.raises(InvalidParameter, match="yet to come"):
            act()
    meetings.change(everybody, made.id, values.model_copy(update={"chair": "主任"}), 1)
    with pytest.raises(Conflict):
        meetings.change(everybody, made.id, values, 1)


def test_an_empty_desk_says_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = make_app(tmp_path_factory.mktemp("empty") / "home")
    page = client_as(app, "planner", ["planner"]).get("/desk")
    assert page.status_code == 200
    assert "先在“治理类街乡镇”里纳入" in page.text


def test_a_long_line_finds_its_item_and_keeps_its_text() -> None:
    line = "甲" * 199 + " " + "乙" * 300
    assert title_of(line) == "甲" * 199  # as an item stores it
    told = MinuteLine(line, None)
    assert (told.title, told.text) == ("甲" * 199, line)


def test_departments_are_asked_about_a_problem(
    app: Flask, everybody: Access, governed: dict[str, int], units: dict[str, int]
) -> None:
    """Of a class and of a point; one of another township is refused."""
    client = client_as(app, "asking", ["planner"], units["东街道"])
    page = client.get(f"/desk/{governed['T1']}").text
    hidden = r'value="(class|point)"><input type="hidden" name="source_id" value="(.+?)"'
    kinds = dict(findall(hidden, page))
    assert set(kinds) == {"class", "point"}
    for kind, key in kinds.items():
        about = {"source_kind": kind, "source_id": unescape(key), "township": "T1"}
        begun = client.post("/governance/adoptions/new", data={**about, "fill": "1"})
        assert begun.status_code == 200, begun.text
        assert "高频诉求" in begun.text
        form = {**about, "title": f"{kind}高频", "due_on": "2999-01-01",
                "units": str(units["水务局"])}  # fmt: skip
        assert client.post("/governance/adoptions/new", data=form).status_code == 302
        elsewhere = client.post("/governance/adoptions/new", data={**form, "township": "T3"})
        assert elsewhere.status_code == 403
    assert client.get(f"/desk/{governed['T1']}").text.count("已提请 1 个部门") == 2
    west = client_as(app, "asking-west", ["planner"], units["西镇"])
    about = {"source_kind": "point", "source_id": kinds["point"], "township": "T3"}
    refused = west.post("/governance/adoptions/new", data={**about, "fill": "1"})
    assert refused.status_code == 400
    assert "提请部门纳入" in client.get(f"/places/{kinds['point']}").text
    assert "提请部门纳入" not in west.get(f"/places/{kinds['point']}").text
