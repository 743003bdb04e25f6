"""Files with random damage are refused in one line or read, and never lose or double a row."""

import io
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from geodata.errors import UserError
from geodata.reading.cases import read_cases

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = 40
DAMAGES_A_KIND = 60

TABLE = pl.DataFrame(
    {
        "case_id": [f"A{n}" for n in range(ROWS)],
        "received_at": [f"2025-03-19 08:{n:02d}:00" for n in range(ROWS)],
        "title": ["路灯不亮", '说"坏了"', "多行\n内容", None] * (ROWS // 4),
        "lng": [116.0 + n / 100 for n in range(ROWS)],
        "lat": [39.9] * ROWS,
    }
)


def as_csv() -> bytes:
    return TABLE.write_csv().encode()


def as_parquet() -> bytes:
    buffer = io.BytesIO()
    TABLE.write_parquet(buffer)
    return buffer.getvalue()


def as_excel() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TABLE.columns)
        for number, row in enumerate(TABLE.iter_rows(), start=1):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def damage(data: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        place = rng.randrange(len(damaged))
        match rng.randrange(4):
            case 0:
                damaged[place] = rng.choice(b'",\n\r;\x00\xff\t=')
            case 1:
                del damaged[place : place + rng.randint(1, 40)]
            case 2:
                damaged[place:place] = rng.choice([b'"', b"\n", b",", b"\x00", "路".encode()])
            case _:
                damaged[place] = rng.randrange(256)
    return bytes(damaged)


def rows_of(path: Path) -> list[int]:
    rows: list[int] = []
    for batch in read_cases(path, "suyuan", caller_key=b"k", now=NOW):
        new = batch.cases["source_row"].to_pylist() + batch.rejects["source_row"].to_pylist()
        assert len(new) == batch.rows_read
        rows += new
    return rows


@pytest.mark.parametrize("make", [as_csv, as_parquet, as_excel])
def test_an_undamaged_file_is_read_whole(make: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "cases"
    path.write_bytes(make())
    assert len(rows_of(path)) == ROWS


@pytest.mark.parametrize("make", [as_csv, as_parquet, as_excel])
def test_damage_never_ends_in_a_traceback(make: Callable[[], bytes], tmp_path: Path) -> None:
    rng = random.Random(7)
    whole = make()
    path = tmp_path / "cases"
    for _ in range(DAMAGES_A_KIND):
        path.write_bytes(damage(whole, rng))
        rows: list[int] = []
        refusal = ""
        try:
            rows = rows_of(path)
        except UserError as error:
            refusal = str(error)
        assert bool(rows) != bool(refusal)
        assert "\n" not in refusal
        assert len(rows) == len(set(rows))
