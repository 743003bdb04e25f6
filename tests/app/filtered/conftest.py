from __future__ import annotations

import pytest

from app import create_app
from app.config import Settings
from tests.app.filtered.oracle import Oracle
from tests.app.filtered.varied_city import make_varied_city


@pytest.fixture(scope="session")
def varied_home(tmp_path_factory):
    return make_varied_city(tmp_path_factory.mktemp("varied") / "home")


@pytest.fixture(scope="session")
def oracle(varied_home):
    return Oracle(varied_home)


@pytest.fixture(scope="session")
def varied_client(varied_home):
    app = create_app(Settings(home=varied_home.path), immediate_jobs=True)
    return app.test_client()
