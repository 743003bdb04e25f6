"""The sample city 安和市 as a whole: its map, its people, its calls and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from geodata.sample.calendar import Calendar
from geodata.sample.demand import Calls, Wanted
from geodata.sample.ground import GCJ02_DISTRICT, STEPS, Ground, Progress, generators
from geodata.sample.handling import handle
from geodata.sample.layout import Layout
from geodata.sample.records import case_rows
from geodata.sample.settlements import Settlements
from geodata.sample.texts import write_texts
from geodata.sample.truth import tell_truth


@dataclass(frozen=True)
class City:
    """One sample city.

    Attributes
    ----------
    seed : int
    layout : Layout
        Districts and townships.
    settlements : Settlements
        Places, people, roads.
    calendar : Calendar
    cases : pyarrow.Table
        All cases in order of time, with the headers of the profile `suyuan`.
    truth : dict
        What was planted; for tests only.
    """

    seed: int
    layout: Layout
    settlements: Settlements
    calendar: Calendar
    cases: pa.Table
    truth: dict[str, Any]


def make_city(
    seed: int = 1,
    *,
    cases: int = 320_000,
    months: int = 24,
    plants: bool = True,
    repeats: bool = True,
    duplicates: bool = True,
    progress: Progress | None = None,
) -> City:
    """Make a city from a seed; the same arguments give the same city to the last byte.

    Parameters
    ----------
    seed : int
    cases : int
        Number of cases, repeats and duplicates among them.
    months : int
        From January 2024 on; with plants 12 or more.
    plants : bool
        Without them nothing depends on the place but the number of people: the population of
        places (over their footprints) and the rest of each township's (over its area) is exactly
        the right denominator, and subjects and seasons are the same everywhere.
    repeats, duplicates : bool
        Let people call again, and neighbours report the same thing. Without all three, every case
        falls independently of the others.
    progress : callable, optional
        Called with words, steps done and steps in all.

    Returns
    -------
    City

    Raises
    ------
    ValueError
        If there are too few months or cases for what is planted.

    Examples
    --------
    >>> city = make_city(1, cases=1_000, plants=False)
    >>> city.cases.num_rows, len(city.layout.names), city.truth["hot_points"]
    (1000, 232, [])
    """
    tell = progress or _silent
    ground = Ground.make(seed, months=months, plants=plants, tell=tell)
    tell(STEPS[2], 2, len(STEPS))
    wanted = Wanted(cases, repeats=repeats, duplicates=duplicates, alike=not plants)
    rng = generators(seed)
    calls = ground.calls(wanted, rng["calls"])
    table, truth = _recorded(ground, calls, rng, tell)
    own = ground.layout, ground.settlements, ground.calendar
    return City(seed, *own, table, {"seed": seed, **truth})


def _recorded(
    ground: Ground, calls: Calls, rng: dict[str, np.random.Generator], tell: Progress
) -> tuple[pa.Table, dict[str, Any]]:
    """Let the calls be reported, handled and written down; return the rows and the truth."""
    layout, calendar, origins = ground.layout, ground.calendar, ground.origins
    reported = ground.reported(calls, rng["reported"])
    tell(STEPS[3], 3, len(STEPS))
    township = origins.township[calls.origin]
    handling = handle(calls, township, layout, calendar, ground.plants, rng["handling"])
    tell(STEPS[4], 4, len(STEPS))
    texts = write_texts(calls, layout, origins, rng["texts"])
    tell(STEPS[5], 5, len(STEPS))
    table = case_rows(calls, layout, origins, calendar, handling, reported, texts, rng["rows"])
    truth = tell_truth(
        layout, ground.settlements, calendar, ground.plants, ground.factors, calls, reported
    )
    lng, lat = ground.default_point
    truth["default_point"] = {"lng": lng, "lat": lat}
    truth["gcj02_district"] = layout.district_codes[GCJ02_DISTRICT]
    tell(STEPS[5], len(STEPS), len(STEPS))
    return table, truth


def _silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
