"""Marks of rows: what tells two of them apart, and what makes them worth nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.callers import CallerHasher, caller_hash
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


def marked(rows: list[tuple[str, ...]], fields: tuple[str, ...] = FIELDS) -> list[int]:
    columns = {
        name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(fields)
    }
    numbers = pa.array(range(2, 2 + len(rows)), pa.int64())
    return mark_rows(pa.table({SOURCE_ROW: numbers, **columns}), CallerHasher(KEY)).tolist()


@given(st.lists(st.tuples(cells, cells, cells, cells), max_size=12))
def test_rows_share_a_mark_if_and_only_if_they_are_written_alike(
    rows: list[tuple[str, ...]],
) -> None:
    """Even where two ways to write a caller, or nothing, come to the same."""
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
    assert mark_rows(in_pieces, CallerHasher(KEY)).tolist() == together
    turned = table.select([SOURCE_ROW, *FIELDS[::-1]])
    assert mark_rows(turned, CallerHasher(KEY)).tolist() == together


def test_a_caller_enters_only_under_the_homes_key() -> None:
    callers = pa.chunked_array([["13800000000", "021-63213333", "张先生", ""]])
    mine, other = (CallerHasher(key).hash_as_written(callers) for key in (KEY, b"o" * 32))
    assert not set(mine.to_list()) & set(other.to_list())
    assert mine.null_count() == 0
    # What the store keeps of a number that is written otherwise is not what the mark is made of.
    assert mine[0] == caller_hash(KEY, "13800000000")
    assert mine[1] != caller_hash(KEY, "021-63213333")


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
