"""The city that a large sample is drawn from: its map, its buildings, and how often each calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar, make_calendar
from geodata.sample.demand import (
    CALLERS_A_RESIDENT,
    FIRST,
    Calls,
    Integers,
    people_of_origins,
)
from geodata.sample.large.order import Order
from geodata.sample.layout import Layout, make_layout
from geodata.sample.plane import COORDINATE_DECIMALS, Points
from geodata.sample.positions import Scatter
from geodata.sample.settlements import PUBLIC, Settlements, make_settlements
from geodata.sample.taxonomy import HOURS, PLACE_KINDS, SCATTERED, subject_shares, subjects
from geodata.sample.texts import Origins, address_of, spot_details

RATE_SPREAD = 0.7
"""Standard deviation of the logarithm of a place's rate of calls: most cells are quiet."""

BURST_SHARE, BURST_FACTOR, BURST_HALF_MONTHS = 0.01, (3.0, 8.0), (2, 8)
"""Share of places that call a few times as often for some half-months."""

PEOPLE_A_BUILDING, FEWEST_BUILDINGS, MOST_BUILDINGS = 120, 4, 90

HOURS_A_DAY = 24

_STAGES = ("layout", "settlements", "rates", "buildings")


@dataclass(frozen=True)
class Buildings:
    """Where calls come from, to the building; those of one origin stand together.

    Attributes
    ----------
    first, number : ndarray of int64, shape (origins,)
        First building of each origin and how many it has.
    position : ndarray of float, shape (buildings, 2)
        Longitude and latitude, rounded as exports carry them.
    names, addresses : list of str, length buildings
        As callers say it, and the full address.
    """

    first: Integers
    number: Integers
    position: Points
    names: list[str]
    addresses: list[str]


@dataclass(frozen=True)
class LargeCity:
    """A city and its rates; origins are the places, then the scattered people of each township.

    Attributes
    ----------
    layout : Layout
    settlements : Settlements
    calendar : Calendar
    origins : Origins
    buildings : Buildings
    rate : ndarray of float, shape (origins, half-months)
        Calls, relative; the calendar's weights come on top.
    """

    layout: Layout
    settlements: Settlements
    calendar: Calendar
    origins: Origins
    buildings: Buildings
    rate: NDArray[np.float64]

    @cached_property
    def origin_ladder(self) -> NDArray[np.float64]:
        """For each half-month its number plus the running share of origins, flat and ascending."""
        return _ladder(self.rate.T)

    @cached_property
    def subject_ladder(self) -> NDArray[np.float64]:
        """The same for subjects, in each kind of place and month of the year."""
        return _ladder(np.concatenate([subject_shares(kind) for kind in PLACE_KINDS]))

    @cached_property
    def hour_ladder(self) -> NDArray[np.float64]:
        """The same for hours of the day, of each course over the day."""
        return _ladder(np.array(list(HOURS.values()), dtype=float))

    @cached_property
    def kind(self) -> Integers:
        """Kind of place of each origin, as a place in `PLACE_KINDS`."""
        kinds = [kind or SCATTERED for kind in self.origins.kinds]
        return np.array([PLACE_KINDS.index(kind) for kind in kinds])

    @cached_property
    def hours_of_subject(self) -> Integers:
        """Course over the day of each subject, as a place in `HOURS`."""
        return np.array([list(HOURS).index(subject.hours) for subject in subjects()])

    @cached_property
    def callers(self) -> Integers:
        """How many people of each origin ever call."""
        people = people_of_origins(self.settlements)
        callers: Integers = np.maximum(np.ceil(people * CALLERS_A_RESIDENT), 1).astype(np.int64)
        return callers

    @cached_property
    def first_caller(self) -> Integers:
        """Number of the first of them."""
        return np.cumsum(self.callers) - self.callers

    @cached_property
    def default_point(self) -> tuple[float, float]:
        """Point that the hotline's software fills in: the first public place's middle."""
        first = self.settlements.kinds.index(PUBLIC)
        lng, lat = shapely.get_coordinates(shapely.centroid(self.settlements.footprints[first]))[0]
        return round(float(lng), COORDINATE_DECIMALS), round(float(lat), COORDINATE_DECIMALS)


def make_large_city(order: Order) -> LargeCity:
    """Make the city of an order.

    Examples
    --------
    >>> city = make_large_city(Order(1_000, districts=2, townships=8))
    >>> len(city.layout.names), len(city.buildings.names) > 300
    (8, True)
    """
    children = np.random.SeedSequence(order.seed).spawn(len(_STAGES))
    rng = {
        stage: np.random.default_rng(child) for stage, child in zip(_STAGES, children, strict=True)
    }
    layout = make_layout(rng["layout"], order.size)
    settlements = make_settlements(layout, rng["settlements"])
    calendar = make_calendar(order.months)
    origins = Origins.of(layout, settlements)
    return LargeCity(
        layout=layout,
        settlements=settlements,
        calendar=calendar,
        origins=origins,
        buildings=_make_buildings(layout, settlements, origins, rng["buildings"]),
        rate=_rates(settlements, calendar, rng["rates"]),
    )


def _rates(
    settlements: Settlements, calendar: Calendar, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the calls of each origin and half-month: people, uneven rates, and some bursts."""
    people = people_of_origins(settlements).astype(float)
    rate = np.repeat(
        (people * np.exp(rng.normal(0, RATE_SPREAD, len(people))))[:, None],
        calendar.n_half_months,
        axis=1,
    )
    for origin in np.flatnonzero(rng.random(len(people)) < BURST_SHARE):
        first = int(rng.integers(calendar.n_half_months))
        rate[origin, first : first + int(rng.integers(*BURST_HALF_MONTHS))] *= rng.uniform(
            *BURST_FACTOR
        )
    return rate


def _make_buildings(
    layout: Layout, settlements: Settlements, origins: Origins, rng: np.random.Generator
) -> Buildings:
    people = people_of_origins(settlements)
    number = (people // PEOPLE_A_BUILDING).clip(FEWEST_BUILDINGS, MOST_BUILDINGS)
    origin = np.repeat(np.arange(len(number)), number)
    scatter = Scatter.over(np.concatenate([settlements.footprints, layout.outlines]))
    position = scatter.draw(origin, rng)
    none = np.zeros_like(origin)
    # One call from every building: what a call says of its spot follows from the position.
    calls = Calls(origin, none, none, none, none, none, none + FIRST, position)
    details = spot_details(calls, origins)
    return Buildings(
        first=np.cumsum(number) - number,
        number=number,
        position=position,
        names=[said for said, _, _ in details],
        addresses=[
            address_of(layout, origins, i, detail)
            for i, detail in zip(origin.tolist(), details, strict=True)
        ],
    )


def _ladder(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return row number + running share, flat, so that one search draws in any row.

    Examples
    --------
    >>> _ladder(np.array([[1.0, 1.0], [1.0, 3.0]])).tolist()
    [0.5, 1.0, 1.25, 2.0]
    """
    total = np.cumsum(weight, axis=1)
    total /= total[:, -1:]
    ladder: NDArray[np.float64] = (total + np.arange(len(weight))[:, None]).ravel()
    return ladder


def climb(
    ladder: NDArray[np.float64], rows: int, row: Integers, share: NDArray[np.float64]
) -> Integers:
    """Draw in each row of a ladder by numbers in [0, 1).

    Parameters
    ----------
    ladder : ndarray of float, shape (rows × columns,)
    rows : int
    row : ndarray of int64, shape (n,)
    share : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
        Columns.

    Examples
    --------
    >>> climb(np.array([0.5, 1.0, 1.25, 2.0]), 2, np.array([0, 1]), np.array([0.6, 0.1])).tolist()
    [1, 0]
    """
    columns = len(ladder) // rows
    found = np.searchsorted(ladder, row + share, side="right") - row * columns
    drawn: Integers = np.clip(found, 0, columns - 1).astype(np.int64)
    return drawn
