"""A small city to back up, copied for each test, and a Redis that ends with the tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.hotspots.runs import RunSummary
from tests.database_servers import postgresql_database, redis_server


@pytest.fixture
def home(city: tuple[Path, RunSummary], tmp_path: Path) -> Path:
    return shutil.copytree(city[0], tmp_path / "home")


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """URL of a second empty database of each kind; None for a file."""
    if request.param == "sqlite":
        yield None
        return
    with postgresql_database(request.getfixturevalue("postgresql")) as url:
        yield url
