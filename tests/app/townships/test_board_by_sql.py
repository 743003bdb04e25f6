"""The board of 343 townships against SQL over the rows of the file, which shares no code with it.

SQLite reads the rows as they were handed in: it knows no store, no boundaries and no weights but
those that stand in the query. Scores are whole numbers over the callbacks there, so that ranks and
ties follow without rounding.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from app.cases.uploads import import_file
from app.townships.assessment.board import Board, board
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.rules import Rules
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST

TOWNSHIPS, ACROSS, CASES = 343, 21, 24_000
NEVER_CALLED, WITHOUT_CASES = 341, 342
START, END = datetime(2024, 11, 20), datetime(2025, 3, 1)


def code_of(at: int) -> str:
    return f"T{at:03d}"


def name_of(at: int) -> str:
    return f"第{at}街道"


def write_rows() -> pd.DataFrame:
    """Cases of all townships but one, some of none; another is never called back."""
    rng = np.random.default_rng(11)
    received = START + rng.integers(0, (END - START) // timedelta(minutes=1), CASES) * timedelta(
        minutes=1
    )
    # The last number stands for a township that is in no boundaries.
    weight = rng.gamma(1.5, size=TOWNSHIPS + 1)
    weight[WITHOUT_CASES] = 0
    town = rng.choice(TOWNSHIPS + 1, CASES, p=weight / weight.sum())
    back = received + rng.integers(20, 400, CASES) * timedelta(hours=1)
    called = (rng.random(CASES) < 0.8) & (town != NEVER_CALLED)

    def said(*values: Any) -> list[Any]:
        return [values[i] for i in rng.integers(0, len(values), CASES)]

    found = pd.DataFrame(
        {
            "case_id": [f"B{i:05d}" for i in range(CASES)],
            "received_at": received.astype(str),
            "class_1": "噪声",
            "reported_township": [name_of(at) if at < TOWNSHIPS else "别处" for at in town],
            "due_at": (received + timedelta(days=7)).astype(str),
            "callback_at": np.where(called, back.astype(str), None),
            "valid": np.where(town == NEVER_CALLED, None, said(1, 1, 1, 0, None)),
            "responded": said(1, 1, 0, None),
            "resolved": said(1, 0, 0, None),
            "satisfaction": said("满意", "基本满意", "一般", "不满意", "未评价", None),
            "assessed": said(1, 1, 0, None),
        }
    )
    # Whole numbers in a file, and nothing where nothing was said.
    return found.astype(dict.fromkeys(["valid", "responded", "resolved", "assessed"], "Int64"))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return write_rows()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame) -> Home:
    folder = tmp_path_factory.mktemp("many")
    made = Home.at(folder / "home")
    import_boundaries(
        made, write_townships(folder / "townships.geojson"), level="township", code_field="code",
        name_field="name",
    )  # fmt: skip
    rows.to_csv(folder / "cases.csv", index=False)
    import_file(made, folder / "cases.csv", "suyuan")
    return made


def write_townships(path: Path) -> Path:
    corners = [(WEST + at % ACROSS * SIDE, SOUTH + at // ACROSS * SIDE) for at in range(TOWNSHIPS)]
    gpd.GeoDataFrame(
        {
            "code": [code_of(at) for at in range(TOWNSHIPS)],
            "name": [name_of(at) for at in range(TOWNSHIPS)],
        },
        geometry=[shapely.box(x, y, x + SIDE, y + SIDE) for x, y in corners],
        crs=4326,
    ).to_file(path)
    return path


@pytest.fixture(scope="module")
def sql(rows: pd.DataFrame) -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.row_factory = sqlite3.Row
    rows.to_sql("cases", made, index=False)
    towns = [(code_of(at), name_of(at)) for at in range(TOWNSHIPS)]
    pd.DataFrame(towns, columns=["code", "name"]).to_sql("townships", made, index=False)
    return made


FOUND = """
create temp table found as
with cycles(cycle, first, end) as (values ('now', :first, :end), ('before', :before, :first)),
kept as (select * from cases where {ledger}),
received as (
  select cycle, reported_township as name, count(*) as cases
  from kept join cycles on received_at >= first and received_at < end group by cycle, name
),
told as (
  select cycle, reported_township as name, count(*) as valid,
    total(responded) as response, count(responded) as response_told,
    total(resolved) as resolution, count(resolved) as resolution_told,
    total(case satisfaction when '满意' then 10 when '基本满意' then 9 end) as tenths,
    count(case when satisfaction in ('满意', '基本满意', '一般', '不满意') then 1 end)
      as satisfaction_told
  from kept join cycles on {basis} >= first and {basis} < end where valid = 1 group by cycle, name
)
select cycle, code, coalesce(cases, 0) as cases, coalesce(valid, 0) as valid,
  case when response_told then 100 * response / valid end as response,
  case when resolution_told then 100 * resolution / valid end as resolution,
  case when satisfaction_told then 10 * tenths / valid end as satisfaction,
  case when response_told and resolution_told and satisfaction_told
    then cast(10 * response + 50 * resolution + 4 * tenths as integer) end as points
from (select * from (select cycle from cycles), (select code, name from townships
      union all select null, '别处'))
left join received using (cycle, name) left join told using (cycle, name)
"""

BOARD = """
with ranked as (
  select *, 1.0 * points / valid as score, case when points is not null then 1 + (
    select count(*) from found as other where other.cycle = found.cycle and other.code is not null
      and other.points * found.valid > found.points * other.valid
  ) end as rank
  from found where code is not null
),
changed as (
  select now.*, before.cases as cases_before, now.score - before.score as change,
    before.rank - now.rank as moved,
    now.points * before.valid - before.points * now.valid as rise,
    now.valid * before.valid as whole
  from ranked as now join ranked as before using (code)
  where now.cycle = 'now' and before.cycle = 'before'
)
select *, case when rise is not null then 1 + (
  select count(*) from changed as other
  where other.rise * changed.whole > changed.rise * other.whole
) end as change_rank
from changed
"""

CITY = """
select sum(cases) as cases, sum(valid) as valid, 1.0 * total(points) / sum(valid) as score,
  total(case when code is null then cases end) as cases_in_none,
  total(case when code is null then valid end) as valid_in_none
from found where cycle = 'now'
"""

LEDGERS = {"raw": "1", "assessed": "coalesce(assessed, 1)", "excluded": "not coalesce(assessed, 1)"}
BASES = {"callback": "callback_at", "due": "due_at", "received": "received_at"}


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("ledger", LEDGERS)
@pytest.mark.parametrize(
    ("cycle_id", "start_day", "cut_hour"),
    [("month-2025-01", 19, 0), ("month-2025-02", 1, 12), ("half_month-2025-02-2", 1, 0),
     ("half_year-2025-1", 19, 0)],
)  # fmt: skip
def test_every_figure_is_that_of_sql(home, sql, basis, ledger, cycle_id, start_day, cut_hour):
    calendar = Calendar(start_day, cut_hour)
    cycle, rules = find_cycle(cycle_id, calendar), Rules(calendar, basis=basis, ledger=ledger)
    made = board(home, cycle, rules)
    windows = {
        "first": str(cycle.window.start),
        "end": str(cycle.window.end),
        "before": str(cycle.previous.window.start),
    }
    sql.execute("drop table if exists found")
    sql.execute(FOUND.format(ledger=LEDGERS[ledger], basis=BASES[basis]), windows)
    assert made is not None
    check_townships(made, {row["code"]: row for row in sql.execute(BOARD)})
    check_city(made, sql.execute(CITY).fetchone())


def check_townships(made: Board, told: dict[str, sqlite3.Row]) -> None:
    assert len(made.lines) == len(told) == TOWNSHIPS
    for line in made.lines:
        row = told[line.code]
        counts = (line.cases, line.before, line.valid, line.rank, line.change_rank, line.moved)
        names = ("cases", "cases_before", "valid", "rank", "change_rank", "moved")
        assert counts == tuple(row[name] for name in names), line.code
        same(line.score.value, row["score"])
        same(line.change, row["change"])
        for name in QUESTIONS:
            same(line.rates[name].value, row[name])


def check_city(made: Board, row: sqlite3.Row) -> None:
    """The city is all callbacks pooled, those of no township too."""
    found = made.reconciled
    assert (found.cases, made.city.valid) == (row["cases"], row["valid"])
    assert (found.cases_in_none, found.valid_in_none) == (
        row["cases_in_none"],
        row["valid_in_none"],
    )


def same(ours: float | None, other: float | None) -> None:
    """Alike to twelve digits; unknown in one is unknown in both."""
    assert (ours is None) == (other is None)
    assert other is None or ours == pytest.approx(other, rel=1e-12, abs=1e-12)


def test_townships_without_cases_or_callbacks_have_no_rate(home):
    made = board(home, find_cycle("month-2025-01", Calendar()), Rules())
    lines = {line.code: line for line in made.lines} if made else {}
    nothing, uncalled = lines[code_of(WITHOUT_CASES)], lines[code_of(NEVER_CALLED)]
    assert (nothing.cases, nothing.valid) == (0, 0)
    assert uncalled.cases > 0
    for line in (nothing, uncalled):
        assert (line.valid, line.score.value, line.rank, line.change_rank) == (0, None, None, None)
