"""Boston and Chicago from the file to ranked areas, through the command line as a user does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SLOW, run_suyuan

pytestmark = pytest.mark.pipeline


def test_boston(shared_data: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    boundaries = run_suyuan(
        home, "boundaries", "import", shared_data / "boston_neighborhoods.geojson",
        "--level", "township", "--code-field", "neighborhood", "--name-field", "neighborhood",
        "--population", shared_data / "boston_neighborhoods_population.csv",
    )  # fmt: skip
    assert boundaries["areas"] == 24

    complaints = shared_data / "boston_311_2011H2.parquet"
    report = run_suyuan(home, "cases", "import", complaints, "--profile", "boston311")
    assert report["read"] == 58_251
    assert report["accepted"] + report["rejected"] == 58_251
    assert report["flags"]["default_point"] == 4_775
    check_balance(report)

    again = run_suyuan(home, "cases", "import", complaints, "--profile", "boston311")
    assert (again["accepted"], again["updated"]) == (0, 0)
    assert again["unchanged"] == report["accepted"]

    run_suyuan(home, "analyse", "--from", "2011-07-01", "--to", "2012-01-01", "--period", "month")
    ranked = run_suyuan(home, "candidates")
    assert len(ranked) == 24
    check_contributions(ranked)
    without_population = [area["name"] for area in ranked if "rate" in area["missing"]]
    assert len(without_population) == 2

    counted = run_suyuan(home, "cases", "count")
    assert counted["cases"] == counted["located"] + counted["unlocated"] == report["accepted"]


def test_chicago(shared_data: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    run_suyuan(
        home, "boundaries", "import", shared_data / "chicago_community_areas.geojson",
        "--level", "township", "--code-field", "NID", "--name-field", "community",
        "--population-field", "POP2010",
    )  # fmt: skip
    complaints = shared_data / "chicago_sanitation_2011_2013.parquet"
    report = run_suyuan(home, "cases", "import", complaints, "--profile", "chicago311")
    assert report["read"] == 55_343
    check_balance(report)

    first = "2011-01-01" if SLOW else "2013-01-01"
    run_suyuan(home, "analyse", "--from", first, "--to", "2014-01-01", "--period", "month")
    ranked = run_suyuan(home, "candidates")
    assert len(ranked) == 77
    check_contributions(ranked)


def check_balance(report: dict[str, Any]) -> None:
    """No row vanishes: every one is stored or rejected, located or not."""
    stored = report["accepted"] + report["updated"] + report["unchanged"]
    assert report["read"] == stored + report["rejected"]
    assert report["located"] + report["unlocated"] == stored
    assert report["township_only"] <= report["unlocated"]


def check_contributions(ranked: list[dict[str, Any]]) -> None:
    """What made a score adds up to it."""
    for area in ranked:
        assert sum(area["contributions"].values()) == pytest.approx(area["score"], abs=1e-9)
