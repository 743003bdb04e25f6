"""Cells and townships of a filter with their counts: the rows of every file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.cases.disclosure import disclosed
from app.cases.facts.columns import LOCATED
from app.errors import InvalidParameter
from app.hotspots.filtered.cells import count_cells
from app.hotspots.filtered.counting import CodeAxis, SpanAxis, Table, TimeAxis, count_tables
from app.hotspots.filtered.options import district_names
from app.hotspots.geography import townships
from app.takeaway.counted.fields import cell_notes, township_notes
from app.takeaway.counted.question import Counted
from app.takeaway.taken_layer import TakenLayer
from app.translation import _
from geodata.areas import Boundaries, boundary_version
from geodata.counting import REPORTS
from spatial.coded_counts import LEFT_OUT
from spatial.grid import cell_centres, cell_name, cell_polygons

MOST_NUMBERS = 1_500_000
"""Cells × periods in one file, which is made while a person waits: 60,000 cells over two years."""

MOST_PERIODS = 1_900
"""A table of SQLite, which a GeoPackage is, has at most 2,000 columns."""


def taken_layer(question: Counted, ground: str) -> TakenLayer:
    """Return cells (``counts``) or townships (``rate``) as the asking person may see them.

    Raises
    ------
    InvalidParameter
        The table would be too large.
    """
    return {"counts": cells_layer, "rate": townships_layer}[ground](question)


def cells_layer(question: Counted) -> TakenLayer:
    """Return a row for each cell that has cases, and a last one for the cases without a cell."""
    steps = question.narrowed.steps
    found = count_cells(question.narrowed, size=question.chosen.drawn, exact=question.exact)
    _check_size(len(found.cells), len(steps))
    rest = _without_cell(question)
    counts, whole = np.vstack([found.by_period, rest[:, :-1]]), np.append(found.whole, rest[:, -1])
    lat, lng = cell_centres(found.cells)
    features = gpd.GeoDataFrame(
        {
            "cell": [*map(cell_name, found.cells), *[_("未定位")] * len(rest)],
            "resolution": found.resolution,
            "township": _padded(_centres_in(question, lng, lat), rest, None),
            "lng": _padded(lng.round(6), rest, np.nan),
            "lat": _padded(lat.round(6), rest, np.nan),
            "count": _told(whole),
            **{step.label: _told(column) for step, column in zip(steps, counts.T, strict=True)},
        },
        geometry=_padded(cell_polygons(found.cells), rest, None),
        crs=4326,
    )
    return TakenLayer("cells", _("六边形单元"), features, cell_notes(question))


def townships_layer(question: Counted) -> TakenLayer:
    """Return a row for each township, and a last one for the cases that belong to none."""
    told = question.views["townships"]
    rows = [*told["rows"]]
    if told["none"]["count"]:
        rows.append({"name": _("不属于任何街乡镇"), **told["none"]})
    shapes = outlines_of(question, [row.get("code") for row in rows])
    labels = shapely.point_on_surface(shapes)
    by_people = question.chosen.denominator == "population"
    features = gpd.GeoDataFrame(
        {
            "rank": _counts(rows, "rank"),
            "code": [row.get("code") for row in rows],
            "name": [row["name"] for row in rows],
            "district": _district_names(question, rows),
            **{name: _counts(rows, name) for name in ("count", "latest", "previous")},
            "change": _numbers(rows, "change"),
            **({"population": _counts(rows, "population")} if by_people else {}),
            **({"rate": _numbers(rows, "rate")} if by_people else {}),
            "lng": shapely.get_x(labels).round(6),
            "lat": shapely.get_y(labels).round(6),
        },
        geometry=shapes,
        crs=4326,
    )
    return TakenLayer("townships", _("各街乡镇"), features, township_notes(question))


def _check_size(cells: int, periods: int) -> None:
    if cells * periods <= MOST_NUMBERS and periods <= MOST_PERIODS:
        return
    raise InvalidParameter(
        f"period: a table of {cells:,} cells × {periods:,} periods is too large (at most "
        f"{MOST_NUMBERS:,} numbers and {MOST_PERIODS:,} periods); choose longer periods, a shorter "
        "window or coarser cells",
        f"{cells:,} 个六边形 × {periods:,} 个时段的表过大（最多 {MOST_NUMBERS:,} 个数、"
        f"{MOST_PERIODS:,} 个时段），请选择更长的时段、更短的时间范围或更粗的精度",
    )


def _without_cell(question: Counted) -> NDArray[Any]:
    """Count what has no cell, by period and, last, in all: one row, or none."""
    narrowed, measure = question.narrowed, question.chosen.measure
    if not question.exact and measure != REPORTS:
        # No page tells their callers or incidents to who may see no small counts.
        return np.empty((0, len(narrowed.steps) + 1), dtype=np.int64)
    group = np.zeros(3, dtype=np.int32)
    group[LOCATED] = LEFT_OUT
    axis, steps = CodeAxis("state", group, 1), narrowed.steps
    tables: list[Table] = [(axis, TimeAxis(steps)), (axis, SpanAxis(steps))]
    counts: NDArray[Any] = np.hstack(count_tables(narrowed, tables, measure))
    told = counts if question.exact else disclosed(counts)
    return told[told.any(axis=1)]


def _centres_in(question: Counted, lng: Any, lat: Any) -> list[str | None]:
    boundaries = _boundaries(question)
    if boundaries is None:
        return [None] * len(lng)
    return [None if at < 0 else str(boundaries.names[at]) for at in boundaries.locate(lng, lat)]


def township_version(question: Counted) -> str | None:
    """Return the version of the townships that are drawn, None where there are none."""
    return boundary_version(question.narrowed.home, "township")


def _boundaries(question: Counted) -> Boundaries | None:
    version = township_version(question)
    return None if version is None else townships(question.narrowed.home, version)


def outlines_of(question: Counted, codes: Sequence[str | None]) -> NDArray[np.object_]:
    """Return the areas of townships; None for what is none."""
    boundaries = _boundaries(question)
    known = (
        {} if boundaries is None else dict(zip(boundaries.codes, boundaries.geometry, strict=True))
    )
    return np.array([known.get(code) for code in codes], dtype=object)


def _district_names(question: Counted, rows: list[dict[str, Any]]) -> list[str | None]:
    codes = sorted({row["district"] for row in rows if row.get("district")})
    names = dict(zip(codes, district_names(question.narrowed, codes), strict=True))
    return [names.get(row.get("district")) for row in rows]


def _padded(values: Any, rest: NDArray[Any], missing: Any) -> list[Any]:
    return [*values, *[missing] * len(rest)]


def _counts(rows: list[dict[str, Any]], name: str) -> pd.api.extensions.ExtensionArray:
    """Return counts of an answer; those that are not told are below zero in it."""
    return _told([row.get(name) for row in rows])


def _numbers(rows: list[dict[str, Any]], name: str) -> pd.api.extensions.ExtensionArray:
    return pd.array([row.get(name) for row in rows], dtype="Float64")


def _told(counts: Any) -> pd.api.extensions.ExtensionArray:
    """Return whole numbers, empty where they are not known or not told."""
    values = np.array(counts, dtype=float)
    unknown = ~(values >= 0)
    return pd.arrays.IntegerArray(np.where(unknown, 0, values).astype(np.int64), unknown)
