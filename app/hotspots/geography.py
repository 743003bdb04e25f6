"""Boundaries and places by version, kept in memory: a version never changes."""

from __future__ import annotations

from functools import lru_cache

from geodata.areas import Boundaries, Places, load_boundaries, load_places
from geodata.home import Home

KEPT_VERSIONS = 4


@lru_cache(maxsize=KEPT_VERSIONS)
def townships(home: Home, version: str) -> Boundaries:
    """Return a version of the townships."""
    return load_boundaries(home, "township", version)


@lru_cache(maxsize=KEPT_VERSIONS)
def place_register(home: Home, version: str) -> Places | None:
    """Return a version of the place register."""
    return load_places(home, version)
