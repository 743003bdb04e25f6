"""The life of a project: who may take which step, and what each step needs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from app.accounts.access import Access, operator
from app.errors import Conflict, Forbidden, InvalidParameter
from app.projects import projects
from app.projects.listing import count_by_status
from app.projects.models import Project
from app.projects.projects import ProjectValues
from app.projects.states import STATES, STEPS, allowed_steps, needs_words
from app.services import services
from app.townships.governing.plans import district_of
from geodata.home import Home
from tests.app.projects.working import go, make_project, work, worker
from tests.app.two_districts import TwoDistricts, fill, make_two_districts
from tests.people import first_client, make_app

BEGUN, DONE = date(2025, 3, 1), date(2025, 5, 1)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, TwoDistricts]:
    app = make_app(make_two_districts(tmp_path_factory.mktemp("two")).path)
    return app, fill(app)


@pytest.fixture
def access(city_app: Flask) -> Access:
    return operator(services(city_app).database)


@pytest.fixture
def home(city_app: Flask) -> Home:
    return services(city_app).home


def test_every_state_is_named_and_can_be_reached() -> None:
    reached, waiting = {"draft"}, ["draft"]
    while waiting:
        for each in STEPS.after(waiting.pop()):
            if each not in reached:
                reached.add(each)
                waiting.append(each)
    assert reached == set(STATES) == set(STEPS.following)


def test_days_follow_the_steps_forwards_and_back(access: Access, home: Home) -> None:
    done = work(access, home, make_project(access, home), BEGUN, DONE)
    assert (done.started_on, done.finished_on, done.since) == (BEGUN, DONE, DONE)
    verified = go(access, home, done, "verified", date(2025, 5, 9))
    closed = go(access, home, verified, "closed", date(2025, 6, 1))
    assert (closed.finished_on, closed.closed_on) == (DONE, date(2025, 6, 1))
    again = go(access, home, closed, "under_way", date(2025, 7, 1))
    assert (again.started_on, again.finished_on, again.closed_on) == (BEGUN, None, None)
    paused = go(access, home, again, "paused", date(2025, 7, 2))
    resumed = go(access, home, paused, "under_way", date(2025, 8, 2))
    assert resumed.started_on == BEGUN
    unbegun = go(access, home, resumed, "approved", date(2025, 8, 3))
    assert unbegun.started_on is None
    assert count_by_status(access)["approved"] >= 1


def test_a_step_needs_its_day_and_its_words(access: Access, home: Home) -> None:
    project = work(access, home, make_project(access, home), BEGUN)
    with pytest.raises(InvalidParameter, match="lies before it"):
        go(access, home, project, "claimed_done", BEGUN - timedelta(days=1))
    with pytest.raises(InvalidParameter, match="yet to come"):
        go(access, home, project, "claimed_done", date.today() + timedelta(days=1))
    with pytest.raises(InvalidParameter, match="needs a reason"):
        go(access, home, project, "cancelled", DONE, " ")
    with pytest.raises(Conflict, match="may not follow"):
        go(access, home, project, "closed", DONE)
    assert projects.get(access, project.id).status == "under_way"
    assert not needs_words("under_way", "claimed_done")


def test_who_does_the_work_neither_approves_nor_verifies_it(access: Access, home: Home) -> None:
    township = worker(access.database, "T2")
    project = make_project(township, home)
    assert project.township == "T2"
    submitted = go(township, home, project, "submitted", BEGUN)
    with pytest.raises(Forbidden, match="district or the city"):
        go(township, home, submitted, "approved", BEGUN)
    approved = go(access, home, submitted, "approved", BEGUN)
    done = go(township, home, go(township, home, approved, "under_way", BEGUN),
              "claimed_done", DONE)  # fmt: skip
    assert allowed_steps(township, home, done) == ("under_way",)
    assert set(allowed_steps(access, home, done)) == {"verified", "under_way"}
    with pytest.raises(Forbidden):
        go(worker(access.database, "T1"), home, done, "under_way", DONE)


def test_a_district_stands_above_its_townships_alone(two: tuple[Flask, TwoDistricts]) -> None:
    app, city = two
    found = services(app)
    above = operator(found.database)
    district = _district_of(found.home, "T1")
    ours = worker(found.database, "T1", "T2", districts=(district,))
    project = projects.get(above, city.projects[0])
    submitted = go(above, found.home, project, "submitted", BEGUN)
    assert "approved" in allowed_steps(ours, found.home, submitted)
    theirs = worker(found.database, "T3", districts=(_district_of(found.home, "T3"),))
    assert allowed_steps(theirs, found.home, submitted) == ()
    go(above, found.home, submitted, "draft", BEGUN)


def test_who_does_the_work_puts_nothing_off_and_changes_nothing_closed(
    access: Access, home: Home
) -> None:
    township = worker(access.database, "T2")
    made = make_project(access, home, planned_end=date(2025, 9, 1))
    values = ProjectValues(name="甲", owner="乙", township="T2", planned_end=date(2025, 10, 1))
    with pytest.raises(Forbidden, match="put off"):
        projects.change(township, home, made.id, values, made.row_version)
    sooner = values.model_copy(update={"planned_end": date(2025, 8, 1)})
    changed = projects.change(township, home, made.id, sooner, made.row_version)
    closed = _closed(access, home, changed)
    with pytest.raises(Forbidden, match="closed"):
        projects.change(township, home, closed.id, sooner, closed.row_version)
    projects.change(access, home, closed.id, sooner, closed.row_version)


def test_the_page_offers_what_may_follow_and_keeps_what_was_typed(city_app: Flask) -> None:
    client, access = first_client(city_app), operator(services(city_app).database)
    project = make_project(access, services(city_app).home)
    page = f"/projects/{project.id}"
    assert 'value="submitted"' in client.get(page).text
    assert 'value="approved"' not in client.get(page).text
    step = {"state": "cancelled", "on": "2025-03-01", "words": "", "row_version": "1"}
    refused = client.post(f"{page}/move", data=step)
    assert refused.status_code == 400
    assert "须说明理由" in refused.text
    kept = client.post(f"{page}/move", data={**step, "on": "2999-01-01", "words": "写了很多字"})
    assert (kept.status_code, "写了很多字" in kept.text) == (400, True)


def _closed(access: Access, home: Home, project: Project) -> Project:
    done = work(access, home, project, BEGUN, DONE)
    return go(access, home, go(access, home, done, "verified", DONE), "closed", DONE)


def _district_of(home: Home, township: str) -> str:
    found = district_of(home, (township,))
    assert found is not None
    return found.code
