"""The register of a home: read, and changed as a whole under a lock, with its log."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow.parquet as pq

from geodata.areas import Places, load_boundaries
from geodata.areas.places import PLACES_LAYER, places_of
from geodata.areas.versions import current_version, make_current, read_version, store_version
from geodata.errors import NotFound
from geodata.home import Home
from geodata.places.changes import append_change, compare
from geodata.places.records import Place, frame_of, places_from

KEPT_VERSIONS = 3
"""Registers kept in memory: the one in use, the one before, and the one its model came from."""

_LOCK = "places.lock"


@dataclass
class Draft:
    """The register while it is being changed; what stands in it at the end is kept.

    Attributes
    ----------
    places : dict of Place
        By code; a changed place is put in place of the old one.
    about : dict
        What the log says besides.
    """

    places: dict[str, Place]
    version: str | None = None
    about: dict[str, Any] = field(default_factory=dict)

    def get(self, code: str) -> Place:
        """Return the place with this code, or the one it was merged into.

        Raises
        ------
        NotFound
        """
        return _found(self.places, code)


def read_register(home: Home, version: str | None = None) -> dict[str, Place]:
    """Return the places of a version by code, of the current one when none is named.

    Before the first import there are none.

    Raises
    ------
    NotFound
        There is no such version.
    """
    if version is None and current_version(home.places, PLACES_LAYER) is None:
        return {}
    return places_from(read_version(home.places, PLACES_LAYER, version)[1])


def current_places(home: Home) -> Places | None:
    """Return the register in use as columns, kept in memory while nothing changes."""
    version = current_version(home.places, PLACES_LAYER)
    return None if version is None else places_of_version(home, version)


def places_of_version(home: Home, version: str) -> Places:
    """Return a version of the register as columns, in the townships in use."""
    return _places(home, version, current_version(home.boundaries, "township"))


@lru_cache(maxsize=KEPT_VERSIONS)
def _places(home: Home, version: str, townships: str | None) -> Places:
    frame = read_version(home.places, PLACES_LAYER, version)[1]
    boundaries = load_boundaries(home, "township", townships) if townships else None
    return places_of(version, frame, boundaries)


def find_place(home: Home, code: str) -> Place:
    """Return one place by its code, or by the code of one that was merged into it.

    Raises
    ------
    NotFound
        No place has or had this code.
    """
    return _found(read_register(home), code)


def names_of_places(home: Home, codes: Sequence[str], version: str | None = None) -> dict[str, str]:
    """Return the names of a few places by code, in a version, without reading the others."""
    version = version or current_version(home.places, PLACES_LAYER)
    if version is None or not codes:
        return {}
    path = home.places / f"{version}.parquet"
    found = pq.read_table(path, columns=["code", "name"], filters=[("code", "in", list(codes))])
    return dict(zip(found["code"].to_pylist(), found["name"].to_pylist(), strict=True))


@contextlib.contextmanager
def changing(home: Home, action: str, by: str = "") -> Iterator[Draft]:
    """Give the register to change; at the end it becomes a new version, whole or not at all.

    The lock is the register's own: that of the home may be held by an import for minutes.

    Parameters
    ----------
    home : Home
    action : str
        As in the log (`geodata.places.changes.Change`).
    by : str, optional
        Name of who changes it, for the log.
    """
    with places_lock(home):
        before = current_version(home.places, PLACES_LAYER)
        places = read_register(home)
        draft = Draft(dict(places), before)
        yield draft
        after = store_version(home.places, PLACES_LAYER, frame_of(draft.places.values()))
        if after != before:
            compared = compare(places, draft.places)
            about = {**draft.about, "by": by} if by else draft.about
            append_change(home, action, before, after, compared, about)
            make_current(home.places, PLACES_LAYER, after)
        draft.version = after


@contextlib.contextmanager
def places_lock(home: Home) -> Iterator[None]:
    """Hold the lock of those who change places or decisions; it is free when its holder dies."""
    descriptor = os.open(home.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _found(places: dict[str, Place], code: str) -> Place:
    if code in places:
        return places[code]
    for place in places.values():
        if code in place.former_codes:
            return place
    raise NotFound(f"no place has the code {code[:80]!r}", f"没有编码为“{code[:80]}”的点位")
