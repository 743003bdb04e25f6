"""Cases in the last second of a cycle and the first of the next, where cycles begin oddly."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from app.cases.uploads import import_file
from app.townships.assessment.board import board
from app.townships.assessment.cycles import Calendar, CycleKind, cycle_at
from app.townships.assessment.rules import Basis, Rules
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import NAMES, write_townships

MONTHS_FROM_THE_19TH, NOON, PLAIN = Calendar(19), Calendar(19, 12), Calendar()
SECOND = timedelta(seconds=1)

# The moment at which a cycle begins, and the names of the one that ends there and of its own.
EDGES: list[tuple[Calendar, CycleKind, str, str, str]] = [
    (MONTHS_FROM_THE_19TH, "month", "2025-01-19 00:00:00", "month-2025-01", "month-2025-02"),
    (MONTHS_FROM_THE_19TH, "month", "2024-12-19 00:00:00", "month-2024-12", "month-2025-01"),
    (MONTHS_FROM_THE_19TH, "year", "2024-12-19 00:00:00", "year-2024", "year-2025"),
    (NOON, "month", "2024-02-19 12:00:00", "month-2024-02", "month-2024-03"),
    (NOON, "half_year", "2024-06-19 12:00:00", "half_year-2024-1", "half_year-2024-2"),
    (PLAIN, "month", "2024-03-01 00:00:00", "month-2024-02", "month-2024-03"),
    (PLAIN, "half_month", "2024-02-16 00:00:00", "half_month-2024-02-1", "half_month-2024-02-2"),
    (PLAIN, "half_month", "2024-03-01 00:00:00", "half_month-2024-02-2", "half_month-2024-03-1"),
    (PLAIN, "year", "2025-01-01 00:00:00", "year-2024", "year-2025"),
    (Calendar(1, 12), "month", "2024-02-29 12:00:00", "month-2024-02", "month-2024-02"),
    (Calendar(1, 12), "month", "2024-03-01 12:00:00", "month-2024-02", "month-2024-03"),
]
"""The leap day's noon ends no cycle: both sides of it are in February."""

MOMENTS = sorted(
    {datetime.fromisoformat(each[2]) - late * SECOND for each in EDGES for late in (0, 1)}
)
"""Of one case each, received and called back then."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("edges")
    made = Home.at(folder / "home")
    import_boundaries(
        made, write_townships(folder / "townships.geojson"), level="township", code_field="code",
        name_field="name", population_field="population",
    )  # fmt: skip
    pl.DataFrame(
        [
            {"case_id": str(moment), "received_at": str(moment), "callback_at": str(moment),
             "reported_township": NAMES[0], "class_1": "噪声", "valid": True, "responded": True,
             "resolved": True, "satisfaction": "满意"}
            for moment in MOMENTS
        ]
    ).write_csv(folder / "edges.csv")  # fmt: skip
    import_file(made, folder / "edges.csv", "suyuan")
    return made


@pytest.mark.parametrize("basis", ["received", "callback"])
@pytest.mark.parametrize(("calendar", "kind", "edge", "before", "after"), EDGES)
def test_the_first_second_is_the_next_cycle_s(
    home: Home, calendar: Calendar, kind: CycleKind, edge: str, before: str, after: str,
    basis: Basis,
) -> None:  # fmt: skip
    first = datetime.fromisoformat(edge)
    rules = Rules(calendar, basis=basis)
    ends, begins = (cycle_at(each, kind, calendar) for each in (first - SECOND, first))
    assert (ends.id, begins.id) == (before, after)
    for cycle in (ends, begins):
        start, end = cycle.window.start, cycle.window.end
        inside = sum(start <= moment < end for moment in MOMENTS)
        found = board(home, cycle, rules)
        assert found is not None
        assert (found.city.cases, found.city.valid) == (inside, inside)
    if before != after:
        assert ends.window.end == begins.window.start == first
