"""How far the data reach: what is due or late is so at their newest moment, not at the clock's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from app.cases.versioned import of_version
from app.cases.windows import Window
from geodata.home import Home
from geodata.store import CaseStore

LAST_HOURS = timedelta(hours=2)
"""Data that reach into the last hours of a day have the whole of it: an export made at noon ends
with the last call before, and cannot tell that nobody called since."""


@dataclass(frozen=True)
class DataReach:
    """First and newest moment of the data.

    Attributes
    ----------
    first, newest : datetime
        When the first and the last case were received, on their own clock.
    instant : datetime
        The newest moment in UTC.
    zone : str
        Zone of the newest case.
    """

    first: datetime
    newest: datetime
    instant: datetime
    zone: str

    def has_end_of(self, window: Window) -> bool:
        """Tell whether the data reach to the end of a window."""
        return self.newest + LAST_HOURS >= window.end


def data_reach(home: Home) -> DataReach | None:
    """Return how far the data of a home reach; None while there is no case."""
    if CaseStore(home).version is None:
        return None
    found = of_version(home, "reach", lambda: _reach(home))
    return DataReach(**found.row(0, named=True)) if found.height else None


def _reach(home: Home) -> pl.DataFrame:
    newest = pl.col("received_at").arg_max()
    return (
        CaseStore(home)
        .scan(columns=["received_at", "received_local", "zone"])
        .select(
            first=pl.col("received_local").min(),
            newest=pl.col("received_local").get(newest),
            instant=pl.col("received_at").max(),
            zone=pl.col("zone").get(newest),
        )
        .collect()
        .drop_nulls("first")
    )
