"""Served cities and a browser for the tests that look at pages as a planner does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from zlib import crc32

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import SLOW
from tests.e2e.views import BOTH, View, open_site
from tests.serving import served

# What the year's story checks stands in modules beside its test: tell what was compared there too.
pytest.register_assert_rewrite(
    "tests.e2e.year_assessment", "tests.e2e.year_governance", "tests.e2e.year_pages"
)

# The software renderer that a machine without a graphics card has; nothing calls home.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def demo_run(demo_home: Path) -> str:
    """Id of the sample city's run."""
    return str(json.loads((demo_home / "demo.json").read_text("utf-8"))["run"])


@pytest.fixture(scope="session")
def served_city(demo_home: Path) -> Iterator[str]:
    """Serve the sample city, for tests that only read, and give its address."""
    with served(demo_home) as address:
        yield address


@pytest.fixture(scope="session")
def working_home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample city's home, for tests that make projects and import files."""
    return shutil.copytree(demo_home, tmp_path_factory.mktemp("working") / "home")


@pytest.fixture(scope="session")
def working_city(working_home: Path) -> Iterator[str]:
    with served(working_home, processes=2) as address:
        yield address


@pytest.fixture(scope="session")
def empty_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a home in which nothing is."""
    with served(tmp_path_factory.mktemp("empty") / "home") as address:
        yield address


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Show a test in one of the two views, picked by its name; in both at full size.

    One that asks for the view itself depends on it, and is shown in both. One that needs others
    names them by `indirect`, or has a fixture of its own.
    """
    marks = metafunc.definition.iter_markers("parametrize")
    named = {str(name) for mark in marks for name in mark.args[:1]}
    if "view" not in metafunc.fixturenames or "view" in named or hasattr(metafunc.module, "view"):
        return
    depends = SLOW or "view" in signature(metafunc.function).parameters
    picked = crc32(metafunc.definition.nodeid.encode()) % len(BOTH)
    views = BOTH if depends else BOTH[picked : picked + 1]
    metafunc.parametrize("view", views, ids=str, indirect=True)


@pytest.fixture
def view(request: pytest.FixtureRequest) -> View:
    """Width and language."""
    return request.param


@pytest.fixture
def page(browser: Browser, served_city: str, view: View) -> Iterator[Page]:
    """A page of the sample city, which is not to be changed."""
    with open_site(browser, served_city, view) as opened:
        yield opened


@pytest.fixture
def working_page(browser: Browser, working_city: str, view: View) -> Iterator[Page]:
    """A page of the sample city's copy, which may be changed."""
    with open_site(browser, working_city, view) as opened:
        yield opened


@pytest.fixture
def empty_page(browser: Browser, empty_city: str, view: View) -> Iterator[Page]:
    """A page of an empty home."""
    with open_site(browser, empty_city, view) as opened:
        yield opened
