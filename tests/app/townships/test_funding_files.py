"""Funding in and out of Excel: errors row by row, looked at first, all or the good rows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.accounts.access import Access, operator
from app.accounts.audit import history_of
from app.accounts.units import adopt_boundaries, find_unit
from app.errors import Conflict
from app.services import services
from app.townships.funding import lines, taking_in
from app.townships.funding.lines import FundingValues
from app.townships.funding.models import Funding
from app.townships.governing.models import ListItem
from geodata.errors import MissingColumn, UnreadableFile
from tests.app.townships.funded_city import fen, item_of, make_city, make_money
from tests.people import access_as, client_as, first_client, make_account, make_app

HEAD = "事项编号,年度,资金来源,计划（元）,下达（元）,支出（元）,备注\n"
Stored = dict[tuple[int, int, str], tuple[int, int, int, str]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(make_city(tmp_path_factory.mktemp("files")).path)


@pytest.fixture(scope="module")
def everybody(app: Flask) -> Access:
    access = operator(services(app).database)
    adopt_boundaries(access, services(app).home)
    return access


@pytest.fixture(scope="module")
def items(app: Flask, everybody: Access) -> dict[str, int]:
    return make_money(everybody, services(app).home)


@pytest.fixture(autouse=True)
def as_it_was(everybody: Access, items: dict[str, int]) -> Iterator[None]:
    before = stored(everybody)
    yield
    with everybody.database.session() as session:
        session.execute(delete(Funding))
        session.add_all(
            Funding(item_id=item, year=year, source=source, planned=a, allocated=b, spent=c, note=d)
            for (item, year, source), (a, b, c, d) in before.items()
        )


def stored(access: Access) -> Stored:
    with access.database.session() as session:
        return {
            (each.item_id, each.year, each.source): (
                each.planned, each.allocated, each.spent, each.note,
            )
            for each in session.scalars(select(Funding))
        }  # fmt: skip


def csv(tmp_path: Path, body: str, head: str = HEAD) -> Path:
    path = tmp_path / "funding.csv"
    path.write_text(head + body, "utf-8")
    return path


def town(app: Flask) -> Access:
    database = services(app).database
    unit = find_unit(database, "中街道").id
    return access_as(app, make_account(database, "planner-中街道", ["planner"], unit))


def told(found: taking_in.Preview) -> list[str]:
    return [each.text("zh") for each in found.problems]


def test_a_file_is_looked_at_and_then_stored(
    everybody: Access, items: dict[str, int], tmp_path: Path
) -> None:
    """New, changed, same; empty amounts of a line that is there stay as they were."""
    one, two, three = items["T1"], items["T2"], items["T3"]
    path = csv(
        tmp_path,
        f'{one},2025,市级,"1,300,000",,,加了\n'
        f"{two},2025,街乡镇,77.77,7.07,0,\n"
        f"{three},2026,社会资本,10,,3.50,\n"
        f"{three},2026,,,,,\n",
    )
    before = stored(everybody)
    found = taking_in.preview(everybody, path)
    assert told(found) == []
    assert [each.does for each in found.changes] == ["changed", "same", "new"]
    assert found.added.planned == fen("1300000") - fen("1234567.89") + fen("10")
    assert (found.added.allocated, found.added.spent) == (0, 350)
    assert stored(everybody) == before
    done = taking_in.take_in(everybody, path, found.seen, only_good=False)
    assert done == {"changed": 1, "same": 1, "new": 1}
    after = stored(everybody)
    assert after[one, 2025, "city"] == (fen("1300000"), fen("1000000"), fen("1000000.01"), "加了")
    assert after[three, 2026, "social"] == (1000, 0, 350, "")
    assert {key: value for key, value in after.items() if key in before} == {
        **before, (one, 2025, "city"): after[one, 2025, "city"],
    }  # fmt: skip
    again = taking_in.preview(everybody, path)
    assert [each.does for each in again.changes] == ["same", "same", "same"]
    (line,) = [each for each in lines.funding_of(everybody, one).lines if each.source == "city"
               and each.year == 2025]  # fmt: skip
    (act,) = [each for each in history_of(everybody.database, "funding", line.id)
              if each.act == "change"]  # fmt: skip
    assert act.changes == {"planned": (fen("1234567.89"), fen("1300000"))}


def test_each_wrong_row_is_told(everybody: Access, items: dict[str, int], tmp_path: Path) -> None:
    one = items["T1"]
    rows = [
        f"{one},2027,市级,1,,,",  # in order
        f"{one},2027,市级,2,,,",
        "甲,2027,市级,1,,,",
        "99999,2027,市级,1,,,",
        f"{one},1999,市级,1,,,",
        f"{one},今年,市级,1,,,",
        f"{one},2027,银行,1,,,",
        f"{one},2027,区级,-1,,,",
        f"{one},2027,区级,很多,,,",
        f"{one},2027,区级,1,1.234,,",
        f"{one},2027,区级,,,,",
        f"{one},2027,,5,,,",
        f"{one},2027,其他,200000000000,,,",
        f"{one},2027,其他,1,,,{'长' * 2001}",
    ]
    found = taking_in.preview(everybody, csv(tmp_path, "\n".join(rows) + "\n"))
    assert [each.row.row for each in found.changes] == [2]
    assert [each.row for each in found.problems] == list(range(3, 16))
    text = told(found)
    for at, says in enumerate(
        (
            "与第 2 行是同一事项、年度和资金来源", "事项编号应为正整数",
            "您的辖区内没有这个编号的清单事项", "年度应在 2000 至 2100 之间", "年度应在",
            "资金来源“银行”：不是“市级”", "计划（元）“-1”：为负数", "“很多”：不是金额",
            "下达（元）“1.234”：精确到分即可", "及下达、支出都为空", "资金来源“”：不是",
            "请核对单位", "备注",
        )
    ):  # fmt: skip
        assert says in text[at], text[at]
    assert "row 8" in found.problems[5].text("en")


def test_all_or_nothing_or_the_good_rows(
    everybody: Access, items: dict[str, int], tmp_path: Path
) -> None:
    path = csv(tmp_path, f"{items['T1']},2027,市级,1,,,\n{items['T1']},2027,无,1,,,\n")
    found, before = taking_in.preview(everybody, path), stored(everybody)
    with pytest.raises(Conflict, match="nothing was stored"):
        taking_in.take_in(everybody, path, found.seen, only_good=False)
    assert stored(everybody) == before
    taking_in.take_in(everybody, path, found.seen, only_good=True)
    assert stored(everybody) == {**before, (items["T1"], 2027, "city"): (100, 0, 0, "")}


def test_what_changed_meanwhile_is_looked_at_again(
    everybody: Access, items: dict[str, int], tmp_path: Path
) -> None:
    path = csv(tmp_path, f"{items['T1']},2027,市级,1,,,\n")
    found = taking_in.preview(everybody, path)
    lines.create_line(everybody, items["T1"], FundingValues(year=2027, source="city", planned=7))
    before = stored(everybody)
    with pytest.raises(Conflict, match="look at it again"):
        taking_in.take_in(everybody, path, found.seen, only_good=True)
    assert stored(everybody) == before


def test_other_peoples_items_are_as_if_not_there(
    app: Flask, items: dict[str, int], tmp_path: Path
) -> None:
    rows = "".join(f"{items[place]},2027,市级,1,,,\n" for place in ("T1", "T2", "D1"))
    found = taking_in.preview(town(app), csv(tmp_path, rows))
    assert [each.item.id for each in found.changes] == [items["T2"]]
    assert [each.row for each in found.problems] == [2, 4]


def test_a_header_may_say_ten_thousand_yuan(
    everybody: Access, items: dict[str, int], tmp_path: Path
) -> None:
    head = "事项编号,年份,来源,计划资金（万元）,支出\n"
    found = taking_in.preview(everybody, csv(tmp_path, f"{items['T1']},2027年,市,1.5,2\n", head))
    (change,) = found.changes
    assert change.after.parts() == {"planned": fen("15000"), "allocated": 0, "spent": 200}


def test_a_workbook_with_a_merged_title(
    everybody: Access, items: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 4, "二〇二七年资金（单位：元）")
        heads = ("事项编号", "年度", "资金来源", "计划（元）", "支出（元）")
        sheet.write_row(1, 0, heads)
        sheet.write_row(2, 0, (items["T1"], 2027, "市级", 1234.1, 0.1 + 0.2))
        sheet.write_row(3, 0, (items["T2"], 2027, "市级", "1,000"))
        sheet.write_formula(3, 4, "=1+1", None, 2)
    found = taking_in.preview(everybody, path)
    assert told(found) == []
    first, second = found.changes
    assert first.after.parts() == {"planned": 123_410, "allocated": 0, "spent": 30}
    assert second.after.parts() == {"planned": 100_000, "allocated": 0, "spent": 200}


@pytest.mark.parametrize("body", ["", "\n\n"])
def test_files_without_rows_are_refused(everybody: Access, tmp_path: Path, body: str) -> None:
    with pytest.raises(UnreadableFile, match="no rows"):
        taking_in.preview(everybody, csv(tmp_path, body))


def test_a_file_without_the_columns_is_refused(everybody: Access, tmp_path: Path) -> None:
    with pytest.raises(MissingColumn):
        taking_in.preview(everybody, csv(tmp_path, "1,2,3\n", "甲,乙,丙\n"))


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_what_is_exported_is_read_back_as_the_same(
    app: Flask, everybody: Access, items: dict[str, int], tmp_path: Path, language: str
) -> None:
    unfilled = item_of(everybody, plan_of(everybody, items["T3"]), "=1+1")
    client = first_client(app)
    client.post("/language", data={"language": language})
    answer = client.get("/governance/funding/table.xlsx?year=2025")
    client.post("/language", data={"language": "zh_Hans"})
    path = tmp_path / "out.xlsx"
    path.write_bytes(answer.data)
    found = taking_in.preview(everybody, path)
    assert told(found) == []
    wanted = {key for key in stored(everybody) if key[1] == 2025}
    assert {each.row.key for each in found.changes} == wanted
    assert {each.does for each in found.changes} == {"same"}
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    first, towns, groups = (book.get_sheet_by_index(at).to_python() for at in range(3))
    assert [unfilled, "'=1+1"] in [row[:2] for row in first]
    assert sum(float(str(row[4])) for row in towns[1:]) + fen("500000") / 100 == groups[-1][3]
    assert len(towns) == 5


def plan_of(access: Access, item: int) -> int:
    with access.database.session() as session:
        return session.get_one(ListItem, item).plan_id


def send(client: FlaskClient, body: str, name: str = "资金.csv") -> str:
    data = {"file": (io.BytesIO((HEAD + body).encode()), name)}
    answer = client.post("/governance/funding/import", data=data)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def seen_on(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


def test_the_pages_of_a_file(app: Flask, everybody: Access, items: dict[str, int]) -> None:
    client = first_client(app)
    assert "认得的表头" in client.get("/governance/funding/import").text
    path = send(client, f"{items['T1']},2027,市级,10000,1,2,\n{items['T1']},2027,无,1,,,\n")
    page = client.get(path).text
    assert "1 处错误" in page
    assert "只导入没有错的 1 条" in page
    assert "全部导入" not in page
    assert "支出大于下达" in page
    seen = seen_on(page)
    refused = client.post(path, data={"do": "all", "seen": seen})
    assert refused.status_code == 409
    assert "没有导入任何一行" in refused.text
    assert client.post(path, data={"do": "good", "seen": "other"}).status_code == 409
    done = client.post(path, data={"do": "good", "seen": seen}, follow_redirects=True)
    assert "新增 1 条" in done.text
    assert stored(everybody)[items["T1"], 2027, "city"][0] == fen("10000")
    assert client.get(path).status_code == 404
    assert client.post(path, data={"do": "good", "seen": seen}).status_code == 404
    right = send(client, f"{items['T1']},2028,市级,1,,,\n")
    assert "全部导入" in client.get(right).text
    assert client.post(f"{right}/delete").status_code == 302
    assert client.get(right).status_code == 404


def test_what_is_no_table_is_told(app: Flask, items: dict[str, int]) -> None:
    client = first_client(app)
    for content, name, status in (
        (b"%PDF-1.7", "a.xlsx", 422), (b"", "a.csv", 422), (b"x", "a.exe", 400),
    ):  # fmt: skip
        data = {"file": (io.BytesIO(content), name)}
        answer = client.post("/governance/funding/import", data=data)
        assert answer.status_code == status, answer.text
        assert "没有保存" in answer.text
    assert client.post("/governance/funding/import", data={}).status_code == 422
    data = {"file": (io.BytesIO("甲,乙\n1,2\n".encode()), "a.csv")}
    path = client.post("/governance/funding/import", data=data).headers["Location"]
    page = client.get(path)
    assert page.status_code == 200
    assert "没有导入任何一行" in page.text
    assert client.post(path, data={"do": "good"}).status_code == 422


def test_who_only_looks_takes_nothing_in(app: Flask, items: dict[str, int]) -> None:
    viewer = client_as(app, "viewer-city", ["viewer"])
    assert viewer.get("/governance/funding/import").status_code == 403
    assert "导入 Excel" not in viewer.get("/governance/funding").text
    assert viewer.get("/governance/funding/table.xlsx?year=2025").status_code == 200
