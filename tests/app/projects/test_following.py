"""Verified points: a rise is found, a quiet point is left alone, and people answer."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.errors import Conflict, Forbidden, InvalidParameter
from app.projects.following import alerts
from app.projects.following.watching import (
    REPEATED,
    WITHIN_DAYS,
    find_repeats,
    verified_points,
    watch_points,
)
from app.projects.models import PointAlert
from app.projects.points.register import PointValues
from app.projects.projects import get
from app.services import services
from tests.app.projects.test_judging import BACK, BACK_FROM, home, spot
from tests.app.projects.working import go, make_project, work, worker
from tests.people import client_as, first_client, make_app

__all__ = ["home"]

QUIET = ("P3-20", "P1-5", "P1-50")
BEGAN, ENDED, CLOSED = date(2024, 5, 1), date(2024, 7, 1), date(2024, 10, 1)


@pytest.fixture(scope="module")
def app(home: Path) -> Flask:
    made = make_app(home.path.parent / "home")
    found = services(made)
    access = operator(found.database)
    for code in (BACK, *QUIET):
        lng, lat = spot(code)
        point = PointValues(name=code, lng=lng, lat=lat, radius_m=120)
        done = work(access, found.home, make_project(access, found.home, point, name=code),
                    BEGAN, ENDED)  # fmt: skip
        go(access, found.home, go(access, found.home, done, "verified", ENDED), "closed", CLOSED)
    return made


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return first_client(app)


def run_job(app: Flask) -> dict[str, object]:
    found = services(app)
    job = found.jobs.start("follow-points")
    found.jobs.run(job)
    return found.jobs.get(job).result or {}


def told(app: Flask, state: str = "open") -> list[PointAlert]:
    return [each.alert for each in alerts.alerts(operator(services(app).database), state)]


def test_a_rise_is_found_and_quiet_points_are_left_alone(app: Flask) -> None:
    found = services(app)
    work = verified_points(found.database)
    watched = {point.name: each for (_project, point), each in
               zip(work, watch_points(found.home, work), strict=True)}  # fmt: skip
    back = watched[BACK]
    assert back.alarms
    assert back.cycles[0].first_day >= CLOSED
    first = back.cycles[back.alarms[0]]
    assert BACK_FROM <= first.first_day <= BACK_FROM + timedelta(days=46)
    for code in QUIET:
        assert watched[code].why_not is None
        assert not watched[code].alarms, code
    rows = pl.read_csv(found.home.path.parent / "cases.csv", try_parse_dates=True)
    lng, lat = spot(BACK)
    near = rows.filter((pl.col("lng") - lng).abs() < 5e-4, (pl.col("lat") - lat).abs() < 5e-4)
    days = near["received_at"].dt.date()
    for cycle, n in zip(back.cycles, back.observed, strict=True):
        assert n == days.is_between(cycle.first_day, cycle.last_day).sum()


def test_repeats_are_those_of_a_slow_look(app: Flask) -> None:
    found = services(app)
    work = verified_points(found.database)
    repeats = {(each.point, each.class_name): each for each in find_repeats(found.home, work)}
    rows = pl.read_csv(found.home.path.parent / "cases.csv", try_parse_dates=True)
    for _project, point in work:
        near = rows.filter(
            (pl.col("lng") - point.lng).abs() < 5e-4, (pl.col("lat") - point.lat).abs() < 5e-4
        )
        for name in ("物业管理", "市容环卫"):
            days = sorted(near.filter(class_1=name)["received_at"].dt.date())
            days = [day for day in days if day >= CLOSED]
            expected = next(
                (day for day in days
                 if sum(day <= each < day + timedelta(WITHIN_DAYS) for each in days) >= REPEATED),
                None,
            )  # fmt: skip
            one = repeats.get((point.id, name))
            assert (one.first if one else None) == expected


def test_what_came_back_is_told_once(app: Flask) -> None:
    first, again = run_job(app), run_job(app)
    assert first["points"] == again["points"] == 4
    assert again["alerts"] == 0
    kinds = {(each.kind, each.point_id) for each in told(app)}
    assert len(kinds) == len(told(app))
    assert any(each.kind == "rebound" for each in told(app))


def test_the_page_shows_it_and_a_viewer_reads_no_counts(app: Flask, client: FlaskClient) -> None:
    run_job(app)
    page = client.get("/projects/follow-up").text
    assert "过了阈值" in page
    viewer = client_as(app, "follow-viewer", ["viewer"]).get("/projects/follow-up").text
    assert "已过阈值" in viewer
    assert "预期" not in viewer.partition("<main")[2].partition('class="small-note"')[0].replace(
        "超出预期", ""
    )
    assert "待复查" in client.get("/").text


def test_people_answer_and_work_is_taken_up_again(app: Flask, client: FlaskClient) -> None:
    run_job(app)
    found = services(app)
    access = operator(found.database)
    rebound = next(each for each in told(app) if each.kind == "rebound")
    with pytest.raises(InvalidParameter, match="needs 1 to"):
        alerts.answer(access, found.home, rebound.id, rebound.row_version, "closed", " ")
    outside = worker(found.database, "T1")
    with pytest.raises(Forbidden):
        alerts.answer(outside, found.home, rebound.id, rebound.row_version, "closed", "看过")
    own = worker(found.database, "T3")
    with pytest.raises(Forbidden, match="district or the city"):
        alerts.answer(own, found.home, rebound.id, rebound.row_version, "reopened", "重做")
    assert get(access, rebound.project_id).status == "closed"
    answer = client.post(
        f"/projects/follow-up/{rebound.id}",
        data={"state": "reopened", "words": "垃圾点又设回来了", "row_version": "1"},
    )
    assert answer.status_code == 302
    project = get(access, rebound.project_id)
    assert (project.status, project.finished_on) == ("under_way", None)
    with pytest.raises(Conflict):
        alerts.answer(access, found.home, rebound.id, 1, "closed", "再答一次")
    assert [each.words for each in told(app, "reopened")] == ["垃圾点又设回来了"]
