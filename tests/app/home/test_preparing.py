"""After the store has changed, the overview's tables are made before anybody asks for them."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.jobs import DONE
from app.services import services
from app.work import FOLLOW_UPS
from tests.people import make_app

TABLES = {"counts", "cycle", "numbers", "reach", "standing", "yesterday"}


def test_tables_are_made_after_each_change(city_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(city_home, tmp_path / "home")
    shutil.rmtree(home / "cache", ignore_errors=True)
    found = services(make_app(home))
    job = found.jobs.get(found.jobs.start("prepare-overview"))
    assert job.state == DONE
    assert "prepare-overview" in FOLLOW_UPS["import"]
    assert {file.name.partition(".")[0] for file in (home / "cache").iterdir()} >= TABLES
