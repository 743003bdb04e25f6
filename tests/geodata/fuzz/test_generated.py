"""Small tables of any text at all, as hypothesis thinks them up and makes them smaller."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.home import Home
from tests.conftest import SLOW
from tests.geodata.fuzz.ledger import account
from tests.geodata.fuzz.rows import Record, seal_of, stamp_of
from tests.geodata.fuzz.tables import Table
from tests.geodata.fuzz.writing import WRITERS

HEADERS = (
    "case_id", "received_at", "title", "content", "lng", "lat", "resolved", "handler", "status",
)  # fmt: skip
FIELDS = {
    "case_id": 0, "received_at": 1, "title": 2, "content": 3, "source_lng": 4, "source_lat": 5,
    "resolved": 6, "handler": 7, "status": 8,
}  # fmt: skip
TABLE = Table("generated", "suyuan", HEADERS, (), FIELDS, valid=False)

# Any character but halves of surrogate pairs, which no file can hold; odd ones more often.
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
ODD_CHARACTERS = "\"',;|\t\r\n\x00\x1a =+-@０９.eE:/年月日路\u200b\ufeff\u2028😀"
ODD_TEXT = st.text(st.sampled_from(ODD_CHARACTERS), max_size=8)
NUMBERS = st.one_of(
    st.floats().map(str), st.integers().map(str), st.decimals(allow_nan=False, places=6).map(str)
)
MOMENTS = st.one_of(
    st.datetimes().map(str), st.dates().map(str), st.times().map(str),
    st.integers(0, 10**17).map(str),
)  # fmt: skip
CELLS = st.one_of(ANY_TEXT, ODD_TEXT, NUMBERS, MOMENTS)

ROWS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(["A1", "a1", "A2"]), CELLS),
        st.one_of(st.just("2025-03-19 08:00:00"), MOMENTS, CELLS),
        CELLS, CELLS, st.one_of(NUMBERS, CELLS), st.one_of(NUMBERS, CELLS),
        st.one_of(st.sampled_from(["是", "否", ""]), CELLS),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(
    max_examples=1_000 if SLOW else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS, kind=st.sampled_from(list(WRITERS)), seed=st.integers(0, 999))
def test_generated_rows_are_accounted_for(
    rows: list[tuple[str, ...]], kind: str, seed: int, template: Path
) -> None:
    records = [
        Record(number, (*cells, stamp_of(number), seal_of(number)), mutations=("generated",))
        for number, cells in enumerate(rows)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(template, folder / "home")
        written = WRITERS[kind](TABLE, records, folder / "cases", random.Random(seed))
        account(Home.at(folder / "home"), TABLE, written)
