"""The city of the proactive projects, and its people."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.accounts.units import adopt_boundaries
from app.services import services
from tests.app.proactive.pointed_city import make_pointed_city
from tests.people import first_client, make_app

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def pointed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    home, rows = make_pointed_city(tmp_path_factory.mktemp("pointed"))
    return home.path, rows


@pytest.fixture(scope="session")
def rows(pointed: tuple[Path, Rows]) -> Rows:
    return pointed[1]


@pytest.fixture
def app(pointed: tuple[Path, Rows], tmp_path: Path, database_url: str | None) -> Flask:
    made = make_app(shutil.copytree(pointed[0], tmp_path / "home"), database_url=database_url)
    adopt_boundaries(operator(services(made).database), services(made).home)
    return made


@pytest.fixture
def city(app: Flask) -> FlaskClient:
    return first_client(app)
