"""Who handles a call, by when, and what the caller says of it afterwards (三率)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar
from geodata.sample.demand import Calls
from geodata.sample.layout import STREET, Layout
from geodata.sample.names import CITY_NAME
from geodata.sample.plants import WORST, Plants
from geodata.sample.taxonomy import subjects

TOWNSHIP_HANDLES = "街乡镇"
"""Handler in `taxonomy.yaml` that stands for the township's own office."""

HOURS_USED = (-0.55, 0.5)
"""Mean and standard deviation of the logarithm of time taken over time limit."""

VALID_SHARE = 0.86
"""Callbacks that reach the caller."""
RESPONDED_SHARE = 0.95
"""Of these, callers whom the handler had contacted."""
TOWNSHIP_SPREAD = 0.05
"""Standard deviation between townships of the share solved."""
WEAK_TOWNSHIP = 0.22
"""How much less the worst townships solve."""

ANSWERS = ("满意", "基本满意", "一般", "不满意")
ANSWERS_IF_SOLVED = (0.72, 0.19, 0.07, 0.02)
ANSWERS_IF_NOT = (0.08, 0.17, 0.27, 0.48)
NOT_ASKED = "未评价"

OFFICE_OPENS, OFFICE_CLOSES = 8 * 3_600, 20 * 3_600
"""Second of the day; cases are closed and callers called back in between."""
_DAY = 24 * 3_600

Flags = NDArray[np.bool_]
Instants = NDArray[np.datetime64]


@dataclass(frozen=True)
class Handling:
    """What became of every call, arrays of shape (n,).

    Attributes
    ----------
    received, due, closed, updated, called_back : ndarray of datetime64[s]
        Wall clock in the city; NaT where it has not happened.
    limit_hours : ndarray of float
    lead, assisting : list of str or None
    done, overdue, asked, valid, responded, resolved : ndarray of bool
        `asked`: there was a callback; `valid` and what follows mean something only then.
    satisfaction : ndarray of str
    """

    received: Instants
    due: Instants
    closed: Instants
    updated: Instants
    called_back: Instants
    limit_hours: NDArray[np.float64]
    lead: list[str]
    assisting: list[str | None]
    done: Flags
    overdue: Flags
    asked: Flags
    valid: Flags
    responded: Flags
    resolved: Flags
    satisfaction: NDArray[np.str_]


def handle(
    calls: Calls,
    township: NDArray[np.int64],
    layout: Layout,
    calendar: Calendar,
    plants: Plants,
    rng: np.random.Generator,
) -> Handling:
    """Let every call be handled, as far as the span of the sample reaches.

    Parameters
    ----------
    calls : Calls
    township : ndarray of int64, shape (n,)
        Index of each call's township.
    layout : Layout
    calendar : Calendar
    plants : Plants
        The worst townships solve less.
    rng : numpy Generator

    Returns
    -------
    Handling
    """
    n = len(calls.origin)
    limit = np.array([subject.limit for subject in subjects()])[calls.subject]
    received = calendar.days[calls.day].astype("M8[s]") + calls.second.astype("m8[s]")
    until = (calendar.days[-1] + 1).astype("M8[s]")
    closed = in_office_hours(received + as_seconds(limit * np.exp(rng.normal(*HOURS_USED, n))))
    called_back = in_office_hours(closed + as_seconds(rng.uniform(12, 60, n)))
    due = received + as_seconds(limit)
    done, asked = closed < until, called_back < until
    valid = asked & (rng.random(n) < VALID_SHARE)
    resolved = rng.random(n) < _solved_share(calls, township, layout, plants, rng)
    lead, assisting = _handlers(calls, township, layout, rng)
    return Handling(
        received=received,
        due=due,
        closed=np.where(done, closed, np.datetime64("NaT", "s")),
        updated=np.where(asked, called_back, np.where(done, closed, received)),
        called_back=np.where(asked, called_back, np.datetime64("NaT", "s")),
        limit_hours=limit,
        lead=lead,
        assisting=assisting,
        done=done,
        overdue=np.minimum(closed, until) > due,
        asked=asked,
        valid=valid,
        responded=resolved | (rng.random(n) < RESPONDED_SHARE),
        resolved=resolved,
        satisfaction=_answers(valid, resolved, rng),
    )


def _solved_share(
    calls: Calls,
    township: NDArray[np.int64],
    layout: Layout,
    plants: Plants,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    ability = rng.normal(0, TOWNSHIP_SPREAD, len(layout.codes))
    ability[[course.township for course in plants.courses if course.kind == WORST]] = -WEAK_TOWNSHIP
    share = np.array([subject.solved for subject in subjects()])[calls.subject]
    return np.clip(share + ability[township], 0.05, 0.97)


def _answers(valid: Flags, resolved: Flags, rng: np.random.Generator) -> NDArray[np.str_]:
    n = len(valid)
    if_solved = rng.choice(ANSWERS, n, p=ANSWERS_IF_SOLVED)
    if_not = rng.choice(ANSWERS, n, p=ANSWERS_IF_NOT)
    answers: NDArray[np.str_] = np.where(valid, np.where(resolved, if_solved, if_not), NOT_ASKED)
    return answers


def _handlers(
    calls: Calls, township: NDArray[np.int64], layout: Layout, rng: np.random.Generator
) -> tuple[list[str], list[str | None]]:
    """Return who leads and who assists: the township where another office leads, sometimes."""
    offices, units = _offices(layout), lead_units(layout)
    helped = (rng.random(len(township)) < 0.3).tolist()
    lead = [units[t][s] for t, s in zip(township.tolist(), calls.subject.tolist(), strict=True)]
    assisting = [
        offices[t] if help_ and offices[t] != unit else None
        for t, unit, help_ in zip(township.tolist(), lead, helped, strict=True)
    ]
    return lead, assisting


def lead_units(layout: Layout) -> list[list[str]]:
    """Return the unit that leads, for each township and subject."""
    districts = [layout.district_names[index] for index in layout.district]
    return [
        [_unit(subject.handler, office, district) for subject in subjects()]
        for office, district in zip(_offices(layout), districts, strict=True)
    ]


def _offices(layout: Layout) -> list[str]:
    return [_office(name, kind) for name, kind in zip(layout.names, layout.kinds, strict=True)]


def _office(name: str, kind: str) -> str:
    return f"{name}办事处" if kind == STREET else f"{name}人民政府"


def _unit(handler: str, office: str, district: str) -> str:
    if handler == TOWNSHIP_HANDLES:
        return office
    if handler.startswith("区"):
        return district + handler.removeprefix("区")
    if handler.startswith("市"):
        return CITY_NAME + handler.removeprefix("市")
    return handler


def as_seconds(hours: NDArray[np.float64]) -> NDArray[np.timedelta64]:
    """Turn hours into whole seconds."""
    return (hours * 3_600).round().astype("m8[s]")


def in_office_hours(when: Instants) -> Instants:
    """Put off what falls into the night to the next morning, keeping the order within a night."""
    second = (when - when.astype("M8[D]")).astype("m8[s]").astype(np.int64)
    since_close = (second - OFFICE_CLOSES) % _DAY
    night = _DAY - OFFICE_CLOSES + OFFICE_OPENS
    delay = np.where(since_close < night, night - since_close + since_close // 16, 0)
    put_off: Instants = when + delay.astype("m8[s]")
    return put_off
