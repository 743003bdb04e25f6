"""Pages of governance: what each shows and refuses, and that what was typed is never lost."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.accounts.permissions import HANDLING_UNIT, PLANNER, VIEWER
from app.accounts.units import UnitValues, create_unit
from app.cases.disclosure import SUPPRESSED
from app.services import services
from app.succession import Lineage
from app.townships.governing.demand import (
    Demand,
    against_targets,
    demand,
    demand_shown,
    lowest_target,
)
from app.townships.governing.models import CANCELLED, ListItem
from geodata.home import Home
from tests.app.small_city import copy_city, write_cases
from tests.people import client_as, first_client, make_app

ITEM = {
    "title": "清运垃圾", "kind": "tasks", "text": "", "class_1": "噪声", "responsible_id": "0",
    "starts_on": "", "due_on": "2025-05-01", "target_from": "90", "target_to": "60",
}  # fmt: skip


@pytest.fixture(scope="module")
def app(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A city of three townships, of which T2 is governed by a plan with one item."""
    app = make_app(copy_city(city_home, tmp_path_factory.mktemp("governing")))
    client = first_client(app)
    assert send(client, "/governance/propose", township="T2", on="2025-02-01", reason="集中") == 302
    assert step(client, 1, "designated", on="2025-02-10") == 302
    assert step(client, 2, "governed", on="2025-02-20") == 302
    assert send(client, "/governance/1/plan", year="2025") == 302
    assert send(client, "/governance/plans/1/items/new", **ITEM) == 302
    return app


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return first_client(app)


def send(client: FlaskClient, address: str, **form: str) -> int:
    return client.post(address, data=form).status_code


def step(client: FlaskClient, version: int, state: str, **more: str) -> int:
    return send(client, "/governance/1/move", state=state, row_version=str(version), **more)


def of_unit(app: Flask, name: str, kind: str, code: str | None, office: str) -> FlaskClient:
    access = operator(services(app).database)
    unit = create_unit(access, UnitValues(name=name, kind=kind, area_code=code))
    return client_as(app, name, [office], unit.id)


def test_the_list_tells_state_progress_and_why_it_is_slow(client: FlaskClient) -> None:
    page = client.get("/governance").text
    assert "治理中" in page
    assert "0/1 项完成" in page
    assert "应完成 100%，实完成 0%" in page
    assert "系统默认" in page


def test_nobody_is_suggested_where_the_other_townships_are_never_named(
    client: FlaskClient,
) -> None:
    """Only the middle township is reported by name, and it is governed already."""
    page = client.get("/governance").text
    assert "没有未纳入的街乡镇达到下面的条件" in page
    assert "按被反映地" in page


def test_a_step_that_lacks_its_reason_changes_nothing(client: FlaskClient) -> None:
    assert step(client, 3, "exit_proposed") == 400
    assert step(client, 3, "closed", words="好") == 409
    assert step(client, 2, "exit_proposed", words="好") == 409
    assert "治理中" in client.get("/governance/1").text


def test_a_second_proposal_of_a_township_is_refused(client: FlaskClient) -> None:
    answer = client.post("/governance/propose", data={"township": "T2", "reason": "集中"})
    assert answer.status_code == 409
    assert "不能重复纳入" in answer.text
    assert send(client, "/governance/propose", township="T9", reason="集中") == 400


def test_an_item_may_be_prefilled_from_outside(client: FlaskClient) -> None:
    words = {"title": "违停", "class_1": "噪声", "source_kind": "meeting", "source_id": "7"}
    address = "/governance/plans/1/items/new"
    assert "违停" not in client.get(address, query_string=words).text
    page = client.post(address, data={**words, "fill": "1"}).text
    assert 'value="违停"' in page
    assert 'class="field-error"' not in page
    assert '<option selected value="噪声">' in page
    assert 'name="source_kind" type="hidden" value="meeting"' in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"target_to": ""}, "要么都填"),
        ({"target_to": "91"}, "不高于现状"),
        ({"starts_on": "2025-06-01"}, "早于开始日期"),
        ({"title": ""}, "title-error"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    client: FlaskClient, change: dict[str, str], says: str
) -> None:
    answer = client.post("/governance/plans/1/items/new", data={**ITEM, **change})
    assert answer.status_code == 422
    assert says in answer.text


def test_what_the_second_of_two_typed_stays(client: FlaskClient) -> None:
    answer = client.post(
        "/governance/items/1/edit", data={**ITEM, "text": "我写了很久", "row_version": "9"}
    )
    assert answer.status_code == 409
    assert "我写了很久" in answer.text
    answer = client.post(
        "/governance/plans/1/edit", data={"name": "甲", "summary": "也很久", "row_version": "9"}
    )
    assert answer.status_code == 409
    assert "也很久" in answer.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True), ("kind=tasks", True), ("kind=problems", False), ("state=to_do", True),
        ("state=closed", False), ("overdue=1", True),
    ],
)  # fmt: skip
def test_lists_are_filtered(client: FlaskClient, query: str, shown: bool) -> None:
    page = client.get(f"/governance/plans/1?{query}")
    assert page.status_code == 200
    assert ("清运垃圾" in page.text) is shown
    assert client.get("/governance/plans/1?state=nothing").status_code == 400


def test_staff_of_a_township_work_their_own_and_see_no_other_plan(app: Flask) -> None:
    own = of_unit(app, "中街道办", "township", "T2", PLANNER)
    other = of_unit(app, "东街道办", "township", "T1", PLANNER)
    for address in ("/governance/plans/1", "/governance/items/1"):
        assert own.get(address).status_code == 200
        assert other.get(address).status_code == 403
    assert own.get("/governance/plans/1/items/new").status_code == 200
    for address in ("/governance/plans/1/items/new", "/governance/items/1/edit"):
        assert other.post(address, data={**ITEM, "row_version": "1"}).status_code == 403
    assert send(other, "/governance/1/plan", year="2026") == 403
    assert step(own, 3, "exit_proposed", words="好") == 403
    assert "方案只对本辖区" in other.get("/governance/1").text


def test_a_responsible_unit_begins_and_claims_but_does_not_verify(
    app: Flask, client: FlaskClient
) -> None:
    access = operator(services(app).database)
    unit = create_unit(access, UnitValues(name="城管委", kind="department"))
    worker = client_as(app, "worker", [HANDLING_UNIT], unit.id)
    assert send(client, "/governance/plans/1/items/new",
                **{**ITEM, "title": "拆违", "responsible_id": str(unit.id)}) == 302  # fmt: skip
    with services(app).database.session() as session:
        number = max(each.id for each in session.query(ListItem))
    assert "拆违" in worker.get("/governance").text
    address = f"/governance/items/{number}/move"
    assert send(worker, address, state="under_way", row_version="1") == 302
    assert send(worker, address, state="claimed_done", row_version="2") == 302
    assert send(worker, address, state="verified", row_version="3") == 403
    assert worker.get("/governance/plans/1").status_code == 403
    assert send(client, address, state="verified", row_version="3") == 302


def test_viewers_see_no_small_counts(app: Flask, client: FlaskClient) -> None:
    viewer = client_as(app, "onlooker", [VIEWER])
    exact, told = client.get("/governance/1").text, viewer.get("/governance/1").text
    drawn = [re.search(r'"count": (\[.*?\])', page) for page in (exact, told)]
    counts = [json.loads(each[1]) for each in drawn if each]
    assert any(0 < count < 10 for count in counts[0])
    assert all(count is None or count % 5 == 0 for count in counts[1])
    assert "列为建议纳入" not in viewer.get("/governance").text


def test_monthly_demand_is_what_the_file_says(app: Flask, tmp_path: Path) -> None:
    """The middle township by the name reported, counted from the file itself."""
    found = demand(services(app).home, Lineage(), "T2", pd.Timestamp("2025-02-10").date())
    assert found is not None
    cases = pd.read_csv(write_cases(tmp_path / "cases.csv"), dtype=str)
    cases = cases[cases["reported_township"] == "中街道"]
    months = cases["received_at"].str[:7]
    wanted = months.value_counts().to_dict()
    assert dict(zip(found.months, found.counts, strict=True)) == {
        f"2025-0{n}": wanted.get(f"2025-0{n}", 0) for n in range(1, 7)
    }
    noise = months[cases["class_1"] == "噪声"].value_counts().to_dict()
    assert found.by_class["噪声"] == tuple(noise.get(month, 0) for month in found.months)
    # June ends with a call of its last morning, so May is the newest whole month.
    assert found.newest("噪声") == noise.get("2025-05", 0)
    items = [
        ListItem(id=1, class_1="噪声", target_to=float(noise.get("2025-05", 0))),
        ListItem(id=2, class_1=None, target_to=0.5),
        ListItem(id=3, class_1="没有这一类", target_to=0.0),
        ListItem(id=4, class_1="噪声", target_to=None),
        ListItem(id=5, class_1=None, target_to=0.1, state=CANCELLED),
    ]
    told = against_targets(found, items)
    assert {number: each.met for number, each in told.items()} == {1: True, 2: False, 3: True}
    assert told[2].newest == wanted["2025-05"]
    assert lowest_target(items) == 0.5
    assert lowest_target([items[0]]) is None


def test_demand_without_cases_or_before_a_whole_month_is_not_known(
    app: Flask, tmp_path: Path
) -> None:
    assert demand(Home.at(tmp_path), Lineage(), "T2", pd.Timestamp("2025-02-10").date()) is None
    late = demand(services(app).home, Lineage(), "T2", pd.Timestamp("2025-06-02").date())
    assert late is not None
    assert late.newest() is None
    item = ListItem(id=1, class_1=None, target_to=5.0)
    assert against_targets(late, [item])[1].met is None


def test_a_count_that_is_not_told_meets_no_target() -> None:
    item = ListItem(id=1, class_1=None, target_to=5.0)
    counted = Demand(("2025-01", "2025-02"), (9, 2), {}, since="2025-01", whole=2)
    assert against_targets(counted, [item])[1].met is True
    told = against_targets(demand_shown(counted, exact=False), [item])[1]
    assert (told.newest, told.met) == (SUPPRESSED, None)


def test_progress_of_a_district_page_sums_its_townships(client: FlaskClient) -> None:
    page = client.get("/governance/plans/1").text
    assert "主要数字" in page
    assert client.get("/governance/plans/77").status_code == 404
