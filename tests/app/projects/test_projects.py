"""Projects: two editors, undoing, and counts against a slow count over the file."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import Access, operator
from app.accounts.areas import EVERYWHERE
from app.cases.uploads import import_file
from app.db import Database
from app.errors import Conflict, Missing
from app.projects import projects
from app.projects.points.register import points_of
from app.projects.projects import ProjectValues
from app.projects.tracking import DAYS_PER_MONTH, track
from app.services import services
from geodata.home import Home
from tests.app.projects.working import go, make_project
from tests.app.small_city import HOT_LAT, HOT_LNG

pytestmark = pytest.mark.db


@pytest.fixture
def access(database: Database) -> Access:
    return operator(database)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def test_the_second_of_two_editors_is_told(access: Access, home: Home) -> None:
    made = make_project(access, home)
    values = ProjectValues(name="甲", owner="甲")
    projects.change(access, home, made.id, values, 1)
    with pytest.raises(Conflict, match="someone else"):
        projects.change(access, home, made.id, values.model_copy(update={"owner": "乙"}), 1)
    assert projects.get(access, made.id).owner == "甲"


def test_the_last_change_is_taken_back_and_an_older_one_is_not(access: Access, home: Home) -> None:
    made = make_project(access, home, planned_end=date(2025, 9, 1), target_per_month=4.5)
    values = ProjectValues(name="改名", owner="另一家", planned_end=date(2025, 8, 1))
    changed = projects.change(access, home, made.id, values, made.row_version)
    with pytest.raises(Conflict, match="someone else"):
        projects.undo(access, home, made.id, made.row_version)
    back = projects.undo(access, home, made.id, changed.row_version)
    told = (back.name, back.owner, back.planned_end, back.target_per_month)
    assert told == ("花园小区漏水", "物业科", date(2025, 9, 1), 4.5)
    moved = go(access, home, back, "submitted", date(2025, 3, 1))
    with pytest.raises(Conflict, match="no change"):
        projects.undo(access, home, made.id, moved.row_version)


def test_a_project_that_is_not_there(access: Access, home: Home) -> None:
    with pytest.raises(Missing):
        projects.get(access, 5)


@pytest.mark.parametrize("started", [None, date(2025, 4, 10), date(2026, 1, 1)])
@pytest.mark.parametrize("class_1", [None, "噪声"])
def test_counts_agree_with_a_slow_count(
    city_home: Path, access: Access, home: Home, started: date | None, class_1: str | None
) -> None:
    project = make_project(access, home, class_1=class_1)
    project.started_on = started
    points = points_of(access, [project.id])[project.id]
    found = track(Home.at(city_home), EVERYWHERE, project, points)
    rows = pd.read_csv(city_home.parent / "cases.csv").dropna(subset="lng")
    days = [
        date.fromisoformat(row.received_at[:10])
        for row in rows.itertuples()
        if metres(row.lng, row.lat) <= 200 and class_1 in (None, row.class_1)
    ]
    since = [day for day in days if started and day >= started]
    assert (found.total_before, found.total_since) == (len(days) - len(since), len(since))
    assert sum(month.count for month in found.months) == len(days)
    if started == date(2025, 4, 10):
        length = (found.data_until - started).days + 1  # type: ignore[operator]
        assert found.since_per_month == pytest.approx(len(since) / length * DAYS_PER_MONTH)
    else:
        assert found.since_per_month is None


@pytest.mark.parametrize("stray", [None, "2024-03-05"])
def test_months_without_data_are_no_months_without_cases(
    tmp_path: Path, access: Access, home: Home, stray: str | None
) -> None:
    days = [f"2025-{month:02d}-{day:02d}" for month in (2, 3, 4, 5) for day in (10, 20)]
    days += [stray] if stray else []
    cases = {"case_id": range(len(days)), "received_at": days, "lng": HOT_LNG, "lat": HOT_LAT}
    pd.DataFrame(cases).to_csv(tmp_path / "few.csv", index=False)
    import_file(home, tmp_path / "few.csv", "suyuan")
    project = make_project(access, home)
    project.started_on = date(2025, 4, 1)
    found = track(home, EVERYWHERE, project, points_of(access, [project.id])[project.id])
    assert [month.label for month in found.months] == ["2025-02", "2025-03", "2025-04", "2025-05"]
    length = (date(2025, 4, 1) - date(2025, 2, 10)).days
    assert found.before_per_month == pytest.approx(4 / length * DAYS_PER_MONTH)


def metres(lng: float, lat: float) -> float:
    """Distance to the hot estate on a plane, good to a metre over a kilometre."""
    east = (lng - HOT_LNG) * 111_195 * math.cos(math.radians(HOT_LAT))
    return math.hypot(east, (lat - HOT_LAT) * 111_195)


FORM = {
    "name": "花园小区", "owner": "物业科", "lng": "83.06", "lat": "39.02", "radius_m": "150",
    "township": "T2", "class_1": "", "planned_start": "2025-07-01", "planned_end": "2025-12-01",
    "target_per_month": "5", "note": "<b>说明</b>",
}  # fmt: skip


def make(client: FlaskClient) -> str:
    answer = client.post("/projects/new", data=FORM)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def test_from_the_form_to_the_map(client: FlaskClient, city_app: Flask) -> None:
    page = make(client)
    shown = client.get(page)
    assert shown.status_code == 200
    assert "<b>说明</b>" not in shown.text
    layer = client.get("/hotspots/projects.json").get_json()
    number = page.rsplit("/", 1)[1]
    (own,) = [each for each in layer if each["id"].startswith(f"{number}-")]
    assert (own["name"], own["phase"], own["effect"]) == ("花园小区", "planned", None)
    project = projects.get(operator(services(city_app).database), int(number))
    step = {"state": "submitted", "on": "2025-07-02", "row_version": str(project.row_version)}
    assert client.post(f"{page}/move", data=step).status_code == 302
    assert client.post(f"{page}/move", data=step).status_code == 409
    assert "花园小区" in client.get("/projects?status=submitted").text


def test_the_typed_text_survives_a_conflict(client: FlaskClient) -> None:
    page = make(client)
    first = client.post(f"{page}/edit", data={**FORM, "owner": "甲", "row_version": "1"})
    assert first.status_code == 302
    second = client.post(f"{page}/edit", data={**FORM, "owner": "乙的改动", "row_version": "1"})
    assert second.status_code == 409
    assert "乙的改动" in second.text


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"owner": " "}, {"lng": "east"}, {"lat": "99"}, {"radius_m": "1"},
        {"radius_m": "1e9"}, {"radius_m": "9" * 400}, {"planned_end": "2025-01-01"},
        {"planned_start": "soon"}, {"target_per_month": "-1"}, {"target_per_month": "nan"},
        {"lng": "nan"}, {"lat": "inf"}, {"township": "T9"}, {"name": "x" * 201},
    ],
)  # fmt: skip
def test_forms_that_cannot_be(client: FlaskClient, change: dict[str, str]) -> None:
    answer = client.post("/projects/new", data={**FORM, **change})
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("step", [{}, {"state": "x"}, {"state": "submitted", "row_version": "one"}])
def test_moves_that_cannot_be(client: FlaskClient, step: dict[str, str]) -> None:
    page = make(client)
    assert 400 <= client.post(f"{page}/move", data=step).status_code < 500
