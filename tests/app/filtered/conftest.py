from __future__ import annotations

import pytest

from tests.app.filtered.oracle import Oracle
from tests.app.filtered.varied_city import make_varied_city
from tests.people import first_client, make_app


@pytest.fixture(scope="session")
def varied_home(tmp_path_factory):
    return make_varied_city(tmp_path_factory.mktemp("varied") / "home")


@pytest.fixture(scope="session")
def oracle(varied_home):
    return Oracle(varied_home)


@pytest.fixture(scope="module")
def varied_client(varied_home):
    return first_client(make_app(varied_home.path))
