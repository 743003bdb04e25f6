"""The ground on which calls are drawn: map, people, calendar and plants of one seed.

Calls may be drawn on one ground as often as one likes: other courses that the same city might have
taken, by which to tell what a figure owes to chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar, make_calendar
from geodata.sample.demand import Calls, Wanted, draw_calls, people_of_origins
from geodata.sample.layout import Layout, make_layout
from geodata.sample.plane import COORDINATE_DECIMALS
from geodata.sample.plants import Plants, make_plants, rate_factors
from geodata.sample.positions import Scatter
from geodata.sample.reported import Reported, report_places
from geodata.sample.settlements import PUBLIC, Settlements, make_settlements
from geodata.sample.texts import Origins

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


def generators(seed: int) -> dict[str, np.random.Generator]:
    """Return one generator a stage, so that a change in one leaves the others' draws alone."""
    children = np.random.SeedSequence(seed).spawn(len(_STAGES))
    return {
        stage: np.random.default_rng(child) for stage, child in zip(_STAGES, children, strict=True)
    }


@dataclass(frozen=True)
class Ground:
    """What stays when calls are drawn anew.

    Attributes
    ----------
    layout : Layout
    settlements : Settlements
    calendar : Calendar
    plants : Plants
    factors : ndarray of float, shape (places + townships, half-months)
        Rates relative to what people alone would make.
    """

    layout: Layout
    settlements: Settlements
    calendar: Calendar
    plants: Plants
    factors: NDArray[np.float64]

    @classmethod
    def make(cls, seed: int, *, months: int, plants: bool, tell: Progress | None = None) -> Ground:
        """Make the ground of a seed; see `geodata.sample.city.make_city`."""
        rng = generators(seed)
        if tell is not None:
            tell(STEPS[0], 0, len(STEPS))
        layout = make_layout(rng["layout"])
        if tell is not None:
            tell(STEPS[1], 1, len(STEPS))
        settlements = make_settlements(layout, rng["settlements"])
        calendar = make_calendar(months)
        if not plants:
            even = np.ones((len(people_of_origins(settlements)), calendar.n_half_months))
            return cls(layout, settlements, calendar, Plants(), even)
        planted = make_plants(layout, settlements, calendar, rng["plants"])
        factors = rate_factors(planted, settlements, calendar, rng["rates"])
        return cls(layout, settlements, calendar, planted, factors)

    def calls(self, wanted: Wanted, rng: np.random.Generator) -> Calls:
        """Draw calls."""
        args = self.settlements, self._scatter, self.calendar, self.plants, self.factors
        return draw_calls(*args, wanted, rng)

    def reported(self, calls: Calls, rng: np.random.Generator) -> Reported:
        """Decide how each call's place is reported."""
        in_gcj02 = self.layout.district[self.origins.township[calls.origin]] == GCJ02_DISTRICT
        return report_places(calls.position, self.default_point, in_gcj02, rng)

    @cached_property
    def origins(self) -> Origins:
        """Where calls come from, as they number it."""
        return Origins.of(self.layout, self.settlements)

    @cached_property
    def default_point(self) -> tuple[float, float]:
        """The point that the hotline's software fills in: the first public place's middle."""
        first = self.settlements.kinds.index(PUBLIC)
        middle = shapely.centroid(self.settlements.footprints[first])
        lng, lat = shapely.get_coordinates(middle)[0]
        return round(float(lng), COORDINATE_DECIMALS), round(float(lat), COORDINATE_DECIMALS)

    @cached_property
    def _scatter(self) -> Scatter:
        return Scatter.over(np.concatenate([self.settlements.footprints, self.layout.outlines]))
