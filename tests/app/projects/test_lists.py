"""Lists, board, calendar: the same projects, filtered by the tables."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.accounts.access import Access, operator
from app.db import Database
from app.projects import listing
from app.projects.listing import Wanted
from app.projects.models import Project
from app.services import services
from geodata.home import Home
from tests.app.projects.working import go, make_project, work
from tests.people import first_client, make_app

pytestmark = pytest.mark.db


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@pytest.fixture
def access(database: Database) -> Access:
    return operator(database)


def names(found: list[Project]) -> list[str]:
    return [each.name for each in found]


def test_filters_orders_and_pages(
    access: Access, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    today = date.today()
    for number, (owner, measure, days) in enumerate(
        [("甲", "facility", 5), ("乙", "cleaning", -3), ("甲", "", None), ("丙", "facility", 40)]
    ):
        end = None if days is None else today + timedelta(days=days)
        make_project(access, home, name=f"项目{number}%", owner=owner, measure=measure,
                     planned_end=end)  # fmt: skip

    def listed(page: int = 1, **wanted: object) -> list[str]:
        return names(listing.list_projects(access, Wanted(**wanted), page).projects)  # type: ignore[arg-type]

    assert listed(owner="甲", order="name") == ["项目0%", "项目2%"]
    assert listed(measure="facility", order="name") == ["项目0%", "项目3%"]
    assert listed(text="3%") == ["项目3%"]
    assert listed(text="%3") == []
    assert listed(due="overdue") == ["项目1%"]
    assert listed(due="soon") == ["项目0%"]
    assert listed(order="due") == ["项目1%", "项目0%"]
    assert listed(2, order="due") == ["项目3%", "项目2%"]
    assert listed(9, order="due") == ["项目3%", "项目2%"]
    first = listing.list_projects(access, Wanted())
    assert (first.total, first.number, first.last) == (4, 1, 2)


def test_the_board_has_every_project_in_its_column(access: Access, home: Home) -> None:
    work(access, home, make_project(access, home, name="开工"), date(2025, 3, 1))
    go(access, home, make_project(access, home, name="提交"), "submitted", date(2025, 3, 1))
    columns = {each.status: each for each in listing.board(access, Wanted())}
    told = {status: names(each.projects) for status, each in columns.items() if each.total}
    assert told == {"under_way": ["开工"], "submitted": ["提交"]}


def test_the_calendar_has_what_is_due_on_its_day(access: Access, home: Home) -> None:
    ends = {"甲": date(2026, 2, 1), "乙": date(2026, 2, 28), "丙": date(2026, 3, 1)}
    for name, end in ends.items():
        make_project(access, home, name=name, planned_end=end)
    due = listing.due_between(access, date(2026, 2, 1), date(2026, 3, 1))
    weeks = listing.weeks_of(date(2026, 2, 1), due)
    told = {day: names(found) for week in weeks for day, found in week if found}
    assert told == {date(2026, 2, 1): ["甲"], date(2026, 2, 28): ["乙"]}
    assert weeks[0][0][0] == date(2026, 1, 26)
    assert listing.month_before(date(2026, 1, 1)) == date(2025, 12, 1)


def test_pages_of_an_empty_home_say_what_to_do(tmp_path: Path) -> None:
    client = first_client(make_app(tmp_path / "empty"))
    for page in ("/projects", "/projects/board", "/projects/effects"):
        assert 'class="empty-state"' in client.get(page).text, page
    assert "本月没有到期的项目" in client.get("/projects/calendar?month=2026-02").text


def test_pages_show_a_project_where_it_is(client: FlaskClient) -> None:
    app = client.application
    found = services(app)
    access = operator(found.database)
    make_project(access, found.home, name="看板上的项目", planned_end=date(2026, 2, 3))
    for page in ("?q=看板上", "/board?q=看板上", "/calendar?month=2026-02"):
        assert "看板上的项目" in client.get(f"/projects{page}").text, page
    assert client.get("/projects/calendar?month=2026-13").status_code == 400
