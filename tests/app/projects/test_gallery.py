"""Effects that are kept, and those of a kind of work together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.projects.effects import kept
from app.projects.effects.gallery import gallery
from app.projects.effects.judging import judge
from app.projects.points.register import PointValues, points_of
from app.projects.projects import get
from app.services import services
from spatial import pool_effects
from tests.app.projects.test_judging import FINISHED, STARTED, home, spot
from tests.app.projects.working import make_project, work
from tests.people import client_as, first_client, make_app

__all__ = ["home"]

CODES = ("P1-36", "P2-36", "P1-2", "P3-9")


@pytest.fixture(scope="module")
def app(home: Path) -> Flask:
    made = make_app(home.path)
    found = services(made)
    access = operator(found.database)
    for at, code in enumerate(CODES):
        lng, lat = spot(code)
        point = PointValues(name=code, lng=lng, lat=lat, radius_m=120)
        measure = "facility" if at < 3 else "cleaning"
        project = make_project(access, found.home, point, name=f"治理{code}", measure=measure)
        work(access, found.home, project, STARTED, FINISHED)
    return made


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return first_client(app)


def run_job(app: Flask) -> None:
    found = services(app)
    job = found.jobs.start("judge-points")
    found.jobs.run(job)


def test_what_is_kept_is_what_the_page_of_each_point_says(app: Flask, client: FlaskClient) -> None:
    found = services(app)
    access = operator(found.database)
    assert not kept.kept_effects(found.home, found.database).current
    assert "后台会重新判断" in client.get("/projects/effects").text
    run_job(app)
    told = kept.kept_effects(found.home, found.database)
    assert told.current
    assert told.table.height == len(CODES)
    for row in told.table.iter_rows(named=True):
        points = points_of(access, [row["project"]])[row["project"]]
        (judged,) = judge(found.home, found.database, get(access, row["project"]), points)
        assert judged.effect is not None
        assert row["verdict"] == judged.effect.verdict
        assert row["low"] == pytest.approx(judged.effect.whole.low)
        assert row["observed"] == judged.effect.whole.observed
    layer = {each["point"]: each["effect"] for each in client.get("/hotspots/projects.json").json}
    assert layer["P1-36"] == "fell"
    assert layer["P2-36"] == "no_sign"


def test_a_kind_of_work_is_pooled_with_those_that_show_nothing(
    app: Flask, client: FlaskClient
) -> None:
    run_job(app)
    found = services(app)
    told = kept.kept_effects(found.home, found.database)
    shown = gallery(operator(found.database), told, None, None, 1)
    groups = {each.measure: each for each in shown.groups}
    assert (groups["facility"].points, groups["cleaning"].points, groups[""].points) == (3, 1, 4)
    assert groups["cleaning"].pooled is None
    rows = told.table.sort("project").head(3)
    logs = np.log(rows["index"].to_numpy())
    errors = (np.log(rows["high"].to_numpy()) - logs) / 1.959964
    by_hand = pool_effects(logs, errors)
    assert groups["facility"].pooled is not None
    assert groups["facility"].pooled.index == pytest.approx(by_hand.index)
    assert shown.counts["fell"] == 1
    page = client.get("/projects/effects").text
    assert "设施改造" in page
    assert page.count("<tr data-verdict=") == 4
    only = client.get("/projects/effects?verdict=fell").text
    assert only.count("<tr data-verdict=") == 1


def test_a_viewer_reads_verdicts_and_no_counts(app: Flask) -> None:
    run_job(app)
    page = client_as(app, "gallery-viewer", ["viewer"]).get("/projects/effects").text
    assert "明显下降" in page
    assert "实有／预计（件）" not in page


def test_another_finished_point_makes_them_old(app: Flask) -> None:
    run_job(app)
    found = services(app)
    access = operator(found.database)
    lng, lat = spot("P3-30")
    project = make_project(
        access, found.home, PointValues(name="新", lng=lng, lat=lat, radius_m=120), name="新"
    )
    work(access, found.home, project, STARTED, date(2025, 1, 2))
    assert not kept.kept_effects(found.home, found.database).current


def test_a_point_without_cases_after_has_a_finite_logarithm() -> None:
    table = pl.DataFrame(schema=kept.SCHEMA)
    assert set(table.columns) >= {"log_index", "error"}
