"""Where townships stand in the supervision loop: open matters only, the weightiest of several."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient

from app.accounts.access import Access, operator
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.db import Database
from app.services import services
from app.townships.designations.models import Designation
from app.townships.supervising.models import Alert, EarlyWarning, Watch
from app.townships.supervising.standing import standings
from tests.people import client_as, make_app


def designation(township: str, state: str) -> Designation:
    return Designation(township=township, name=township, state=state, since=date(2025, 3, 1))


def warning(township: str, state: str, cycle: str = "month-2025-03") -> EarlyWarning:
    return EarlyWarning(
        cycle_id=cycle, township=township, name=township, rank=1, cases=9, facts={}, state=state,
        raised_on=date(2025, 4, 1),
    )  # fmt: skip


def alert_of(database: Database, township: str, state: str) -> None:
    with database.session() as session:
        left = designation(township, "exited")
        session.add(left)
        session.flush()
        watch = Watch(
            half_month="half_month-2025-04-1", township=township, designation_id=left.id,
            case_store_version=1, observed=9, facts={}, made_at=datetime(2025, 5, 1, tzinfo=UTC),
        )  # fmt: skip
        session.add(watch)
        session.flush()
        session.add(
            Alert(watch_id=watch.id, township=township, state=state, raised_on=date(2025, 5, 1))
        )


def test_each_stands_by_the_weightiest_of_what_is_open(database: Database) -> None:
    with database.session() as session:
        session.add_all(
            [
                designation("T1", "governed"), designation("T2", "designated"),
                designation("T3", "exit_proposed"), designation("T4", "proposed"),
                designation("T5", "closed"), warning("T1", "open"), warning("T6", "closed"),
                warning("T7", "answered"), warning("T7", "closed", "month-2025-02"),
            ]
        )  # fmt: skip
    alert_of(database, "T8", "open")
    alert_of(database, "T9", "closed")
    assert standings(operator(database)) == {
        "T1": "warned", "T2": "governed", "T3": "governed", "T7": "warned", "T8": "rebounded",
        "T9": "watched",
    }  # fmt: skip
    # Of other areas a person learns who is governed or followed, not who is warned.
    own = Area(townships=frozenset({"T7"}))
    assert standings(Access(database, "li", areas={Permission.READ: own})) == {
        "T1": "governed", "T2": "governed", "T3": "governed", "T7": "warned", "T8": "watched",
        "T9": "watched",
    }  # fmt: skip


@pytest.fixture
def viewer(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    app = make_app(tmp_path_factory.mktemp("standing") / "home")
    with services(app).database.session() as session:
        session.add(designation("T1", "governed"))
    return client_as(app, "viewer", ["viewer"])


def test_the_map_is_given_codes_and_standings_alone(viewer: FlaskClient) -> None:
    assert viewer.get("/hotspots/warnings.json").json == [{"code": "T1", "standing": "governed"}]
