"""Who calls, from where, when and about what: calls drawn from rates, with repeats and duplicates.

A call's place and half-month are drawn together in proportion to people × rate × season. Without
plants the rate is the same everywhere, so the people are exactly the right denominator: every
case falls independently, in its place's footprint or, for scattered people, anywhere in the
township.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar
from geodata.sample.plane import Points
from geodata.sample.plants import Plants
from geodata.sample.positions import Scatter
from geodata.sample.settlements import Settlements
from geodata.sample.taxonomy import HOURS, PLACE_KINDS, SCATTERED, subject_shares, subjects

REPEAT_SHARE, DUPLICATE_SHARE = 0.10, 0.05
"""Share of all calls in which a person calls again, and in which others report the same thing."""

REPEAT_TAIL = 2.2
"""Pareto exponent of how insistent people are: a few call dozens of times …"""
MOST_INSISTENT = 200.0
"""… but none so often that they make a hot point of their own; that is planted, and known."""

REPEAT_DAYS, DUPLICATE_DAYS = 21, 4
"""Repeats and duplicates come within so many days."""

CALLERS_A_RESIDENT = 0.35
"""Share of residents who ever call."""

SUBJECT_OF_PLANT = 0.85
"""Share of a hot point's surplus that is about its own subject."""

FIRST, REPEAT, DUPLICATE = 0, 1, 2

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Calls:
    """Calls in order of time, one row each.

    Attributes
    ----------
    origin : ndarray of int64, shape (n,)
        Index of a place, or number of places + index of a township for scattered people.
    day, second, subject, caller, incident, relation : ndarray of int64, shape (n,)
        Index of the day, second of the day, subject, caller's number, what the call tells of,
        and whether it is the `FIRST`, a `REPEAT` or a `DUPLICATE` of it.
    position : ndarray of float, shape (n, 2)
        True longitude and latitude.
    """

    origin: Integers
    day: Integers
    second: Integers
    subject: Integers
    caller: Integers
    incident: Integers
    relation: Integers
    position: Points

    def taken(self, index: Integers) -> Calls:
        """Return the calls at these positions."""
        return Calls(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass(frozen=True)
class Wanted:
    """How many calls, and of what sort.

    Attributes
    ----------
    calls : int
        All calls, repeats and duplicates among them.
    repeats, duplicates : bool
    alike : bool
        People everywhere call about the same things (a city without any pattern).
    """

    calls: int
    repeats: bool
    duplicates: bool
    alike: bool


def draw_calls(
    settlements: Settlements,
    scatter: Scatter,
    calendar: Calendar,
    plants: Plants,
    factors: NDArray[np.float64],
    wanted: Wanted,
    rng: np.random.Generator,
) -> Calls:
    """Draw all calls of a city.

    Parameters
    ----------
    settlements : Settlements
    scatter : Scatter
        Over the places' footprints, then over the townships' outlines.
    calendar : Calendar
    plants : Plants
    factors : ndarray of float, shape (places + townships, half-months)
        From `rate_factors`, or ones.
    wanted : Wanted
    rng : numpy Generator

    Returns
    -------
    Calls
        In order of time; exactly as many as wanted.

    Raises
    ------
    ValueError
        If the plants' single callers alone make more calls than wanted.
    """
    n_repeats = round(wanted.calls * REPEAT_SHARE) if wanted.repeats else 0
    n_duplicates = round(wanted.calls * DUPLICATE_SHARE) if wanted.duplicates else 0
    n_single = sum(single.calls for single in plants.single_callers)
    n_first = wanted.calls - n_repeats - n_duplicates - n_single
    if n_first < 0:
        raise ValueError(f"cases: {n_single} are planted, found only {wanted.calls} in all")
    draw = _Draw(settlements, scatter, calendar, rng)
    first = draw.first_calls(plants, factors, n_first, alike=wanted.alike)
    parts = [
        first,
        draw.repeats(first, n_repeats),
        draw.duplicates(first, n_duplicates),
        *(draw.single_caller(i, plants) for i in range(len(plants.single_callers))),
    ]
    return _in_time(parts)


class _Draw:
    """Draws calls of one city with one generator."""

    def __init__(
        self,
        settlements: Settlements,
        scatter: Scatter,
        calendar: Calendar,
        rng: np.random.Generator,
    ) -> None:
        self.calendar, self.rng = calendar, rng
        self.people = people_of_origins(settlements)
        callers = np.ceil(self.people * CALLERS_A_RESIDENT).astype(np.int64)
        self.callers = np.maximum(callers, 1)
        self.first_caller = np.cumsum(self.callers) - self.callers
        kinds = [*settlements.kinds, *(SCATTERED for _ in settlements.scattered)]
        self.kind = np.array([PLACE_KINDS.index(kind) for kind in kinds])
        self.scatter = scatter

    def first_calls(
        self, plants: Plants, factors: NDArray[np.float64], n: int, *, alike: bool
    ) -> Calls:
        """Draw the calls that start something, in proportion to people, rate and season."""
        weight = self.people[:, None] * factors * self.calendar.half_month_weight
        counts = self.rng.multinomial(n, (weight / weight.sum()).ravel())
        origin, half_month = np.divmod(
            np.repeat(np.arange(weight.size), counts), self.calendar.n_half_months
        )
        day = self._days(half_month)
        subject = self._subjects(origin, day, alike=alike)
        self._about_plants(subject, origin, half_month, plants)
        return Calls(
            origin=origin,
            day=day,
            second=self._seconds(subject),
            subject=subject,
            caller=self._callers(origin),
            incident=np.arange(n),
            relation=np.full(n, FIRST),
            position=self._positions(origin),
        )

    def repeats(self, first: Calls, n: int) -> Calls:
        """Let some callers call again about the same thing, a few of them often."""
        insistence = self.rng.pareto(REPEAT_TAIL, len(first.origin)).clip(max=MOST_INSISTENT)
        again = first.taken(self._choice(insistence, n))
        return self._later(again, REPEAT_DAYS, relation=np.full(n, REPEAT))

    def duplicates(self, first: Calls, n: int) -> Calls:
        """Let neighbours report the same thing within days."""
        chosen = self._choice(self.rng.exponential(1.0, len(first.origin)), n)
        others = first.taken(chosen)
        others = replace(others, caller=self._callers(others.origin))
        return self._later(others, DUPLICATE_DAYS, relation=np.full(n, DUPLICATE))

    def single_caller(self, number: int, plants: Plants) -> Calls:
        """Draw the calls of one planted person, all from one spot."""
        single = plants.single_callers[number]
        n = single.calls
        origin = np.full(n, single.place)
        subject = np.full(n, single.subject)
        relation = np.full(n, REPEAT)
        relation[0] = FIRST
        return Calls(
            origin=origin,
            day=np.sort(self._days(self.rng.integers(single.first, single.last, n))),
            second=self._seconds(subject),
            subject=subject,
            caller=np.full(n, self._callers(origin)[0]),
            incident=np.full(n, -1 - number),
            relation=relation,
            position=np.repeat(self._positions(origin[:1]), n, axis=0),
        )

    def _choice(self, weight: NDArray[np.float64], n: int) -> Integers:
        total = np.cumsum(weight)
        hits = self.rng.uniform(0, total[-1] if len(total) else 0, n)
        return np.searchsorted(total, hits).astype(np.int64)

    def _later(self, calls: Calls, days: int, relation: Integers) -> Calls:
        """Move calls some days on, those beyond the end back before it."""
        n, last = len(calls.origin), len(self.calendar.days) - 1
        delay = np.ceil(self.rng.exponential(days / 3, n)).clip(0, days).astype(np.int64)
        day = np.minimum(calls.day + delay, last)
        return replace(calls, day=day, second=self._seconds(calls.subject), relation=relation)

    def _days(self, half_month: Integers) -> Integers:
        """Draw a day within each half-month, by the days' weights."""
        before = np.concatenate([[0.0], np.cumsum(self.calendar.weight)])
        first = np.searchsorted(
            self.calendar.half_month, np.arange(self.calendar.n_half_months + 1)
        )
        hit = self.rng.uniform(before[first[half_month]], before[first[half_month + 1]])
        day = np.searchsorted(before, hit, side="right") - 1
        return np.clip(day, first[half_month], first[half_month + 1] - 1).astype(np.int64)

    def _subjects(self, origin: Integers, day: Integers, *, alike: bool) -> Integers:
        """Draw what each call is about, by month and kind of place."""
        month = self.calendar.days.astype("M8[M]").astype(np.int64)[day] % 12
        kind = np.zeros(len(origin), dtype=np.int64) if alike else self.kind[origin]
        subject = np.zeros(len(origin), dtype=np.int64)
        for k in np.unique(kind):
            shares = subject_shares(None if alike else PLACE_KINDS[k])
            for m in range(12):
                rows = np.flatnonzero((kind == k) & (month == m))
                subject[rows] = self.rng.choice(len(shares[m]), len(rows), p=shares[m])
        return subject

    def _about_plants(
        self, subject: Integers, origin: Integers, half_month: Integers, plants: Plants
    ) -> None:
        """Turn most of a hot point's surplus to its own subject, in place."""
        for point in plants.hot_points:
            hot = (origin == point.place) & (half_month >= point.first) & (half_month < point.last)
            rows = np.flatnonzero(hot)
            surplus = SUBJECT_OF_PLANT * (1 - 1 / point.factor)
            subject[rows[self.rng.random(len(rows)) < surplus]] = point.subject

    def _seconds(self, subject: Integers) -> Integers:
        """Draw the second of the day, by the hours at which a subject is called about."""
        second = self.rng.integers(0, 3_600, len(subject))
        hours_of_subject = np.array([list(HOURS).index(s.hours) for s in subjects()])[subject]
        for i, weights in enumerate(HOURS.values()):
            rows = np.flatnonzero(hours_of_subject == i)
            share = np.array(weights) / sum(weights)
            second[rows] += 3_600 * self.rng.choice(24, len(rows), p=share)
        return second

    def _callers(self, origin: Integers) -> Integers:
        callers: Integers = self.first_caller[origin] + self.rng.integers(0, self.callers[origin])
        return callers

    def _positions(self, origin: Integers) -> Points:
        return self.scatter.draw(origin, self.rng)


def people_of_origins(settlements: Settlements) -> Integers:
    """Return the people of each place, then the scattered people of each township."""
    return np.concatenate([settlements.people, settlements.scattered])


def _in_time(parts: list[Calls]) -> Calls:
    """Join calls and put them in order of time."""
    joined = Calls(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Calls))
    )
    return joined.taken(np.lexsort((joined.caller, joined.second, joined.day)))
