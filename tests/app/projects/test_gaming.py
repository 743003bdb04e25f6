"""What would make work look better than it is: refused to who does it, or told."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import Access, operator
from app.accounts.areas import Area
from app.accounts.audit import history_of
from app.accounts.permissions import Permission
from app.errors import Conflict, Forbidden, InvalidParameter
from app.projects import projects
from app.projects.models import Project
from app.projects.photos import keeping
from app.projects.points import detaching, register
from app.projects.points.register import PointValues, points_of
from app.projects.projects import ProjectValues
from app.projects.states import same_hands
from app.services import services
from geodata.home import Home
from tests.app.projects.photographs import photo
from tests.app.projects.working import HOT, go, make_project, work, worker
from tests.app.small_city import HOT_LAT, HOT_LNG, SIDE
from tests.people import client_as

DAY = date(2025, 5, 1)


@pytest.fixture
def access(city_app: Flask) -> Access:
    return operator(services(city_app).database)


@pytest.fixture
def home(city_app: Flask) -> Home:
    return services(city_app).home


@pytest.fixture
def township(access: Access) -> Access:
    """Who does the work in the township of the hot estate, and reads its cases."""
    found = worker(access.database, "T2")
    area = Area(townships=frozenset({"T2"}))
    return Access(access.database, "zhao", areas={**found.areas, Permission.READ_CASES: area})


@pytest.fixture
def submitted(access: Access, home: Home) -> Project:
    return go(access, home, make_project(access, home), "submitted", DAY)


def test_a_draft_is_its_authors_and_what_was_submitted_is_not(
    township: Access, access: Access, home: Home, submitted: Project
) -> None:
    (point,) = points_of(access, [submitted.id])[submitted.id]
    small = HOT.model_copy(update={"radius_m": 20})
    with pytest.raises(Forbidden, match="may not change points or cases"):
        register.change_point(township, home, point.id, small, point.row_version)
    named = HOT.model_copy(update={"name": "改了名"})
    renamed = register.change_point(township, home, point.id, named, point.row_version)
    for change in (
        lambda: projects.add(township, home, submitted.id, HOT),
        lambda: register.share_point(township, home, submitted, point.id),
        lambda: register.remove_point(township, home, submitted, point.id),
        lambda: detaching.detach(township, home, point.id, ["C000001"], "不想要"),
        lambda: projects.change(
            township, home, submitted.id,
            ProjectValues(name="甲", owner="乙", township="T2", target_per_month=999),
            submitted.row_version,
        ),
    ):  # fmt: skip
        with pytest.raises(Forbidden, match="district or the city"):
            change()
    again = go(access, home, submitted, "draft", DAY)
    register.change_point(township, home, point.id, small, renamed.row_version)
    assert projects.get(access, again.id).status == "draft"


def test_a_point_outside_all_townships_is_no_projects(access: Access, home: Home) -> None:
    nowhere = PointValues(name="海上", lng=0.0, lat=0.0)
    with pytest.raises(InvalidParameter, match="lies in no township") as caught:
        make_project(access, home, nowhere, township="T2")
    assert "不在任何街乡镇内" in caught.value.chinese
    project = make_project(access, home)
    with pytest.raises(InvalidParameter, match="lies in no township"):
        projects.add(access, home, project.id, nowhere)


def test_an_area_lies_in_its_township_for_the_most_part(access: Access, home: Home) -> None:
    wide = tuple(
        (HOT_LNG + east * SIDE * 0.9, HOT_LAT + north * 0.002)
        for east, north in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )
    with pytest.raises(InvalidParameter, match="of the area lies in T2"):
        make_project(access, home, HOT.model_copy(update={"corners": wide}), township="T2")


def test_a_project_does_not_leave_its_points_behind(access: Access, home: Home) -> None:
    project = make_project(access, home)
    values = ProjectValues(name="甲", owner="乙", township="T1")
    with pytest.raises(InvalidParameter, match="the project is of T1"):
        projects.change(access, home, project.id, values, project.row_version)
    none = values.model_copy(update={"township": None})
    kept = projects.change(access, home, project.id, none, project.row_version)
    assert kept.township == "T2"


def test_who_claimed_and_verified_is_told(
    client: FlaskClient, access: Access, township: Access, home: Home
) -> None:
    alone = go(access, home, work(access, home, make_project(access, home), DAY, DAY),
               "verified", DAY)  # fmt: skip
    page = client.get(f"/projects/{alone.id}").text
    assert "报完成与核验为同一账号" in page
    begun = work(access, home, make_project(access, home), DAY)
    two = go(access, home, go(township, home, begun, "claimed_done", DAY), "verified", DAY)
    assert same_hands(history_of(access.database, "project", two.id)) is None


def test_a_note_is_in_no_history_and_its_change_is_not_taken_back(
    client: FlaskClient, access: Access, home: Home
) -> None:
    made = make_project(access, home, note="李四电话13900000000")
    values = ProjectValues(name="甲", owner="乙", township="T2", note="别的话")
    changed = projects.change(access, home, made.id, values, made.row_version)
    told = repr(history_of(access.database, "project", made.id))
    assert "李四" not in told
    assert "别的话" not in told
    with pytest.raises(Conflict, match="is not kept"):
        projects.undo(access, home, made.id, changed.row_version)


def test_a_viewer_reads_neither_reasons_nor_how_many(
    client: FlaskClient, city_app: Flask, access: Access, home: Home
) -> None:
    project = make_project(access, home)
    (point,) = points_of(access, [project.id])[project.id]
    page = f"/projects/points/{point.id}"
    case = client.get(page).text.partition('name="case" value="')[2].partition('"')[0]
    client.post(f"{page}/detach", data={"case": [case], "reason": "张三重复投诉"})
    viewer = client_as(city_app, "gaming-viewer", ["viewer"]).get(page).text
    assert "张三" not in viewer
    assert "不计已移出" not in viewer
    assert "张三" not in repr(history_of(access.database, "point", point.id))
    assert "张三" in client.get(page).text


def test_a_photo_is_of_the_nearest_point_and_of_no_other_city(
    city_app: Flask, access: Access, home: Home
) -> None:
    beside = HOT.model_copy(update={"name": "北门", "lat": HOT_LAT + 0.004})
    project = make_project(access, home, HOT, beside)
    points = points_of(access, [project.id])[project.id]
    files = [
        keeping.File("近.jpg", photo((HOT_LNG, HOT_LAT + 0.0035))),
        keeping.File("外地.jpg", photo((1.0, 1.0))),
        keeping.File("无.jpg", photo()),
    ]
    taken = keeping.take_photos(access, home, project, points, files, "")
    assert [each.point_id for each in taken.photos] == [points[1].id, None]
    assert "km from point" in str(taken.refused[0])


def test_damaged_notes_of_a_camera_are_no_error_of_ours() -> None:
    from app.projects.photos.pictures import read_picture

    good = photo((HOT_LNG, HOT_LAT), orientation=6)
    start = good.index(b"Exif")
    for at in range(start + 6, start + 160):
        for value in (0x00, 0xFF, 0x7F):
            bad = bytearray(good)
            bad[at] = value
            try:
                read_picture(bytes(bad), "坏.jpg")
            except InvalidParameter:
                continue
    assert io.BytesIO(good).read(2) == b"\xff\xd8"
