"""A home of its own for the topics: two and a half years of cases made by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app.topics.topic_city import first, make_problem, make_topic_city, send


@pytest.fixture(scope="session")
def made_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_topic_city(tmp_path_factory.mktemp("topics"))


@pytest.fixture(scope="module")
def shared(made_city: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Somebody who may do everything where a problem is defined and a sample drawn.

    Tests that share it leave nothing behind: what they send is refused.
    """
    folder = tmp_path_factory.mktemp("shared")
    ignored = shutil.ignore_patterns("app.sqlite3*")
    client = first(shutil.copytree(made_city, folder / "home", ignore=ignored))[1]
    make_problem(client)
    send(client, "/topics/definitions/1/checks", size="10", seed="1")
    send(client, "/topics/1/problems", name="未定")
    return client


@pytest.fixture
def topic_home(made_city: Path, tmp_path: Path) -> Path:
    return shutil.copytree(
        made_city, tmp_path / "home", ignore=shutil.ignore_patterns("app.sqlite3*")
    )


@pytest.fixture
def topic_app(topic_home: Path) -> tuple[Flask, FlaskClient]:
    return first(topic_home)


@pytest.fixture
def planner(topic_app: tuple[Flask, FlaskClient]) -> FlaskClient:
    return topic_app[1]
