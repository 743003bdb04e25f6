"""七有五性: the index by hand and by its properties, demand against SQL, files and pages."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path
from typing import get_args

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from app.accounts.access import Access, operator
from app.accounts.models import AuditEntry
from app.cases.uploads import import_file
from app.errors import Conflict, InvalidParameter
from app.services import services
from app.townships.assessment.demand import (
    demand,
    dimensions_of_classes,
    fingerprint,
    set_dimensions,
)
from app.townships.assessment.dimension_names import dimension_names
from app.townships.assessment.district_index import DIMENSIONS, Weighed, district_index
from app.townships.assessment.indicator_forms import Dimension
from app.townships.assessment.indicators import (
    list_indicators,
    preview,
    set_value,
    store,
    values_of,
)
from app.townships.assessment.models import ClassDimension, Indicator, IndicatorValue
from app.townships.assessment.periods_of_indicators import parse_period
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.people import client_as, first_client, make_app

HEADER = "维度,指标,方向,权重,计量单位,来源,区,时期,值\n"
BEDS = Weighed("床位", "病有所医", "high", 3)
WAITING = Weighed("候诊", "病有所医", "low", 1)
FIRES = Weighed("火灾", "安全性", "low", 4)


def test_three_districts_by_hand() -> None:
    """Standing of n: (places from below - 1/2) / n; 候诊 of c is missing, others carry its weight.

    床位 9, 5, 7 → 5/6, 1/6, 3/6. 候诊 (low is good) 10, 20 → 3/4, 1/4. 火灾 2, 2, 1 → ties share
    the places 1 and 2: 1/3, 1/3, 5/6.
    """
    values = {
        ("床位", "a"): 9.0, ("床位", "b"): 5.0, ("床位", "c"): 7.0,
        ("候诊", "a"): 10.0, ("候诊", "b"): 20.0,
        ("火灾", "a"): 2.0, ("火灾", "b"): 2.0, ("火灾", "c"): 1.0,
    }  # fmt: skip
    lines = {
        line.district: line
        for line in district_index(["a", "b", "c"], [BEDS, WAITING, FIRES], values)
    }
    a = 100 * (3 * 5 / 6 + 1 * 3 / 4 + 4 * 1 / 3) / 8
    b = 100 * (3 * 1 / 6 + 1 * 1 / 4 + 4 * 1 / 3) / 8
    c = 100 * (3 * 3 / 6 + 4 * 5 / 6) / 7
    assert {name: line.index for name, line in lines.items()} == pytest.approx(
        {"a": a, "b": b, "c": c}, abs=1e-9
    )
    assert [line.rank for line in lines.values()] == [1, 2, 3]
    assert list(lines) == ["c", "a", "b"]
    assert lines["a"].dimensions == pytest.approx(
        {"病有所医": 100 * (3 * 5 / 6 + 3 / 4) / 4, "安全性": 100 / 3}
    )
    assert lines["c"].dimensions["病有所医"] == pytest.approx(50)
    assert [line.missing for line in lines.values()] == pytest.approx([12.5, 0, 0])
    assert [part.carried for part in lines["c"].parts] == pytest.approx([300 / 7, 0, 400 / 7])
    assert lines["c"].parts[1].value is None


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[Weighed], dict[tuple[str, str], float]]:
    districts = [f"d{i}" for i in range(draw(st.integers(1, 6)))]
    indicators = [
        Weighed(f"i{i}", draw(st.sampled_from(DIMENSIONS)), draw(st.sampled_from(("high", "low"))),
                draw(st.floats(0.1, 50)))
        for i in range(draw(st.integers(1, 5)))
    ]  # fmt: skip
    value = st.none() | st.integers(-5, 5).map(float)
    values = {
        (each.name, code): found
        for each in indicators for code in districts if (found := draw(value)) is not None
    }  # fmt: skip
    return districts, indicators, values


@settings(max_examples=150, deadline=None)
@given(tables())
def test_parts_add_up_and_units_do_not_matter(
    table: tuple[list[str], list[Weighed], dict[tuple[str, str], float]],
) -> None:
    districts, indicators, values = table
    lines = district_index(districts, indicators, values)
    assert sorted(line.district for line in lines) == districts
    for line in lines:
        if line.index is None:
            assert (line.missing, line.rank) == (100, None)
            continue
        assert abs(sum(part.contribution for part in line.parts) - line.index) < 1e-9
        assert sum(part.carried for part in line.parts) == pytest.approx(100)
        assert 0 < line.index < 100
        weights = dict.fromkeys(line.dimensions, 0.0)
        for part in line.parts:
            weights[part.indicator.dimension] += part.carried
        mean = sum(weights[name] * (value or 0) for name, value in line.dimensions.items()) / 100
        assert mean == pytest.approx(line.index)
    other = district_index(districts, indicators, {key: 3 * v**3 - 7 for key, v in values.items()})
    assert [(each.district, each.index) for each in other] == [
        (each.district, each.index) for each in lines
    ]


@settings(max_examples=60, deadline=None)
@given(tables())
def test_turning_every_direction_turns_the_index(
    table: tuple[list[str], list[Weighed], dict[tuple[str, str], float]],
) -> None:
    districts, indicators, values = table
    turned = [
        Weighed(each.name, each.dimension, "low" if each.direction == "high" else "high",
                each.weight)
        for each in indicators
    ]  # fmt: skip
    here = {line.district: line.index for line in district_index(districts, indicators, values)}
    there = {line.district: line.index for line in district_index(districts, turned, values)}
    for code, index in here.items():
        opposite = there[code]
        assert (index is None) == (opposite is None)
        if index is not None and opposite is not None:
            assert index + opposite == pytest.approx(100)


def test_every_dimension_has_a_name_and_can_be_asked_for(app: Flask) -> None:
    with app.test_request_context():
        assert tuple(dimension_names()) == DIMENSIONS == get_args(Dimension)


def test_periods_reach_from_their_first_hour_to_the_next_ones() -> None:
    starts = {each: str(parse_period(each).window) for each in  # type: ignore[union-attr]
              ("2024", "2024-H2", "2024年第四季度", "2024年2月")}  # fmt: skip
    assert starts == {
        "2024": "2024-01-01..2025-01-01", "2024-H2": "2024-07-01..2025-01-01",
        "2024年第四季度": "2024-10-01..2025-01-01", "2024年2月": "2024-02-01..2024-03-01",
    }  # fmt: skip
    assert [parse_period(each) for each in ("", "24", "2024-13", "2024-Q5", "0000", "9999")] == (
        [None] * 6
    )


def cases() -> pd.DataFrame:
    rows = [
        (f"{town}{day}{kind}{n}", f"2024-{day} 10:00:00", kind, town)
        for town, many in (("东街", 7), ("西街", 2), ("南镇", 5), ("别处", 9))
        for day in ("01-01", "06-30", "12-31")
        for kind in ("看病", "噪声")
        for n in range(many)
    ]
    rows.append(("x", "2025-01-01 00:00:00", "看病", "东街"))
    return pd.DataFrame(rows, columns=["case_id", "received_at", "class_1", "reported_township"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("indicators")
    made = Home.at(folder / "home")
    gpd.GeoDataFrame(
        {"code": ["E", "W", "S"], "name": ["东街", "西街", "南镇"], "dn": ["甲区", "甲区", "乙区"],
         "people": [2000.0, 3000.0, None]},
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)], crs=4326,
    ).to_file(folder / "towns.geojson")  # fmt: skip
    import_boundaries(
        made, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        district_field="dn", population_field="people",
    )  # fmt: skip
    cases().to_csv(folder / "cases.csv", index=False)
    import_file(made, folder / "cases.csv", "suyuan")
    return made


@pytest.fixture(scope="module")
def app(home: Home) -> Flask:
    return make_app(home.path)


@pytest.fixture
def access(app: Flask) -> Access:
    """Access to a home without indicators."""
    database = services(app).database
    with database.session() as session:
        for table in (IndicatorValue, Indicator, ClassDimension):
            session.execute(delete(table))
    return operator(database)


def written(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "指标.csv"
    path.write_text(HEADER + rows, "utf-8-sig")
    return path


def test_demand_is_that_of_sql(home: Home) -> None:
    made = sqlite3.connect(":memory:")
    cases().to_sql("cases", made, index=False)
    query = """select count(*) from cases where received_at >= '2024-01-01'
      and received_at < '2025-01-01' and class_1 = '看病' and reported_township in (?, ?)"""
    year = parse_period("2024")
    assert year is not None
    found = demand(home, year.window, {"看病": "病有所医"}, exact=True)
    assert found["甲区", "病有所医"].cases == made.execute(query, ("东街", "西街")).fetchone()[0]
    assert found["乙区", ""].cases == made.execute(query, ("南镇", "")).fetchone()[0]
    assert found["甲区", ""].per_people == 10_000 * 27 / 5000
    assert found["乙区", ""].per_people is None
    june = parse_period("2024-06")
    assert june is not None
    shown = demand(home, june.window, {"看病": "病有所医", "噪声": "宜居性"}, exact=False)
    assert {key: each.cases for key, each in shown.items() if key[0] == "乙区"} == {
        ("乙区", "病有所医"): 5, ("乙区", "宜居性"): 5, ("乙区", ""): 10,
    }  # fmt: skip
    assert demand(home, june.window, {}, exact=True) == {}


def test_a_file_is_stored_as_a_whole_and_again_without_a_change(
    home: Home, access: Access, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        "病有所医,床位,越高越好,3,张/千人,年鉴,甲区,2024年,6.5\n,床位,,,,,乙区,2024,5\n"
        "安全性,火灾,逆向,1,起,,乙区,2024年度,12\n",
    )
    shown = preview(access.database, home, path)
    assert (shown.new, shown.new_indicators) == (3, ("床位", "火灾"))
    assert list_indicators(access.database) == []
    store(access, home, path)
    assert values_of(access.database, "2024") == {
        ("床位", "甲区"): 6.5, ("床位", "乙区"): 5.0, ("火灾", "乙区"): 12.0,
    }  # fmt: skip
    made = list_indicators(access.database)
    assert [(each.name, each.direction, each.weight) for each in made] == [
        ("床位", "high", 3.0), ("火灾", "low", 1.0),
    ]  # fmt: skip
    assert (preview(access.database, home, path).same) == 3
    newer = written(tmp_path, ",床位,,4,,,甲区,2024,7\n")
    store(access, home, newer)
    assert values_of(access.database, "2024")["床位", "甲区"] == 7.0
    with access.database.session() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "indicator.import").order_by(
                AuditEntry.id.desc())
        ).first()  # fmt: skip
    assert entry is not None
    assert entry.before is not None
    assert entry.before["replaced"] == {"床位/甲区/2024": 6.5}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("医疗,床位,高,1,,,甲区,2024,1\n", ["维度“医疗”", "方向“高”"]),
        ("病有所医,床位,正向,-1,,,甲区,2024,1\n", ["权重“-1”"]),
        ("病有所医,床位,正向,1,,,丙区,2024,1\n", ["区“丙区”：边界中没有"]),
        ("病有所医,床位,正向,1,,,甲区,去年,1\n", ["时期“去年”"]),
        ("病有所医,床位,正向,1,,,甲区,2024,多\n", ["值“多”：不是数字"]),
        ("病有所医,,正向,1,,,甲区,2024,1\n", ["没有指标名称"]),
        (",床位,,,,,甲区,2024,1\n", ["新指标要写明维度、方向和权重"]),
        ("病有所医,床位,正向,1,,,甲区,2024,1\n,床位,,,,,甲区,2024年,2\n",
         ["第 3 行", "重复，第 2 行已有"]),
        ("病有所医,床位,正向,1,,,甲区,2024,1\n,床位,,2,,,乙区,2024,2\n",
         ["第 3 行，权重“2”", "不一致"]),
    ],
)  # fmt: skip
def test_a_row_that_is_not_in_order_is_told_and_nothing_is_stored(
    home: Home, access: Access, tmp_path: Path, rows: str, told: list[str]
) -> None:
    path = written(tmp_path, rows)
    lines = " ".join(each.text("zh") for each in preview(access.database, home, path).file.problems)
    assert all(words in lines for words in told), lines
    with pytest.raises(Conflict):
        store(access, home, path)
    assert list_indicators(access.database) == []


def test_classes_belong_to_dimensions_and_two_editors_do_not_overwrite(
    home: Home, access: Access
) -> None:
    nothing = fingerprint({})
    set_dimensions(access, home, {"看病": "病有所医"}, nothing)
    assert dimensions_of_classes(access.database) == {"看病": "病有所医"}
    with pytest.raises(Conflict):
        set_dimensions(access, home, {"噪声": "宜居性"}, nothing)
    for wrong in ({"没有的类": "病有所医"}, {"噪声": "宜居"}):
        with pytest.raises(InvalidParameter):
            set_dimensions(access, home, wrong, fingerprint({"看病": "病有所医"}))
    assert dimensions_of_classes(access.database) == {"看病": "病有所医"}


def test_a_single_value_is_written_and_taken_out(
    home: Home, access: Access, tmp_path: Path
) -> None:
    store(access, home, written(tmp_path, "病有所医,床位,正向,1,,,甲区,2024,1\n"))
    (beds,) = list_indicators(access.database)
    set_value(access, home, beds.id, "乙区", "2024年", 9.0)
    assert values_of(access.database, "2024")["床位", "乙区"] == 9.0
    set_value(access, home, beds.id, "乙区", "2024", None)
    assert ("床位", "乙区") not in values_of(access.database, "2024")
    for district, period in (("丙区", "2024"), ("甲区", "古代")):
        with pytest.raises(InvalidParameter):
            set_value(access, home, beds.id, district, period, 1.0)


def test_pages_show_supply_beside_demand(home: Home, app: Flask, access: Access) -> None:
    client = first_client(app)
    assert "还没有指标数据" in client.get("/assessment/indicators").text
    rows = (
        "病有所医,床位,正向,3,张,年鉴,甲区,2024,6.5\n,床位,,,,,乙区,2024,5\n"
        "安全性,火灾,逆向,1,起,,乙区,2024,12\n"
    )
    sent = {"file": (io.BytesIO((HEADER + rows).encode()), "a.csv")}
    address = client.post("/assessment/indicators/import", data=sent).headers["Location"]
    assert "确认导入" in client.get(address).text
    assert client.post(address).status_code == 302
    form = {"class-1": "看病", "to-1": "病有所医", "class-2": "噪声", "to-2": "",
            "seen": fingerprint({})}  # fmt: skip
    assert client.post("/assessment/indicators/classes", data=form).status_code == 302
    page = client.get("/assessment/indicators?dimension=病有所医").text
    assert "54.0" in page  # 10,000 * 27 / 5,000
    assert "缺人口" in page
    assert client.get("/assessment/indicators?district=乙区").status_code == 200
    (beds,) = (each for each in list_indicators(access.database) if each.name == "床位")
    assert "年鉴" in client.get(f"/assessment/indicators/{beds.id}").text
    changed = {"name": "床位", "dimension": "病有所医", "direction": "high", "weight": "0"}
    version = {"row_version": str(beds.row_version)}
    where = f"/assessment/indicators/{beds.id}"
    assert client.post(where, data={**changed, **version}).status_code == 302
    assert client.post(where, data={**changed, **version, "weight": "9"}).status_code == 409
    viewer = client_as(app, "a-viewer", ["viewer"])
    assert viewer.get("/assessment/indicators").status_code == 200
    assert viewer.get(where).status_code == 403
    assert viewer.post("/assessment/indicators/classes", data=form).status_code == 403
