"""The board of a cycle: how it adds up and changes, and what viewers see of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from app.cases.uploads import import_file
from app.db import Database
from app.townships.assessment.board import (
    Board,
    Line,
    Reconciled,
    Share,
    board,
    cycles_of_data,
    forget_boards,
)
from app.townships.assessment.closing import assessed, assessed_each
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.disclosing import disclosed_board, disclosed_lines
from app.townships.assessment.labelling import labelled
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.results import Result
from app.townships.assessment.rules import Rules
from app.townships.assessment.timeline import join
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import NAMES, write_townships
from tests.people import client_as, first_client, make_app

START, END = datetime(2024, 11, 20), datetime(2025, 3, 1)
CASES = 4_000


def write_rows() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    minutes = (END - START) // timedelta(minutes=1)
    received = [START + timedelta(minutes=int(m)) for m in rng.integers(0, minutes, CASES)]
    called = rng.random(CASES) < 0.8
    back = [
        each + timedelta(hours=int(rng.integers(20, 400))) if was else None
        for each, was in zip(received, called, strict=True)
    ]
    named = rng.choice([*NAMES, "别处"], CASES, p=[0.5, 0.3, 0.15, 0.05])

    def said(values: list[object]) -> list[object]:
        return [values[int(rng.integers(0, len(values)))] for _ in range(CASES)]

    return pd.DataFrame(
        {
            "case_id": [f"B{i:05d}" for i in range(CASES)],
            "received_at": received,
            "class_1": "噪声",
            "reported_township": named,
            "due_at": [each + timedelta(days=7) for each in received],
            "callback_at": back,
            "valid": said([True, True, True, False, None]),
            "responded": said([True, True, False, None]),
            "resolved": said([True, False, False, None]),
            "satisfaction": said(["满意", "基本满意", "一般", "不满意", "未评价", None]),
            "assessed": said([True, True, False, None]),
        }
    )


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return write_rows()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame) -> Home:
    folder = tmp_path_factory.mktemp("board")
    made = Home.at(folder / "home")
    import_boundaries(
        made, write_townships(folder / "townships.geojson"), level="township", code_field="code",
        name_field="name", population_field="population",
    )  # fmt: skip
    rows.to_csv(folder / "cases.csv", index=False)
    import_file(made, folder / "cases.csv", "suyuan")
    return made


def test_the_figures_add_up(home):
    calendar = Calendar(19)
    for ledger in ("raw", "assessed"):
        rules = Rules(calendar, ledger=ledger)
        for cycle in cycles_of_data(home, "month", calendar):
            found = board(home, cycle, rules)
            assert found is not None
            told = found.reconciled
            assert told.dated == told.not_valid + told.left_out + told.valid
            assert told.cases == told.cases_in_none + sum(line.cases for line in found.lines)
            assert told.valid == told.valid_in_none + sum(line.valid for line in found.lines)
            assert (ledger == "raw") == (told.left_out == 0)


def test_every_case_is_in_one_cycle_of_each_kind(home):
    for kind in ("month", "half_month", "half_year", "year"):
        cycles = cycles_of_data(home, kind, Calendar(19))
        boards = [board(home, cycle, Rules(Calendar(19), basis="received")) for cycle in cycles]
        assert sum(each.reconciled.cases for each in boards if each) == CASES


def test_changes_are_against_the_cycle_before(home):
    calendar = Calendar()
    rules = Rules(calendar)
    now, before = (
        {line.code: line for line in made.lines}
        for cycle in ("month-2025-02", "month-2025-01")
        if (made := board(home, find_cycle(cycle, calendar), rules))
    )
    for code, line in now.items():
        earlier = before[code]
        assert line.change == pytest.approx(line.score.value - earlier.score.value)
        assert line.moved == earlier.rank - line.rank
    ordered = sorted(now.values(), key=lambda line: -line.change)
    assert [line.change_rank for line in ordered] == [1, 2, 3]


def test_months_are_counted_in_one_scan_and_each_as_by_itself(home, monkeypatch):
    database, over_time = Database(home.database), join([], 19)
    database.migrate()
    cycles = cycles_of_data(home, "month", over_time)
    scans = []
    monkeypatch.setattr(
        "app.townships.assessment.counting.labelled",
        lambda *asked: scans.append(asked[2]) or labelled(*asked),
    )
    forget_boards()
    together = assessed_each(home, database, over_time, cycles)
    assert len(cycles) == 4
    assert [len(each) for each in scans] == [5]  # the month before the first too
    for cycle, found in zip(cycles, together, strict=True):
        forget_boards()
        assert assessed(home, database, over_time, cycle.id) == found
    assert len(scans) == 5


def test_a_viewer_reads_rates_of_rounded_counts(home):
    calendar = Calendar()
    rules = Rules(calendar)
    made = board(home, find_cycle("half_month-2025-02-2", calendar), rules)
    assert made is not None
    told = disclosed_board(made, rules)
    for line in (*told.lines, told.city):
        assert line.valid % 5 == 0 or line.valid == -1
        assert (line.per_people is None) == (line.cases == -1)
        for rate in line.rates.values():
            assert rate.low is None
            if rate.value is not None:
                assert round(rate.value * line.valid / 100) % 5 == 0


def test_no_cases_are_a_rate_of_nought_for_a_viewer_too():
    nothing = Share(None, None, None)
    line = Line("T1", "甲", "", 0, 1000.0, 0, dict.fromkeys(QUESTIONS, nothing), nothing)
    told = Board(find_cycle("year-2025", Calendar()), (line,), line, Reconciled(*[0] * 7), True)
    assert disclosed_board(told, Rules()).city.per_people == line.per_people == 0


def test_a_viewer_reads_ranks_of_the_scores_that_are_shown():
    def line(code: str, valid: int, yes: int, rank: int) -> Line:
        share = Share(100 * yes / valid, None, None)
        results = tuple(Result(kind, "", "") for kind in ("advanced", "governance"))
        return Line(code, code, "", 50, 1000.0, valid, dict.fromkeys(QUESTIONS, share), share, rank,
                    change=1.0, change_rank=rank, moved=1, results=results)  # fmt: skip

    # 82 and 81 of 100 are both shown as 80; 3 of 3 are not shown at all.
    told = disclosed_lines(
        [line("C", 3, 3, 1), line("B", 100, 82, 2), line("A", 100, 81, 3), line("D", 100, 60, 4)],
        Rules(),
    )
    assert [(each.code, each.score.value, each.rank) for each in told] == [
        ("A", pytest.approx(80), 1), ("B", pytest.approx(80), 1), ("D", pytest.approx(60), 3),
        ("C", None, None),
    ]  # fmt: skip
    hidden = told[-1]
    assert (hidden.moved, hidden.change_rank) == (None, None)
    assert [each.kind for each in hidden.results] == ["governance"]
    assert [each.kind for each in told[0].results] == ["advanced", "governance"]


def test_the_page(home):
    app = make_app(home.path)
    planner, viewer = first_client(app), client_as(app, "viewer", ["viewer"])
    page = planner.get("/assessment?cycle=month-2025-01").text
    assert all(name in page for name in NAMES)
    assert "口径对账" in page
    assert "/cases?received=2025-01-01..2025-02-01" in page
    assert "/cases?received" not in viewer.get("/assessment").text
    assert viewer.get("/assessment").status_code == 200
    for path in ("", "/reconciliation", "/units"):
        for month in ("month-2031-01", "month-2001-01"):
            beyond = planner.get(f"/assessment{path}?cycle={month}").text
            assert "数据里没有这一期" in beyond
            assert f'value="{month}" selected' in beyond
            assert not any(name in beyond for name in NAMES if path == "")
    for bad in ("cycle=month-2025-13", "kind=week", "basis=x", "ledger=x", "attribution=x"):
        assert planner.get(f"/assessment?{bad}").status_code == 400
    planner.post("/language", data={"language": "en"})
    assert "How the figures add up" in planner.get("/assessment").text


def test_an_empty_home_says_what_to_do(tmp_path):
    client = first_client(make_app(tmp_path / "home"))
    for query in ("", "?cycle=month-2025-01"):
        page = client.get(f"/assessment{query}").text
        assert "还没有可以考核的诉求" in page
        assert "/cases/import" in page
