"""Published results: what a file says, what is refused and why, and how they stand beside ours."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from flask import Flask
from sqlalchemy import delete, select

from app.accounts.access import Access, operator
from app.accounts.models import AuditEntry
from app.accounts.units import UnitValues, create_unit
from app.errors import Conflict
from app.services import services
from app.succession import Change, Lineage
from app.townships.assessment.cell_values import cycle_of, number_of
from app.townships.assessment.cycles import Calendar
from app.townships.assessment.models import PublishedResult
from app.townships.assessment.published import (
    Ours,
    differences,
    preview,
    published_results,
    set_beside,
    store,
)
from app.townships.assessment.unit_names import UnitNames
from geodata.areas import import_boundaries
from geodata.errors import MissingColumn, UnreadableFile
from geodata.home import Home
from tests.people import client_as, first_client, make_app

TOWNSHIPS = [("A1", "和平街道", "甲区"), ("A2", "东风街道", "甲区"), ("B1", "和平街道", "乙区")]
NO_CYCLE = "：不是考核周期，应如“2025年1月”或 month-2025-01"
HEADER = "周期,区,单位,响应率,解决率,满意率,综合得分,名次,来源\n"
JANUARY = Calendar()


def write_boundaries(folder: Path) -> Path:
    columns = list(zip(*TOWNSHIPS, strict=True))
    path = folder / "three.geojson"
    gpd.GeoDataFrame(
        {name: list(columns[at]) for at, name in enumerate(("code", "name", "dn"))},
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)], crs=4326,
    ).to_file(path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("published")
    made = Home.at(folder / "home")
    import_boundaries(
        made, write_boundaries(folder), level="township", code_field="code", name_field="name",
        district_field="dn",
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def app(home: Home) -> Flask:
    made = make_app(home.path)
    create_unit(operator(services(made).database), UnitValues(name="水务局", kind="department"))
    return made


@pytest.fixture
def access(app: Flask) -> Access:
    """Access to a home without results."""
    database = services(app).database
    with database.session() as session:
        session.execute(delete(PublishedResult))
    return operator(database)


def written(tmp_path: Path, text: str, name: str = "成绩.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8-sig")
    return path


def stored(access: Access) -> list[tuple[object, ...]]:
    with access.database.session() as session:
        return [
            (each.cycle_id, each.unit_kind, each.unit, each.score, each.rank)
            for each in session.scalars(select(PublishedResult).order_by(PublishedResult.unit))
        ]


def test_a_file_in_chinese_is_read_and_stored(home: Home, access: Access, tmp_path: Path) -> None:
    text = (
        HEADER + "2025年1月,乙区,和平街道,99.5%,９０,88,91.2,1,通报〔2025〕1 号\n"
        "month-2025-01,,甲区和平街道,98,80,70,78,2,\n2025年1月,,A2,,,,60.5,3,\n"
    )
    path = written(tmp_path, text)
    shown = preview(access.database, home, path, JANUARY)
    assert [(row.unit, row.response, row.source, does) for row, does in shown.rows] == [
        ("B1", 99.5, "通报〔2025〕1 号", "new"), ("A1", 98.0, "", "new"), ("A2", None, "", "new"),
    ]  # fmt: skip
    assert stored(access) == []
    assert store(access, home, path, JANUARY) == (3, 0)
    assert stored(access) == [
        ("month-2025-01", "township", "A1", 78.0, 2),
        ("month-2025-01", "township", "A2", 60.5, 3),
        ("month-2025-01", "township", "B1", 91.2, 1),
    ]


def test_a_workbook_gives_the_same(home: Home, access: Access, tmp_path: Path) -> None:
    path = tmp_path / "通报.xlsx"
    pd.DataFrame(
        {"考核周期": ["2025年1月"], "单位类别": ["部门"], "单位名称": ["水务局"],
         "综合得分": [88.25], "排名": [4]}
    ).to_excel(path, index=False, startrow=2)  # fmt: skip
    store(access, home, path, JANUARY)
    ((_cycle, kind, _unit, score, rank),) = stored(access)
    assert (kind, score, rank) == ("department", 88.25, 4)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2025年1月,,A1,108,90,90,,,", "第 2 行，响应率“108”：不在 0 至 100 之间"),
        ("2025年1月,,A1,-1,90,90,,,", "第 2 行，响应率“-1”：不在 0 至 100 之间"),
        ("2025年1月,,A1,好,90,90,,,", "第 2 行，响应率“好”：不是数字"),
        ("2025年1月,,南山街道,90,90,90,,,",
         "第 2 行，单位“南山街道”：边界中没有这个代码或名称的街乡镇"),
        ("2025年1月,,和平街道,90,90,90,,,",
         "第 2 行，单位“和平街道”：有 2 个街乡镇叫这个名字（甲区、乙区），请同时写明所属区"),
        ("正月,,A1,90,90,90,,,", "第 2 行，周期“正月”" + NO_CYCLE),
        ("2025年13月,,A1,90,90,90,,,",
         "第 2 行，周期“2025年13月”" + NO_CYCLE),
        ("2025年1月,,A1,90,90,90,,1.5,", "第 2 行，名次“1.5”：应为整数"),
        ("2025年1月,,A1,90,90,90,,0,", "第 2 行，名次“0”：不在 1 至 100000 之间"),
        ("2025年1月,,A1,,,,,,", "第 2 行，单位“A1”：三率、得分、名次都没有填"),
        ("2025年1月,,A1,0.99,0.9,0.85,,,",
         "第 2 行，响应率“0.99”：整个文件的三率都不超过 1，像是小数；应填百分数，如 95.3"),
        ("2025年1月,,A1,90,90,90,-3,,", "第 2 行，综合得分“-3”：小于 0"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_in_order_is_told_in_one_line(
    home: Home, access: Access, tmp_path: Path, row: str, told: str
) -> None:
    path = written(tmp_path, HEADER + row + "\n")
    made = preview(access.database, home, path, JANUARY)
    assert [each.text("zh_Hans") for each in made.problems] == [told]
    assert all(each.text("en").startswith("row 2, ") for each in made.problems)


def test_all_or_nothing(home: Home, access: Access, tmp_path: Path) -> None:
    text = (
        HEADER + "2025年1月,,A1,90,90,90,90,1,\n2025年1月,,甲区和平,91,90,90,91,2,\n"
        "2025年1月,,A2,90,90,101,90,1,\n"
    )
    path = written(tmp_path, text)
    lines = [each.text("zh") for each in preview(access.database, home, path, JANUARY).problems]
    assert lines == [
        "第 3 行，单位“甲区和平”：在 month-2025-01 中重复，第 2 行已有",
        "第 4 行，满意率“101”：不在 0 至 100 之间",
    ]
    with pytest.raises(Conflict, match="2 rows"):
        store(access, home, path, JANUARY)
    assert stored(access) == []


def test_a_newer_file_replaces_and_the_audit_keeps_what_was(
    home: Home, access: Access, tmp_path: Path
) -> None:
    first = HEADER + "2025年1月,,A1,90,90,90,90,1,\n2025年1月,,A2,80,80,80,80,2,\n"
    store(access, home, written(tmp_path, first), JANUARY)
    newer = HEADER + "2025年1月,,A1,90,90,90,92.5,1,更正\n2025年1月,,A2,80,80,80,80,2,\n"
    path = written(tmp_path, newer)
    assert [does for _r, does in preview(access.database, home, path, JANUARY).rows] == [
        "replaces", "same",
    ]  # fmt: skip
    assert store(access, home, path, JANUARY) == (0, 1)
    with access.database.session() as session:
        (entry,) = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "published.replace")
        )
    assert entry.subject_id == "month-2025-01/township/A1"
    assert entry.before == {"score": 90.0, "source": ""}
    assert entry.after == {"score": 92.5, "source": "更正"}


@pytest.mark.parametrize(
    ("content", "error"),
    [("单位,得分\nA1,3\n", MissingColumn), (HEADER, UnreadableFile), ("", UnreadableFile)],
)
def test_what_is_no_such_table_is_refused(
    home: Home, access: Access, tmp_path: Path, content: str, error: type[Exception]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(error):
        preview(access.database, home, path, JANUARY)


def test_ours_stand_beside_and_the_greatest_difference_is_named(
    home: Home, access: Access, tmp_path: Path
) -> None:
    text = (
        HEADER + "2025年1月,,A1,90,90,90,90,1,\n2025年1月,,A2,80,80,80,80,2,\n"
        "2025年1月,,B1,80,80,80,70,3,\n"
    )
    store(access, home, written(tmp_path, text), JANUARY)
    names = UnitNames(access.database, home)
    results = published_results(access.database, "month-2025-01", "township")
    renamed = Lineage((Change(pd.Timestamp("2025-02-01").date(), ("A2",), ("A9",)),))
    ours = {"A1": Ours(91.5, 2), "A9": Ours(75.0, 1)}
    lines = set_beside(results, ours, names, renamed)
    assert [(each.name, each.difference) for each in lines] == [
        ("和平街道", 1.5), ("东风街道", -5.0), ("和平街道", None),
    ]  # fmt: skip
    told = differences(lines)
    assert told is not None
    assert (told.compared, told.mean) == (2, (1.5 + 5.0) / 2)
    assert [each.result.unit for each in told.most] == ["A2", "A1"]
    assert differences(set_beside(results, {}, names, Lineage())) is None


def test_cells_as_offices_write_them() -> None:
    calendar = Calendar()
    assert [cycle_of(each, calendar).id for each in (
        "2025年1月", "２０２５年12月份", "2025年1月上半月", "2025年下半年", "2025年度", "year-2025",
    )] == [
        "month-2025-01", "month-2025-12", "half_month-2025-01-1", "half_year-2025-2", "year-2025",
        "year-2025",
    ]  # fmt: skip
    assert [number_of(each) for each in ("95.3%", "", "1e3", "inf", "九")] == [
        95.3, None, 1000.0, None, None,
    ]  # fmt: skip


def test_pages_take_a_file_from_upload_to_list(app: Flask, access: Access) -> None:
    client = first_client(app)
    sent = (HEADER + "2025年1月,,A1,90,90,90,90,1,通报一\n").encode()
    answer = client.post("/assessment/published/import", data={"file": (io.BytesIO(sent), "a.csv")})
    address = answer.headers["Location"]
    page = client.get(address).text
    assert "和平街道" in page
    assert "确认导入" in page
    assert client.post(address).status_code == 302
    shown = client.get("/assessment/published").text
    assert "通报一" in shown
    assert client.get(address).status_code == 404
    # The newest result is of a cycle that the calendar no longer has.
    with access.database.session() as session:
        session.add(PublishedResult(cycle_id="month-2025-02~2025-02-03", unit_kind="township",
                                    unit="A1", score=1.0, source="旧"))  # fmt: skip
    assert "通报一" in client.get("/assessment/published").text
    template = client.get("/assessment/published/template.csv").data.decode("utf-8-sig")
    assert template.split(",")[0] == '"考核周期"'


def test_a_file_with_faults_shows_them_and_offers_nothing_to_confirm(
    app: Flask, access: Access
) -> None:
    client = first_client(app)
    sent = (HEADER + "2025年1月,,南山,90,90,190,90,1,\n").encode()
    answer = client.post("/assessment/published/import", data={"file": (io.BytesIO(sent), "a.csv")})
    page = client.get(answer.headers["Location"]).text
    assert "第 2 行，满意率“190”" in page
    assert "第 2 行，单位“南山”" in page
    assert "确认导入" not in page
    assert client.post(answer.headers["Location"]).status_code == 409
    assert stored(access) == []


def test_a_planner_of_a_district_may_look_but_not_take_in(app: Flask, access: Access) -> None:
    unit = create_unit(access, UnitValues(name="甲区", kind="district", area_code="甲区"))
    client = client_as(app, "of-a-district", ["planner"], unit.id)
    assert client.get("/assessment/published").status_code == 200
    assert client.get("/assessment/published/import").status_code == 403
    assert client.post("/assessment/published/import").status_code == 403
