"""A disk that really is full: one clear line, the store as before, and room makes it good."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geodata.errors import DiskFull
from geodata.home import Home
from geodata.intake import import_cases
from geodata.store import CaseStore, tables
from tests.geodata.nothing_lost.conftest import start_import, write_cases

MEGABYTE = 1 << 20
SIZE = 24 * MEGABYTE


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system takes root")
    yield place
    # Polars lets go of files it has read in threads of its own, a moment later.
    for _ in range(40):
        if not subprocess.run(["umount", str(place)], check=False).returncode:
            return
        gc.collect()
        time.sleep(0.25)
    pytest.fail(f"{place}: files on it are still open ten seconds after the last import")


def fill(place: Path, leave: int) -> Path:
    """Take all room but some."""
    free = os.statvfs(place)
    ballast = place / "ballast"
    with ballast.open("wb") as file:
        file.write(b"\0" * max(free.f_bavail * free.f_frsize - leave, 0))
    return ballast


def state(home: Home) -> tuple:
    rows = CaseStore(home).scan().collect().sort("case_id")
    return CaseStore(home).version, rows.height, int(rows.hash_rows().sum())


# Room that ends while staging, and before the rows of months are written.
@pytest.mark.parametrize(("room", "changed"), [(0, False), (5 * MEGABYTE, True)])
def test_full_disk(small_disk: Path, tmp_path: Path, room: int, changed: bool) -> None:
    home = Home.at(small_disk / "home")
    first = write_cases(tmp_path / "first.csv", 4_000)
    assert start_import(home.path, first).wait(120) == 0
    before, names = state(home), sorted(home.path.glob("*"))
    if changed:
        file = write_cases(tmp_path / "next.csv", 40_000, changed=0.5)
    else:
        file = write_cases(tmp_path / "next.csv", 40_000, prefix="n")
    ballast = fill(small_disk, room)
    refused = start_import(home.path, file)
    out, err = refused.communicate(timeout=300)
    assert (refused.returncode, out) == (1, ""), err
    assert len(err.splitlines()) == 1, err
    line = err.strip()
    assert str(home.path) in line
    assert "no space left" in line
    assert state(home) == before
    assert sorted(home.path.glob("*")) == names
    assert list(home.rejects.iterdir()) == []
    assert list(home.staging.iterdir()) == []
    assert CaseStore(home).delete_orphans() == 0
    ballast.unlink()
    done = start_import(home.path, file)
    out, err = done.communicate(timeout=300)
    assert done.returncode == 0, err
    report = json.loads(out)
    assert report["read"] == 40_000
    assert report["rejected"] == 0
    assert CaseStore(home).count().cases == (40_000 if changed else 44_000)


@pytest.mark.parametrize("room", [4, 6])
def test_a_disk_that_fills_up_while_the_commit_is_written(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """Without the look for room beforehand, as when someone else writes at the same time."""
    home = Home.at(small_disk / "home")
    now = datetime(2025, 8, 1, tzinfo=UTC)
    import_cases(home, write_cases(tmp_path / "first.csv", 2_000), "suyuan", now=now)
    before = state(home)
    file = write_cases(tmp_path / "next.csv", 40_000, changed=0.5)
    ballast = fill(small_disk, room * MEGABYTE)
    monkeypatch.setattr(tables, "check_room", lambda *_: None)
    with pytest.raises(DiskFull, match="no space left"):
        import_cases(home, file, "suyuan", now=now)
    assert state(home) == before
    assert CaseStore(home).delete_orphans() == 0
    ballast.unlink()
    report = import_cases(home, file, "suyuan", now=now)
    assert report.accepted == 38_000
    assert report.updated + report.unchanged + report.outdated == 2_000
