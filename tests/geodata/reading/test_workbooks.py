"""Workbooks as offices send them: real files of xlsx and xls, made here with invented data."""

import datetime as dt
import io
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msoffcrypto.format.ooxml
import pytest
import xlsxwriter
import xlwt

from geodata.errors import LostIds, NotFound, UnreadableFile, UserError
from geodata.profiles import load_profile
from geodata.reading import read_cases
from geodata.reading.readers import open_table

ORDERS = load_profile("workorder12345")
KEY = b"k" * 32
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DATE = "yyyy-mm-dd hh:mm:ss"

Rows = list[dict[str, Any]]
Fill = Callable[[xlsxwriter.Workbook], None]


def book(path: Path, fill: Fill, **options: Any) -> Path:
    with xlsxwriter.Workbook(path, options) as workbook:
        fill(workbook)
    return path


def sheet(workbook: xlsxwriter.Workbook, name: str, *rows: list[Any]) -> Any:
    made = workbook.add_worksheet(name)
    for number, cells in enumerate(rows):
        made.write_row(number, 0, cells)
    return made


def parsed(path: Path, **options: Any) -> tuple[Rows, Rows]:
    cases: Rows = []
    rejects: Rows = []
    for batch in read_cases(path, ORDERS, caller_key=KEY, now=NOW, **options):
        cases += batch.cases.to_pylist()
        rejects += batch.rejects.to_pylist()
    return cases, rejects


def raw(path: Path, name: str | None = None) -> Rows:
    return [
        row for each in open_table(path, ORDERS, name).batches() for row in each.rows.to_pylist()
    ]


def notes(path: Path, name: str | None = None) -> list[str]:
    return [note.english for note in open_table(path, ORDERS, name).notes]


HEAD = ["工单编号", "来电时间", "街乡镇"]


def test_a_header_of_two_rows_below_a_merged_title(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        made = workbook.add_worksheet("工单")
        made.merge_range("A1:F1", "安和市诉求台账")
        made.merge_range("A2:A3", "工单编号")
        made.merge_range("B2:C2", "来电")
        made.merge_range("D2:E2", "回访情况")
        made.merge_range("F2:F3", "街乡镇")
        made.write_row(2, 1, ["时间", "号码", "是否解决", "是否满意"])
        made.write_row(3, 0, ["A1", "2025-03-19 08:05", "010-00000001", "是", "满意", "甲街道"])

    path = book(tmp_path / "a.xlsx", fill)
    header = open_table(path, ORDERS).header
    assert header.row == 3
    assert header.headers() == {
        "case_id": "工单编号", "received_at": "来电时间", "caller": "来电号码",
        "resolved": "是否解决", "satisfaction": "是否满意", "reported_township": "街乡镇",
    }  # fmt: skip
    ((case,), rejects) = parsed(path)
    assert (case["source_row"], case["resolved"], rejects) == (4, True, [])


def test_data_below_a_header_never_passes_for_its_second_row(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", lambda b: sheet(b, "一", HEAD, ["A1", "2025-03-19", "甲街道"]))
    assert open_table(path, ORDERS).header.row == 1


def test_sheets_with_the_header_are_read_together_and_told_apart(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet(workbook, "一月", HEAD, *([f"A{n}", "2025-01-02", "甲街道"] for n in range(12)))
        # Other order of columns, and a title above.
        sheet(workbook, "二月", ["二月台账"], HEAD[::-1], ["乙街道", "2025-02-03", "B1"])
        sheet(workbook, "说明", ["填表说明"])
        sheet(workbook, "旧", HEAD, ["Z9", "2025-01-09", "丙街道"]).hide()

    path = book(tmp_path / "a.xlsx", fill)
    cases, rejects = parsed(path)
    assert [case["case_id"] for case in cases] == [*(f"A{n}" for n in range(12)), "B1"]
    assert [case["source_row"] for case in cases] == [*range(2, 14), 103]
    assert cases[-1]["reported_township"] == "乙街道"
    assert rejects == []
    told = notes(path)
    assert "'二月' from 100" in told[0]
    assert told[1] == "only sheets '一月', '二月' were read, not 说明"
    assert told[2].startswith("not read, hidden or not chosen: 旧")
    assert [row["case_id"] for row in raw(path, "旧")] == ["Z9"]
    with pytest.raises(NotFound, match="no sheet is called '三月'; there are 一月, 二月"):
        open_table(path, ORDERS, "三月")


@pytest.mark.parametrize("mac", [False, True])
def test_dates_come_as_text_serials_or_dates_of_either_system(tmp_path: Path, mac: bool) -> None:
    moment = dt.datetime(2025, 3, 19, 8, 5, 7)
    serial = (moment - dt.datetime(1904, 1, 1) if mac else moment - dt.datetime(1899, 12, 30)) / (
        dt.timedelta(days=1)
    )

    def fill(workbook: xlsxwriter.Workbook) -> None:
        date = workbook.add_format({"num_format": DATE})
        made = sheet(
            workbook, "一", HEAD, ["A1", "2025年3月19日 8时5分7秒"], ["A2", serial], ["A3"]
        )
        made.write_datetime(3, 1, moment, date)

    cases, rejects = parsed(book(tmp_path / "a.xlsx", fill, date_1904=mac))
    assert rejects == []
    assert [case["received_local"] for case in cases] == [moment] * 3


def test_every_second_of_a_day_survives_its_fraction(tmp_path: Path) -> None:
    start = dt.datetime(2025, 3, 19)
    moments = [start + dt.timedelta(seconds=n) for n in range(0, 86_400, 7)]

    def fill(workbook: xlsxwriter.Workbook) -> None:
        date = workbook.add_format({"num_format": DATE})
        made = sheet(workbook, "一", HEAD)
        for row, moment in enumerate(moments, start=1):
            made.write(row, 0, f"A{row}")
            made.write_datetime(row, 1, moment, date)

    cases, _ = parsed(book(tmp_path / "a.xlsx", fill))
    assert [case["received_local"] for case in cases] == moments


def _ids(*ids: object) -> Fill:
    return lambda b: sheet(b, "一", HEAD, *([each, "2025-03-19", "甲街道"] for each in ids))


def test_ids_kept_as_numbers_stay_exact(tmp_path: Path) -> None:
    numbers = [1, 20250319001, 999_999_999_999_999, 12345678901]
    path = book(tmp_path / "a.xlsx", _ids(*numbers, "0012"))
    assert [row["case_id"] for row in raw(path)] == [*map(str, numbers), "0012"]


def test_sixteen_digits_are_kept_where_another_program_wrote_them(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", _ids(2025031900001234, 2025031900001240))
    assert [row["case_id"] for row in raw(path)] == ["2025031900001234", "2025031900001240"]


def test_a_file_whose_ids_lost_their_digits_is_refused_with_advice(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", _ids(1.23e17, 2.5e17, 3e15, "1.23E+10", "A1"))
    with pytest.raises(
        LostIds, match=r"4 of 5 ids in column '工单编号'.*unopened.*Text"
    ) as refusal:
        open_table(path, ORDERS)
    assert "不要先用表格软件打开另存" in refusal.value.chinese


def test_few_lost_ids_cost_their_own_rows_only(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", _ids("A1", "A2", "A3", 1.23e17, 2.02503190000123e15))
    cases, rejects = parsed(path)
    assert [case["case_id"] for case in cases] == ["A1", "A2", "A3"]
    assert [(each["source_row"], each["rule"]) for each in rejects] == [
        (5, "id_lost_digits"),
        (6, "id_lost_digits"),
    ]


def test_totals_merged_cells_errors_and_hidden_rows_are_told(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        made = sheet(workbook, "一", [*HEAD, "满意度"])
        for row in range(1, 4):
            made.write_row(row, 0, [f"A{row}", "2025-03-19"])
        made.merge_range("C2:C4", "甲街道")
        made.write_formula("D2", "=NA()", None, "#N/A")
        made.set_row(2, None, None, {"hidden": True})
        made.merge_range("A5:B5", "合　计：")
        made.write(4, 2, 3)
        made.write(5, 0, "制表：科室")

    path = book(tmp_path / "a.xlsx", fill)
    cases, rejects = parsed(path)
    assert [case["reported_township"] for case in cases] == ["甲街道"] * 3
    assert [(each["source_row"], each["rule"]) for each in rejects] == [
        (5, "total_row"),
        (6, "missing_value"),
    ]
    assert notes(path) == [
        "sheet '一': 1 rows of totals are no cases and stand among the rejected rows",
        "sheet '一': 1 merged areas: each of their rows got the value",
        "sheet '一': 1 hidden or filtered rows were read too",
        "sheet '一': 1 cells hold an error such as #N/A and count as empty",
    ]


def test_formula_like_text_and_numbers_kept_as_text_stay_text(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        made = sheet(workbook, "一", ["工单编号", "来电时间", "主要内容"])
        made.write_string(1, 0, "00120")
        made.write_string(1, 1, "45735.5")
        made.write_string(1, 2, "=1+1")

    ((case,), _) = parsed(book(tmp_path / "a.xlsx", fill))
    assert (case["case_id"], case["content"]) == ("00120", "=1+1")
    assert case["received_local"] == dt.datetime(2025, 3, 19, 12)


def xls(path: Path) -> Path:
    workbook = xlwt.Workbook()
    made = workbook.add_sheet("工单")
    made.write_merge(0, 0, 0, 2, "安和市诉求台账")
    for column, name in enumerate(HEAD):
        made.write(1, column, name)
    made.write(2, 0, 20250319001)
    made.write(2, 1, dt.datetime(2025, 3, 19, 8, 5), xlwt.easyxf(num_format_str=DATE))
    made.write_merge(2, 3, 2, 2, "甲街道")
    made.write(3, 0, "A2")
    made.write(3, 1, 45735.5)
    made.write(4, 0, "合计")
    workbook.add_sheet("藏").visibility = 1
    workbook.save(str(path))
    return path


@pytest.mark.parametrize("name", ["a.xls", "a.et"])
def test_old_workbooks_and_those_of_wps_are_read(tmp_path: Path, name: str) -> None:
    path = xls(tmp_path / name)
    cases, rejects = parsed(path)
    assert [(case["case_id"], case["reported_township"]) for case in cases] == [
        ("20250319001", "甲街道"),
        ("A2", "甲街道"),
    ]
    assert cases[0]["received_local"] == dt.datetime(2025, 3, 19, 8, 5)
    assert [each["rule"] for each in rejects] == ["total_row"]


def test_a_password_is_told(tmp_path: Path) -> None:
    plain = book(tmp_path / "a.xlsx", _ids("A1"))
    locked = io.BytesIO()
    with plain.open("rb") as file:
        msoffcrypto.format.ooxml.OOXMLFile(file).encrypt("geheim", locked)
    path = tmp_path / "locked.xlsx"
    path.write_bytes(locked.getvalue())
    with pytest.raises(UnreadableFile, match="protected by a password"):
        open_table(path, ORDERS)


def test_a_stray_cell_far_away_is_refused_before_it_takes_the_memory(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", lambda b: sheet(b, "一", HEAD).write(1_048_575, 16_383, "x"))
    # In a process of its own: unpacked it would end the tests.
    code = (
        "import sys; from geodata.profiles import load_profile as p;"
        "from geodata.reading.readers import open_table as o; o(sys.argv[1], p('workorder12345'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert "spans 1,048,576 rows × 16,384 columns" in ended.stderr


def test_a_damaged_old_workbook_never_ends_in_a_traceback(tmp_path: Path) -> None:
    whole = xls(tmp_path / "a.xls").read_bytes()
    rng = random.Random(7)
    for number in range(150):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 12)):
            data[rng.randrange(8, len(data))] = rng.randrange(256)
        path = tmp_path / f"{number}.xls"
        path.write_bytes(data[: rng.randrange(600, len(data))] if number % 3 == 0 else data)
        try:
            parsed(path)
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017
