"""What viewers see of counts: small ones are not told, others are rounded, and all that follows.

One table says of each field what it holds, so that pages, layers and scripts tell alike. The policy
is that of `app.cases.disclosure`; docs/PRIVACY.md says what it protects and what not.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.disclosed_tables import disclosed_table
from app.cases.disclosure import (
    ROUNDING_BASE,
    SUPPRESSION_THRESHOLD,
    disclosed,
    disclosed_rate,
    disclosed_share,
)
from app.cases.selection import Selected
from app.hotspots.details import Detail, SeriesPoint

COUNTS = frozenset(
    {
        "all", "before", "after", "callers", "count", "counts", "hours", "incidents", "latest",
        "located", "neighbourhood_count", "observed", "other_classes", "previous", "reports",
        "total", "totals", "township_only", "unknown_callers", "unlocated", "whole",
        "located_by_row",
    }
)  # fmt: skip
"""Fields of cases, callers and incidents: a number, or lists of them."""

EXPECTED = frozenset({"expected", "high", "low", "neighbourhood_expected"})
"""Fields that share out true counts: they come in steps of `ROUNDING_BASE`."""

RATES = {"rate": "count", "rates": "counts", "whole_rates": "whole"}
"""Rates by 10,000 people → the counts beside them, from which they are worked out again."""

SHARES = frozenset({"top_caller_share"})
WITHHELD = frozenset({"change", "top_caller_reports", "z"})
"""Fields from which a small count could be reckoned."""

BY_COUNT = {
    "rows": "code", "places": "code", "class": "path", "classes": "path", "children": "path",
    "channel": "value", "district": "value", "handler": "value", "kind": "value",
    "status": "value", "township": "value",
}  # fmt: skip
"""Lists that stand by their ``count``, the greatest first → what tells their rows apart."""

PER = 10_000


def shown_to(access: Access, value: Any) -> Any:
    """Return an answer as this person may see it."""
    return value if access.may(Permission.EXACT_COUNTS) else disclosed_values(value)


def detail_shown_to(access: Access, detail: Detail) -> Detail:
    """Return the numbers of a thing on the map as this person may see them."""
    return detail if access.may(Permission.EXACT_COUNTS) else disclosed_detail(detail)


def disclosed_values(value: Any) -> Any:
    """Return an answer for scripts as viewers may see it; fields not in the tables stay."""
    if isinstance(value, list | tuple):
        rows = [disclosed_values(each) for each in value]
        # The points of a run, those with most reports first.
        return in_shown_order(rows, "reports", "id")
    if not isinstance(value, dict):
        return value
    return {name: _field(name, each, value) for name, each in value.items()}


def in_shown_order(rows: list[Any], count: str, key: str) -> list[Any]:
    """Return rows by the counts that are shown of them, and their ranks with them.

    Among those below 5 the order of the true counts would tell which of them is 4 and which is 1.

    Parameters
    ----------
    rows : list
        Disclosed already; a list of anything but rows with these fields stays as it is.
    count, key : str
        The field they stand by, and the one that decides between equal ones.
    """
    if not all(isinstance(row, dict) and count in row and key in row for row in rows):
        return rows
    ordered = [rows[at] for at in shown_order(rows, count, key)]
    sizes = [shown_size(row[count]) for row in ordered]
    return [
        {**row, "rank": sizes.index(size) + 1} if "rank" in row else row
        for row, size in zip(ordered, sizes, strict=True)
    ]


def shown_order(rows: list[dict[str, Any]], count: str, key: str) -> list[int]:
    """Return where rows stand by what is shown of their counts, the greatest first."""
    order = [(-shown_size(row[count]), str(row[key])) for row in rows]
    return sorted(range(len(rows)), key=order.__getitem__)


def shown_size(count: float | None) -> float:
    """Return what a disclosed count is sorted by: what is not told lies between 0 and 5."""
    return 0 if count is None else count if count >= 0 else SUPPRESSION_THRESHOLD / 2


def disclosed_detail(detail: Detail) -> Detail:
    """Return the numbers of a thing on the map as viewers may see them."""
    return dataclasses.replace(
        detail,
        row=disclosed_values(detail.row),
        series=tuple(
            SeriesPoint(point.label, disclosed(point.count), _coarse(point.expected), point.level)
            for point in detail.series
        ),
        selected=disclosed_selection(detail.selected),
    )


def disclosed_selection(selected: Selected) -> Selected:
    """Return what a set of cases amounts to as viewers may see it."""
    shown = [count for _name, count in selected.classes]
    rest = selected.total - sum(shown)
    parts = disclosed_table(np.array([*shown, rest])).parts.tolist() if shown else []
    callers = selected.callers
    share = selected.top_caller_share
    return dataclasses.replace(
        selected,
        total=disclosed(selected.total),
        callers=None if callers is None else disclosed(callers),
        top_caller_share=None if share is None else disclosed_share(share, callers or 0),
        classes=tuple(
            sorted(
                (
                    (name, count)
                    for (name, _true), count in zip(selected.classes, parts, strict=False)
                ),
                key=lambda each: (-shown_size(each[1]), str(each[0])),
            )
        ),
    )


def _field(name: str, value: Any, beside: dict[str, Any]) -> Any:
    if name in COUNTS and not isinstance(value, dict):
        return _each(value, _count)
    if name in EXPECTED:
        return _each(value, _coarse)
    if name in RATES and RATES[name] in beside:
        return _rates(beside[RATES[name]], beside.get("population"))
    if name in BY_COUNT and isinstance(value, list):
        rows = [disclosed_values(each) for each in value]
        return in_shown_order(rows, "count", BY_COUNT[name])
    if name in SHARES:
        return None if value is None else disclosed_share(value, beside.get("callers") or 0)
    return None if name in WITHHELD else disclosed_values(value)


def _each(value: Any, tell: Any) -> Any:
    return [_each(one, tell) for one in value] if isinstance(value, list | tuple) else tell(value)


def _count(value: Any) -> Any:
    """Disclose a number; rows of other things under the same name are told by their own fields."""
    if isinstance(value, dict):
        return disclosed_values(value)
    known = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return disclosed(round(value)) if known and value >= 0 else value


def _coarse(value: float | None) -> float | None:
    if value is None or value != value:
        return None
    steps = round(value / ROUNDING_BASE) * ROUNDING_BASE
    return float(steps) if steps else None


def _rates(counts: Any, people: Any) -> Any:
    """Work a rate out from what is told of its count; nothing where that is nothing."""
    if isinstance(counts, list | tuple):
        beside = people if isinstance(people, list | tuple) else [people] * len(counts)
        return [_rates(one, each) for one, each in zip(counts, beside, strict=True)]
    if counts is None or not people or people != people:
        return None
    rate = disclosed_rate(round(counts), people)
    return None if rate is None else rate * PER
