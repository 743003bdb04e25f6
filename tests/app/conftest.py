"""A small city in a home of its own: three townships, some cases, one run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.db import Database
from app.hotspots.runs import RunSummary
from tests.app.small_city import make_small_city
from tests.people import first_client, make_app
from tests.prepared import give_tables


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    """Empty tables; of both kinds one after another where the test is marked `db`."""
    if database_url is None:
        give_tables(tmp_path / "app.sqlite3")
    database = Database(database_url or tmp_path / "app.sqlite3")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def empty_app(tmp_path: Path, database_url: str | None) -> Flask:
    return make_app(tmp_path / "home", database_url=database_url)


@pytest.fixture
def empty_client(empty_app: Flask) -> FlaskClient:
    return first_client(empty_app)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunSummary]:
    home = tmp_path_factory.mktemp("city") / "home"
    return home, make_small_city(home)


@pytest.fixture(scope="session")
def city_home(city: tuple[Path, RunSummary]) -> Path:
    return city[0]


@pytest.fixture(scope="session")
def city_run(city: tuple[Path, RunSummary]) -> RunSummary:
    """The run of half a year; tests may add others to the home."""
    return city[1]


@pytest.fixture
def city_app(city_home: Path, database_url: str | None) -> Flask:
    return make_app(city_home, database_url=database_url)


@pytest.fixture
def client(city_app: Flask) -> FlaskClient:
    return first_client(city_app)
