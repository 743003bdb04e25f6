"""The sample city through the whole pipeline: plants are found, an even city shows nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.sample_city import hot_cells_of_null_city, share_of_plants_found
from geodata.home import Home

pytestmark = pytest.mark.pipeline

# Six cities with a 5 % chance each show more than two false alarms once in 450 runs.
# `python -m benchmarks.sample_city` runs all forty; its figures stand in docs/METHODS.md.
SEEDS = range(1, 7)


def test_planted_strong_hot_points_are_found(demo_home: Path) -> None:
    found, planted = share_of_plants_found(Home.at(demo_home))
    assert planted >= 12
    assert found >= 0.9 * planted


def test_a_city_without_hot_points_shows_none(tmp_path: Path) -> None:
    alarms = [seed for seed in SEEDS if hot_cells_of_null_city(seed, tmp_path / str(seed)) > 0]
    assert len(alarms) <= 2, f"seeds with hot cells: {alarms}"
