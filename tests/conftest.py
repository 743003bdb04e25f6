"""What every test may ask for: the real data, the reference cases, and what a skip means."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler.protocol import Scheduling

from tests.database_servers import postgresql_database, postgresql_server
from tests.scheduling import CityScheduling, longest_first

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SUYUAN_SHARED", ROOT.parent / "shared")).resolve()
IN_CI = os.environ.get("SUYUAN_CI") == "1"
SLOW = os.environ.get("SUYUAN_SLOW") == "1"
"""Set by ``make slow``: more kills, rows, examples and views, whole years of real cities."""

NO_SHARED_DATA = (
    "real data not found: put the shared folder beside the checkout or set SUYUAN_SHARED to it"
)
NO_CHROMIUM = "Chromium not found: apt-get install chromium fonts-noto-cjk"


def _shared_folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(NO_SHARED_DATA)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real complaint files and boundaries (see its SOURCES.md)."""
    return _shared_folder("data")


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """Folder of reference cases with published results (see its SOURCES.md)."""
    return _shared_folder("reference")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the Chromium that browser tests drive."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip(NO_CHROMIUM)
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `db` once on each kind of database."""
    if metafunc.definition.get_closest_marker("db") is not None:
        metafunc.fixturenames.append("backend")
        metafunc.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Give whole files to workers, the longest first; at full size as pytest-xdist does it."""
    by_file = config.getvalue("dist") == "loadfile" and not SLOW
    return CityScheduling(config, log) if by_file else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let a worker find the files in the order in which they are given out."""
    if hasattr(config, "workerinput"):
        items[:] = longest_first(items)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """Kind of database; without the mark `db`, SQLite."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL server: `SUYUAN_TEST_POSTGRES`, or one that lives as long as the run."""
    with postgresql_server() as url:
        yield url


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """URL of an empty PostgreSQL database; None for the SQLite file of the home."""
    if backend == "sqlite":
        yield None
        return
    with postgresql_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nothing may be left out: a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if IN_CI and skipped and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"SUYUAN_CI=1: {skipped} skipped tests count as failed", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def run_suyuan(home: Path, *arguments: str | Path) -> Any:
    """Run one `suyuan … --json` command on `home` as a user would and return its JSON line."""
    command = [Path(sys.executable).parent / "suyuan", *arguments, "--json"]
    environment = {**os.environ, "SUYUAN_HOME": str(home)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    return json.loads(line)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of the sample city as `suyuan demo` leaves it: imported, analysed, one project.

    It takes minutes, so the first of the processes that run tests makes it, and each has a copy.
    """
    own = tmp_path_factory.getbasetemp()
    for_all = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made = for_all / "demo-home"
    with (for_all / "demo-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "demo.json").exists():
            run_suyuan(made, "demo", "--no-serve")
    return shutil.copytree(made, tmp_path_factory.mktemp("demo") / "home")
