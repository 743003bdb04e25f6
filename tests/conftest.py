"""What every test may ask for: the real data, the reference cases, and what a skip means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SUYUAN_SHARED", ROOT.parent / "shared")).resolve()
IN_CI = os.environ.get("SUYUAN_CI") == "1"

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


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nothing may be left out: a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if IN_CI and skipped and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"SUYUAN_CI=1: {skipped} skipped tests count as failed", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
