"""What a person may see of an application's counts, and its points as shapes for a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.disclosed_tables import disclosed_table
from app.cases.disclosure import SUPPRESSED, disclosed
from app.projects.proactive.checks import Check
from app.projects.proactive.matching import CycleLine, Preview
from app.townships.assessment.near_points import EARTH_RADIUS_M, NamedPoint

CORNERS = 48
"""Of a circle as it is drawn."""


def preview_shown_to(access: Access, found: Preview) -> Preview:
    """Return a preview as a person may see it: for viewers, months without their points.

    Points and months crossed, with the sums of both, would tell the small counts among them.
    """
    if access.may(Permission.EXACT_COUNTS):
        return found
    told = disclosed_table(np.array([month.total for month in found.months], dtype=np.int64))
    months = tuple(
        replace(month, by_point=(), total=int(shown))
        for month, shown in zip(found.months, told.parts, strict=True)
    )
    return replace(
        found,
        months=months,
        by_point=(),
        total=int(told.totals[(0,)]),
        township_total=disclosed(found.township_total),
    )


def share_of(shown: Preview) -> float | None:
    """Return the share that follows from what is shown; None where a part is not told."""
    return None if SUPPRESSED in (shown.total, shown.township_total) else shown.share


def ledgers_shown_to(
    access: Access, lines: Sequence[CycleLine]
) -> list[tuple[CycleLine, tuple[int, int, int, int]]]:
    """Return each cycle with its counts: raw, assessed, left out, and the application's own."""
    exact = access.may(Permission.EXACT_COUNTS)
    found = []
    for line in lines:
        counts = (line.raw, line.assessed, line.left_out, line.own)
        raw, rated, out, own = counts if exact else _ledger_told(*counts)
        found.append((line, (raw, rated, out, own)))
    return found


def _ledger_told(raw: int, rated: int, out: int, own: int) -> tuple[int, int, int, int]:
    """Return what is told of one cycle: all is the sum of what is assessed and what is left out."""
    told = disclosed_table(np.array([rated, out], dtype=np.int64))
    first, second = (int(each) for each in told.parts)
    # The application's own are among those left out: told only where these are.
    part = disclosed(own) if second >= 0 or not own else SUPPRESSED
    return int(told.totals[(0,)]), first, second, part


def checks_shown_to(access: Access, checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks without numbers that tell small counts, for who may not see them."""
    if access.may(Permission.EXACT_COUNTS):
        return tuple(checks)
    return tuple(replace(each, facts={}) if each.counted else each for each in checks)


def shapes_of(points: Sequence[NamedPoint]) -> dict[str, Any]:
    """Return the points and their circles as GeoJSON."""
    features = []
    for point in points:
        named = {"name": point.name}
        centre = {"type": "Point", "coordinates": [point.lng, point.lat]}
        circle = {"type": "Polygon", "coordinates": [_circle(point)]}
        features += [
            {"type": "Feature", "properties": {"name": ""}, "geometry": circle},
            {"type": "Feature", "properties": named, "geometry": centre},
        ]
    return {"type": "FeatureCollection", "features": features}


def _circle(point: NamedPoint) -> list[list[float]]:
    up = math.degrees(point.radius_m / EARTH_RADIUS_M)
    aside = up / math.cos(math.radians(point.lat))
    turns = (2 * math.pi * at / CORNERS for at in range(CORNERS + 1))
    return [
        [round(point.lng + aside * math.cos(each), 7), round(point.lat + up * math.sin(each), 7)]
        for each in turns
    ]
