"""Marks of rows: what tells two of them apart, and what makes them worth nothing."""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.profiles import load_profile
from geodata.profiles.model import INPUT_FIELDS
from geodata.reading import marks as reading_marks
from geodata.reading.marks import mark_rows, reading_of
from geodata.schema import SOURCE_ROW

KEY = b"k" * 32
FIELDS = ("case_id", "title", "caller", "address")
cells = st.sampled_from(
    ["", " ", "a", "b", "ab", "13800000000", "138 0000 0000", "张先生", "N/A", "n/a"]
)


def marked(
    rows: list[tuple[str, ...]], fields: tuple[str, ...] = FIELDS, key: bytes = KEY
) -> list[int]:
    columns = {
        name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(fields)
    }
    numbers = pa.array(range(2, 2 + len(rows)), pa.int64())
    return mark_rows(pa.table({SOURCE_ROW: numbers, **columns}), key).tolist()


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells, cells, cells), max_size=12))
def test_rows_share_a_mark_if_and_only_if_they_are_written_alike(
    rows: list[tuple[str, ...]],
) -> None:
    """Even where two ways to write a caller, or nothing, come to the same when they are read."""
    marks = marked(rows)
    for one, mark in zip(rows, marks, strict=True):
        assert [other == one for other in rows] == [other == mark for other in marks]


@pytest.mark.parametrize("field", INPUT_FIELDS)
def test_every_field_counts(field: str) -> None:
    fields = ("case_id", field) if field != "case_id" else ("title", field)
    assert len(set(marked([("1", "x"), ("1", "y"), ("1", ""), ("x", "1")], fields))) == 4


def test_marks_do_not_depend_on_how_rows_come() -> None:
    rows = [(str(n), "x" * n, f"1380000{n:04d}" if n % 3 else f"座机{n}", "") for n in range(40)]
    together = marked(rows)
    assert [mark for row in rows for mark in marked([row])] == together
    table = pa.table({name: [row[n] for row in rows] for n, name in enumerate(FIELDS)})
    table = table.add_column(0, SOURCE_ROW, pa.array(range(40)))
    in_pieces = pa.concat_tables([table.slice(0, 7), table.slice(7)])
    assert mark_rows(in_pieces, KEY).tolist() == together
    turned = table.select([SOURCE_ROW, *FIELDS[::-1]])
    assert mark_rows(turned, KEY).tolist() == together


def siphash(key: bytes, message: bytes) -> int:
    """SipHash-2-4 as its authors tell it, in plain Python."""
    whole = 2**64 - 1
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D]
    v += [k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn(x: int, bits: int) -> int:
        return (x << bits | x >> (64 - bits)) & whole

    def rounds(n: int) -> None:
        for _ in range(n):
            for i, j, once, twice in ((0, 1, 13, 32), (2, 3, 16, 0), (2, 1, 17, 32), (0, 3, 21, 0)):
                v[i] = (v[i] + v[j]) & whole
                v[j] = turn(v[j], once) ^ v[i]
                if twice:
                    v[i] = turn(v[i], twice)

    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def test_the_oracle_gives_the_published_value() -> None:
    assert siphash(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


def framed(cell: str) -> bytes:
    text = cell.encode()
    return struct.pack("<I", len(text)) + text + bytes(-(4 + len(text)) % 8)


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.text(max_size=30)] * 4), min_size=1, max_size=5), st.binary(max_size=32)
)
def test_a_mark_is_the_siphash_of_the_cells(rows: list[tuple[str, ...]], key: bytes) -> None:
    made = blake3(key, derive_key_context="suyuan marks of rows").digest(length=16)
    order = sorted(range(4), key=lambda n: INPUT_FIELDS.index(FIELDS[n]))
    expected = [siphash(made, b"".join(framed(row[n]) for n in order)) for row in rows]
    assert marked(rows, key=key) == expected


def test_a_reading_is_all_that_decides_what_cells_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = load_profile("suyuan")
    usual = reading_of(profile, FIELDS, "WGS84", "Asia/Shanghai")
    assert usual == reading_of(profile, FIELDS[::-1], "WGS84", "Asia/Shanghai")
    assert 0 <= usual < 2**64
    words = profile.model_copy(update={"empty_words": (*profile.empty_words, "y")})
    others = [
        reading_of(words, FIELDS, "WGS84", "Asia/Shanghai"),
        reading_of(profile, FIELDS[:3], "WGS84", "Asia/Shanghai"),
        reading_of(profile, FIELDS, "GCJ02", "Asia/Shanghai"),
        reading_of(profile, FIELDS, "WGS84", "UTC"),
    ]
    monkeypatch.setattr(reading_marks, "_program", lambda: b"another program")
    others.append(reading_of(profile, FIELDS, "WGS84", "Asia/Shanghai"))
    assert len({usual, *others}) == 6


def test_no_row_is_without_a_mark() -> None:
    rows = [(str(n), "", "", "") for n in range(1000)]
    assert np.count_nonzero(marked([("", "", "", ""), *rows])) == 1001
