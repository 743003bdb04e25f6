"""The forecast check on Chicago and on the sample city, through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_suyuan

pytestmark = pytest.mark.pipeline

LEAST_BEYOND_DOUBT = 0.015
"""On Chicago the gain's lower bound at 95 % is above this for each share of the area."""


def gains(method: dict[str, Any], bound: str) -> list[float]:
    return [gain[bound] for gain in method["gain"]]


def test_chicago(shared_data: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    run_suyuan(
        home, "boundaries", "import", shared_data / "chicago_community_areas.geojson",
        "--level", "township", "--code-field", "NID", "--name-field", "community",
        "--population-field", "POP2010",
    )  # fmt: skip
    complaints = shared_data / "chicago_sanitation_2011_2013.parquet"
    run_suyuan(home, "cases", "import", complaints, "--profile", "chicago311")
    found = run_suyuan(home, "backtest")
    assert found["located"] + found["unlocated"] == found["all"]
    assert found["windows"] == 23
    for method in (found["picked"], found["methods"]["power_decay_kernel"]):
        assert min(gains(method, "low")) > LEAST_BEYOND_DOUBT
    # Strong smoothing loses a lot, and so does a single month.
    for name in ("gi_star", "last_28_days", "same_28_days_last_year"):
        assert max(gains(found["methods"][name], "value")) < -0.1


def test_the_sample_city(demo_home: Path) -> None:
    found = run_suyuan(demo_home, "backtest")
    assert found["windows"] == 10
    for method in (found["picked"], found["methods"]["power_decay_kernel"]):
        assert min(gains(method, "value")) > 0
        at_1_percent, _, at_5_percent = gains(method, "low")
        # At 1 % of the area the gain is a tie here: its interval reaches just below 0.
        assert at_1_percent > -0.005
        assert at_5_percent > 0
    assert max(gains(found["methods"]["gi_star"], "value")) < -0.1
