"""The strongest things of each layer in words: what stands beside a map that cannot be clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from app.hotspots.clusters.details import scanned_cells
from app.hotspots.courses.categories import NO_PATTERN, category_name
from app.hotspots.courses.wording import course_sentence
from app.hotspots.details import Line, township_at
from app.hotspots.disclosing import shown_to
from app.hotspots.figures import said
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import cluster_table, emerging_table, read_table, step_of
from app.hotspots.significance import NOT_TESTED
from app.hotspots.wording import cell_title, sentence
from app.takeaway.features import Asked, seen_points
from app.translation import _
from spatial.grid import cell_centres, cell_name

LONGEST = 20
"""Rows of a list."""


@dataclass(frozen=True)
class Strong:
    """One thing: ``selected`` as in the URL of the map, its name, its figure and its sentence."""

    selected: str
    name: str
    figure: str
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
    return list(makers[layer](question))


def _cells(question: Asked) -> Iterable[Strong]:
    """Yield cells by how sure it is that they are hot."""
    table = pl.DataFrame(read_table(question.home, question.run.id, "cells"))
    first = (
        table.filter(pl.col("step") == question.step, pl.col("level") != NOT_TESTED)
        .sort(["q_hot", "count", "cell"], descending=[False, True, False], nulls_last=True)
        .head(LONGEST)
    )
    for row in first.to_dicts():
        line = _line(question, "cell", row)
        yield _of_cell(question, row, said(line.row["count"]), sentence(line))


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
        yield _of_cell(question, row, said(row["hot_steps"]), text)


def _of_cell(question: Asked, row: dict[str, Any], count: str, text: str) -> Strong:
    lat, lng = (float(each[0]) for each in cell_centres([row["cell"]]))
    name = cell_title(township_at(question.home, question.run, lng, lat))
    return Strong(f"cell:{cell_name(row['cell'])}", name, count, text, lng, lat)


def _townships(question: Asked) -> Iterable[Strong]:
    """Yield townships by their rate, or by their count where no population is known."""
    table = pl.DataFrame(read_table(question.home, question.run.id, "townships"))
    first = table.filter(pl.col("step") == question.step).sort(
        ["rate", "count", "code"], descending=[True, True, False], nulls_last=True
    )
    for row in first.head(LONGEST).to_dicts():
        line = _line(question, "township", row)
        selected, count = f"township:{row['code']}", said(line.row["count"])
        yield Strong(selected, row["name"], count, sentence(line), row["lng"], row["lat"])


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
        seen = shown_to(question.access, row | {"cells": len(cells)})
        line = Line("cluster", question.run, None, seen, (first, last))
        name = _("第 %(rank)s 位扫描聚集区", rank=row["rank"])
        selected = f"cluster:{row['rank']}"
        count = said(seen["observed"])
        yield Strong(selected, name, count, sentence(line), row["lng"], row["lat"])


def _points(question: Asked, kind: str) -> Iterable[Strong]:
    """Yield points of one kind by their reports."""
    kept = [row["id"] for row in seen_points(question) if row[kind]][:LONGEST]
    table = read_table(question.home, question.run.id, "points").to_pylist()
    rows = {row["id"]: row for row in table}
    for point in kept:
        row = rows[point]
        line = _line(question, "point", row)
        selected, count = f"point:{point}", said(line.row["reports"])
        yield Strong(selected, row["name"], count, sentence(line), row["lng"], row["lat"])


def _line(question: Asked, kind: str, row: dict[str, Any]) -> Line:
    """Return a row with as much of it as the asking person may see."""
    return Line(
        kind, question.run, step_of(question.run, question.step), shown_to(question.access, row)
    )
