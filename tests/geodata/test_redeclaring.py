"""A system given to a batch by hand holds, whatever comes later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from geodata.coordinates import to_wgs84
from geodata.errors import NotFound
from geodata.home import Home
from geodata.intake import ImportReport, import_cases
from geodata.redeclaring import redeclare_batch
from geodata.relocation import relocate_cases
from geodata.store import CaseStore
from geodata.withdrawal import withdraw_batch

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = "case_id,received_at,lng,lat\n1,2025-03-01,116.404,39.915\n2,2025-03-02,116.41,39.92\n"
CALLBACK = "case_id,received_at,callback_at,resolved\n1,2025-03-01,2025-03-09,yes\n"


def bring(home: Home, folder: Path, name: str, text: str) -> ImportReport:
    path = folder / name
    path.write_text(text)
    return import_cases(home, path, "suyuan", now=NOW)


def stored(home: Home) -> dict[str, dict]:
    return {row["case_id"]: row for row in CaseStore(home).scan().collect().iter_rows(named=True)}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def test_the_system_holds(home: Home, tmp_path: Path) -> None:
    first = bring(home, tmp_path, "a.csv", ROWS)
    assert stored(home)["1"]["lng"] == 116.404
    assert redeclare_batch(home, first.batch, "GCJ-02").changed == 2
    east, north = to_wgs84([116.404], [39.915], "GCJ-02")

    def as_given(case: dict) -> bool:
        near = abs(case["lng"] - east[0]) < 1e-9 and abs(case["lat"] - north[0]) < 1e-9
        return bool(case["source_crs"] == "GCJ-02" and near)

    assert as_given(stored(home)["1"])
    again = bring(home, tmp_path, "a.csv", ROWS)
    assert (again.unchanged, again.updated) == (2, 0)
    later = bring(home, tmp_path, "b.csv", CALLBACK)
    assert later.updated == 1
    assert as_given(stored(home)["1"]), "a file without coordinates leaves them as they are read"
    relocate_cases(home)
    assert as_given(stored(home)["1"])
    withdraw_batch(home, later.batch)
    assert as_given(stored(home)["1"])
    withdraw_batch(home, first.batch)
    assert stored(home) == {}


def test_only_batches_that_are_there(home: Home, tmp_path: Path) -> None:
    first = bring(home, tmp_path, "a.csv", ROWS)
    withdraw_batch(home, first.batch)
    for batch in (first.batch, "nobody"):
        with pytest.raises(NotFound):
            redeclare_batch(home, batch, "GCJ-02")
