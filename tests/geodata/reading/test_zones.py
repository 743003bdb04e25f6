"""Many times at once as one by one, for zones of every habit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from geodata.reading.zones import instants_of, localise, wall_clock_of

ZONES = (
    "Asia/Shanghai", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Gaza",
    "Asia/Kathmandu", "Africa/Casablanca", "UTC",
)  # fmt: skip
FIRST, LAST = (int(np.datetime64(day, "us").astype(int)) for day in ("1978-01-01", "2062-01-01"))


@pytest.mark.parametrize("zone", ZONES)
def test_as_the_standard_library_says(zone: str) -> None:
    rng = np.random.default_rng(3)
    minute = 60_000_000
    wall = rng.integers(FIRST, LAST, 20_000) // minute * minute
    # Every quarter of an hour of a year with its changes.
    wall[:20_000:2] = FIRST + 30 * 365 * 1440 * minute + np.arange(10_000) * 15 * minute * 3
    instants = instants_of(pa.array(wall).cast(pa.timestamp("us")), zone)
    epoch = datetime(1970, 1, 1)
    for given, found in zip(wall.tolist(), instants.to_pylist(), strict=True):
        local = epoch + timedelta(microseconds=given)
        # fold=0 is the earlier of two instants, and in a gap the clock from before it.
        assert found == local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    clocks = wall_clock_of(instants, zone).to_pylist()
    for instant, clock in zip(instants.to_pylist(), clocks, strict=True):
        assert clock == instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_a_day_that_was_left_out() -> None:
    wall = pl.Series([datetime(2011, 12, 30, 12)])
    assert localise(wall, "Pacific/Apia").to_list() == [datetime(2011, 12, 30, 22, tzinfo=UTC)]


def test_missing_times_stay_missing() -> None:
    wall = pa.array([None, datetime(2025, 1, 1)], pa.timestamp("us"))
    assert instants_of(wall, "UTC").to_pylist() == [None, datetime(2025, 1, 1, tzinfo=UTC)]
    assert instants_of(wall[:0], "UTC").to_pylist() == []
