"""What the map page is given."""

from __future__ import annotations

from threading import Lock
from typing import Any

from cachetools import LRUCache, cached

from app.accounts.access import Access
from app.hotspots.definitions import layer_definitions
from app.hotspots.disclosing import shown_to
from app.hotspots.forms import MapState
from app.hotspots.method import method_notes
from app.hotspots.runs import RunSummary, list_runs, load_run
from geodata.home import Home

KEPT_RUNS = 16

TABLES = ("cells", "emerging", "townships", "clusters", "points", "unusual")
"""Layers that can be taken away as a table."""


def map_page(home: Home, access: Access, state: MapState, language: str) -> dict[str, Any]:
    """Return the context of the map page for a state of its URL, as somebody may see it.

    Raises
    ------
    Missing
        The state names a run that does not exist.
    """
    runs = list_runs(home)
    run = load_run(home, state.run) if state.run else next(iter(runs), None)
    definitions = _definitions(run, language) if run else {}
    return {
        "runs": runs,
        "run": run,
        "state": state,
        "notes": method_notes(run) if run else [],
        "tables": [(name, each["title"]) for name, each in definitions.items() if name in TABLES],
        "config": {
            "run": run.id if run else None,
            "runs": [{"id": each.id, "label": each.label} for each in runs],
            "state": state.model_dump(),
            "counts": shown_to(access, run.counts) if run else None,
            "language": language,
            "urls": layer_urls(run),
            "definitions": definitions,
        },
    }


@cached(LRUCache(KEPT_RUNS), key=lambda run, language: (run.id, language), lock=Lock())
def _definitions(run: RunSummary, language: str) -> dict[str, dict[str, Any]]:  # noqa: ARG001
    """Return what `layer_definitions` says in the language in use; nobody may change it."""
    return layer_definitions(run)


def layer_urls(run: RunSummary | None) -> dict[str, str]:
    """Return the addresses that the map reads; those ending in ``/`` take a name."""
    urls = {
        "map": "/hotspots",
        "projects": "/hotspots/projects.json",
        "warnings": "/hotspots/warnings.json",
        "project": "/projects/",
        "project_new": "/projects/new",
        "township_page": "/townships/",
        "analyse": "/hotspots/analyse",
    }
    if run:
        base = f"/hotspots/runs/{run.id}"
        urls |= {
            "meta": f"{base}/meta.json",
            "cells": f"{base}/cells.bin",
            "townships_geojson": f"{base}/townships.geojson",
            "townships": f"{base}/townships.json",
            "clusters": f"{base}/clusters.geojson",
            "points": f"{base}/points.json",
            "cell": f"{base}/cell/",
            "township": f"{base}/township/",
            "cluster": f"{base}/cluster/",
            "point": f"{base}/point/",
        }
    return urls
