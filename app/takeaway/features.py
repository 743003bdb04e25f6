"""The layers of a run as tables with geometry: what every file that is taken away holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.errors import Missing
from app.hotspots import layers
from app.hotspots.courses.categories import category_name
from app.hotspots.geography import townships
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.points.rules import run_rules
from app.hotspots.runs import RunSummary, cluster_table, emerging_table, read_table, step_of
from app.takeaway.disclosing import disclosed_features
from app.translation import _
from app.web import language
from geodata.home import Home
from spatial.grid import cell_centres, cell_name, cell_polygons

CELL_COLUMNS = (
    "count", "expected", "neighbourhood_count", "neighbourhood_expected",
    "z", "p_hot", "p_cold", "q_hot", "q_cold", "level",
)  # fmt: skip
COURSE_COLUMNS = ("category", "hot_steps", "cold_steps", "tested_steps", "trend_z", "trend_p")
TOWNSHIP_COLUMNS = (
    "count", "located", "township_only", "callers", "incidents", "population", "rate",
)  # fmt: skip
CLUSTER_COLUMNS = ("observed", "expected", "relative_risk", "p_value", "radius_km")
POINT_COLUMNS = (
    "reports", "callers", "incidents", "top_caller_share", "main_class", "expected", "q_value",
    "unusually_high",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Whose features of which run are wanted, and at which step."""

    home: Home
    access: Access
    run: RunSummary
    step: int

    @property
    def exact(self) -> bool:
        """Whether the asking person may see small counts as they are."""
        return self.access.may(Permission.EXACT_COUNTS)

    @property
    def period(self) -> str:
        """The step in words; the whole span as its first and last month."""
        steps = self.run.steps
        if self.step == WHOLE_SPAN:
            return f"{steps[0].label} – {steps[-1].label}"
        return steps[self.step].label


def asked(home: Home, access: Access, run: RunSummary, step: int) -> Asked:
    """Return the question, its step checked.

    Raises
    ------
    InvalidParameter
        The run has no such step.
    """
    step_of(run, step)
    return Asked(home, access, run, step)


def layer_features(question: Asked, layer: str) -> gpd.GeoDataFrame:
    """Return the features of a layer as the asking person may see them.

    This is the one door through which rows leave: points are those of her area, and who may see
    no small counts gets disclosed ones. Columns are those of `app.takeaway.fields`; ``lng, lat``
    and the geometry come last.

    Raises
    ------
    Missing
        The run does not have this layer.
    """
    makers: dict[str, Callable[[Asked], gpd.GeoDataFrame]] = {
        "cells": _cells,
        "emerging": _courses,
        "townships": _townships,
        "clusters": _clusters,
        "points": _frequent,
        "unusual": _unusual,
    }
    features = makers[layer](question)
    return features if question.exact else disclosed_features(features)


def steps_of_cells(question: Asked) -> pa.Table:
    """Return every cell in every month, without geometry: names, months and figures.

    Only for who may see exact counts.

    Raises
    ------
    Forbidden
        The asking person may not.
    """
    question.access.area(Permission.EXACT_COUNTS)
    table = read_table(question.home, question.run.id, "cells")
    table = table.filter(pc.greater_equal(table["step"], 0))
    months = pa.array([step.label for step in question.run.steps])
    return pa.table(
        {
            "cell": _names(table["cell"].to_numpy()),
            "period": months.take(table["step"]),
            **{name: table[name] for name in CELL_COLUMNS},
        }
    )


def _cells(question: Asked) -> gpd.GeoDataFrame:
    table = read_table(question.home, question.run.id, "cells")
    table = table.filter(pc.equal(table["step"], question.step))
    return _of_cells(question, table, table.select(CELL_COLUMNS).to_pydict())


def _courses(question: Asked) -> gpd.GeoDataFrame:
    table = emerging_table(question.home, question.run)
    if table is None:
        raise _left_out("emerging", "时空演变类型")
    columns = table.select(COURSE_COLUMNS).to_pydict()
    kinds = {code: category_name(code) for code in set(columns["category"])}
    whole = Asked(question.home, question.access, question.run, WHOLE_SPAN)
    return _of_cells(
        whole, table, {"kind": [kinds[code] for code in columns["category"]], **columns}
    )


def _of_cells(question: Asked, table: pa.Table, columns: dict[str, Any]) -> gpd.GeoDataFrame:
    cells = table["cell"].to_numpy()
    lat, lng = cell_centres(cells)
    return gpd.GeoDataFrame(
        {
            "cell": _names(cells),
            "township": _township_names(question, lng, lat),
            "period": question.period,
            **columns,
            "lng": lng.round(6),
            "lat": lat.round(6),
        },
        geometry=gpd.GeoSeries(cell_polygons(cells), crs=4326).set_precision(1e-7),
        crs=4326,
    )


def _townships(question: Asked) -> gpd.GeoDataFrame:
    table = read_table(question.home, question.run.id, "townships")
    table = table.filter(pc.equal(table["step"], question.step))
    ranked = {
        row["code"]: row
        for row in read_table(question.home, question.run.id, "candidates").to_pylist()
    }
    codes = table["code"].to_pylist()
    boundaries = townships(question.home, question.run.record["boundary_versions"]["township"])
    outline = dict(zip(map(str, boundaries.codes), boundaries.geometry, strict=True))
    return gpd.GeoDataFrame(
        {
            **table.select(["code", "name", "district"]).to_pydict(),
            "period": question.period,
            **_present(table, TOWNSHIP_COLUMNS),
            "score": [ranked.get(code, {}).get("score") for code in codes],
            "rank": [ranked.get(code, {}).get("rank") for code in codes],
            **table.select(["lng", "lat"]).to_pydict(),
        },
        geometry=[outline[code] for code in codes],
        crs=4326,
    )


def _clusters(question: Asked) -> gpd.GeoDataFrame:
    if cluster_table(question.home, question.run) is None:
        raise _left_out("clusters", "扫描聚集区")
    found = json.loads(layers.clusters_geojson(question.home, question.run.id))["features"]
    rows = [each["properties"] for each in found if _lasts_over(each, question.step)]
    shapes = gpd.GeoDataFrame.from_features(
        [each for each in found if _lasts_over(each, question.step)], crs=4326
    ).get("geometry")
    months = [step.label for step in question.run.steps]
    return gpd.GeoDataFrame(
        {
            "rank": [row["rank"] for row in rows],
            "township": [row["township"] for row in rows],
            "first_month": [months[row["start"]] for row in rows],
            "last_month": [months[row["end"]] for row in rows],
            **{name: [row[name] for row in rows] for name in (*CLUSTER_COLUMNS, "lng", "lat")},
        },
        geometry=list(shapes) if rows else [],
        crs=4326,
    )


def _lasts_over(cluster: dict[str, Any], step: int) -> bool:
    own = cluster["properties"]
    return step == WHOLE_SPAN or own["start"] <= step <= own["end"]


def _frequent(question: Asked) -> gpd.GeoDataFrame:
    return _points(question, [row for row in seen_points(question) if row["rules"]])


def _unusual(question: Asked) -> gpd.GeoDataFrame:
    return _points(question, [row for row in seen_points(question) if row["unusually_high"]])


def seen_points(question: Asked) -> list[dict[str, Any]]:
    """Return the points of the asking person's area, those with most reports first."""
    area = question.access.area(Permission.READ)
    return layers.points(question.home, area, question.run.id)


def _points(question: Asked, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    lng, lat = [row["lng"] for row in rows], [row["lat"] for row in rows]
    whole = Asked(question.home, question.access, question.run, WHOLE_SPAN)
    titles = {name: rule.title(language()) for name, rule in run_rules(question.run).items()}
    return gpd.GeoDataFrame(
        {
            "id": [row["id"] for row in rows],
            "name": [row["name"] for row in rows],
            "township": _township_names(question, lng, lat),
            "period": whole.period,
            "rules": [
                _("、").join(titles.get(name, name) for name in row["rules"]) for row in rows
            ],
            **{name: [row.get(name) for row in rows] for name in POINT_COLUMNS},
            "lng": lng,
            "lat": lat,
        },
        geometry=gpd.points_from_xy(lng, lat),
        crs=4326,
    )


def _present(table: pa.Table, names: Sequence[str]) -> dict[str, Any]:
    """Return the columns that the table has: earlier runs did not keep all of them."""
    known: dict[str, Any] = table.select([n for n in names if n in table.column_names]).to_pydict()
    return known


def _names(cells: NDArray[Any]) -> list[str]:
    return [cell_name(cell) for cell in cells]


def _township_names(question: Asked, lng: Any, lat: Any) -> list[str | None]:
    boundaries = townships(question.home, question.run.record["boundary_versions"]["township"])
    found = boundaries.locate(lng, lat)
    return [None if at < 0 else str(boundaries.names[at]) for at in found]


def _left_out(layer: str, chinese: str) -> Missing:
    return Missing(f"this run has no {layer}", f"这次分析没有{chinese}这一图层")
