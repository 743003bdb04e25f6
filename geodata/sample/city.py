"""The sample city 安和市 as a whole: its map, its people, its calls and the truth about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar, make_calendar
from geodata.sample.demand import Calls, Wanted, draw_calls, people_of_origins
from geodata.sample.handling import handle
from geodata.sample.layout import Layout, make_layout
from geodata.sample.plane import COORDINATE_DECIMALS
from geodata.sample.plants import Plants, make_plants, rate_factors
from geodata.sample.positions import Scatter
from geodata.sample.records import case_rows
from geodata.sample.reported import report_places
from geodata.sample.settlements import PUBLIC, Settlements, make_settlements
from geodata.sample.texts import Origins, write_texts
from geodata.sample.truth import tell_truth

Progress = Callable[[str, int, int], None]
"""Called with what is being done, steps done, steps in all."""

GCJ02_DISTRICT = 6
"""Index of the district whose office exports GCJ-02 (and leaves unknown coordinates empty)."""

STEPS = ("地图", "居民", "诉求", "办理", "文字", "工单")

_STAGES = (
    "layout",
    "settlements",
    "plants",
    "rates",
    "calls",
    "reported",
    "handling",
    "texts",
    "rows",
)


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
    rng = _generators(seed)
    tell = progress or _silent
    tell(STEPS[0], 0, len(STEPS))
    layout = make_layout(rng["layout"])
    tell(STEPS[1], 1, len(STEPS))
    settlements = make_settlements(layout, rng["settlements"])
    calendar = make_calendar(months)
    planted, factors = _planted(layout, settlements, calendar, rng, wanted=plants)
    tell(STEPS[2], 2, len(STEPS))
    scatter = Scatter.over(np.concatenate([settlements.footprints, layout.outlines]))
    wanted = Wanted(cases, repeats=repeats, duplicates=duplicates, alike=not plants)
    calls = draw_calls(settlements, scatter, calendar, planted, factors, wanted, rng["calls"])
    table, truth = _recorded(layout, settlements, calendar, planted, factors, calls, rng, tell)
    return City(seed, layout, settlements, calendar, table, {"seed": seed, **truth})


def _generators(seed: int) -> dict[str, np.random.Generator]:
    """Return one generator a stage, so that a change in one leaves the others' draws alone."""
    children = np.random.SeedSequence(seed).spawn(len(_STAGES))
    return {
        stage: np.random.default_rng(child) for stage, child in zip(_STAGES, children, strict=True)
    }


def _planted(
    layout: Layout,
    settlements: Settlements,
    calendar: Calendar,
    rng: dict[str, np.random.Generator],
    *,
    wanted: bool,
) -> tuple[Plants, NDArray[np.float64]]:
    if not wanted:
        return Plants(), np.ones((len(people_of_origins(settlements)), calendar.n_half_months))
    plants = make_plants(layout, settlements, calendar, rng["plants"])
    return plants, rate_factors(plants, settlements, calendar, rng["rates"])


def _recorded(
    layout: Layout,
    settlements: Settlements,
    calendar: Calendar,
    plants: Plants,
    factors: NDArray[np.float64],
    calls: Calls,
    rng: dict[str, np.random.Generator],
    tell: Progress,
) -> tuple[pa.Table, dict[str, Any]]:
    """Let the calls be reported, handled and written down; return the rows and the truth."""
    origins = Origins.of(layout, settlements)
    township = origins.township[calls.origin]
    default_point = _default_point(settlements)
    in_gcj02 = layout.district[township] == GCJ02_DISTRICT
    reported = report_places(calls.position, default_point, in_gcj02, rng["reported"])
    tell(STEPS[3], 3, len(STEPS))
    handling = handle(calls, township, layout, calendar, plants, rng["handling"])
    tell(STEPS[4], 4, len(STEPS))
    texts = write_texts(calls, layout, origins, rng["texts"])
    tell(STEPS[5], 5, len(STEPS))
    table = case_rows(calls, layout, origins, calendar, handling, reported, texts, rng["rows"])
    truth = tell_truth(layout, settlements, calendar, plants, factors, calls, reported)
    truth["default_point"] = {"lng": default_point[0], "lat": default_point[1]}
    truth["gcj02_district"] = layout.district_codes[GCJ02_DISTRICT]
    tell(STEPS[5], len(STEPS), len(STEPS))
    return table, truth


def _default_point(settlements: Settlements) -> tuple[float, float]:
    """Return the point that the hotline's software fills in: the first public place's middle."""
    first = settlements.kinds.index(PUBLIC)
    lng, lat = shapely.get_coordinates(shapely.centroid(settlements.footprints[first]))[0]
    return round(float(lng), COORDINATE_DECIMALS), round(float(lat), COORDINATE_DECIMALS)


def _silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
