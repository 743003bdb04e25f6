"""The strongest things of each layer in words: what stands beside a map that cannot be clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from app.cases.disclosure import disclosed, told
from app.hotspots.clusters.details import scanned_cells
from app.hotspots.courses.categories import NO_PATTERN, category_name
from app.hotspots.courses.wording import course_sentence
from app.hotspots.details import Line
from app.hotspots.geography import townships
from app.hotspots.periods import WHOLE_SPAN, Step
from app.hotspots.runs import cluster_table, emerging_table, read_table
from app.hotspots.significance import NOT_TESTED
from app.hotspots.wording import sentence
from app.takeaway.features import Asked, seen_points
from app.translation import _
from spatial.grid import cell_centres, cell_name

LONGEST = 20
"""Rows of a list."""


@dataclass(frozen=True)
class Strong:
    """One thing: ``selected`` as in the URL of the map, its name, its figure and its sentence.

    Who may see no small counts reads a disclosed figure, and no sentence: those tell more.
    """

    selected: str
    name: str
    figure: int | str
    sentence: str
    lng: float
    lat: float


def strongest(question: Asked, layer: str) -> list[Strong]:
    """Return the strongest things of a layer, the first of them first."""
    makers: dict[str, Callable[[Asked], Iterable[Strong]]] = {
        "cells": _cells,
        "emerging": _courses,
        "townships": _townships,
        "clusters": _clusters,
        "points": lambda asked: _points(asked, "rules"),
        "unusual": lambda asked: _points(asked, "unusually_high"),
    }
    found = list(makers[layer](question))
    # Months of a kind of course are no counts of cases.
    if question.exact or layer == "emerging":
        return found
    return [_disclosed(each) for each in found]


def _disclosed(each: Strong) -> Strong:
    return replace(each, figure=told(disclosed(int(each.figure))), sentence="")


def _cells(question: Asked) -> Iterable[Strong]:
    """Yield cells by how sure it is that they are hot."""
    table = pl.DataFrame(read_table(question.home, question.run.id, "cells"))
    first = (
        table.filter(pl.col("step") == question.step, pl.col("level") != NOT_TESTED)
        .sort(["q_hot", "count", "cell"], descending=[False, True, False], nulls_last=True)
        .head(LONGEST)
    )
    for row in first.to_dicts():
        yield _of_cell(question, row, row["count"], sentence(_line(question, "cell", row)))


def _courses(question: Asked) -> Iterable[Strong]:
    """Yield cells with a kind of course by their hot months, those with low ones last."""
    table = emerging_table(question.home, question.run)
    if table is None:
        return
    kinds = ~pl.col("category").is_in([NO_PATTERN, NOT_TESTED])
    order = ["hot_steps", "cold_steps", "cell"]
    first = pl.DataFrame(table).filter(kinds).sort(order, descending=[True, True, False])
    for row in first.head(LONGEST).to_dicts():
        told = course_sentence(_line(question, "cell", row), row)
        text = _("%(kind)s：%(why)s", kind=category_name(row["category"]), why=told)
        yield _of_cell(question, row, row["hot_steps"], text)


def _of_cell(question: Asked, row: dict[str, Any], count: int, text: str) -> Strong:
    lat, lng = (float(each[0]) for each in cell_centres([row["cell"]]))
    boundaries = townships(question.home, question.run.record["boundary_versions"]["township"])
    at = int(boundaries.locate(np.array([lng]), np.array([lat]))[0])
    where = str(boundaries.names[at]) if at >= 0 else _("区划之外")
    name = _("%(township)s的分析单元", township=where)
    return Strong(f"cell:{cell_name(row['cell'])}", name, count, text, lng, lat)


def _townships(question: Asked) -> Iterable[Strong]:
    """Yield townships by their rate, or by their count where no population is known."""
    table = pl.DataFrame(read_table(question.home, question.run.id, "townships"))
    first = table.filter(pl.col("step") == question.step).sort(
        ["rate", "count", "code"], descending=[True, True, False], nulls_last=True
    )
    for row in first.head(LONGEST).to_dicts():
        text = sentence(_line(question, "township", row))
        selected = f"township:{row['code']}"
        yield Strong(selected, row["name"], row["count"], text, row["lng"], row["lat"])


def _clusters(question: Asked) -> Iterable[Strong]:
    """Yield the scan clusters that last over the step, the strongest first."""
    table = cluster_table(question.home, question.run)
    if table is None:
        return
    for row in table.to_pylist():
        first, last = (question.run.steps[row[name]] for name in ("start_step", "end_step"))
        if question.step != WHOLE_SPAN and not first.index <= question.step <= last.index:
            continue
        cells = scanned_cells(question.home, question.run, row["members"])
        told = Line("cluster", question.run, None, row | {"cells": len(cells)}, (first, last))
        name = _("第 %(rank)s 位扫描聚集区", rank=row["rank"])
        selected = f"cluster:{row['rank']}"
        yield Strong(selected, name, row["observed"], sentence(told), row["lng"], row["lat"])


def _points(question: Asked, kind: str) -> Iterable[Strong]:
    """Yield points of one kind by their reports."""
    kept = [row["id"] for row in seen_points(question) if row[kind]][:LONGEST]
    table = read_table(question.home, question.run.id, "points").to_pylist()
    rows = {row["id"]: row for row in table}
    for point in kept:
        row = rows[point]
        text = sentence(_line(question, "point", row))
        yield Strong(f"point:{point}", row["name"], row["reports"], text, row["lng"], row["lat"])


def _line(question: Asked, kind: str, row: dict[str, Any]) -> Line:
    return Line(kind, question.run, _step(question), row)


def _step(question: Asked) -> Step | None:
    return None if question.step == WHOLE_SPAN else question.run.steps[question.step]
