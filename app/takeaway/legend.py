"""The legend of a picture: what each colour and sign means, in rows below the map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.hotspots.courses.categories import CATEGORIES, category_key, category_name
from app.hotspots.definitions import layer_definitions
from app.hotspots.export_sheet import LEVELS, level_name
from app.hotspots.measures import measure_unit
from app.hotspots.palette import (
    CATEGORY_COLOURS,
    CATEGORY_PATTERNS,
    CLUSTER,
    HIGH_FREQUENCY,
    INK,
    LEVEL_COLOURS,
    MISSING,
    PROJECT,
    STANDING_COLOURS,
    TOWNSHIP_COLOURS,
    UNUSUALLY_HIGH,
)
from app.hotspots.significance import NOT_TESTED
from app.hotspots.sizes import size_at_zoom
from app.takeaway.pen import Sheet, width_of
from app.takeaway.scene import Scene
from app.townships.supervising.standing import IN_FORCE, REBOUNDED, WARNED, WATCHED
from app.translation import _
from app.web import language

ROW, SIZE, SWATCH, GAP, MARGIN = 20, 12, 14, 18, 14
"""Height of a row, of letters, width of a swatch, room between entries and at the sides."""


@dataclass(frozen=True)
class Entry:
    """One colour or sign: ``sign`` is ``area``, ``line``, or one of `Sheet.mark`."""

    text: str
    fill: str
    sign: str = "area"
    edge: str = "#ffffff"
    pattern: str = "solid"


@dataclass(frozen=True)
class Group:
    """The entries of one layer under its title."""

    title: str
    entries: tuple[Entry, ...]


def legend_groups(scene: Scene) -> tuple[Group, ...]:
    """Return a group for each layer that the scene shows."""
    makers = {
        "cells": _levels,
        "emerging": _courses,
        "townships": _townships,
        "clusters": _clusters,
        "points": _frequent,
        "unusual": _unusual,
        "projects": _projects,
        "warnings": _warnings,
    }
    titles = layer_definitions(scene.question.run)
    return tuple(
        Group(_with_unit(scene, name, titles[name]["title"]), tuple(makers[name](scene)))
        for name in scene.shown
    )


def legend_height(groups: tuple[Group, ...], width: int) -> int:
    """Return how many pixels the legend takes at a width."""
    return sum((1 + len(_rows(group, width))) * ROW for group in groups) + MARGIN


def draw_legend(sheet: Sheet, groups: tuple[Group, ...], width: int, top: float) -> None:
    """Draw the legend from `top` downwards."""
    down = top + MARGIN / 2 + ROW / 2
    for group in groups:
        sheet.write((MARGIN, down), group.title, SIZE, INK, bold=True)
        down += ROW
        for row in _rows(group, width):
            right = float(MARGIN)
            for entry in row:
                _draw_entry(sheet, entry, right, down)
                right += _width(entry)
            down += ROW


def _rows(group: Group, width: int) -> list[list[Entry]]:
    rows: list[list[Entry]] = [[]]
    taken = float(MARGIN)
    for entry in group.entries:
        if rows[-1] and taken + _width(entry) > width - MARGIN:
            rows.append([])
            taken = float(MARGIN)
        rows[-1].append(entry)
        taken += _width(entry)
    return rows


def _width(entry: Entry) -> float:
    return SWATCH + 6 + width_of(entry.text, SIZE) + GAP


def _draw_entry(sheet: Sheet, entry: Entry, right: float, down: float) -> None:
    middle = (right + SWATCH / 2, down)
    if entry.sign == "area":
        corner = (right, down - SWATCH / 2)
        sheet.box(corner, SWATCH, SWATCH, entry.fill, edge="#9aa3ad", pattern=entry.pattern)
    elif entry.sign == "line":
        sheet.line([(right, down), (right + SWATCH, down)], entry.fill, 3)
    else:
        sheet.mark(np.array(middle), entry.sign, 11, entry.fill, entry.edge)
    sheet.write((right + SWATCH + 6, down), entry.text, SIZE, INK)


def _with_unit(scene: Scene, name: str, title: str) -> str:
    """Return a layer's title with what its colours count."""
    run = scene.question.run
    if name == "cells" and len(run.resolutions) > 1:
        return _(
            "%(title)s（计量单位：%(unit)s；H3 %(size)s 级单元，单独检验和校正）",
            title=title,
            unit=measure_unit(run.measure),
            size=size_at_zoom(run, scene.screen.zoom),
        )
    if name in ("cells", "clusters"):
        unit = measure_unit(run.measure)
    elif name == "townships":
        unit = _("件/万人") if scene.classes.by_rate else _("件")
    else:
        return title
    return _("%(title)s（计量单位：%(unit)s）", title=title, unit=unit)


def _levels(_scene: Scene) -> Iterator[Entry]:
    for level in LEVELS:
        pattern = "hatched" if level == NOT_TESTED else "solid"
        yield Entry(level_name(level, language()), LEVEL_COLOURS[level], pattern=pattern)


def _courses(scene: Scene) -> Iterator[Entry]:
    counts = scene.question.run.record.get("emerging", {}).get("counts", {})
    for code in CATEGORIES:
        if counts.get(category_key(code)):
            yield Entry(category_name(code), CATEGORY_COLOURS[code], pattern=course_pattern(code))
    yield Entry(category_name(NOT_TESTED), CATEGORY_COLOURS[NOT_TESTED], pattern="hatched")


def course_pattern(code: int) -> str:
    """Return the second sign of a kind of course."""
    return "hatched" if code == NOT_TESTED else CATEGORY_PATTERNS.get(abs(code), "solid")


def _townships(scene: Scene) -> Iterator[Entry]:
    return township_entries(scene.classes.breaks, decimals=1 if scene.classes.by_rate else 0)


def township_entries(bounds: Sequence[float], *, decimals: int) -> Iterator[Entry]:
    """Return what the colours of townships mean, the lowest class first."""
    breaks = [f"{bound:,.{decimals}f}" for bound in bounds]
    for at in range(len(breaks) + 1):
        if at == 0:
            text = f"< {breaks[0]}" if breaks else _("全部")
        else:
            text = f"{breaks[at - 1]}–{breaks[at]}" if at < len(breaks) else f"≥ {breaks[-1]}"
        yield Entry(text, TOWNSHIP_COLOURS[at])
    yield Entry(_("无数据"), MISSING)


def _clusters(_scene: Scene) -> Iterator[Entry]:
    yield Entry(_("聚集区外缘，数字为位次（p < 0.05）"), CLUSTER, "line")


def _frequent(_scene: Scene) -> Iterator[Entry]:
    yield Entry(_("高频点位"), HIGH_FREQUENCY, "o")


def _unusual(_scene: Scene) -> Iterator[Entry]:
    yield Entry(_("异常偏高点位"), UNUSUALLY_HIGH, "D", INK)


def _projects(_scene: Scene) -> Iterator[Entry]:
    yield Entry(_("计划或进行中的项目"), "#ffffff", "s", PROJECT)
    yield Entry(_("已完成的项目"), PROJECT, "s", PROJECT)


def _warnings(scene: Scene) -> Iterator[Entry]:
    words = {
        REBOUNDED: _("诉求反弹提醒"),
        WARNED: _("预警未办结"),
        IN_FORCE: _("治理类街乡镇"),
        WATCHED: _("已退出，跟踪中"),
    }
    shown = set(scene.standings.values())
    for standing, text in words.items():
        if standing in shown:
            yield Entry(text, STANDING_COLOURS[standing], "line")
    if not shown:
        yield Entry(_("现在没有"), MISSING, "line")
