"""What a browser is sent for scripts and styles, all pages together."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import brotli
import pytest

from app.assets import DIST, NOT_BUILT, is_built

MOST_KB = 900

NOT_SENT = "leaflet"
"""Goes into maps exported as one file; no page loads it."""


@pytest.fixture
def built() -> list[Path]:
    """Every script and style of the build, those too that only some pages load."""
    if not is_built():
        pytest.skip(NOT_BUILT)
    return [path for path in DIST.iterdir() if path.suffix in {".js", ".css"}]


def test_all_that_pages_load_stays_small(built: list[Path]) -> None:
    """Over plain HTTP browsers take gzip alone."""
    sent = [path for path in built if not path.name.startswith(NOT_SENT)]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) / 1000 for path in sent}
    assert sum(sizes.values()) <= MOST_KB, sizes


def test_the_whole_bundle_stays_small(built: list[Path]) -> None:
    sizes = {path.name: len(brotli.compress(path.read_bytes())) / 1000 for path in built}
    assert sum(sizes.values()) <= MOST_KB, sizes


def test_map_and_charts_are_not_in_what_every_page_loads(built: list[Path]) -> None:
    name = json.loads((DIST / "manifest.json").read_text("utf-8"))["site.js"]
    script = next(path for path in built if path.name == name).read_text("utf-8")
    assert "maplibregl" not in script
    assert "echarts" not in script
