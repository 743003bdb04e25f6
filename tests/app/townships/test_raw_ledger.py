"""Exclusions move the assessed ledger alone: never the first ten, warnings, candidates, or a past.

Two of twelve townships are left out of three months altogether, so that whatever counted the
assessed ledger by mistake would have another first ten.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import Access, operator
from app.cases.uploads import import_file
from app.config import Settings
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RunSummary, run_folder
from app.services import services
from app.townships.assessment import exclusions
from app.townships.assessment.closing import close
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.exclusions import ExclusionValues
from app.townships.assessment.granting import Granted, grant
from app.townships.assessment.near_points import NamedPoint
from app.townships.assessment.rules import Rules
from app.townships.assessment.timeline import timeline
from app.townships.choosing.analysing import analyse_and_rank
from app.townships.supervising.warnings import due_warnings, raise_warnings
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.app.townships.counted_city import make_counted_city, name_of
from tests.people import first_client, make_app

CASES = {f"T{at}": 2 * n for at, n in
         enumerate((30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 5), start=1)}  # fmt: skip
"""Of each township in each of three months, so that the first ten are T1 to T10."""

LEFT_OUT = ("T1", "T2")
FIRST_TEN = [f"T{n}" for n in range(1, 11)]
ASSESSED_TEN = [f"T{n}" for n in range(3, 13)]
"""Without the two that are left out."""

MONTHS = ("month-2025-01", "month-2025-02", "month-2025-03")
JANUARY, MARCH = MONTHS[0], MONTHS[-1]
TODAY = date(2025, 4, 2)
SPAN = AnalyseArguments(start=date(2025, 1, 1), end=date(2025, 4, 1), resolution=8, resolutions=())

RAW_PAGES = (
    f"/supervision?cycle={MARCH}", "/governance", "/townships", "/townships/T11",
    f"/assessment?cycle={MARCH}&ledger=raw", f"/assessment?cycle={JANUARY}&ledger=raw",
    f"/assessment?cycle={JANUARY}&ledger=assessed",
)  # fmt: skip
"""What may not change: January is closed before anything is left out."""

TOKEN = re.compile(r'<input[^>]+name="csrf_token"[^>]+>')
CASES_CELL = re.compile(r'data-label="来电诉求">(?:<a[^>]*>)?(\d+)<')
LEAD = re.compile(r'lead-cell">([^< ]+)')


def write_rows(path: Path) -> Path:
    """Spread the cases of each township over the month and over its square."""
    rows = []
    for at, (code, n) in enumerate(CASES.items()):
        for month, days in (("01", 31), ("02", 28), ("03", 31)):
            for i in range(n):
                day = f"2025-{month}-{1 + i * days // n:02d}"
                rows.append({
                    "case_id": f"{code}-{month}-{i}", "class_1": "噪声",
                    "received_at": f"{day} 23:00:00", "callback_at": f"{day} 23:30:00",
                    "reported_township": name_of(code),
                    "lng": WEST + (at + 0.1 + 0.8 * i / n) * SIDE,
                    "lat": SOUTH + (0.1 + 0.8 * (7 * i % n) / n) * SIDE,
                    "valid": True, "responded": True, "resolved": i % 2 == 0,
                    "satisfaction": "满意",
                })  # fmt: skip
    # The last day is over: whoever counts whole months has all three.
    rows += [{**rows[0], "case_id": "first", "received_at": "2025-01-01 00:10:00"},
             {**rows[0], "case_id": "last", "received_at": "2025-03-31 23:59:00",
              "callback_at": "2025-03-31 23:59:00"}]  # fmt: skip
    pl.DataFrame(rows).write_csv(path)
    return path


class City:
    """A city of which January is closed and two townships are then left out by a rule."""

    def __init__(self, folder: Path, leave_out: Callable[[Access, Home, str], None]) -> None:
        self.home = make_counted_city(folder, {code: {"2024-12": 1} for code in CASES})
        import_file(self.home, write_rows(folder / "rows.csv"), "suyuan")
        self.app: Flask = make_app(self.home.path)
        self.access: Access = operator(services(self.app).database)
        self.client: FlaskClient = first_client(self.app)
        self.run = analyse_and_rank(self.home, SPAN)
        close(self.access, self.home, timeline(self.access.database, Settings()), JANUARY)
        self.raw = self.pages()
        self.candidates = candidates(self.home, self.run)
        self.due = self.warned()
        for code in LEFT_OUT:
            leave_out(self.access, self.home, code)

    def pages(self) -> dict[str, str]:
        return {path: main_part(self.client.get(path).text) for path in RAW_PAGES}

    def warned(self) -> list[tuple[str, int, int]]:
        cycle = find_cycle(MARCH, Calendar())
        due = due_warnings(self.home, self.access.database, cycle, Rules())
        return [(each.code, each.rank, each.cases) for each in due.leaders]


def leave_out(access: Access, home: Home, code: str) -> None:
    """Approve that nothing of a township is assessed from January to March."""
    values = ExclusionValues(name=f"{code} 不计", township=code, start=date(2025, 1, 1),
                             end=date(2025, 3, 31), source="会议纪要")  # fmt: skip
    made = exclusions.propose(access, home, values)
    exclusions.decide(access, made.id, made.row_version, "approved", TODAY)


def leave_out_near(access: Access, home: Home, code: str) -> None:
    """Approve the same by a point that reaches all of a township, and neighbours with it."""
    centre = WEST + (list(CASES).index(code) + 0.5) * SIDE, SOUTH + 0.5 * SIDE
    paths, points = (("噪声",),), (NamedPoint(f"{code} 中心", *centre, 4_000),)
    told = Granted(
        f"{code} 主动治理", code, paths, points, date(2025, 1, 1), date(2025, 3, 31), "批准"
    )
    with access.database.session() as session:
        grant(access, session, told, TODAY)


def candidates(home: Home, run: RunSummary) -> bytes:
    return (run_folder(home, run.id) / "candidates.parquet").read_bytes()


def main_part(page: str) -> str:
    """Return what a page says, without the tokens of its forms."""
    return TOKEN.sub("", page[page.index("<main") : page.index("</main>")])


def by_cases(page: str) -> list[str]:
    """Return the codes of a board by the cases that it shows, without those that have none."""
    rows = re.findall(r'<tr data-code="(\w+)">(.*?)</tr>', page, re.DOTALL)
    counts = {code: int(CASES_CELL.findall(row)[0]) for code, row in rows}
    assert set(counts) == set(CASES)
    return sorted((code for code in counts if counts[code]), key=lambda code: -counts[code])


@pytest.fixture(scope="module", params=[leave_out, leave_out_near])
def city(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> City:
    return City(tmp_path_factory.mktemp("raw"), request.param)


@pytest.mark.parametrize("month", MONTHS)
def test_the_assessed_ledger_has_another_first_ten_where_the_month_is_open(
    city: City, month: str
) -> None:
    boards = {
        ledger: by_cases(city.client.get(f"/assessment?cycle={month}&ledger={ledger}").text)
        for ledger in ("raw", "assessed", "excluded")
    }
    assert boards["raw"][:10] == FIRST_TEN
    closed = month == JANUARY
    assert boards["assessed"][:10] == (FIRST_TEN if closed else ASSESSED_TEN)
    assert boards["excluded"] == ([] if closed else list(LEFT_OUT))


@pytest.mark.parametrize("path", RAW_PAGES)
def test_pages_of_the_raw_ledger_and_of_a_closed_month_stay_to_the_letter(
    city: City, path: str
) -> None:
    assert city.raw[path]
    assert city.pages()[path] == city.raw[path]


def test_the_same_are_warned_with_the_same_counts(city: City) -> None:
    by_hand = [(code, at, CASES[code] + (code == "T1")) for at, code in enumerate(FIRST_TEN, 1)]
    assert city.due == city.warned() == by_hand
    cycle = find_cycle(MARCH, Calendar())
    made = raise_warnings(city.access, city.home, cycle, Rules(), TODAY)
    assert [(each.township, each.rank, each.cases) for each in made] == by_hand


def test_the_same_are_suggested(city: City) -> None:
    assert LEAD.findall(city.raw["/governance"]) == [name_of(code) for code in FIRST_TEN]


def test_candidates_worked_out_again_are_the_same_to_the_byte(city: City) -> None:
    shutil.rmtree(run_folder(city.home, city.run.id))
    again = analyse_and_rank(city.home, SPAN)
    assert again.id == city.run.id
    assert candidates(city.home, again) == city.candidates
