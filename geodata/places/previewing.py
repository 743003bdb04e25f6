"""What a file of places would do to the register, before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.home import Home
from geodata.places.changes import compare
from geodata.places.checking import Tell
from geodata.places.importing import NO_REGISTER, read_given, taken_over
from geodata.places.problems import Problem
from geodata.places.records import Place
from geodata.places.register import read_register

SHOWN = 20
"""Places of each kind of change that a preview names; it counts all of them."""


@dataclass(frozen=True)
class PlacePreview:
    """What an import would do.

    Attributes
    ----------
    version : str
        The register it was compared with, `NO_REGISTER` before there is one.
    columns : dict of str
        Field → header by which it was told.
    read, places : int
        Places in the file, and in the register afterwards.
    added, changed, removed, unchanged, kept_edits, merged, repaired, coded : int
        As in `PlaceReport`.
    examples : dict
        ``added, changed, removed`` → the first places as ``code, name, kind, address`` and, of a
        changed one, ``fields``: what each was and would be.
    problems : tuple of Problem
        All of them; with any, nothing can be imported.
    """

    version: str
    columns: dict[str, str]
    read: int
    places: int
    added: int
    changed: int
    removed: int
    unchanged: int
    kept_edits: int
    merged: int
    repaired: int
    coded: int
    examples: dict[str, list[dict[str, Any]]]
    problems: tuple[Problem, ...]

    @property
    def changes_anything(self) -> bool:
        """Tell whether the register would be another one."""
        return bool(self.added or self.changed or self.removed)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return {**vars(self), "problems": [problem.to_json() for problem in self.problems]}


def preview_places(
    home: Home,
    path: Path,
    chosen: Mapping[str, str | None],
    *,
    crs: str | None = None,
    update: bool = False,
    tell: Tell | None = None,
) -> PlacePreview:
    """Read a file as `import_by_columns` would, and compare; takes its parameters.

    Rows that break a rule are counted as problems and left out of the comparison.

    Raises
    ------
    UnreadableFile, MissingColumn, UnknownCrs
        When the file cannot be read as described.
    """
    given = read_given(home, path, chosen, crs, tell)
    version = current_version(home.places, PLACES_LAYER)
    before = read_register(home, version)
    after, kept, merged = taken_over(before, given.checked.places, update=update)
    compared = compare(before, after)
    common = len(before.keys() & after.keys())
    return PlacePreview(
        version=version or NO_REGISTER,
        columns=given.table.columns,
        read=len(given.checked.places),
        places=len(after),
        added=len(compared["added"]),
        changed=len(compared["changed"]),
        removed=len(compared["removed"]),
        unchanged=common - len(compared["changed"]),
        kept_edits=kept,
        merged=merged,
        repaired=given.checked.repaired,
        coded=given.checked.coded,
        examples=_examples(before, after, compared),
        problems=given.problems,
    )


def _examples(
    before: Mapping[str, Place], after: Mapping[str, Place], compared: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    changed = islice(compared["changed"].items(), SHOWN)
    return {
        "added": [_named(after[code]) for code in compared["added"][:SHOWN]],
        "removed": [_named(before[code]) for code in compared["removed"][:SHOWN]],
        "changed": [{**_named(after[code]), "fields": fields} for code, fields in changed],
    }


def _named(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in ("code", "name", "kind", "address")}
