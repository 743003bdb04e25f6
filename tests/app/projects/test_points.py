"""Points: discs and areas, several a project, which cases are theirs, and those taken off."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import Access, operator
from app.accounts.areas import EVERYWHERE
from app.errors import Conflict, InvalidParameter
from app.projects import projects
from app.projects.effects.surroundings import count_around
from app.projects.points import detaching, register
from app.projects.points.attachment import RING, Ground, ground_of
from app.projects.points.register import PointValues, points_of
from app.projects.tracking import Track, track
from app.services import services
from geodata.home import Home
from tests.app.projects.test_projects import metres
from tests.app.projects.working import HOT, make_project, work
from tests.app.small_city import HOT_LAT, HOT_LNG, SIDE
from tests.people import client_as

UP, ASIDE = 0.0015, 0.002
AREA = tuple(
    (HOT_LNG + east * ASIDE, HOT_LAT + north * UP)
    for east, north in ((-1, -1), (1, -1), (1, 1), (-1, 1))
)


@pytest.fixture
def access(city_app: Flask) -> Access:
    return operator(services(city_app).database)


@pytest.fixture
def home(city_app: Flask) -> Home:
    return services(city_app).home


@pytest.fixture(scope="module")
def rows(city_home: Path) -> pd.DataFrame:
    return pd.read_csv(city_home.parent / "cases.csv").dropna(subset="lng")


def tracked(access: Access, home: Home, number: int, off: tuple[str, ...] = ()) -> Track:
    points = points_of(access, [number])[number]
    return track(home, EVERYWHERE, projects.get(access, number), points, detached=off)


def test_an_area_has_the_cases_inside_its_corners(
    access: Access, home: Home, rows: pd.DataFrame
) -> None:
    point = HOT.model_copy(update={"corners": AREA})
    found = tracked(access, home, make_project(access, home, point).id)
    inside = (rows.lng - HOT_LNG).abs().le(ASIDE) & (rows.lat - HOT_LAT).abs().le(UP)
    assert found.total_before == inside.sum() > 20


def test_a_case_at_two_points_of_a_project_counts_once(
    access: Access, home: Home, rows: pd.DataFrame
) -> None:
    beside = HOT.model_copy(update={"name": "北门", "lat": HOT_LAT + 0.002})
    found = tracked(access, home, make_project(access, home, HOT, beside).id)
    near = [
        metres(row.lng, row.lat) <= 200 or metres(row.lng, row.lat - 0.002) <= 200
        for row in rows.itertuples()
    ]
    assert found.total_before == sum(near)
    assert found.total_before > tracked(access, home, make_project(access, home).id).total_before


def test_rings_hold_what_lies_around_and_not_the_points_own(home: Home, rows: pd.DataFrame) -> None:
    disc, area = Ground(HOT_LNG, HOT_LAT, 300.0), Ground(HOT_LNG, HOT_LAT, 250.0, AREA)
    found = count_around(home, [disc, area])
    found = found.group_by("centre").agg(pl.col("n", "ring").sum()).sort("centre")
    away = [metres(row.lng, row.lat) for row in rows.itertuples()]
    assert found["n"][0] == sum(each <= 300 for each in away)
    assert found["ring"][0] == sum(300 < each <= 300 * RING for each in away)
    wide = shapely.Polygon(AREA).buffer((RING - 1) * 250 / 111_195)
    roughly = sum(shapely.contains_xy(wide, rows.lng, rows.lat))
    assert found["n"][1] < found["n"][1] + found["ring"][1] <= roughly * 1.2 + 5


def test_a_point_of_another_township_is_refused(access: Access, home: Home) -> None:
    project = make_project(access, home)
    far = PointValues(name="远处", lng=HOT_LNG + SIDE, lat=HOT_LAT)
    with pytest.raises(InvalidParameter, match="lies in township T3") as caught:
        projects.add(access, home, project.id, far)
    assert "不在项目所属的中街道" in caught.value.chinese
    with pytest.raises(InvalidParameter, match="lies in township"):
        make_project(access, home, far, township="T2")
    assert len(points_of(access, [project.id])[project.id]) == 1


@pytest.mark.parametrize(
    ("corners", "told"),
    [
        (AREA[:2], "2 corners"),
        ((AREA[0], AREA[2], AREA[1], AREA[3]), "crosses itself"),
        ((AREA[0], AREA[1], (500.0, 0.0)), "off the earth"),
        (((83.0, 39.0), (83.00001, 39.0), (83.0, 39.00001)), "as large as a disc of"),
        (((80.0, 39.0), (84.0, 39.0), (84.0, 41.0)), "as large as a disc of"),
    ],
)
def test_corners_that_make_no_area(
    access: Access, home: Home, corners: tuple[tuple[float, float], ...], told: str
) -> None:
    with pytest.raises(InvalidParameter, match=told):
        make_project(access, home, HOT.model_copy(update={"corners": corners}))


def test_points_are_shared_with_a_warning_and_the_last_stays(
    client: FlaskClient, access: Access, home: Home
) -> None:
    first, second = make_project(access, home), make_project(access, home, name="另一个项目")
    (point,) = points_of(access, [first.id])[first.id]
    assert "另一个项目" in client.get(f"/projects/{first.id}").text
    register.share_point(access, home, second, point.id)
    with pytest.raises(Conflict, match="already"):
        register.share_point(access, home, second, point.id)
    assert {each.id for each in register.projects_at(access, point.id)} == {first.id, second.id}
    with pytest.raises(Conflict, match="the only one"):
        register.remove_point(access, home, first, point.id)
    register.remove_point(access, home, second, point.id)
    assert [each.id for each in register.projects_at(access, point.id)] == [first.id]


def test_a_moved_point_takes_its_cases_with_it(access: Access, home: Home) -> None:
    project = make_project(access, home)
    (point,) = points_of(access, [project.id])[project.id]
    before = tracked(access, home, project.id).total_before
    small = HOT.model_copy(update={"radius_m": 20})
    register.change_point(access, home, point.id, small, point.row_version)
    assert tracked(access, home, project.id).total_before < before
    with pytest.raises(Conflict, match="someone else"):
        register.change_point(access, home, point.id, HOT, point.row_version)


def test_cases_are_taken_off_with_a_reason_and_put_back(
    client: FlaskClient, access: Access, home: Home, rows: pd.DataFrame
) -> None:
    project = work(access, home, make_project(access, home), date(2025, 4, 1))
    (point,) = points_of(access, [project.id])[project.id]
    near = [row.case_id for row in rows.itertuples() if metres(row.lng, row.lat) <= 200]
    far = next(row.case_id for row in rows.itertuples() if metres(row.lng, row.lat) > 900)
    page = f"/projects/points/{point.id}"
    whole = tracked(access, home, project.id)
    taken = client.post(f"{page}/detach", data={"case": near[:2], "reason": "是隔壁工地的"})
    assert taken.status_code == 302
    off = detaching.detached_from(access, [point.id])
    assert {each.case_id for each in off} == set(near[:2])
    less = tracked(access, home, project.id, tuple(each.case_id for each in off))
    assert less.total_before + less.total_since == len(near) - 2
    assert whole.total_before + whole.total_since == len(near)
    shown = client.get(page).text
    assert "是隔壁工地的" in shown
    assert "不计已移出的 2 件" in shown
    for cases, reason, status in (([], "x", 400), ([far], "x", 400), (near[3:4], "", 422),
                                  (near[:1], "x", 409)):  # fmt: skip
        answer = client.post(f"{page}/detach", data={"case": cases, "reason": reason})
        assert answer.status_code == status
    assert client.post(f"{page}/detached/{off[0].id}/attach").status_code == 302
    assert len(detaching.detached_from(access, [point.id])) == 1


def test_the_sheet_says_why_a_case_is_its_and_a_viewer_sees_none(
    client: FlaskClient, city_app: Flask, access: Access, home: Home
) -> None:
    project = make_project(access, home)
    (point,) = points_of(access, [project.id])[project.id]
    shown = client.get(f"/projects/points/{point.id}").text
    assert "在 200 米以内" in shown
    viewer = client_as(city_app, "point-viewer", ["viewer"])
    seen = viewer.get(f"/projects/points/{point.id}").text
    assert "在 200 米以内" not in seen
    assert "移出所选诉求" not in seen
    assert viewer.post(f"/projects/points/{point.id}/detach").status_code == 403


def test_ground_of_a_point_is_told_by_what_is_stored(access: Access, home: Home) -> None:
    project = make_project(access, home, HOT.model_copy(update={"corners": AREA}))
    (point,) = points_of(access, [project.id])[project.id]
    ground = ground_of(point)
    assert ground.corners is not None
    assert np.array(ground.corners) == pytest.approx(np.array(AREA))
    wide = 2 * ASIDE * 2 * UP * 111_195**2 * 0.777
    assert 3.1416 * ground.radius_m**2 == pytest.approx(wide, rel=0.02)
