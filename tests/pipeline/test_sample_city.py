"""The sample city through the whole pipeline: plants are found, an even city shows nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.sample_city import (
    alarms_of_null_city,
    effects_inside,
    ranks_of_worst,
    share_of_plants_found,
    share_of_plants_in_clusters,
)
from geodata.home import Home
from tests.conftest import SLOW

pytestmark = pytest.mark.pipeline

# With a 5 % chance each, more than one of three cities shows a false alarm once in 138 runs, both
# of two once in 400. `python -m benchmarks.sample_city` runs forty: see docs/METHODS.md.
SEEDS = range(1, 4) if SLOW else range(1, 3)


def test_planted_strong_hot_points_are_found(demo_home: Path) -> None:
    found, planted = share_of_plants_found(Home.at(demo_home))
    assert planted >= 12
    assert found >= 0.9 * planted


def test_planted_strong_hot_points_lie_in_scan_clusters(demo_home: Path) -> None:
    inside, planted = share_of_plants_in_clusters(Home.at(demo_home))
    # A short or small plant does not stand out of the whole city's scatter.
    assert inside >= 0.6 * planted


def test_planted_worst_townships_are_among_the_first_ten(demo_home: Path) -> None:
    home = Home.at(demo_home)
    ranks = ranks_of_worst(home)
    assert len(ranks) == 6
    assert max(ranks) <= 10


def test_planted_effects_lie_in_their_intervals(demo_home: Path) -> None:
    inside, planted = effects_inside(Home.at(demo_home))
    assert planted >= 40
    assert inside >= 0.85 * planted


def test_a_city_without_hot_points_shows_none(tmp_path: Path) -> None:
    found = {seed: alarms_of_null_city(seed, tmp_path / str(seed)) for seed in SEEDS}
    for what in ("hot_tests", "courses", "clusters"):
        alarms = [seed for seed, each in found.items() if getattr(each, what) > 0]
        assert len(alarms) <= 1, f"seeds with {what}: {alarms}"
    # Every case falls by population alone: nobody is surely among the first ten.
    assert [each.certain for each in found.values()] == [0] * len(found)
