"""A home with a small register, made once for the tests of a file, copied for each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geodata.home import Home
from tests.app.small_register import make_small_register
from tests.people import first_client, make_app


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_register(tmp_path_factory.mktemp("places"))


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    return Home.at(shutil.copytree(made, tmp_path / "home"))


@pytest.fixture
def app(home: Home) -> Flask:
    return make_app(home.path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return first_client(app)
