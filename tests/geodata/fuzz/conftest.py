"""The home that every fuzzed file comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.home import Home
from tests.geodata.fuzz.ledger import make_baseline


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home with a few cases; a test works on a copy."""
    folder = tmp_path_factory.mktemp("template")
    home = Home.at(folder / "home")
    make_baseline(home, folder)
    return home.path
