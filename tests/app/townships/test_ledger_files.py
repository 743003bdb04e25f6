"""The ledger's file: what goes out comes in unchanged, and every bad row says what is wrong."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.accounts.access import Access
from app.accounts.audit import history_of
from app.accounts.permissions import VIEWER, Permission
from app.cases.uploads import import_file
from app.townships.governing.models import ListItem, ListItemVersion
from app.townships.ledger.asking import LedgerQuery
from app.townships.ledger.coded import coded_words
from app.townships.ledger.importing import CheckedFile, check_file, store_file
from app.townships.ledger.sheet_reading import read_ledger
from app.townships.ledger.workbook import ledger_rows, ledger_workbook
from geodata.errors import UserError
from tests.app.townships.ledger_city import LedgerCity, sheet_of, workbook
from tests.people import client_as, first_client, make_app

TODAY = date(2025, 6, 20)
HEADINGS = (
    "编号", "版本", "方案编号", "清单", "事项", "问题类型", "涉及户数", "面积（平方米）",
    "责任单位", "配合单位", "开始日期", "完成期限", "现状（每月件数）", "目标（每月件数）",
    "状态", "进展表述",
)  # fmt: skip
PROGRAM = '=HYPERLINK("http://x","y")'


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> LedgerCity:
    """A home with cases; tests put their own items on the plans."""
    city = LedgerCity(tmp_path_factory.mktemp("files"))
    cases = city.home.path / "cases.csv"
    cases.write_text(
        "case_id,received_at,class_1,reported_township\nC1,2025-01-07 09:00:00,噪声,东街道\n"
        "C2,2025-01-08 09:00:00,噪声,西镇\n"
    )
    import_file(city.home, cases, "suyuan")
    return city


def export(city: LedgerCity, access: Access | None = None, **asked: Any) -> bytes:
    who = access or city.access
    words = coded_words(city.database, TODAY)
    return ledger_workbook(who, ledger_rows(who, LedgerQuery(**asked), TODAY), words)


def checked(city: LedgerCity, content: bytes, access: Access | None = None) -> CheckedFile:
    return check_file(access or city.access, city.home, kept(city, content), TODAY)


def stored(city: LedgerCity, content: bytes, *, whole: bool, access: Access | None = None) -> Any:
    who = access or city.access
    return store_file(who, city.home, kept(city, content), TODAY, whole=whole)


def kept(city: LedgerCity, content: bytes) -> Path:
    path = city.home.path / "ledger.xlsx"
    path.write_bytes(content)
    return path


def lines(found: CheckedFile) -> list[str]:
    return [problem.text("zh") for problem in found.problems]


def with_cells(content: bytes, **cells: Any) -> bytes:
    """The first row of an export with other cells, in a file of one line of headings."""
    headings, row = sheet_of(content)[1:3]
    return workbook([{**dict(zip(headings, row, strict=True)), **cells}], headings)


def count(city: LedgerCity) -> int:
    with city.database.session() as session:
        return session.query(ListItem).count()


def full_item(city: LedgerCity, title: str) -> ListItem:
    return city.item(
        title=title, text="甲\n乙", class_1="噪声", responsible_id=city.units["住建委"],
        cooperating=[city.units["水务局"], city.units["自来水集团"]], starts_on=date(2025, 2, 1),
        due_on=date(2025, 7, 1), target_from=90, target_to=60.5, case_ids=["C1", "C2"],
        issue_type="noise", problem=PROGRAM, cause="'单引号", proposal="+1", support_level="city",
        support_kind="project", enterprises="@甲公司", property_manager="乙", households=120,
        area_m2=350.25, money_needed=12.5, money_sources="-自筹", priority="topic",
        progress_word="accelerating",
    )  # fmt: skip


def test_what_goes_out_comes_in_unchanged(city: LedgerCity) -> None:
    item = full_item(city, "往返")
    content = export(city, text="往返")
    found = checked(city, content)
    assert [(row.act, row.problems) for row in found.rows] == [("same", ())]
    assert found.ignored == ()
    assert not stored(city, content, whole=True).written
    assert city.now(item).row_version == item.row_version


def test_the_file_has_the_offices_shape_and_no_formula(city: LedgerCity) -> None:
    full_item(city, "=1+1")
    content = export(city, text="=1+1")
    rows = sheet_of(content)
    assert [cell for cell in rows[0] if cell] == ["基本情况", "问题", "措施", "进度"]
    assert rows[1][:7] == ["编号", "版本", "方案编号", "街乡镇或区", "年度", "清单", "事项"]
    told = dict(zip(rows[1], rows[2], strict=True))
    assert told["问题描述"] == f"'{PROGRAM}"
    assert (told["事项"], told["涉及企业"], told["资金来源"]) == ("'=1+1", "'@甲公司", "'-自筹")
    assert told["完成期限"] == date(2025, 7, 1)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        book = parts.read("xl/workbook.xml").decode()
    assert "<f>" not in sheet
    assert len(re.findall(r"<mergeCell ", sheet)) == 4
    assert 'ySplit="2"' in sheet
    # Kind, issue type, priority, support level and kind, responsible unit, state, progress word.
    assert len(re.findall(r"<dataValidation ", sheet)) == 8
    assert 'name="选项"' in book
    assert 'state="hidden"' in book


def test_a_changed_row_changes_its_item_and_a_new_one_makes_one(city: LedgerCity) -> None:
    item = full_item(city, "改前")
    new = {"事项": "新的一项", "清单": "问题清单", "街乡镇或区": "西镇", "年度": 2025,
           "完成期限": "2025年9月1日", "责任单位": "水务局", "涉及户数": "1,200"}  # fmt: skip
    headings, row = sheet_of(export(city, text="改前"))[1:3]
    told = {**dict(zip(headings, row, strict=True)), "事项": "改后", "涉及户数": 7, "原因分析": ""}
    found = stored(city, workbook([told, new], headings), whole=True)
    assert [each.act for each in found.rows] == ["change", "new"]
    assert found.rows[0].changed == ("事项", "涉及户数", "原因分析")
    now = city.now(item)
    assert (now.title, now.households, now.cause, now.problem) == ("改后", 7, "", PROGRAM)
    with city.database.session() as session:
        made = session.query(ListItem).filter_by(title="新的一项").one()
    assert (made.plan_id, made.kind, made.due_on, made.households, made.responsible_id) == (
        city.plans["T3"].id, "problems", date(2025, 9, 1), 1200, city.units["水务局"],
    )  # fmt: skip


def test_columns_that_the_file_lacks_stay(city: LedgerCity) -> None:
    item = full_item(city, "少列")
    row = {"编号": item.id, "版本": 1, "事项": "少列的"}
    assert stored(city, workbook([row], ("编号", "版本", "事项", "备注")), whole=True).written
    now = city.now(item)
    assert (now.title, now.households, now.case_ids) == ("少列的", 120, ["C1", "C2"])


NEW = {"方案编号": 1, "清单": "任务清单", "事项": "试"}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"事项": None}, "事项“”：必须填写"),
        ({"清单": "没有"}, "清单“没有”：应为问题清单、任务清单、责任清单、项目清单之一"),
        ({"清单": None}, "清单“”：必须填写"),
        ({"清单": "政策清单"}, "不存在或已停用"),
        ({"问题类型": "别的"}, "问题类型“别的”：应为老旧小区改造、"),
        ({"涉及户数": "许多"}, "涉及户数“许多”：应为不小于 0 的整数"),
        ({"涉及户数": -1}, "涉及户数“-1”：应为不小于 0 的整数"),
        ({"面积（平方米）": "大"}, "面积（平方米）“大”：应为数字"),
        ({"面积（平方米）": -2.5}, "面积（平方米）“-2.5”：应为不小于 0 的数"),
        ({"责任单位": "无此局"}, "责任单位“无此局”：单位库中没有“无此局”"),
        ({"责任单位": "住建委", "配合单位": "水务局、住建委"}, "已是责任单位"),
        ({"完成期限": "月底"}, "完成期限“月底”：应为日期，如 2025-06-30"),
        ({"完成期限": "2025-02-30"}, "应为日期"),
        ({"开始日期": date(2025, 5, 2), "完成期限": date(2025, 5, 1)},
         "完成期限“2025-05-01”：早于开始日期 2025-05-02"),
        ({"现状（每月件数）": 5}, "目标（每月件数）“”：现状和目标要么都填"),
        ({"现状（每月件数）": 5, "目标（每月件数）": 6}, "目标（每月件数）“6”：高于现状 5"),
        ({"状态": "销号"}, "状态“销号”：新事项的状态只能为"),
        ({"编号": 99999}, "编号“99999”：您的辖区内没有这个编号的事项"),
        ({"编号": "甲"}, "编号“甲”：应为不小于 0 的整数"),
        ({"编号": 1e300}, "应为不小于 0 的整数"),
        ({"方案编号": 77}, "方案编号“77”：您的辖区内没有这个方案"),
        ({"方案编号": None}, "新事项须填方案编号"),
        ({"事项": "长" * 201}, "应为不超过 200 个字符"),
        ({"进展表述": "快好了"}, "进展表述“快好了”：应为基本解决、"),
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_row_names_row_column_value_and_rule(
    city: LedgerCity, cells: dict[str, Any], says: str
) -> None:
    row = {**NEW, "方案编号": city.plans["T1"].id, **cells}
    found = checked(city, workbook([row], HEADINGS))
    assert found.rows[0].act == "refused"
    assert lines(found)[0].startswith("第 2 行")
    assert says in "；".join(lines(found))


def test_classes_and_cases_must_be_there(city: LedgerCity) -> None:
    headings = ("方案编号", "清单", "事项", "问题分类", "来源工单编号")
    row = {**NEW, "方案编号": city.plans["T1"].id, "问题分类": "外星", "来源工单编号": "C1、X9"}
    told = lines(checked(city, workbook([row], headings)))
    assert told == [
        "第 2 行，问题分类“外星”：诉求库中没有这个问题分类",
        "第 2 行，来源工单编号“C1、X9”：1 个工单编号在您辖区的诉求库中找不到：X9",
    ]
    in_town = city.person("township", Permission.READ_CASES)
    row = {**NEW, "方案编号": city.plans["T1"].id, "来源工单编号": "C2"}
    assert "找不到：C2" in lines(checked(city, workbook([row], headings), in_town))[0]


def test_two_who_change_one_item_are_told_and_the_first_stays(city: LedgerCity) -> None:
    item = full_item(city, "两人")
    content = with_cells(export(city, text="两人"), 涉及户数=5)
    assert stored(city, content, whole=True).written
    other = with_cells(export(city, text="两人"), 版本=1, 涉及户数=6)
    assert "版本“1”：事项现为第 2 版" in lines(checked(city, other))[0]
    assert not stored(city, other, whole=False).written
    assert city.now(item).households == 5
    unnamed = with_cells(export(city, text="两人"), 版本=None, 涉及户数=6)
    assert "有编号的行须保留导出时的版本" in lines(checked(city, unnamed))[0]
    moved = with_cells(export(city, text="两人"), 状态="进行中")
    assert "状态不能由导入改变" in lines(checked(city, moved))[0]


def test_doubles_are_refused(city: LedgerCity) -> None:
    item = city.item(title="已有的")
    new = {**NEW, "方案编号": city.plans["T1"].id}
    rows = [{**new, "事项": "已有的"}, {**new, "事项": "成对"}, {**new, "事项": "成对"},
            {"编号": item.id, "版本": 1, "事项": "已有的", "清单": "任务清单"},
            {"编号": item.id, "版本": 1, "事项": "又改", "清单": "任务清单"}]  # fmt: skip
    told = lines(checked(city, workbook(rows, HEADINGS)))
    assert [line.partition("，")[0] for line in told] == ["第 2 行", "第 4 行", "第 6 行"]
    assert f"编号 {item.id}" in told[0]
    assert "第 3 行" in told[1]


def test_one_bad_row_of_five_hundred(city: LedgerCity) -> None:
    rows = [
        {**NEW, "方案编号": city.plans["T3"].id, "事项": f"批量{number}"} for number in range(500)
    ]
    rows[123]["完成期限"] = "不知道"
    content, before = workbook(rows, HEADINGS), count(city)
    none = stored(city, content, whole=True)
    assert (none.written, count(city)) == (False, before)
    assert lines(none) == ["第 125 行，完成期限“不知道”：应为日期，如 2025-06-30"]
    rest = stored(city, content, whole=False)
    assert (rest.written, count(city)) == (True, before + 499)


def test_a_large_file_asks_as_much_as_a_small_one(city: LedgerCity) -> None:
    def asked(n: int) -> int:
        rows = [
            {"方案编号": city.plans["T1"].id, "清单": "任务清单", "事项": f"大表{n}之{each}",
             "责任单位": "住建委", "配合单位": "水务局", "问题类型": "停车管理"}
            for each in range(n)
        ]  # fmt: skip
        content = workbook(rows, ("方案编号", "清单", "事项", "责任单位", "配合单位", "问题类型"))
        statements: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement.split()[0])

        event.listen(city.database.engine, "before_cursor_execute", note)
        told = stored(city, content, whole=True)
        event.remove(city.database.engine, "before_cursor_execute", note)
        assert told.counts == {"new": n}, lines(told)
        return statements.count("SELECT")

    assert asked(60) == asked(3)
    with city.database.session() as session:
        made = list(session.scalars(select(ListItem.id).where(ListItem.title.like("大表%"))))
        kept = select(ListItemVersion.item_id).where(ListItemVersion.item_id.in_(made))
        assert sorted(session.scalars(kept)) == made
    assert [each.act for each in history_of(city.database, "list_item", made[-1])] == ["create"]


def test_a_limit_is_told_as_a_number_and_a_day_within_the_years(city: LedgerCity) -> None:
    full_item(city, "界限")
    content = with_cells(
        export(city, text="界限"), **{"资金需求（万元）": 2e8, "完成期限": "9999-01-01"}
    )
    told = " ".join(lines(checked(city, content)))
    assert "应为不大于 100000000 的数" in told
    assert "应为不晚于 2199-12-31 的日期" in told


def test_others_areas_are_not_reached_by_number(city: LedgerCity) -> None:
    item = city.item("T3", title="别区的")
    row = {"编号": item.id, "版本": 1, "事项": "改", "清单": "任务清单"}
    new = {**NEW, "方案编号": city.plans["T3"].id}
    told = lines(checked(city, workbook([row, new], HEADINGS), city.person("township")))
    assert told == [
        f"第 2 行，编号“{item.id}”：您的辖区内没有这个编号的事项",
        f"第 3 行，方案编号“{city.plans['T3'].id}”：您的辖区内没有这个方案",
    ]
    assert "别区的" not in str(sheet_of(export(city, city.person("township"))))


def test_who_may_not_read_cases_neither_gets_nor_changes_them(city: LedgerCity) -> None:
    item = full_item(city, "无权")
    town = city.person("township")
    content = export(city, town, text="无权")
    assert "来源工单编号" not in sheet_of(content)[1]
    assert "C1" not in str(sheet_of(content))
    headings = ("编号", "版本", "事项", "来源工单编号")
    row = {"编号": item.id, "版本": 1, "事项": "无权的", "来源工单编号": "C2"}
    found = stored(city, workbook([row], headings), whole=True, access=town)
    assert found.ignored == ("来源工单编号",)
    assert (city.now(item).title, city.now(item).case_ids) == ("无权的", ["C1", "C2"])


SHAPES: list[tuple[Sequence[str], dict[str, Any]]] = [
    (("编号", "方案编号", "清单", "事项"), {}),
    (("编 号", "方案编号", "清单\n", "事项*"), {}),
    (("备注", "序号", "方案编号", "清单类别", "事项名称", "联系人"), {}),
    (("方案编号", "清单", "事项"), {"above": [("某区清单台账",), ("基本情况", "", "任务")]}),
    # Merged over both lines: the upper cells hold the text, those below them nothing.
    (("方案编号", "清单", "事项", "完成期限"),
     {"above": [("", "", "", "")], "merged": [(0, 0, 1, 0, "方案编号"), (0, 1, 1, 1, "清单"),
                                           (0, 2, 0, 3, "任务")]}),
]  # fmt: skip


@pytest.mark.parametrize(("headings", "shape"), SHAPES, ids=range(len(SHAPES)))
def test_headings_are_found_in_one_line_or_two(
    city: LedgerCity, headings: Sequence[str], shape: dict[str, Any]
) -> None:
    cells: dict[str, Any] = {"方案编号": 1, "联系人": "王某"}
    cells |= dict.fromkeys(("清单", "清单\n", "清单类别"), "任务清单")
    cells |= dict.fromkeys(("事项", "事项*", "事项名称"), "甲")
    content = workbook([cells], headings, **shape)
    sheet = read_ledger(kept(city, content))
    ((number, told),) = sheet.rows
    assert number == len(shape.get("above", ())) + 2
    assert (told["plan_id"], told["kind"], told["title"]) == (1.0, "任务清单", "甲")
    assert "王某" not in told.values()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (workbook([], HEADINGS), "没有任何一行内容"),
        (workbook([{"甲": 1}], ("甲", "乙")), "没有找到表头"),
        (workbook([{"事项": "甲"}], ("事项", "备注")), "没有找到表头"),
        (workbook([{"事项": "甲"}], ("编号", "事项", "事项名称")), "含义相同"),
        (workbook([{"编号": 1}], ("编号", "版本", "清单")), "没有找到表头"),
        (b"no workbook", "不是可读的 Excel 工作簿"),
    ],
)
def test_a_file_that_is_no_ledger_says_why(city: LedgerCity, content: bytes, says: str) -> None:
    with pytest.raises(UserError) as error:
        read_ledger(kept(city, content))
    assert says in error.value.chinese


@pytest.fixture(scope="module")
def client(city: LedgerCity) -> FlaskClient:
    return first_client(make_app(city.home.path))


def upload(client: FlaskClient, content: bytes, name: str = "items.xlsx") -> Any:
    form = {"file": (io.BytesIO(content), name)}
    return client.post("/governance/items/import", data=form)


def test_a_file_is_looked_at_before_it_is_written(city: LedgerCity, client: FlaskClient) -> None:
    rows = [
        {**NEW, "方案编号": city.plans["T1"].id, "事项": title} for title in ("预览甲", "预览乙")
    ]
    rows[1]["涉及户数"] = "许多"
    before = count(city)
    address = upload(client, workbook(rows, HEADINGS)).headers["Location"]
    page = client.get(address).text
    assert count(city) == before
    assert "第 3 行，涉及户数“许多”：应为不小于 0 的整数" in page
    assert "预览甲" in page
    answer = client.post(address, data={"mode": "whole"})
    assert (answer.status_code, count(city)) == (422, before)
    answer = client.post(address, data={"mode": "good"})
    assert (answer.status_code, count(city)) == (200, before + 1)
    assert "没有错的行已导入" in answer.text
    assert client.get(address).status_code == 404
    assert not [path for path in city.home.uploads.iterdir() if path.is_dir()]


def test_an_upload_may_be_given_up(city: LedgerCity, client: FlaskClient) -> None:
    content = workbook([{**NEW, "方案编号": city.plans["T1"].id, "事项": "放弃"}], HEADINGS)
    address, before = upload(client, content).headers["Location"], count(city)
    assert client.post(f"{address}/delete").status_code == 302
    assert client.post(address, data={"mode": "good"}).status_code == 404
    assert count(city) == before


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"nothing", "items.xlsx", 422), (b"a,b\n1,2\n", "items.csv", 422),
        (b"", "items.xlsx", 422), (b"x", "items.exe", 400),
        (workbook([], HEADINGS), "items.xlsx", 422),
    ],
)  # fmt: skip
def test_what_is_no_ledger_is_not_kept(
    city: LedgerCity, client: FlaskClient, content: bytes, name: str, status: int
) -> None:
    answer = upload(client, content, name)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert not [path for path in city.home.uploads.iterdir() if path.is_dir()]


def test_the_workbook_is_given_as_it_is_filtered(city: LedgerCity, client: FlaskClient) -> None:
    full_item(city, "下载的一项")
    answer = client.get("/governance/items.xlsx?text=下载的一项")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=items-")
    assert len(sheet_of(answer.data)) == 3
    assert len(sheet_of(client.get("/governance/items.xlsx?empty=1").data)) == 2
    viewer = client_as(client.application, "looks", [VIEWER])
    assert "C1" not in str(sheet_of(viewer.get("/governance/items.xlsx").data))
    assert viewer.get("/governance/items/import").status_code == 403
    assert upload(viewer, workbook([], HEADINGS)).status_code == 403
