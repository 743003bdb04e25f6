"""Small files that claim to hold too much are refused in one line, in bounded memory and time."""

from __future__ import annotations

import gzip
import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

MEMORY = 4 << 30
"""Bytes of address space of the process that opens the file; libraries and threads reserve 2 GB."""

SECONDS = 60

_READING = """
import json, resource, sys, time
from datetime import UTC, datetime
from geodata.errors import UserError
from geodata.reading.cases import read_cases
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
started, rows, told = time.process_time(), 0, None
try:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for batch in read_cases(sys.argv[1], "suyuan", caller_key=b"k", now=now):
        rows += batch.rows_read
except UserError as error:
    told = str(error)
print(json.dumps({"told": told, "rows": rows, "seconds": time.process_time() - started}))
"""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(rows: str, **more: str | bytes) -> bytes:
    """Write a workbook of one sheet by hand, as no office does."""
    members = {
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship '
        f'Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>'
        "</worksheet>",
        **more,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="str"><v>{text}</v></c>'


HEAD = f'<row r="1">{cell("A1", "case_id")}{cell("B1", "received_at")}</row>'
GOOD = HEAD + f'<row r="2">{cell("A2", "a")}{cell("B2", "2025-03-19")}</row>'


def lying_size(data: bytes) -> bytes:
    """Let the archive declare a thousandth of what its largest member holds."""
    changed = bytearray(data)
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"big.bin"))
    true = struct.unpack_from("<I", data, place + 24)[0]
    struct.pack_into("<I", changed, place + 24, true // 1000)
    return bytes(changed)


def elsewhere() -> bytes:
    relations = (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" '
        f'Type="{_OFFICE}/worksheet" Target="media/a.png"/></Relationships>'
    )
    return workbook(GOOD, **{"xl/_rels/workbook.xml.rels": relations, "xl/media/a.png": GOOD})


def many_members() -> bytes:
    empty = {f"xl/media/{number}": "" for number in range(20_000)}
    return workbook(GOOD, **empty)


def nested() -> bytes:
    inner = workbook(GOOD, **{"big.bin": bytes(1 << 27)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            archive.writestr(f"{number}.zip", inner)
    return buffer.getvalue()


def overlapping() -> bytes:
    """Let every entry of the directory point to the same packed bytes."""
    data = workbook(GOOD, **{"big.bin": bytes(range(256)) * (1 << 15)})
    end = data.rindex(b"PK\x05\x06")
    count, size = struct.unpack_from("<HI", data, end + 10)
    entry = data[data.rindex(b"PK\x01\x02", 0, data.rindex(b"big.bin")) : end]
    copies = b"".join(
        entry.replace(b"big.bin", f"big{number:04d}".encode()[:7]) for number in range(3_000)
    )
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, count + 3_000, count + 3_000, size + len(copies))
    return data[:end] + copies + bytes(tail)


def parquet(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def long_texts_by_dictionary() -> bytes:
    """200,000 rows of 900,000 characters each: 180 GB in a few kilobytes."""
    rows = 200_000
    titles = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 900_000])
    ids = pa.array([f"a{number}" for number in range(rows)])
    days = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["2025-03-19"])
    table = pa.table({"case_id": ids, "received_at": days, "title": titles})
    return parquet(table, compression="zstd")


def rows_of_nothing() -> bytes:
    """Twenty million rows in some kilobytes."""
    buffer = io.BytesIO()
    schema = pa.schema([("case_id", pa.string()), ("received_at", pa.string())])
    with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
        rows = 10_000_000
        for _ in range(2):
            writer.write_table(
                pa.Table.from_arrays([pa.nulls(rows, pa.string())] * 2, schema=schema),
                row_group_size=rows,
            )
    return buffer.getvalue()


def wide_page() -> bytes:
    """Four texts of 150 MB in one row, packed to nothing."""
    text = pa.array(["x" * 150_000_000])
    texts = dict.fromkeys(["title", "content", "address", "tags"], text)
    table = pa.table({"case_id": ["a"], "received_at": ["2025-03-19"], **texts})
    return parquet(table, compression="zstd", use_dictionary=False)


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "ratio": (lambda: workbook(GOOD, **{"big.bin": bytes(1 << 27)}), "unpacks from"),
    "lying size": (
        lambda: lying_size(workbook(GOOD, **{"big.bin": bytes(1 << 27)})),
        "more than the declared",
    ),
    "many members": (many_members, "20004 files"),
    "nested": (nested, "not an Excel workbook; unpack it first"),
    "overlapping": (overlapping, "unpacks from"),
    "far cell": (
        lambda: workbook(GOOD + f'<row r="1048576">{cell("XFD1048576", "x")}</row>'),
        "1,048,576 rows × 16,384 columns",
    ),
    "far cell in a near row": (
        lambda: workbook(HEAD + f'<row r="2">{cell("ZZZZ99999999", "x")}</row>'),
        "99,999,999 rows",
    ),
    "cells without a place": (
        lambda: workbook(HEAD + f"<row>{'<c><v>1</v></c>' * 60_000}</row>" + "<row/>" * 60_000),
        "60,00",
    ),
    "cells under another name space": (
        lambda: workbook(
            HEAD + f"<x:row>{'<x:c><x:v>1</x:v></x:c>' * 60_000}</x:row>" + "<x:row/>" * 60_000
        ),
        "60,00",
    ),
    "sheet where none is looked for": (elsewhere, "a sheet in xl/media/a.png"),
    "sheet in wide characters": (
        lambda: workbook(GOOD, **{"xl/worksheets/sheet1.xml": GOOD.encode("utf-16")}),
        "not UTF-8",
    ),
    "binary workbook": (
        lambda: workbook(GOOD, **{"xl/workbook.bin": b"x"}),
        "save it as .xlsx",
    ),
    "gzip": (lambda: gzip.compress(bytes(1 << 28)), "gzip archive; unpack it first"),
    "texts by dictionary": (long_texts_by_dictionary, "unpacks from"),
    "rows of nothing": (rows_of_nothing, "declares 20,000,000 rows"),
    "wide page": (wide_page, "unpacks from"),
}


def opened(path: Path) -> dict[str, object]:
    """Read the file in a process of its own, whose memory is bounded."""
    command = [sys.executable, "-c", _READING, str(path), str(MEMORY)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=SECONDS * 5
    )
    assert ended.returncode == 0, ended.stderr[-2_000:]
    found: dict[str, object] = json.loads(ended.stdout)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cases.xlsx"


@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_to_too_much_is_refused(name: str, file: Path) -> None:
    make, told = BOMBS[name]
    file.write_bytes(make())
    assert file.stat().st_size < 12_000_000
    found = opened(file)
    assert told in str(found["told"])
    assert "\n" not in str(found["told"])
    assert float(str(found["seconds"])) < SECONDS


def test_an_honest_workbook_by_hand_is_read(file: Path) -> None:
    file.write_bytes(workbook(GOOD))
    assert opened(file) == {"told": None, "rows": 1, "seconds": pytest.approx(0, abs=SECONDS)}


def test_honest_repetition_is_read(file: Path) -> None:
    """A column that says the same in every row packs to nothing, and is no bomb."""
    rows = 400_000
    table = pa.table(
        {
            "case_id": [f"a{number}" for number in range(rows)],
            "received_at": ["2025-03-19 08:00:00"] * rows,
            "content": ["垃圾没有清运" * 20] * rows,
        }
    )
    file.write_bytes(parquet(table, compression="zstd"))
    found = opened(file)
    assert (found["told"], found["rows"]) == (None, rows)
