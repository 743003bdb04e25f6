"""A small city in a home of its own: three townships, some cases, one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.hotspots.runs import RunSummary
from tests.app.small_city import make_small_city


@pytest.fixture
def empty_app(tmp_path: Path) -> Flask:
    app = create_app(Settings(home=tmp_path / "home"), immediate_jobs=True)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def empty_client(empty_app: Flask) -> FlaskClient:
    return empty_app.test_client()


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
def city_app(city_home: Path) -> Flask:
    app = create_app(Settings(home=city_home), immediate_jobs=True)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def client(city_app: Flask) -> FlaskClient:
    return city_app.test_client()
