"""What offices record of an item, its versions, and the undo of its last change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.accounts.access import Access, operator
from app.accounts.areas import Area
from app.accounts.audit import history_of
from app.accounts.models import AuditEntry
from app.accounts.permissions import PLANNER, VIEWER, Permission
from app.db import Database
from app.errors import Conflict, Forbidden, InvalidParameter
from app.services import services
from app.townships.designations.models import GOVERNED, Designation
from app.townships.governing.issue_types import ISSUE_TYPES
from app.townships.governing.item_steps import ItemMove
from app.townships.governing.item_undo import undo_change
from app.townships.governing.item_values import ItemValues
from app.townships.governing.item_versions import changes_of
from app.townships.governing.items import change_item, create_item, move_item
from app.townships.governing.models import (
    CANCELLED,
    CLAIMED_DONE,
    UNDER_WAY,
    ListItem,
    ListItemVersion,
    Plan,
)
from app.townships.governing.named_kinds import KindNames
from app.townships.ledger.asking import Group, LedgerQuery, Sort
from app.townships.ledger.burn_down import burn_down
from app.townships.ledger.choices import ledger_choices
from app.townships.ledger.grouping import groups
from app.townships.ledger.listing import ledger_page, reminders
from app.townships.ledger.workbook import ledger_rows
from geodata.store import CaseStore
from tests.app.small_city import copy_city
from tests.people import client_as, first_client, make_app

DUE, LATER = date(2025, 7, 1), date(2025, 8, 1)
DAY = date(2025, 6, 1)
GIVEN = ItemValues(
    title="整治停车", kind="tasks", due_on=DUE, problem="王先生反映占道", cause="车位少",
    issue_type="parking", case_ids=["S1"], households=120,
)  # fmt: skip


@pytest.fixture
def item(database: Database) -> ListItem:
    """An item of a township's plan below its district's."""
    with database.session() as session:
        session.add(Designation(township="T1", name="东", state=GOVERNED, since=DAY,
                                designated_on=DAY))  # fmt: skip
        above = Plan(level="district", area_code="D1", name="东区", year=2025)
        session.add(above)
        session.flush()
        plan = Plan(level="township", area_code="T1", name="东", year=2025, designation_id=1,
                    parent_id=above.id)  # fmt: skip
        session.add(plan)
    return create_item(operator(database), plan.id, GIVEN)


def town(database: Database) -> Access:
    rights = (Permission.READ, Permission.WORK_PLANS)
    area = Area(townships=frozenset({"T1"}))
    return Access(database, "town", areas=dict.fromkeys(rights, area))


def now(database: Database, item: ListItem) -> ListItem:
    with database.session() as session:
        return session.get_one(ListItem, item.id)


@pytest.mark.db
def test_fifteen_types_of_issues_are_there_and_may_be_edited(database: Database) -> None:
    access = operator(database)
    types = ISSUE_TYPES.all(database)
    assert len(types) == 15
    assert len({each.chinese for each in types}) == 15
    ISSUE_TYPES.change(access, "noise", KindNames("噪声", "Noise", active=False), 1)
    with pytest.raises(Conflict, match="changed by someone else"):
        ISSUE_TYPES.change(access, "noise", KindNames("噪音", "Noise"), 1)
    ISSUE_TYPES.add(access, "dogs", KindNames("犬只", "Dogs"))
    assert [each.key for each in ISSUE_TYPES.all(database, active=True)][-1] == "dogs"
    assert "noise" not in {each.key for each in ISSUE_TYPES.all(database, active=True)}


def test_a_type_that_is_stopped_stays_with_its_items_alone(
    database: Database, item: ListItem
) -> None:
    access = operator(database)
    ISSUE_TYPES.change(access, "parking", KindNames("停车", "Parking", active=False), 1)
    assert change_item(access, item.id, GIVEN, 1).issue_type == "parking"
    for wrong in ("parking", "nothing"):
        with pytest.raises(InvalidParameter, match=f"no type '{wrong}' in use"):
            create_item(access, item.plan_id, GIVEN.model_copy(update={"issue_type": wrong}))


def test_the_audit_keeps_no_free_words_and_no_cases(database: Database, item: ListItem) -> None:
    changed = GIVEN.model_copy(update={"problem": "李女士说", "case_ids": ["S2"]})
    change_item(operator(database), item.id, changed, 1)
    with database.session() as session:
        told = " ".join(
            f"{entry.before} {entry.after}" for entry in session.scalars(select(AuditEntry))
        )
    assert "整治停车" in told
    assert not [word for word in ("王先生", "李女士", "车位少", "S1", "S2") if word in told]


@pytest.mark.db
def test_undo_writes_back_what_was_also_words_that_no_audit_keeps(
    database: Database, item: ListItem
) -> None:
    access = operator(database)
    changed = GIVEN.model_copy(update={"problem": "改写", "due_on": LATER, "case_ids": ["S2"]})
    change_item(access, item.id, changed, 1)
    undone = undo_change(access, item.id, 2)
    assert (undone.problem, undone.due_on, undone.case_ids) == ("王先生反映占道", DUE, ["S1"])
    assert history_of(database, "list_item", item.id)[-1].act == "restore"
    again = undo_change(access, item.id, 3)
    assert (again.problem, again.due_on) == ("改写", LATER)
    told = changes_of(access, item.id)
    assert [each.number for each in told] == [4, 3, 2, 1]
    assert told[2].changes == {
        "problem": ("王先生反映占道", "改写"), "due_on": ("2025-07-01", "2025-08-01"),
        "case_ids": (["S1"], ["S2"]),
    }  # fmt: skip


def test_undo_is_refused_where_someone_changed_it_since(database: Database, item: ListItem) -> None:
    access = operator(database)
    change_item(access, item.id, GIVEN.model_copy(update={"cause": "甲"}), 1)
    change_item(access, item.id, GIVEN.model_copy(update={"cause": "乙"}), 2)
    with pytest.raises(Conflict, match="changed by someone else"):
        undo_change(access, item.id, 2)
    assert now(database, item).cause == "乙"


def test_an_item_that_was_saved_as_it_was_has_nothing_to_undo(
    database: Database, item: ListItem
) -> None:
    change_item(operator(database), item.id, GIVEN, 1)
    assert len(changes_of(operator(database), item.id)) == 1
    with pytest.raises(Conflict, match="no change that could be undone"):
        undo_change(operator(database), item.id, 1)


def test_an_item_of_before_versions_were_kept_is_undone_too(
    database: Database, item: ListItem
) -> None:
    with database.session() as session:
        session.execute(delete(ListItemVersion))
    assert changes_of(operator(database), item.id) == []
    change_item(operator(database), item.id, GIVEN.model_copy(update={"cause": "新"}), 1)
    first = changes_of(operator(database), item.id)[-1]
    assert (first.number, first.at, first.who) == (1, None, "")
    assert undo_change(operator(database), item.id, 2).cause == "车位少"


def test_who_does_the_work_undoes_her_own_steps_and_no_others(
    database: Database, item: ListItem
) -> None:
    access = town(database)
    move_item(access, item.id, 1, ItemMove(UNDER_WAY, DAY))
    move_item(access, item.id, 2, ItemMove(CLAIMED_DONE, DAY))
    with pytest.raises(InvalidParameter, match="needs a reason"):
        undo_change(access, item.id, 3, " ")
    undone = undo_change(access, item.id, 3, "点错")
    assert history_of(database, "list_item", item.id)[-1].words == "点错"
    assert (undone.state, undone.claimed_on) == (UNDER_WAY, None)
    move_item(operator(database), item.id, 4, ItemMove(CANCELLED, DAY, "重复"))
    with pytest.raises(Forbidden, match="may not undo the step"):
        undo_change(access, item.id, 5)
    assert now(database, item).state == CANCELLED


def test_undo_is_no_way_around_a_due_day(database: Database, item: ListItem) -> None:
    sooner = GIVEN.model_copy(update={"due_on": DAY, "case_ids": None})
    change_item(operator(database), item.id, sooner, 1)
    with pytest.raises(Forbidden, match="may not put off"):
        undo_change(town(database), item.id, 2)


def test_who_may_not_read_cases_neither_names_nor_loses_them(
    database: Database, item: ListItem
) -> None:
    access = town(database)
    with pytest.raises(Forbidden):
        change_item(access, item.id, GIVEN, 1)
    kept = change_item(access, item.id, GIVEN.model_copy(update={"case_ids": None}), 1)
    assert kept.case_ids == ["S1"]
    change_item(operator(database), item.id, GIVEN.model_copy(update={"case_ids": ["S9"]}), 1)
    assert "case_ids" not in changes_of(access, item.id)[0].changes
    with pytest.raises(Forbidden):
        undo_change(access, item.id, 2)


@pytest.mark.db
@pytest.mark.parametrize("group", ["township", "issue_type", "unit", "state"])
def test_the_ledger_asks_both_kinds_of_databases(
    database: Database, item: ListItem, group: Group
) -> None:
    access, asked = operator(database), LedgerQuery(group=group, district="D1", text="停车")
    sorts: tuple[Sort, ...] = ("due", "-unit", "state", "newest")
    for sort in sorts:
        page = ledger_page(access, LedgerQuery(sort=sort, due="overdue"), LATER)
        assert [row.id for row in page.rows] == [item.id]
    assert [(line.total, line.overdue) for line in groups(access, asked, LATER)] == [(1, 1)]
    course = burn_down(access, asked, LATER)
    assert course is not None
    assert (course.open[-1], course.planned[-1]) == (1, 0)
    assert reminders(access, LATER).overdue == 1
    assert ledger_choices(access).districts == (("D1", "东区"),)
    assert [row[0].id for row in ledger_rows(access, asked, LATER)] == [item.id]


FORM = {
    "title": "整治停车", "kind": "tasks", "class_1": "", "responsible_id": "0",
    "due_on": "2025-07-01", "issue_type": "parking", "problem": "占道\r\n停车",
    "households": "120", "area_m2": "350.5", "money_needed": "35.5", "money_sources": "区级财政",
    "support_level": "city", "support_kind": "policy", "priority": "topic",
    "progress_word": "scheduled",
}  # fmt: skip


@pytest.fixture(scope="module")
def app(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = make_app(copy_city(city_home, tmp_path_factory.mktemp("details")))
    client = first_client(app)
    for address, form in (
        ("/governance/propose", {"township": "T2", "on": "2025-02-01", "reason": "集中"}),
        ("/governance/1/move", {"state": "designated", "on": "2025-02-10", "row_version": "1"}),
        ("/governance/1/plan", {"year": "2025"}),
    ):
        assert client.post(address, data=form).status_code == 302
    return app


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return first_client(app)


def made(client: FlaskClient, **more: str) -> str:
    answer = client.post("/governance/plans/1/items/new", data={**FORM, **more})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def some_case(app: Flask) -> str:
    scanned = CaseStore(services(app).home).scan(columns=["case_id"])
    return str(scanned.head(1).collect()["case_id"][0])


def test_the_page_shows_what_is_filled_and_nothing_that_is_empty(client: FlaskClient) -> None:
    page = client.get(made(client)).text
    for word in ("停车管理", "120 户", "350.5 平方米", "35.5 万元", "区级财政", "市级 · 政策支持",
                 "每月一题", "有方案和时间表", "占道\n停车"):  # fmt: skip
        assert word in page, word
    for word in ("物业单位", "涉及企业", "原因分析", "解决建议", "来源工单编号"):
        assert word not in page, word


def test_cases_that_are_not_there_are_named_at_their_field(app: Flask, client: FlaskClient) -> None:
    known = some_case(app)
    answer = client.post(
        "/governance/plans/1/items/new", data={**FORM, "case_ids": f"{known}\nNO-1、NO-2"}
    )
    assert answer.status_code == 400
    assert "2 个工单编号在您辖区的诉求库中找不到：NO-1、NO-2" in answer.text
    assert 'id="case_ids-error"' in answer.text
    assert "占道" in answer.text
    assert known in client.get(made(client, case_ids=known)).text


def test_cases_are_shown_to_who_may_read_them_alone(app: Flask, client: FlaskClient) -> None:
    known = some_case(app)
    address = made(client, case_ids=known)
    client.post(f"{address}/edit", data={**FORM, "title": "改", "case_ids": "", "row_version": "1"})
    viewer = client_as(app, "looks", [VIEWER])
    assert known in client.get(f"{address}/versions").text
    for page in (address, f"{address}/versions"):
        answer = viewer.get(page)
        assert answer.status_code == 200
        assert known not in answer.text
    assert "撤销这次改动" not in viewer.get(address).text


def test_the_last_change_is_undone_on_its_page(client: FlaskClient) -> None:
    address = made(client)
    client.post(f"{address}/edit", data={**FORM, "problem": "改写了", "row_version": "1"})
    page = client.get(f"{address}/versions").text
    assert "占道" in page
    assert "改写了" in page
    assert client.post(f"{address}/undo", data={"row_version": "1"}).status_code == 409
    assert client.post(f"{address}/undo", data={"row_version": "2"}).status_code == 302
    assert "占道" in client.get(address).text
    assert client.post(f"{address}/undo", data={}).status_code == 400


def test_the_undo_of_a_step_asks_why(client: FlaskClient) -> None:
    address = made(client)
    client.post(f"{address}/move", data={"state": "under_way", "row_version": "1"})
    assert 'id="undo-words"' in client.get(address).text
    refused = client.post(f"{address}/undo", data={"row_version": "2"})
    assert refused.status_code == 400
    assert 'id="undo-words-error"' in refused.text
    sent = client.post(f"{address}/undo", data={"row_version": "2", "words": "点错"})
    assert sent.status_code == 302
    assert "点错" in client.get(address).text


def test_money_is_told_in_yuan_in_english(client: FlaskClient) -> None:
    address = made(client, money_needed="18")
    client.post("/language", data={"language": "en"})
    page = client.get(address).text
    client.post("/language", data={"language": "zh_Hans"})
    assert "180,000 yuan" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"due_on": "9999-01-01"}, "due_on"), ({"starts_on": "0001-01-01"}, "starts_on"),
        ({"households": "-1"}, "households"), ({"households": "多"}, "households"),
        ({"area_m2": "1e99"}, "area_m2"), ({"money_needed": "nan"}, "money_needed"),
        ({"problem": "长" * 10_001}, "problem"), ({"support_level": "world"}, "support_level"),
        ({"property_manager": "长" * 201}, "property_manager"), ({"issue_type": "x"}, "issue_type"),
    ],
)  # fmt: skip
def test_details_that_will_not_do_are_told_at_their_field(
    client: FlaskClient, wrong: dict[str, str], field: str
) -> None:
    answer = client.post("/governance/plans/1/items/new", data={**FORM, **wrong})
    assert answer.status_code in (400, 422)
    assert f'id="{field}-error"' in answer.text


def test_types_are_kept_on_a_page_that_the_list_leads_to(app: Flask, client: FlaskClient) -> None:
    assert "/governance/issue-types" in client.get("/governance").text
    assert "停车管理" in client.get("/governance/issue-types").text
    form = {"key": "parking", "chinese": "又一个", "english": "Again"}
    answer = client.post("/governance/issue-types", data=form)
    assert answer.status_code == 409
    assert "已有代码为 parking 的问题类型" in answer.text
    assert client_as(app, "looks", [VIEWER]).get("/governance/issue-types").status_code == 403
    assert client_as(app, "plans", [PLANNER]).get("/governance/issue-types").status_code == 200
