"""Reading a column at once gives what reading it cell by cell gives."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock

import polars as pl
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.profiles import load_profile
from geodata.reading import parse
from geodata.reading.shortcuts import Shortened
from geodata.schema import written_out

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SUYUAN = load_profile("suyuan")
ODD = SUYUAN.model_copy(
    update={
        "empty_words": ("0", "-"),
        "values": {"title": {"a": "", "灯": "路灯"}, "source_lng": {"1": "116"}},
    }
)

TIMES = st.one_of(
    st.datetimes(datetime(1979, 12, 30), datetime(2025, 6, 4)).map(
        lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}"
    ),
    st.sampled_from(
        ["2025-01-01T08:00:00", "2025-02-29 08:00:00", "2025-01-01 24:00:00", "2025-01-01",
         " 2025-01-01 08:00:00", "2025-01-01 08:00:60", "2025-01-01 08:00+08", "20250101 08:00:00",
         "2025/01/01 08:00:00", "", "-", "0", "soon", "1979-12-31 23:59:59", "9999-01-01 00:00:00"]
    ),
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats(-200, 200).map(str),
    st.sampled_from(["1", "1e3", "nan", "inf", "-", "", "0", " 3", "１１６", "1,5", "0x1", "+4",
                     ".5", "5.", "1_0", "1." + "0" * 40]),
)  # fmt: skip
SPACES = [
    *map(chr, range(33)),
    *"\x7f\x85\xa0\u1680\u2000\u200a\u200b\u2028\u202f\u205f\u3000\u3001\ufeff",
]
TEXTS = st.one_of(
    st.sampled_from(["灯", " 灯 ", "a", "A", "", "NULL", "-", "0", "水　", '="12"', "x" * 30]),
    st.tuples(
        st.sampled_from(["", *SPACES]), st.sampled_from(["灯", "é", "𠮷", "“", "x"]),
        st.sampled_from(["", *SPACES]),
    ).map("".join),
)  # fmt: skip
IDS = st.one_of(
    st.integers(0, 10**6).map(str), st.text(max_size=3),
    st.sampled_from(
        ["'12", "`1", '="12"', "=12", "1.2E+10", "1e+9", "1e9", "2.5", "", "NULL", "é"]
    ),
)  # fmt: skip
CALLERS = st.sampled_from(
    ["13800000000", "19912345678", "12800000000", "138-0000-0000", "匿名", "张先生",
     "8613800000000", "WX_1", "", "010-12345678", "'13800000000"]
)  # fmt: skip


def parsed(batch: pa.Table, profile: object) -> tuple[pa.Table, pa.Table]:
    return parse.parse_batch(batch, profile, caller_key=b"k" * 32, now=NOW)  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([SUYUAN, ODD]), st.booleans(), st.booleans())
def test_as_cell_by_cell(data: st.DataObject, profile: object, even: bool, paths: bool) -> None:
    rows = data.draw(st.integers(1, 12))

    def column(cells: st.SearchStrategy[str]) -> list[str]:
        # Half of the time all cells are of one kind, or no column would ever be read at once.
        if even:
            return [data.draw(cells)] * rows
        return data.draw(st.lists(cells, min_size=rows, max_size=rows))

    batch = pa.Table.from_pydict(
        {
            "source_row": list(range(2, rows + 2)),
            "case_id": column(IDS),
            "caller": column(CALLERS),
            "address": column(TEXTS),
            "received_at": column(TIMES),
            "due_at": column(TIMES),
            "title": column(TEXTS),
            "class_1": column(TEXTS),
            "source_lng": column(NUMBERS),
            "source_lat": column(NUMBERS),
            **({"class_path": column(TEXTS)} if paths else {}),
        }
    )
    at_once = parsed(batch, profile)
    slowly = mock.patch.object(
        parse, "take_shortcuts", lambda batch, *_: Shortened(pl.DataFrame(pl.from_arrow(batch)), {})
    )
    with slowly:
        cell_by_cell = parsed(batch, profile)
    assert written_out(at_once[0]).equals(written_out(cell_by_cell[0]))
    assert at_once[1].equals(cell_by_cell[1])
