"""Names from files stand in the exported page as text, whatever they hold."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from app.hotspots import export, export_layers
from app.hotspots.export import render_map
from app.hotspots.runs import RunSummary
from geodata.home import Home

MARKUP = "<script>document.title='in'</script>"
LITERAL = "${document.title='in'}`\\"
TEMPLATE = "{{ 6 * 7 }}{% if 1 %}"


@pytest.fixture
def page(city_home: Path, city_run: RunSummary, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a run whose classes and points bear hostile names."""
    monkeypatch.setattr(export, "_library", lambda: "<script>/* leaflet */</script>")
    home = Home.at(city_home)
    found = export_layers.points(home, city_run.id)
    renamed = [{**point, "name": MARKUP + LITERAL + TEMPLATE} for point in found]
    monkeypatch.setattr(export_layers, "points", lambda _home, _run: renamed)
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
    sheet = page.partition('<div class="sheet">')[2].partition("</h1>")[0]
    for text in (title, sheet):
        assert "{{ 6 * 7 }}" in text
        assert "42" not in text
