"""After the store has changed, the overview's tables are made before anybody asks for them."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.jobs import DONE
from app.services import services
from tests.people import make_app

TABLES = {"counts", "cycle", "numbers", "reach", "standing", "yesterday"}


def test_tables_are_made_after_the_review_is_prepared(city_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(city_home, tmp_path / "home")
    shutil.rmtree(home / "cache", ignore_errors=True)
    found = services(make_app(home))
    job = found.jobs.get(found.jobs.start("prepare-review"))
    assert job.state == DONE
    assert {file.name.partition(".")[0] for file in (home / "cache").iterdir()} >= TABLES
