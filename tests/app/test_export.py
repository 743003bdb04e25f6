"""Names from files stand in the exported page as text, whatever they hold."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.accounts.areas import EVERYWHERE
from app.hotspots import export_layers, export_sheet, offline_page
from app.hotspots.courses.categories import CATEGORIES, category_key
from app.hotspots.export import render_map
from app.hotspots.export_sheet import Drawn, sheet
from app.hotspots.palette import CATEGORY_COLOURS
from app.hotspots.runs import RunSummary
from geodata.home import Home

MARKUP = "<script>document.title='in'</script>"
LITERAL = "${document.title='in'}`\\"
TEMPLATE = "{{ 6 * 7 }}{% if 1 %}"


@pytest.fixture
def page(city_home: Path, city_run: RunSummary, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a run whose classes and points bear hostile names."""
    monkeypatch.setattr(offline_page, "_library", lambda: "<script>/* leaflet */</script>")
    home = Home.at(city_home)
    found = export_layers.points(home, EVERYWHERE, city_run.id)
    renamed = [{**point, "name": MARKUP + LITERAL + TEMPLATE} for point in found]
    monkeypatch.setattr(export_layers, "points", lambda _home, _area, _run: renamed)
    known = export_layers.townships(home, city_run.record["boundary_versions"]["township"])
    names = np.array([MARKUP + LITERAL + TEMPLATE] * len(known), dtype=object)
    hostile = dataclasses.replace(known, names=names)
    monkeypatch.setattr(export_layers, "townships", lambda _home, _version: hostile)
    return render_map(home, dataclasses.replace(city_run, classes=(MARKUP + TEMPLATE,)))


def test_names_are_no_markup(page: str) -> None:
    assert MARKUP not in page
    assert MARKUP.replace("<", "\\u003c").replace(">", "\\u003e") not in page
    assert "&lt;script&gt;" in page


def test_names_are_no_javascript(page: str) -> None:
    assert "${document" not in page
    assert page.count("件 cases") > 0


def test_names_are_no_template(page: str) -> None:
    title = page.partition("<title>")[2].partition("</title>")[0]
    sheet = page.partition('<details class="sheet">')[2].partition("</h1>")[0]
    for text in (title, sheet):
        assert "{{ 6 * 7 }}" in text
        assert "42" not in text


def test_definitions_are_no_markup(city_run: RunSummary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of rules come from a file of the home, and stand in the definitions."""
    real = export_sheet.layer_definitions

    def hostile(run: RunSummary) -> dict[str, dict[str, Any]]:
        found = real(run)
        term = {"key": "x", "name": MARKUP, "text": MARKUP, "count": 1}
        return found | {"points": found["points"] | {"terms": [term], "text": MARKUP}}

    monkeypatch.setattr(export_sheet, "layer_definitions", hostile)
    shown = sheet(city_run, Drawn(frozenset({0}), 1, 1), "zh_Hans")
    assert MARKUP not in shown
    assert shown.count("&lt;script&gt;") == 3


@pytest.mark.parametrize(
    ("language", "title"), [("zh_Hans", "诉求聚集地图"), ("en", "Hot spot map")]
)
def test_every_layer_has_its_definition(city_run: RunSummary, language: str, title: str) -> None:
    shown = sheet(city_run, Drawn(frozenset({0, 3}), 301, 2), language)
    assert title in shown
    assert "诉求热点" not in shown
    assert "href" not in shown
    # One for the sheet and one each for cells, courses, clusters and the two kinds of point.
    assert shown.count("<details") == shown.count("</details>") == 6
    assert str(city_run.record["family"])[-3:] in shown
    assert ("Benjamini–Hochberg over" in shown) == (language == "en")
    assert ("诉求件数" in shown) == (language != "en")


def test_the_legend_has_only_what_is_drawn(city_run: RunSummary) -> None:
    few = sheet(city_run, Drawn(frozenset({3}), 0, 0), "zh_Hans")
    assert "聚集，q &lt; 0.01" in few
    assert "偏低，q &lt; 0.01" not in few
    assert 'class="circle"' not in few
    assert 'class="diamond"' not in few
    counts = city_run.record["emerging"]["counts"]
    absent = [code for code in CATEGORIES if code and not counts[category_key(code)]]
    assert absent
    rows = few.partition("时空演变类型</h2>")[2].partition("<details>")[0]
    for code in CATEGORIES:
        if code:
            assert (CATEGORY_COLOURS[code] in rows) == (code not in absent)


@pytest.mark.parametrize(("found", "said"), [(300, False), (301, True)])
def test_points_left_out_are_told(city_run: RunSummary, found: int, said: bool) -> None:
    shown = sheet(city_run, Drawn(frozenset(), found, 2), "zh_Hans")
    assert ("只画件数最多的 300 个" in shown) == said
    assert f"高频点位，共 {found} 个" in shown
    assert 'class="diamond"' in shown
