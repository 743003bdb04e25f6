"""The sheet over an exported map: what is counted, the legend, and what each layer shows."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from flask import Flask, session
from flask_babel import Babel

from app.hotspots.cell_tests import POPULATION_NULL
from app.hotspots.courses.categories import CATEGORIES, NO_PATTERN, category_key, category_name
from app.hotspots.definitions import layer_definitions
from app.hotspots.export_layers import LARGEST_SHOWN_POINTS, LAYER_NAMES
from app.hotspots.measures import measure_name
from app.hotspots.palette import (
    CATEGORY_COLOURS,
    CLUSTER,
    HIGH_FREQUENCY,
    LEVEL_COLOURS,
    UNUSUALLY_HIGH,
)
from app.hotspots.runs import RunSummary
from app.hotspots.significance import NOT_TESTED
from app.web import LANGUAGES

WORDS = {
    "title": ("诉求聚集地图", "Hot spot map of cases"),
    "legend": ("图例与定义", "Legend and definitions"),
    "layers": ("图层", "Layers"),
    "all": (
        "全部 {all:,} 件 = 已定位 {located:,} 件 + 未定位 {unlocated:,} 件",
        "{all:,} cases = {located:,} located + {unlocated:,} unlocated",
    ),
    "township_only": ("其中仅知街乡镇 {:,} 件", "of them township only {:,}"),
    "counted": ("单元计量：{}", "Cells count: {}"),
    "population": ("应有量依据：人口", "Expected by: population"),
    "no_population": ("没有人口数据", "No population"),
    "definition": ("准确定义", "Exact definition"),
    "cluster": (
        "聚集区外缘（p < 0.05），共 {:,} 处",
        "Outline of a cluster (p < 0.05), {:,} in all",
    ),
    "point": ("高频点位，共 {:,} 个", "High-frequency point, {:,} in all"),
    "largest": ("只画件数最多的 {:,} 个", "Only the {:,} with most cases are drawn"),
    "unusual": ("异常偏高点位，共 {:,} 个", "Unusually high point, {:,} in all"),
    "run": ("分析编号 {}", "Run {}"),
    "colon": ("：", ": "),
}
"""Words of the exported page alone: Chinese, English."""

LEVELS = {
    3: ("聚集，q < 0.01", "Hot, q < 0.01"),
    2: ("聚集，q < 0.05", "Hot, q < 0.05"),
    1: ("聚集，q < 0.10", "Hot, q < 0.10"),
    0: ("不显著", "Not significant"),
    -1: ("偏低，q < 0.10", "Low, q < 0.10"),
    -2: ("偏低，q < 0.05", "Low, q < 0.05"),
    -3: ("偏低，q < 0.01", "Low, q < 0.01"),
    NOT_TESTED: ("未检验", "Not tested"),
}


@dataclass(frozen=True)
class Drawn:
    """What of a run is in the page: only that has a row in the legend.

    Attributes
    ----------
    levels : frozenset of int
        Levels of the drawn cells.
    frequent, unusual : int
        High-frequency and unusually high points of the run, drawn or not.
    """

    levels: frozenset[int]
    frequent: int
    unusual: int


def word(name: str, language: str) -> str:
    """Return a word of the page in a language of `app.web.LANGUAGES`."""
    return _chosen(WORDS[name], language)


def level_name(level: int, language: str) -> str:
    """Return what a level of significance is called."""
    return _chosen(LEVELS[level], language)


def sheet(run: RunSummary, drawn: Drawn, language: str) -> str:
    """Return the markup of the sheet; closed, so that it never covers a narrow map at once."""
    with speaking(language):
        last = paragraphs([word("run", language).format(run.id)])
        parts = (_figures(run, language), *_sections(run, drawn, language), last)
        return folded_sheet(f"{word('title', language)} {run.label}", parts, language)


def folded_sheet(title: str, parts: Iterable[str], language: str) -> str:
    """Return the markup of a sheet with a title; its parts are markup already."""
    return (
        f'<details class="sheet"><summary><h1>{escape(title)}</h1>'
        f"<span>{word('legend', language)}</span></summary>{''.join(parts)}</details>"
    )


def layer_section(layer: str, title: str, rows: Iterable[str], more: str, *, shown: bool) -> str:
    """Return the part of a sheet that follows a layer: its legend, and more markup.

    Parameters
    ----------
    layer : str
        As the box of layers calls it.
    title : str
    rows : iterable of str
        Of the legend, as `sign_row` writes them.
    more : str
        Markup below.
    shown : bool
        Whether the layer is drawn when the page opens.
    """
    off = "" if shown else ' class="off"'
    return (
        f'<section data-layer="{escape(layer)}"{off}><h2>{escape(title)}</h2>'
        f'<div class="rows">{"".join(rows)}</div>{more}</section>'
    )


def sign_row(style: str, text: str, *, sign: str = "area") -> str:
    """Return a row of a legend: a sign (``area``, ``circle``, ``diamond``) and what it says."""
    return f'<p><i class="{sign}" style="{style}"></i>{escape(text)}</p>'


def paragraphs(lines: Iterable[str]) -> str:
    """Return lines as markup."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _figures(run: RunSummary, language: str) -> str:
    basis = "population" if run.null == POPULATION_NULL else "no_population"
    lines = (
        word("all", language).format(**run.counts),
        word("township_only", language).format(run.counts["township_only"]),
        word("counted", language).format(measure_name(run.measure)),
        word(basis, language),
    )
    return paragraphs(lines)


def _sections(run: RunSummary, drawn: Drawn, language: str) -> Iterator[str]:
    definitions = layer_definitions(run)
    rows = {
        "cells": _level_rows(drawn, language),
        "emerging": _course_rows(run),
        "clusters": _cluster_rows(run, language),
        "points": _frequent_rows(drawn, language),
        "unusual": _unusual_rows(drawn, language),
    }
    for name, shown in rows.items():
        title, more = definitions[name]["title"], _definition(definitions[name], language)
        # Only the first layer is drawn when the page opens.
        yield layer_section(LAYER_NAMES[name], title, shown, more, shown=name == "cells")


def _level_rows(drawn: Drawn, language: str) -> list[str]:
    return [
        sign_row(f"background:{LEVEL_COLOURS[level]}", level_name(level, language))
        for level in LEVELS
        if level in drawn.levels
    ]


def _course_rows(run: RunSummary) -> list[str]:
    counts = run.record.get("emerging", {}).get("counts", {})
    return [
        sign_row(f"background:{CATEGORY_COLOURS[code]}", category_name(code))
        for code in CATEGORIES
        if code != NO_PATTERN and counts.get(category_key(code))
    ]


def _cluster_rows(run: RunSummary, language: str) -> list[str]:
    found = run.record.get("scan", {}).get("significant", 0)
    text = word("cluster", language).format(found)
    return [sign_row(f"border:3px solid {CLUSTER}", text)] if found else []


def _frequent_rows(drawn: Drawn, language: str) -> list[str]:
    if not drawn.frequent:
        return []
    rows = [
        sign_row(
            f"background:{HIGH_FREQUENCY}",
            word("point", language).format(drawn.frequent),
            sign="circle",
        )
    ]
    if drawn.frequent > LARGEST_SHOWN_POINTS:
        rows.append(f"<p>{escape(word('largest', language).format(LARGEST_SHOWN_POINTS))}</p>")
    return rows


def _unusual_rows(drawn: Drawn, language: str) -> list[str]:
    text = word("unusual", language).format(drawn.unusual)
    style = f"background:{UNUSUALLY_HIGH}"
    return [sign_row(style, text, sign="diamond")] if drawn.unusual else []


def _definition(definition: dict[str, Any], language: str) -> str:
    """Return a definition that one click opens; links into the application are left out."""
    colon = word("colon", language)
    lines = [definition["text"]]
    if definition["missing"]:
        lines.append(definition["missing"])
    lines += [f"{fact['label']}{colon}{fact['value']}" for fact in definition["facts"]]
    lines += [_term(term, colon) for term in definition["terms"] if term["count"] != 0]
    lines += definition["notes"]
    return (
        f"<details><summary>{escape(word('definition', language))}</summary>"
        f"{paragraphs(lines)}</details>"
    )


def _term(term: dict[str, Any], colon: str) -> str:
    count = "" if term["count"] is None else f" ({term['count']:,})"
    return f"{term['name']}{count}{colon}{term['text']}"


def _chosen(pair: tuple[str, str], language: str) -> str:
    return pair[0] if language.startswith("zh") else pair[1]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Give the words of the application, which follow a reader's choice, a reader."""
    app = Flask("app")
    app.secret_key = secrets.token_hex()
    Babel(app, default_locale=LANGUAGES[language])
    with app.test_request_context():
        session["language"] = language
        yield
