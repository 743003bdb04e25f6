"""The curve: totals by period, and what the periods before let one expect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.cases.facts.columns import LOCATED, TOWNSHIP_ONLY
from app.hotspots.filtered.forms import Period
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.periods import Step
from spatial.expected_band import COVERAGE, FEWEST_ERRORS, expected_band

CYCLES: dict[Period, int] = {"day": 7, "half_month": 24, "month": 12}
"""Periods after which a season comes again; of years there are never enough."""


def parts_json(states: NDArray[np.int32]) -> list[dict[str, int]]:
    """Return reports of each column by how they are located; ``located + unlocated = all``.

    ``township_only`` is the part of ``unlocated`` that counts in a township.
    """
    return [
        {
            "all": int(column.sum()),
            "located": int(column[LOCATED]),
            "township_only": int(column[TOWNSHIP_ONLY]),
            "unlocated": int(column.sum() - column[LOCATED]),
        }
        for column in states.T
    ]


def history_steps(narrowed: Narrowed) -> tuple[Step, ...]:
    """Return the periods from the first case of the store to the end of the window."""
    if narrowed.facts.days is None or narrowed.span is None:
        return ()
    return narrowed.calendar.cut(narrowed.facts.days[0], narrowed.span[1])


def series_json(
    narrowed: Narrowed,
    counts: NDArray[np.int32],
    states: NDArray[np.int32],
    history: NDArray[np.int32],
) -> dict[str, Any]:
    """Return the curve.

    Parameters
    ----------
    narrowed : Narrowed
    counts : ndarray of int, shape (periods,)
        By the measure, of the window's periods.
    states : ndarray of int, shape (3, periods)
        Reports of the same by how they are located.
    history : ndarray of int, shape (periods before and in the window,)
        By the measure, of `history_steps`.

    Returns
    -------
    dict
        ``periods``: each with ``label, from, to, days, count, expected, low, high`` (None where not
        known) and the parts of `parts_json`. ``band``: ``coverage, cycle, needed`` (periods of
        history), ``known`` (whether any period has one).
    """
    band = _band(narrowed, history)
    periods = [
        {**step.to_json(), "count": int(count), **band.get(step.label, _UNKNOWN), **parts}
        for step, count, parts in zip(narrowed.steps, counts, parts_json(states), strict=True)
    ]
    cycle = CYCLES.get(narrowed.chosen.period)
    about = {
        "coverage": COVERAGE,
        "cycle": cycle,
        "needed": None if cycle is None else cycle + FEWEST_ERRORS,
        "known": any(each["expected"] is not None for each in periods),
    }
    return {"periods": periods, "band": about}


_UNKNOWN: dict[str, float | None] = {"expected": None, "low": None, "high": None}


def _band(narrowed: Narrowed, history: NDArray[np.int32]) -> dict[str, dict[str, float | None]]:
    """Return expected count and band by label of the period."""
    cycle = CYCLES.get(narrowed.chosen.period)
    steps = history_steps(narrowed)
    if cycle is None or not steps:
        return {}
    # The window may cut its first period, the history has it whole.
    shown = {step.label: step.days for step in narrowed.steps}
    band = expected_band(history, np.array([step.days for step in steps]), cycle)
    ends = band.counts(np.array([shown.get(step.label, 0) for step in steps]))
    names = ("expected", "low", "high")
    return {
        step.label: dict(zip(names, values, strict=True))
        for step, *values in zip(steps, *map(_known, ends), strict=True)
        if step.label in shown and None not in values
    }


def _known(values: NDArray[np.float64]) -> Sequence[float | None]:
    return [None if math.isnan(value) else round(float(value), 2) for value in values]
