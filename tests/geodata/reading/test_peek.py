"""Unknown files: their first rows, a guessed header, and what the columns may be."""

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from geodata.errors import UnreadableFile
from geodata.profiles import (
    BOOLEAN_FIELDS,
    FIELD_GROUPS,
    INPUT_FIELDS,
    known_profiles,
    load_profile,
)
from geodata.reading.peek import guess_header, peek_file
from geodata.reading.proposals import fit_profiles, known_headers, look_of, propose_fields

NAMES = ["流水", "发生", "内容说明"]
ROWS = [["A1", "2025-03-19 08:05:00", "路灯, 不亮"], ["A2", "2025-03-20 08:05:00", "井盖"]]
PROFILES = [load_profile(name) for name in known_profiles()]
KNOWN = known_headers(PROFILES)


def write(folder: Path, kind: str) -> Path:
    path = folder / f"a.{kind}"
    if kind == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("一")
            for number, row in enumerate([NAMES, *ROWS]):
                sheet.write_row(number, 0, row)
    elif kind == "parquet":
        columns = list(zip(*ROWS, strict=True))
        times = [datetime.fromisoformat(text) for text in columns[1]]
        pq.write_table(
            pa.table(dict(zip(NAMES, [columns[0], times, columns[2]], strict=True))), path
        )
    elif kind == "jsonl":
        records = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
        path.write_text("\n".join(map(json.dumps, records)))
    else:
        mark = {"csv": ",", "tsv": "\t", "txt": ";"}[kind]
        lines = [NAMES, *([a, b, f'"{c}"'] for a, b, c in ROWS)]
        path.write_text("\n".join(mark.join(line) for line in lines), "gb18030")
    return path


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "jsonl", "csv", "tsv", "txt"])
def test_every_kind_shows_the_same_start(tmp_path: Path, kind: str) -> None:
    (start,) = peek_file(write(tmp_path, kind))
    rows = [[cell.removesuffix(".000000") for cell in row] for row in start.rows]
    assert rows == [NAMES, *ROWS]
    assert start.first_row == (0 if kind in ("parquet", "jsonl") else 1)


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"<html></html>", b"[]", b"PAR1xx", b"PK\x03\x04x"]
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile):
        peek_file(path)


def test_a_header_is_guessed_below_titles_and_in_two_rows() -> None:
    rows = [["月报", "", ""], ["工单编号", "来电", ""], ["", "时间", "号码"], ["1", "2", "3"]]
    header = guess_header(rows, set(KNOWN))
    assert (header.place, header.names) == (2, ("工单编号", "来电时间", "来电号码"))
    unknown = guess_header([["月报", ""], ["甲", "乙"], ["1", "2"]], set(KNOWN))
    assert unknown.names == ("甲", "乙")
    assert guess_header([], set(KNOWN)).names == ()


@pytest.mark.parametrize("name", known_profiles())
def test_the_profile_of_a_file_is_told_by_its_header(name: str) -> None:
    profile = load_profile(name)
    header = [headers[0] for headers in profile.columns.values()]
    best = fit_profiles(header, PROFILES)[0]
    assert (best.profile.name, best.missing) == (name, ())


def test_columns_are_proposed_by_header_then_by_looks() -> None:
    names = ["编号", "何时", "打来", "X", "Y", "说", "", "何时2"]
    columns = [
        ["A1"], ["2025/3/19 8:05"], ["13800001234"], ["116.39712"], ["39.90812"], ["路灯不亮"],
        ["2025/3/19"], ["2025/3/20"],
    ]  # fmt: skip
    assert propose_fields(names, columns, KNOWN) == [
        "case_id", "received_at", "caller", "source_lng", "source_lat", "", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (["010-12345678", "13800001234"], "caller"), (["1", "2"], ""),
        (["45735", "45736"], "case_id"),
        (["20250319080500"], "received_at"), (["GD-0001", "GD-0002"], "case_id"), ([], ""),
        (["GD-0001", "GD-0001"], ""), (["200.123"], ""), (["3/19/2025 8:05 PM"], "received_at"),
    ],
)  # fmt: skip
def test_looks(values: list[str], field: str) -> None:
    assert look_of(values) == field


def test_every_field_is_offered_once() -> None:
    offered = [field for group in FIELD_GROUPS.values() for field in group]
    assert sorted(offered) == sorted(INPUT_FIELDS)
    assert set(BOOLEAN_FIELDS) <= set(FIELD_GROUPS["result"])


def test_districts_and_townships_are_proposed_by_their_usual_headers() -> None:
    for district, township in [("district", "township"), ("区", "街道"), ("行政区", "乡镇")]:
        assert propose_fields([district, township], [["东区"], ["南街道"]], KNOWN) == [
            "reported_district",
            "reported_township",
        ]
    known = propose_fields(["被反映区", "区"], [["东区"], ["东区"]], KNOWN)
    assert known == ["reported_district", ""], "a header that a profile knows comes first"


@pytest.mark.parametrize(
    "values",
    [
        [f"{i}号楼旁的路灯不亮" for i in range(9)],
        [f"幸福路{i}号" for i in range(100, 109)],
        [f"call {i:05} back" for i in range(9)],
        [f"A{i % 5:05}" for i in range(9)],
        ["A" * 30 + f"{i:04}" for i in range(9)],
    ],
)
def test_what_is_no_id_is_not_proposed_as_one(values: list[str]) -> None:
    assert look_of(values) == ""


@pytest.mark.parametrize("shape", ["A{:05}", "热线[2025]第{:04}号", "2025-{:06}", "京{:08}"])
def test_ids_are_known_by_their_look_though_a_few_are_doubled(shape: str) -> None:
    values = [shape.format(7 * i) for i in range(100)]
    assert look_of([*values, values[0], values[1]]) == "case_id"
