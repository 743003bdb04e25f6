"""The forecast check on Chicago and on the sample city, through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.backtest_redraws import COORDINATES, PLACED, sample_courses
from benchmarks.backtest_redraws import gains as course_gains
from tests.conftest import run_suyuan

pytestmark = pytest.mark.pipeline

LEAST_BEYOND_DOUBT = 0.015
"""On Chicago the gain's lower bound at 95 % is above this for each share of the area."""

GAINS_OF_COURSES = {
    "power_decay": ((0.0075, 0.0029), (0.0048, 0.0023), (0.0033, 0.0016)),
    "power_decay_kernel": ((0.0077, 0.0030), (0.0046, 0.0023), (0.0026, 0.0015)),
}
"""Mean and standard deviation of the gain at each share of the area, over 400 courses of the sample
city: `python -m benchmarks.backtest_redraws`, placed by text."""


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
    for name, courses in GAINS_OF_COURSES.items():
        for gain, (mean, deviation) in zip(found["methods"][name]["gain"], courses, strict=True):
            assert abs(gain["value"] - mean) < 3 * deviation
            # A single course's interval is above 0 as often as not; below 0 in 1 of 400 at most.
            assert gain["high"] > 0
    assert min(gains(found["picked"], "high")) > 0
    assert max(gains(found["methods"]["gi_star"], "value")) < -0.1


def test_other_courses_of_the_sample_city() -> None:
    """What ten windows of one city cannot show, twenty courses of it do, however placed."""
    courses = sample_courses()
    drawn = [courses.draw(number) for number in range(1, 21)]
    value = {
        placement: course_gains(
            (courses.compare(course, placement) for course in drawn), "power_decay_kernel"
        )[0]
        for placement in (COORDINATES, PLACED)
    }
    # Half of the gain: lost, or made by placing, it is told from chance at 3.5 standard errors
    # and more.
    half = [mean / 2 for mean, _ in GAINS_OF_COURSES["power_decay_kernel"]]
    assert (value[PLACED].mean(axis=0) > half).all()
    assert (abs((value[PLACED] - value[COORDINATES]).mean(axis=0)) < half).all()
