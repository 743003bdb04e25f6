"""What is said of a finished project: a fall of its own, a fall that all share, and too little."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.cases.uploads import import_file
from app.projects import projects
from app.projects.effects.judging import Judged, judge
from app.projects.effects.surroundings import around_places, whole_half_months
from app.projects.points.register import PointValues, points_of
from app.services import services
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.places import current_places, import_places
from tests.app.projects.working import make_project, work
from tests.app.small_city import SIDE, SOUTH, WEST, write_townships
from tests.people import client_as, first_client, make_app

BEGAN, ENDED = date(2023, 7, 1), date(2025, 7, 1)
STARTED, FINISHED = date(2024, 10, 1), date(2025, 1, 1)
ACROSS = 8
"""Places a side of each township, 300 m and more apart."""

A_DAY = 0.35
"""Cases of a place a day; of two places twice as many."""

ALONE, WITH_ALL = "P1-36", "P2-36"
"""A place whose cases halve alone, and one in a township in which all halve."""

BACK, BACK_FROM = "P3-45", date(2025, 3, 1)
"""A place at which three times as many come from a day on."""


def spot(code: str) -> tuple[float, float]:
    town, place = int(code[1]) - 1, int(code[3:])
    y, x = divmod(place, ACROSS)
    return WEST + (town + (x + 0.5) / ACROSS) * SIDE, SOUTH + (y + 0.5) / ACROSS * SIDE


CODES = [f"P{town}-{place}" for town in (1, 2, 3) for place in range(ACROSS**2)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("effects")
    home = Home.at(folder / "home")
    import_boundaries(
        home, write_townships(folder / "t.geojson"), level="township", code_field="code",
        name_field="name",
    )  # fmt: skip
    pl.DataFrame(
        {
            "code": CODES, "name": [f"小区{code}" for code in CODES],
            "lng": [spot(code)[0] for code in CODES], "lat": [spot(code)[1] for code in CODES],
        }
    ).write_csv(folder / "places.csv")  # fmt: skip
    import_places(home, folder / "places.csv")
    write_cases(folder / "cases.csv")
    import_file(home, folder / "cases.csv", "suyuan")
    return home


def write_cases(path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = []
    for code in CODES:
        level = A_DAY * (2 if code in (ALONE, WITH_ALL) else rng.gamma(8, 1 / 8))
        for at in range((ENDED - BEGAN).days):
            day = BEGAN + timedelta(days=at)
            halved = day >= FINISHED and (code == ALONE or code.startswith("P2-"))
            back = code == BACK and day >= BACK_FROM
            rows += [(code, day)] * rng.poisson(level * (0.5 if halved else 3 if back else 1))
    spots = [spot(code) for code, _day in rows]
    near = rng.uniform(-4e-4, 4e-4, (len(rows), 2))
    pl.DataFrame(
        {
            "case_id": [f"E{i:06d}" for i in range(len(rows))],
            "received_at": [f"{day} 23:00:00" for _code, day in rows],
            "class_1": ["物业管理" if i % 3 else "市容环卫" for i in range(len(rows))],
            "lng": [lng for lng, _lat in spots] + near[:, 0],
            "lat": [lat for _lng, lat in spots] + near[:, 1],
        }
    ).write_csv(path)


@pytest.fixture(scope="module")
def app(home: Home) -> Flask:
    return make_app(home.path)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return first_client(app)


def project(app: Flask, code: str, finished: date | None = FINISHED) -> int:
    """Make a project at a place that began and, where a day is given, ended."""
    found = services(app)
    access = operator(found.database)
    lng, lat = spot(code)
    point = PointValues(name=code, lng=lng, lat=lat, radius_m=120)
    made = make_project(access, found.home, point, name=f"治理{code}")
    return work(access, found.home, made, STARTED, finished).id


@pytest.fixture(scope="module")
def alone(app: Flask) -> int:
    return project(app, ALONE)


@pytest.fixture(scope="module")
def with_all(app: Flask, alone: int) -> int:
    return project(app, WITH_ALL)


def judged(app: Flask, number: int) -> Judged:
    found = services(app)
    access = operator(found.database)
    points = points_of(access, [number])[number]
    return judge(found.home, found.database, projects.get(access, number), points)[0]


def test_discs_hold_the_cases_of_their_places(home: Home) -> None:
    """Places lie further apart than cases from them, so each disc has its place's cases."""
    places = current_places(home)
    assert places is not None
    steps = tuple(each.number for each in whole_half_months(home))
    around = around_places(home, places, 120)
    found = around.matrix("n", steps).sum(axis=1)
    rows = pl.read_csv(home.path.parent / "cases.csv")
    for code in (ALONE, WITH_ALL, "P3-0"):
        lng, lat = spot(code)
        near = (rows["lng"] - lng).abs().lt(5e-4) & (rows["lat"] - lat).abs().lt(5e-4)
        assert found[list(places.codes).index(code)] == near.sum()
    assert around.matrix("ring", steps).sum() == 0
    by_class = around.matrix("n", steps, "物业管理") + around.matrix("n", steps, "市容环卫")
    assert (by_class == around.matrix("n", steps)).all()


def test_a_fall_of_its_own_is_a_success(app: Flask, alone: int, with_all: int) -> None:
    found = judged(app, alone)
    assert found.effect is not None
    assert found.effect.verdict == "fell"
    assert found.effect.whole.low < 0.5 < found.effect.whole.high
    assert len(found.after) == 12
    assert len(found.before) == 30


def test_a_fall_that_its_neighbours_share_is_none(app: Flask, alone: int, with_all: int) -> None:
    found = judged(app, with_all)
    assert found.effect is not None
    own = found.effect.whole.observed / len(found.after)
    assert own < 0.7 * found.effect.before / len(found.before)
    assert found.effect.verdict == "no_sign"
    assert found.effect.whole.low < 1 < found.effect.whole.high


def test_the_pages_say_so(client: FlaskClient, app: Flask, alone: int, with_all: int) -> None:
    own, shared = (client.get(f"/projects/{number}").text for number in (alone, with_all))
    assert 'data-verdict="fell"' in own
    assert "明显下降" in own
    assert "预计是怎么来的" in own
    assert 'data-verdict="no_sign"' in shared
    assert "尚看不出成效" in shared
    viewer = client_as(app, "effect-viewer", ["viewer"]).get(f"/projects/{alone}").text
    assert 'data-verdict="fell"' in viewer
    assert "不做工作预计" not in viewer
    assert "effect-data" not in viewer


@pytest.mark.parametrize(
    ("finished", "told"),
    [(None, "工作完成后满一个半月期"), (date(2025, 6, 20), "还没有一个完整半月期")],
)
def test_what_is_too_early_is_not_judged(
    client: FlaskClient, app: Flask, finished: date | None, told: str
) -> None:
    number = project(app, "P3-20", finished)
    assert told in client.get(f"/projects/{number}").text


def test_a_home_without_places_says_what_is_missing(tmp_path: Path) -> None:
    app = make_app(tmp_path / "home")
    number = project(app, ALONE)
    assert "请先导入点位库" in first_client(app).get(f"/projects/{number}").text
