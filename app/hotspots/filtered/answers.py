"""All linked views in one answer: curve, classes, townships, hours; and their total."""

from __future__ import annotations

from typing import Any

from app.hotspots.filtered.classes import class_levels, class_tree
from app.hotspots.filtered.counting import (
    HourAxis,
    SpanAxis,
    Table,
    TimeAxis,
    by_state,
    count_tables,
    every_case,
)
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.series import history_steps, parts_json, series_json
from app.hotspots.filtered.townships import Latest, township_axis, townships_json
from geodata.counting import REPORTS

DAYS_A_WEEK, HOURS_A_DAY = 7, 24


def views_json(narrowed: Narrowed) -> dict[str, Any]:
    """Return what the linked views draw.

    Returns
    -------
    dict
        ``version`` (of the case store), ``measure, attribution``; ``total``: ``count`` by the
        measure and the reports of `parts_json`; ``series`` (`series_json`), ``classes``
        (`class_tree`), ``townships`` (`townships_json`), ``hours``: counts by weekday, Monday
        first, and hour. Reports add up everywhere; a caller or an incident counts once in each
        group.
    """
    chosen, shown = narrowed.chosen, TimeAxis(narrowed.steps)
    window, every, latest = SpanAxis(narrowed.steps), every_case(), Latest.of(narrowed)
    levels, areas = class_levels(narrowed.facts), township_axis(narrowed)
    states, whole = count_tables(narrowed, [(by_state(), shown), (by_state(), window)], REPORTS)
    tables: list[Table] = [
        (every, window),
        (every, shown),
        (every, TimeAxis(history_steps(narrowed))),
        (areas, window),
        (areas, TimeAxis(latest.steps)),
        (HourAxis(), window),
        *((level.axis, window) for level in levels),
    ]
    total, curve, history, townships, lately, hours, *classes = count_tables(
        narrowed, tables, chosen.measure
    )
    return {
        "version": narrowed.facts.version,
        "measure": chosen.measure,
        "attribution": chosen.attribution,
        "total": {"count": int(total[0, 0]), **parts_json(whole)[0]},
        "series": series_json(narrowed, curve[0], states, history[0]),
        "classes": class_tree(levels, [counts[:, 0] for counts in classes]),
        "townships": townships_json(narrowed, townships[:, 0], latest, lately),
        "hours": hours.reshape(DAYS_A_WEEK, HOURS_A_DAY).tolist(),
    }
