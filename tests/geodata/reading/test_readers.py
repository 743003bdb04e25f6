"""Files as people send them: every kind, every habit, and what is refused."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from geodata.errors import MissingColumn, UnreadableFile, UserError
from geodata.profiles import load_profile
from geodata.reading.encodings import SAMPLE_BYTES
from geodata.reading.readers import open_table

SUYUAN = load_profile("suyuan")
WORK_ORDERS = load_profile("workorder12345")
HEAD = "case_id,received_at,content\n"

Rows = list[dict[str, Any]]


def read(path: Path, profile: Any = SUYUAN) -> tuple[Rows, Rows]:
    rows: Rows = []
    rejects: Rows = []
    for batch in open_table(path, profile).batches():
        rows += batch.rows.to_pylist()
        rejects += batch.rejects.to_pylist()
    return [row for row in rows if any(row[name] for name in row if name != "source_row")], rejects


@pytest.fixture
def save(tmp_path: Path) -> Callable[[bytes], Path]:
    def save_file(data: bytes, name: str = "cases.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return save_file


Save = Callable[..., Path]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters_are_told(save: Save, encoding: str, delimiter: str) -> None:
    lines = [["安和市诉求月报"], [], ["工单 编号：", '"来电\n时间"'], ["A1", "2025年3月19日"]]
    text = "\r\n".join(delimiter.join(cells) for cells in lines)
    rows, rejects = read(save(text.encode(encoding)), WORK_ORDERS)
    assert rows == [{"source_row": 4, "case_id": "A1", "received_at": "2025年3月19日"}]
    assert rejects == []


def test_a_header_of_two_rows_in_text(save: Save) -> None:
    text = "台账\n工单编号,来电,,街乡镇\n,时间,号码,\nA1,2025-03-19,010-00000001,甲街道\n"
    rows, rejects = read(save(text.encode()), WORK_ORDERS)
    assert rows == [
        {
            "source_row": 4, "case_id": "A1", "received_at": "2025-03-19",
            "caller": "010-00000001", "reported_township": "甲街道",
        }
    ]  # fmt: skip
    assert rejects == []


def test_rows_are_numbered_as_a_spreadsheet_shows_them(save: Save) -> None:
    data = HEAD + '1,2025,a\n2,2025\n\n3,2025,"x\ny"\n4,2025,b,c\n5,2025,z'
    rows, rejects = read(save(data.encode()))
    assert [(row["source_row"], row["case_id"]) for row in rows] == [(2, "1"), (5, "3"), (7, "5")]
    assert [(row["source_row"], row["rule"]) for row in rejects] == [
        (3, "ragged_row"),
        (6, "ragged_row"),
    ]
    assert rows[1]["content"] == "x\ny"


def test_numbers_stay_right_over_many_blocks(save: Save) -> None:
    filler = "x" * 300
    lines = [f"{n},2025,{filler}" if n % 1000 else f"{n},2025" for n in range(2, 150_002)]
    rows, rejects = read(save((HEAD + "\n".join(lines)).encode()))
    assert all(row["source_row"] == int(row["case_id"]) for row in rows)
    assert [row["source_row"] for row in rejects] == list(range(1000, 150_001, 1000))
    assert len(rows) + len(rejects) == 150_000


def test_a_huge_field_does_not_end_the_file(save: Save) -> None:
    data = HEAD + '1,2025,a\n2,2025,"' + "x" * (20 << 20) + '"\n3,2025,b\n'
    rows, _ = read(save(data.encode()))
    assert [(row["source_row"], len(row["content"])) for row in rows] == [
        (2, 1),
        (3, 20 << 20),
        (4, 1),
    ]


def test_a_ragged_line_shows_its_shape_and_nobody(save: Save) -> None:
    text = "工单编号,来电时间,来电人\nG1,2025-01-01 08:00,李四光,多\nG2,2025-01-02 08:00,王五\n"
    _, (reject,) = read(save(text.encode()), WORK_ORDERS)
    assert reject["value"] == "*0,0000-00-00 00:00,***,*"


@pytest.mark.parametrize("column", ["middle", "last"])
def test_an_unclosed_quote_costs_its_own_line_only(save: Save, column: str) -> None:
    broken = {"middle": '2,"2025,b', "last": '2,2025,"b'}[column]
    rows, rejects = read(save((HEAD + f"1,2025,a\n{broken}\n3,2025,c\n4,2025,d").encode()))
    assert [row["case_id"] for row in rows] == ["1", "3", "4"]
    assert [(row["source_row"], row["rule"]) for row in rejects] == [(3, "unclosed_quote")]


def test_plain_text_that_turns_chinese_late_is_read(save: Save) -> None:
    ascii_rows = "1,2025,a\n" * (SAMPLE_BYTES // 8)
    for encoding in ("utf-8", "gb18030"):
        rows, _ = read(save((HEAD + ascii_rows + "2,2025,路灯不亮\n").encode(encoding)))
        assert rows[-1]["content"] == "路灯不亮"


def test_excel_below_titles_with_types_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明").write(0, 0, "填表说明")
        sheet = book.add_worksheet("工单")
        sheet.merge_range(1, 1, 1, 4, "某月工单")
        sheet.write_row(3, 1, ["工单编号", "来电时间", "是否解决", "经度"])
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(4, 1, [20250319001, "2025-03-19 08:05", True, 116.4])
        sheet.write(6, 1, "A2")
        sheet.write_datetime(6, 2, datetime(2025, 3, 19, 8, 5), date)
        sheet.write(7, 1, "A3")
        sheet.write(7, 2, 45735.5)
    table = open_table(path, WORK_ORDERS)
    rows, _ = read(path, WORK_ORDERS)
    assert table.header.row == 4
    (note,) = table.notes
    assert note.english == "only sheet '工单' was read, not 说明"
    assert "工作表“工单”" in note.chinese
    assert [row["source_row"] for row in rows] == [5, 7, 8]
    assert rows[0] == {
        "source_row": 5, "case_id": "20250319001", "received_at": "2025-03-19 08:05",
        "resolved": "True", "source_lng": "116.4",
    }  # fmt: skip
    assert rows[1]["received_at"] == "2025-03-19 08:05:00"
    assert rows[2]["received_at"] == "45735.5"


def test_parquet_keeps_types_and_ignores_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    moment = datetime(2025, 3, 19, 8, 5)
    table = pa.table(
        {
            "case_id": pa.array(["a", "b"]).dictionary_encode(),
            "extra": [[1], [2]],
            "received_at": [moment, moment],
        }
    )
    pq.write_table(table, path)
    rows, _ = read(path)
    assert rows == [
        {"source_row": 1, "case_id": "a", "received_at": moment},
        {"source_row": 2, "case_id": "b", "received_at": moment},
    ]


def _zip(names: list[str], content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


GOOD_PARQUET = io.BytesIO()
pq.write_table(pa.table({"case_id": ["a"], "received_at": ["2025"]}), GOOD_PARQUET)

REFUSED = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n \n", "the file is empty"),
    "missing column": (b"number,when\n1,2\n", "no column for case_id .*found 'number', 'when'"),
    "wrong delimiter": (b"case_id^received_at\n1^2\n", "no comma, tab, semicolon"),
    "prose": ("今天路灯不亮。\n请修。".encode(), "not a table"),
    "binary": (bytes(range(256)) * 8, "zero bytes"),
    "pdf": (b"%PDF-1.7", "a PDF document"),
    "gzip": (gzip.compress(b"a,b"), "gzip archive; unpack it first"),
    "web page": (b"<html><table><tr><td>case_id</td></tr></table>", "a web page"),
    "json": (b'[{"case_id": 1}]', "no column for received_at"),
    "broken encoding": (HEAD.encode() + b"1,2025,\xff\xff\xff\n", "broken encoding at line 2"),
    "zip named xlsx": (_zip(["cases.csv"]), r"a zip archive \(cases.csv\), not an Excel workbook"),
    "cut workbook": (_zip(["xl/workbook.xml"])[:40], "not a readable workbook"),
    "hollow workbook": (_zip(["xl/workbook.xml"]), "not a readable workbook"),
    "zip bomb": (_zip(["xl/workbook.xml"], bytes(1 << 27)), "unpacks from 0.1 to 134 MB"),
    "cut parquet": (GOOD_PARQUET.getvalue()[:-9], "damaged Parquet file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_files_are_refused_in_one_line(save: Save, case: str) -> None:
    data, told = REFUSED[case]
    with pytest.raises(UserError, match=told) as refusal:
        read(save(data, "upload.xlsx"))
    assert "\n" not in str(refusal.value)
    assert "upload.xlsx" in str(refusal.value)


def test_a_change_of_encoding_on_the_way_is_refused_with_its_line(save: Save) -> None:
    good = (HEAD + "1,2025,路灯不亮\n" * 200_000).encode()
    with pytest.raises(UnreadableFile, match="near line 200002"):
        read(save(good + "2,2025,井盖\n".encode("gb18030")))


def test_missing_files_and_lists_in_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is no such file"):
        open_table(tmp_path / "none.csv", SUYUAN)
    path = tmp_path / "lists.parquet"
    pq.write_table(pa.table({"case_id": [["a"]], "received_at": ["2025"]}), path)
    with pytest.raises(UnreadableFile, match="column 'case_id' holds list"):
        open_table(path, SUYUAN)


def test_the_message_for_a_missing_column_says_what_would_do(save: Save) -> None:
    with pytest.raises(MissingColumn, match=r"received_at.*'来电时间'.*found '工单编号', '内容'"):
        open_table(save("工单编号,内容\n1,2\n".encode()), WORK_ORDERS)
