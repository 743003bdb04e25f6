"""Funding: what a line may say, sums that make their whole to the fen, a head, who sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.access import Access, operator
from app.accounts.audit import history_of
from app.accounts.units import UnitValues, adopt_boundaries, create_unit, find_unit
from app.db import Database
from app.errors import Conflict, Forbidden, InvalidParameter, Missing, validated
from app.services import services
from app.succession.models import Succession
from app.townships.adopting.listing import Chosen, count_owed, list_requests, years_asked
from app.townships.adopting.requests import AskValues, ask
from app.townships.adopting.subjects import Asked
from app.townships.designations.in_force import designated_in
from app.townships.funding import lines
from app.townships.funding.amounts import (
    WAN,
    Amounts,
    NoAmountError,
    in_wan,
    in_yuan,
    per_head,
    read_amount,
)
from app.townships.funding.lines import FundingValues
from app.townships.funding.models import Funding
from app.townships.funding.summing import FundingYear, funding_year, item_lines, newest_year
from app.townships.governing.models import ListItem, Plan
from geodata.home import Home
from tests.app.townships.funded_city import (
    MONEY,
    NAMES,
    PEOPLE,
    fen,
    item_of,
    make_city,
    make_money,
)
from tests.people import access_as, client_as, first_client, make_account, make_app

TODAY = date(2025, 9, 1)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(make_city(tmp_path_factory.mktemp("funding")).path)


@pytest.fixture(scope="module")
def everybody(app: Flask) -> Access:
    access = operator(services(app).database)
    adopt_boundaries(access, services(app).home)
    return access


@pytest.fixture(scope="module")
def items(app: Flask, everybody: Access) -> dict[str, int]:
    return make_money(everybody, services(app).home)


@pytest.fixture
def found(app: Flask, everybody: Access, items: dict[str, int]) -> FundingYear:
    return funding_year(everybody, services(app).home, 2025)


@pytest.fixture(scope="module")
def client(app: Flask, items: dict[str, int]) -> FlaskClient:
    return first_client(app)


def person(app: Flask, unit: str, office: str = "planner") -> Access:
    database = services(app).database
    account = make_account(database, f"{office}-{unit}", [office], find_unit(database, unit).id)
    return access_as(app, account)


def by_hand(*places: str, year: int = 2025) -> Amounts:
    """Add up what was made, in the list of what was made."""
    rows = [row for row in MONEY if row[1] == year and (not places or row[0] in places)]
    planned, allocated, spent = ([fen(str(row[at])) for row in rows] for at in (3, 4, 5))
    return Amounts(sum(planned), sum(allocated), sum(spent))


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("12", 1, 1200),
        ("12.3", 1, 1230),
        (" 1，234.56 ", 1, 123_456),
        ("￥1,000元", 1, 100_000),
        ("１２", 1, 1200),
        ("0.000001", WAN, 1),
        ("3.5", WAN, 3_500_000),
        ("0.30000000000000004", 1, 30),
        ("1e3", 1, 100_000),
        ("0", 1, 0),
    ],
)
def test_amounts_as_people_write_them(text: str, unit: int, expected: int) -> None:
    assert read_amount(text, unit) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no amount"), ("很多", "no amount"), ("NaN", "no amount"), ("inf", "no amount"),
        ("1.2.3", "no amount"), ("=1+1", "no amount"), ("-1", "negative"), ("－1", "negative"),
        ("1.234", "finer"), ("100000000001", "more than"), ("1e400", "more than"),
        ("1e9999999", "more than"), ("-1e9999999", "negative"),
    ],
)  # fmt: skip
def test_what_is_no_amount(text: str, says: str) -> None:
    with pytest.raises(NoAmountError, match=says):
        read_amount(text)


@given(st.integers(0, 10**13))
def test_amounts_are_shown_and_read_back_exactly(amount: int) -> None:
    assert read_amount(in_yuan(amount)) == amount
    assert read_amount(in_wan(amount), WAN) == amount


def test_a_head_is_reckoned_to_the_fen() -> None:
    assert per_head(100, 3) == "0.33"
    assert per_head(1_000_000_00, 3) == "333,333.33"
    assert per_head(100, None) is None
    assert per_head(100, 0) is None


def test_a_year_by_township(found: FundingYear) -> None:
    told = {line.code: line for line in found.lines}
    assert set(told) == {*NAMES, "D1"}
    for code, line in told.items():
        assert line.amounts == by_hand(code), code
        assert line.people == PEOPLE.get(code)
    assert told["T4"].amounts == Amounts()
    assert [line.code for line in found.lines] == ["T1", "T3", "T2", "T4", "D1"]
    assert {line.code for line in found.lines if line.governed} == {"T1", "T3"}
    assert not told["D1"].governed


def test_parts_make_their_whole_to_the_fen(
    everybody: Access, items: dict[str, int], found: FundingYear
) -> None:
    whole = by_hand()
    assert found.whole.amounts == whole
    assert sum((group.amounts for group in found.districts), Amounts()) == whole
    assert found.governed.amounts + found.others.amounts + found.own_amounts == whole
    assert sum(found.sources.values(), Amounts()) == whole
    assert found.sources["district"] == Amounts(
        *(fen(text) for text in ("500100", "400050", "300020"))
    )
    assert (
        sum((lines.amounts_of(e.funding) for e in item_lines(everybody, 2025)), Amounts()) == whole
    )
    for line in found.lines:
        parts = item_lines(everybody, 2025, line.level, line.code)
        assert sum((lines.amounts_of(e.funding) for e in parts), Amounts()) == line.amounts
    with everybody.database.session() as session:
        stored = session.scalars(select(Funding.planned).where(Funding.year == 2025)).all()
    assert sum(stored) == whole.planned


def test_governance_townships_and_the_others(found: FundingYear) -> None:
    assert found.governed.amounts == by_hand("T1", "T3")
    assert found.others.amounts == by_hand("T2", "T4")
    assert (found.governed.townships, found.others.townships) == (2, 2)
    # Of T3 nobody knows the people: a head is of T1 alone.
    assert found.governed.people == PEOPLE["T1"]
    assert found.governed.amounts_of_known == by_hand("T1")
    assert found.others.people == 30_007
    assert found.unknown_people == 1
    east, west = found.districts
    assert (east.name, west.name) == ("东区", "西区")
    assert east.amounts == by_hand("T1", "T2", "D1")
    assert east.own == by_hand("D1")
    assert east.amounts_of_known == by_hand("T1", "T2")


def test_another_year_is_apart(app: Flask, everybody: Access, items: dict[str, int]) -> None:
    found = funding_year(everybody, services(app).home, 2024)
    assert found.whole.amounts == by_hand(year=2024)
    assert {line.code for line in found.governed.lines} == {"T1", "T2"}
    nothing = funding_year(everybody, services(app).home, 2031)
    assert nothing.whole.amounts == Amounts()
    assert len(nothing.townships) == len(NAMES)
    assert newest_year(everybody.database, TODAY) == 2025
    assert newest_year(everybody.database, date(2027, 1, 1)) == 2025


def test_designated_on_any_day_of_a_year(everybody: Access, items: dict[str, int]) -> None:
    assert designated_in(everybody.database, 2023) == frozenset()
    assert designated_in(everybody.database, 2024) == {"T1", "T2"}
    assert designated_in(everybody.database, 2025) == {"T1", "T3"}


def test_people_see_the_money_of_their_own_area(app: Flask, items: dict[str, int]) -> None:
    home = services(app).home
    town = funding_year(person(app, "中街道"), home, 2025)
    assert {line.code for line in town.lines} == {"T2"}
    assert town.whole.amounts == by_hand("T2")
    assert sum(town.sources.values(), Amounts()) == by_hand("T2")
    district = funding_year(person(app, "东区"), home, 2025)
    assert {line.code for line in district.lines} == {"T1", "T2", "D1"}
    assert item_lines(person(app, "中街道"), 2025, "township", "T1") == []


def test_a_renamed_township_keeps_its_money(tmp_path: Path) -> None:
    app = make_app(make_city(tmp_path).path)
    access, home = operator(services(app).database), services(app).home
    made = make_money(access, home)
    with access.database.session() as session:
        # T4 stands for what was T1 until 2025.
        session.add(Succession(since=date(2025, 7, 1), old_code="T1", new_code="T4"))
    found = funding_year(access, home, 2025)
    line = next(line for line in found.lines if line.code == "T4")
    assert line.amounts == by_hand("T1")
    assert line.governed
    assert found.whole.amounts == by_hand()
    assert len(item_lines(access, 2025, "township", "T4")) == 2
    assert made["T1"] in {each.item.id for each in item_lines(access, 2025, "township", "T4")}


def test_a_township_that_is_no_more_is_not_dropped(tmp_path: Path) -> None:
    app = make_app(make_city(tmp_path).path)
    access, home = operator(services(app).database), services(app).home
    make_money(access, home)
    with access.database.session() as session:
        plan = session.scalars(select(Plan).where(Plan.area_code == "T3")).one()
        plan.area_code = "OLD"
    found = funding_year(access, home, 2025)
    line = next(line for line in found.lines if line.code == "OLD")
    assert (line.in_use, line.people, line.district) == (False, None, "D2")
    assert found.whole.amounts == by_hand()
    assert "不在现行边界中" in first_client(app).get("/governance/funding?year=2025").text


def test_without_people_there_is_no_figure_a_head(tmp_path: Path) -> None:
    app = make_app(make_city(tmp_path, dict.fromkeys(NAMES)).path)
    make_money(operator(services(app).database), services(app).home)
    page = first_client(app).get("/governance/funding?year=2025").text
    assert "现行边界没有人口，所以不列人均" in page
    assert "人均 " not in page
    assert in_wan(by_hand().planned) in page


def test_what_a_line_may_say(everybody: Access, items: dict[str, int]) -> None:
    item = items["T2"]
    for wrong in ({"planned": -1}, {"year": 1999}, {"year": 2101}, {"source": "bank"},
                  {"planned": 10**16}):  # fmt: skip
        with pytest.raises(InvalidParameter):
            validated(FundingValues, {"year": 2026, "source": "city", **wrong})
    made = lines.create_line(everybody, item, FundingValues(year=2026, source="city", planned=5))
    with pytest.raises(Conflict, match="already"):
        lines.create_line(everybody, item, FundingValues(year=2026, source="city"))
    with pytest.raises(Conflict, match="someone else"):
        lines.change_line(everybody, made.id, FundingValues(year=2026, source="city"), 9)
    with pytest.raises(Conflict, match="already"):
        lines.change_line(everybody, made.id, FundingValues(year=2025, source="township"), 1)
    changed = lines.change_line(
        everybody, made.id, FundingValues(year=2026, source="other", spent=7, note="王某"), 1
    )
    assert (changed.source, changed.spent, changed.planned) == ("other", 7, 0)
    with pytest.raises(Missing):
        lines.create_line(everybody, 9_999, FundingValues(year=2026, source="city"))
    with pytest.raises(Conflict):
        lines.remove_line(everybody, made.id, 1)
    assert lines.remove_line(everybody, made.id, changed.row_version) == item
    told = history_of(everybody.database, "funding", made.id)
    assert [act.act for act in told] == ["create", "change", "remove"]
    assert told[1].changes["source"] == ("city", "other")
    assert "王某" not in str(told)
    with pytest.raises(Missing):
        lines.find_line(everybody, made.id)


def test_warnings_are_no_refusals() -> None:
    assert lines.warnings_of(Amounts(100, 50, 60), 2025, 2025) == ("overspent",)
    assert lines.warnings_of(Amounts(40, 50, 50), 2024, 2025) == ("overallocated", "early")
    assert lines.warnings_of(Amounts(50, 50, 50), 2026, 2025) == ()


def test_who_may_write(app: Flask, items: dict[str, int]) -> None:
    town, viewer = person(app, "中街道"), person(app, "东街道", "viewer")
    values = FundingValues(year=2026, source="city")
    for access, place in ((town, "T1"), (town, "D1"), (viewer, "T1")):
        with pytest.raises(Forbidden):
            lines.create_line(access, items[place], values)
    number = lines.funding_of(town, items["T2"]).lines[0].id
    other = person(app, "东街道")
    for act in (
        lambda: lines.change_line(other, number, values, 1),
        lambda: lines.remove_line(other, number, 1),
        lambda: lines.find_line(other, number),
    ):
        with pytest.raises(Forbidden):
            act()


def test_an_item_shows_its_money(client: FlaskClient, items: dict[str, int]) -> None:
    page = client.get(f"/governance/items/{items['T1']}").text
    assert "123.456789" in page
    assert "支出大于下达" in page
    assert "合计" in page
    assert "登记资金" in page
    nothing = client.get(f"/governance/funding?year=2025&of=township:{'T4'}").text
    assert "没有登记资金" in nothing


def test_money_is_entered_on_the_pages(
    app: Flask, everybody: Access, client: FlaskClient, items: dict[str, int]
) -> None:
    item = item_of(everybody, plan_of(everybody, items["T3"]), "<i>新</i>")
    path = f"/governance/items/{item}/funding"
    assert 'value="2025"' in client.get(path).text
    wrong = client.post(path, data={"year": "2025", "source": "city", "planned": "一百",
                                    "spent": "-3", "note": "文号七"})  # fmt: skip
    assert wrong.status_code == 422
    assert "“一百”不是金额" in wrong.text
    assert "“-3”为负数" in wrong.text
    assert 'value="一百"' in wrong.text
    assert "文号七" in wrong.text
    for year in ("", "1999", "25年", "9" * 400):
        assert client.post(path, data={"year": year, "source": "city"}).status_code == 422
    assert client.post(path, data={"year": "2025", "source": "bank"}).status_code == 422
    done = client.post(path, data={"year": "2025", "source": "city", "planned": "10",
                                   "spent": "20.5"}, follow_redirects=True)  # fmt: skip
    assert "请核对：支出大于下达" in done.text
    again = client.post(path, data={"year": "2025", "source": "city", "planned": "3"})
    assert again.status_code == 409
    assert "已有 2025 年“市级”资金" in again.text
    assert 'value="3"' in again.text
    (line,) = lines.funding_of(everybody, item).lines
    edit = f"/governance/funding/{line.id}"
    assert 'value="20.5"' in client.get(edit).text
    stale = client.post(edit, data={"year": "2025", "source": "city", "row_version": "7"})
    assert stale.status_code == 409
    assert "他人修改" in stale.text
    assert client.post(edit, data={"year": "2025", "source": "city"}).status_code == 400
    removed = client.post(f"{edit}/remove", data={"row_version": "1"})
    assert removed.status_code == 302
    assert client.get(edit).status_code == 404
    town = client_as(app, "planner-中街道", ["planner"], find_unit(everybody.database, "中街道").id)
    assert town.get(path).status_code == 403


def plan_of(access: Access, item: int) -> int:
    with access.database.session() as session:
        return session.get_one(ListItem, item).plan_id


def test_the_page_of_a_year(client: FlaskClient, found: FundingYear) -> None:
    page = client.get("/governance/funding?year=2025").text
    for code in NAMES:
        assert NAMES[code] in page
    assert in_wan(by_hand().planned) in page
    heads = Decimal(by_hand("T1").planned) / 100 / 10_000
    assert f"人均 {heads:.2f} 元" in page
    assert "1 个街乡镇没有人口" in page
    assert 'data-chart="contributions"' in page
    assert "万元" in page
    listed = client.get("/governance/funding?year=2025&of=township:T1").text
    assert "东街道的资金明细" in listed
    for wrong in ("year=12", "year=x", "of=street:1", "of=township:"):
        assert client.get(f"/governance/funding?{wrong}").status_code == 400
    assert client.get("/governance/funding?of=township:<script>").status_code == 200
    client.post("/language", data={"language": "en"})
    english = client.get("/governance/funding?year=2025").text
    assert "Governance townships and the others" in english
    assert "yuan per head" in english
    client.post("/language", data={"language": "zh_Hans"})


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    page = first_client(make_app(tmp_path / "home")).get("/governance/funding")
    assert page.status_code == 200
    assert "还没有街乡镇，也没有资金" in page.text


@pytest.mark.db
def test_sums_of_the_largest_amounts_are_exact(database: Database, tmp_path: Path) -> None:
    access, home = operator(database), Home.at(tmp_path / "home")
    with database.session() as session:
        plan = Plan(level="township", area_code="T1", name="东街道", year=2025)
        session.add(plan)
    largest = 10**13
    for at in range(3):
        item = item_of(access, plan.id, f"第 {at} 项")
        values = FundingValues(year=2025, source="city", planned=largest - at, spent=at)
        lines.create_line(access, item, values)
    found = funding_year(access, home, 2025)
    assert found.whole.amounts == Amounts(3 * largest - 3, 0, 3)
    assert [(line.code, line.name, line.in_use) for line in found.lines] == [
        ("T1", "东街道", False)
    ]
    assert found.sources["city"] == found.whole.amounts


@pytest.mark.db
def test_requests_are_counted_on_both_databases(database: Database, tmp_path: Path) -> None:
    access, home = operator(database), Home.at(tmp_path / "home")
    unit = create_unit(access, UnitValues(name="水务局", kind="department"))
    with database.session() as session:
        plan = Plan(level="township", area_code="T1", name="东街道", year=2025)
        session.add(plan)
    asked = Asked("item", str(item_of(access, plan.id, "管网")))
    values = AskValues(title="管网", due_on=TODAY, units=(unit.id,))
    ask(access, home, asked, values, TODAY)
    with pytest.raises(Conflict, match="already"):
        ask(access, home, asked, values, TODAY)
    water = replace(access, answering=frozenset({unit.id}))
    assert count_owed(water, date(2025, 8, 30)) == (1, 0, 1)
    assert count_owed(water, date(2025, 9, 2)) == (1, 1, 0)
    assert len(list_requests(access, Chosen(year=2025), TODAY)) == 1
    assert list_requests(access, Chosen(year=2024), TODAY) == []
    assert years_asked(access) == [2025]
