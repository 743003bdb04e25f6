"""Supervision orders: open until solved, answered by their unit, extended with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.accounts.access import Access, operator
from app.accounts.units import UnitValues, create_unit
from app.errors import Conflict, Forbidden, InvalidParameter
from app.townships.supervising import orders
from app.townships.supervising.models import SupervisionOrder
from app.townships.supervising.orders import OrderValues
from app.townships.supervising.waiting import to_supervise
from tests.app.townships.counted_city import make_counted_city
from tests.app.townships.supervised_city import TODAY, adopt, person, unit_id
from tests.people import client_as, make_app

DEADLINE = date(2025, 4, 20)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    counts = {"T1": {"2025-03": 2}, "T2": {"2025-03": 1}}
    app = make_app(make_counted_city(tmp_path_factory.mktemp("orders"), counts).path)
    adopt(app)
    return app


@pytest.fixture(scope="module")
def inspector(app: Flask) -> Access:
    return person(app, "inspector", "inspection")


def issue(
    app: Flask, access: Access, number: str, unit: str = "水务局", **more: object
) -> SupervisionOrder:
    values = {
        "number": number, "source": "media", "level": "city", "title": f"事项{number}",
        "demand": "查明原因", "unit_id": unit_id(app, unit), "issued_on": date(2025, 4, 1),
        "deadline": DEADLINE, **more,
    }  # fmt: skip
    return orders.create(access, OrderValues.model_validate(values))


def test_a_life(app: Flask, inspector: Access) -> None:
    order = issue(app, inspector, "督〔2025〕1号")
    water = person(app, "of-water", "handling_unit", "水务局")
    with pytest.raises(Conflict, match="it is open"):
        orders.close(inspector, order.id, 1, "解决了", TODAY)
    extended = orders.extend(inspector, order.id, 1, date(2025, 5, 1), "汛期施工", TODAY)
    assert extended.extensions == [
        {"until": "2025-05-01", "reason": "汛期施工", "on": str(TODAY), "before": str(DEADLINE)}
    ]
    for until in (date(2025, 5, 1), date(2025, 4, 1)):
        with pytest.raises(InvalidParameter, match="not after the deadline 2025-05-01"):
            orders.extend(inspector, order.id, extended.row_version, until, "再延", TODAY)
    with pytest.raises(InvalidParameter, match="nothing is said"):
        orders.extend(inspector, order.id, extended.row_version, date(2025, 6, 1), " ", TODAY)
    answered = orders.give_feedback(water, order.id, extended.row_version, "已更换管线", TODAY)
    with pytest.raises(InvalidParameter, match="nothing is said"):
        orders.close(inspector, order.id, answered.row_version, "", TODAY)
    closed = orders.close(inspector, order.id, answered.row_version, "现场查看属实", TODAY)
    assert (closed.state, closed.closed_on) == ("closed", TODAY)
    with pytest.raises(Conflict, match="is closed"):
        orders.extend(inspector, order.id, closed.row_version, date(2025, 7, 1), "再延", TODAY)


def test_a_number_is_given_once(app: Flask, inspector: Access) -> None:
    issue(app, inspector, "督2")
    with pytest.raises(Conflict, match="督2 exists"):
        issue(app, inspector, "督2")
    with pytest.raises(InvalidParameter, match="before the day of issue"):
        issue(app, inspector, "督3", deadline=date(2025, 3, 31))
    ahead = date.today() + timedelta(days=1)
    with pytest.raises(InvalidParameter, match="yet to come"):
        issue(app, inspector, "督3", issued_on=ahead, deadline=ahead)


def test_whose_an_order_is(app: Flask, inspector: Access) -> None:
    east = person(app, "east-inspector", "inspection", "D1")
    with pytest.raises(Forbidden):
        issue(app, east, "区1", "T2", level="district")
    with pytest.raises(Forbidden):
        issue(app, east, "区1", "水务局", level="district")
    # A district's office neither speaks for the city nor to the city's departments.
    for level in ("city", "district"):
        with pytest.raises(Forbidden):
            issue(app, east, "区1", "水务局", level=level, township="T1")
    with pytest.raises(Forbidden):
        issue(app, east, "区1", "T1", level="city", township="T1")
    below = UnitValues(name="东区水务科", kind="department", parent_id=unit_id(app, "D1"))
    create_unit(operator(inspector.database), below)
    assert issue(app, east, "区0", "东区水务科", level="district").level == "district"
    own = issue(app, east, "区1", "T1", level="district", township="T1")
    west = person(app, "of-t2", "handling_unit", "T2")
    with pytest.raises(Forbidden):
        orders.give_feedback(west, own.id, 1, "不是我们", TODAY)
    with pytest.raises(Forbidden):
        orders.get_order(west, own.id, TODAY)
    of_t1 = person(app, "of-t1", "handling_unit", "T1")
    assert orders.give_feedback(of_t1, own.id, 1, "已办", TODAY).feedback == "已办"
    city = issue(app, inspector, "督4", township="T2")
    for_east = issue(app, inspector, "督5", township="T1")
    water_answers = person(app, "water-answers", "handling_unit", "水务局")
    orders.give_feedback(water_answers, for_east.id, 1, "已办", TODAY)
    # She sees both, and may close her own.
    assert orders.count_orders(east, TODAY)["answered"] == 2
    assert to_supervise(east, TODAY)["orders_to_close"] == (1, 0)
    assert [line.order.number for line in orders.list_orders(east, TODAY, "to_close")] == ["区1"]
    counted = orders.count_orders(inspector, TODAY)
    assert counted["to_close"] == counted["answered"] >= 2
    with pytest.raises(Forbidden):
        orders.close(east, city.id, 1, "越权", TODAY)
    # The department sees what it was asked, though it has no area.
    water = person(app, "of-water", "handling_unit", "水务局")
    assert {line.order.number for line in orders.list_orders(water, TODAY)} >= {"督4"}
    assert "区1" not in {line.order.number for line in orders.list_orders(water, TODAY)}


def test_overdue_come_first_and_closed_last(tmp_path: Path) -> None:
    app = make_app(make_counted_city(tmp_path, {"T1": {"2025-03": 1}}).path)
    adopt(app)
    access = person(app, "inspector", "inspection")
    water = person(app, "of-water", "handling_unit", "水务局")
    for number, deadline in (("late", 10), ("soon", 20), ("later", 28), ("done", 5)):
        made = issue(app, access, number, deadline=date(2025, 4, deadline))
    answered = orders.give_feedback(water, made.id, 1, "已办", TODAY)
    orders.close(access, made.id, answered.row_version, "好", TODAY)
    lines = orders.list_orders(access, TODAY)
    assert [(line.order.number, line.late) for line in lines] == [
        ("late", 1), ("soon", 0), ("later", 0), ("done", 0),
    ]  # fmt: skip
    assert orders.count_orders(access, TODAY) == {
        "open": 3, "answered": 0, "to_close": 0, "closed": 1, "overdue": 1,
    }  # fmt: skip
    assert orders.count_owed(water, TODAY) == (3, 1)
    assert [line.order.number for line in orders.list_orders(access, TODAY, "overdue")] == ["late"]


def test_the_pages(app: Flask) -> None:
    client = client_as(app, "inspector", ["inspection"])
    form = {"number": "督9", "source": "monthly", "level": "city", "title": "停车", "demand": "办",
            "unit_id": str(unit_id(app, "水务局")), "township": "", "issued_on": "2025-04-01",
            "deadline": "2025-03-01"}  # fmt: skip
    early = client.post("/supervision/orders/new", data=form)
    assert (early.status_code, "早于下发日期 2025-04-01" in early.text) == (400, True)
    assert 'value="督9"' in early.text
    assert client.post("/supervision/orders/new", data={**form, "demand": ""}).status_code == 422
    made = client.post("/supervision/orders/new", data={**form, "deadline": "2025-04-09"})
    assert made.status_code == 302
    page = client.get(made.headers["Location"]).text
    assert "停车" in page
    assert "逾期" in page
    assert "停车" in client.get("/supervision/orders?state=overdue&source=monthly").text
