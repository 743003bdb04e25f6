"""A file of places becomes the register: checked whole, what people have edited stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geodata.areas import AreaNames, current_boundaries
from geodata.areas.boundaries import OUTSIDE
from geodata.areas.boundary_checks import Shapes
from geodata.areas.places import places_of
from geodata.errors import ChangedMeanwhile
from geodata.home import Home
from geodata.places.checking import Checked, Tell, check_rows
from geodata.places.problems import InvalidPlaceFile, Problem
from geodata.places.records import BY_HAND, Place, frame_of
from geodata.places.register import changing
from geodata.places.tables import PlaceTable, read_places_file

NO_REGISTER = ""
"""In place of a version: there is no register yet."""

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class PlaceReport:
    """What an import of places did.

    Attributes
    ----------
    version : str
    places, polygons, points : int
        In the register now.
    read : int
        Rows of the file.
    added, changed, removed, unchanged : int
        Against the register before. Rows of places that were merged into others are none of
        these.
    kept_edits : int
        Places of which some field stayed as a person has set it.
    merged : int
        Rows whose place was merged into another, and is left there.
    repaired : int
        Shapes that were mended.
    population : int
        Places whose population is known.
    outside : int
        Places in no township; 0 when no townships were imported.
    coded : int
        Places whose code was made from their content.
    """

    version: str
    places: int
    polygons: int
    points: int
    read: int
    added: int
    changed: int
    removed: int
    unchanged: int
    kept_edits: int
    merged: int
    repaired: int
    population: int
    outside: int
    coded: int

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return dataclasses.asdict(self)


def import_places(
    home: Home,
    file: str | Path,
    *,
    code_field: str | None = None,
    name_field: str | None = None,
    aliases_field: str | None = None,
    kind_field: str | None = None,
    address_field: str | None = None,
    township_field: str | None = None,
    district_field: str | None = None,
    households_field: str | None = None,
    population_field: str | None = None,
    valid_from_field: str | None = None,
    valid_to_field: str | None = None,
    lng_field: str | None = None,
    lat_field: str | None = None,
    crs: str | None = None,
    update: bool = False,
) -> PlaceReport:
    """Check a file and make it the place register; earlier versions stay.

    A file takes the place of what earlier files brought. Places made by hand stay, merges hold,
    and of a place that a person has edited the edited fields stay.

    Parameters
    ----------
    home : Home
    file : path
        A vector file of polygons and points, or a table (CSV, TSV, Excel, Parquet) with
        longitude and latitude.
    code_field, ..., lat_field : str, optional
        Columns; without them the usual headers are looked for (`geodata.places.columns`). A
        file without codes gets them from its content (`geodata.places.records.make_code`).
    crs : str, optional
        Coordinate system, where the file tells none or a wrong one; a table's is WGS84.
    update : bool
        Only add and change: places that the file does not name stay.

    Raises
    ------
    UnreadableFile, MissingColumn, UnknownCrs
        When the file cannot be read as described.
    InvalidPlaceFile
        When rows break a rule; nothing is taken then.
    """
    chosen = {
        "code": code_field, "name": name_field, "aliases": aliases_field, "kind": kind_field,
        "address": address_field, "township": township_field, "district": district_field,
        "households": households_field, "population": population_field,
        "valid_from": valid_from_field, "valid_to": valid_to_field,
        "lng": lng_field, "lat": lat_field,
    }  # fmt: skip
    return import_by_columns(home, Path(file), chosen, crs=crs, update=update)


def import_by_columns(
    home: Home,
    path: Path,
    chosen: Mapping[str, str | None],
    *,
    crs: str | None = None,
    update: bool = False,
    seen: str | None = None,
    by: str = "",
    tell: Tell | None = None,
) -> PlaceReport:
    """Do what `import_places` does, with the columns in one mapping.

    Parameters
    ----------
    home : Home
    path : Path
    chosen : mapping
        Field → header (`geodata.places.columns`).
    crs, update
        As there.
    seen : str, optional
        Version of the register that a person had before them (`NO_REGISTER` before the first):
        when it is not the one in use any more, nothing is taken.
    by : str, optional
        Name of who imports it, for the log.
    tell : callable, optional
        Told how many rows are checked.

    Raises
    ------
    ChangedMeanwhile
        The register is not what was seen.
    """
    given = read_given(home, path, chosen, crs, tell)
    if given.problems:
        raise InvalidPlaceFile(path.name, given.problems)
    with changing(home, "import", by) as draft:
        if seen is not None and (draft.version or NO_REGISTER) != seen:
            raise ChangedMeanwhile(
                "the register was changed by someone else: look at what would change again",
                "点位库已被他人修改，请重新核对会有哪些变化",
            )
        before = dict(draft.places)
        draft.places, kept, merged = taken_over(before, given.checked.places, update=update)
        draft.about = {"file": path.name, "update": update}
    return _report(home, draft.version or "", before, draft.places, given.checked, (kept, merged))


@dataclass(frozen=True)
class Given:
    """A file of places as it was read: its table, the places in it, and all that is wrong."""

    table: PlaceTable
    checked: Checked
    problems: tuple[Problem, ...]


def read_given(
    home: Home,
    path: Path,
    chosen: Mapping[str, str | None],
    crs: str | None,
    tell: Tell | None = None,
) -> Given:
    """Read and check a file against the boundaries in use; nothing is stored.

    Raises
    ------
    UnreadableFile, MissingColumn, UnknownCrs
        When the file cannot be read as described.
    """
    table = read_places_file(path, chosen, crs)
    checked = check_rows(table, tell)
    problems = [*table.problems, *checked.problems]
    if chosen.get("township"):
        problems += _unknown_townships(home, checked)
    return Given(table, checked, tuple(sorted(problems, key=lambda each: each.row)))


def taken_over(
    before: Mapping[str, Place], given: Mapping[str, Place], *, update: bool
) -> tuple[dict[str, Place], int, int]:
    """Return the register after a file, the edited places kept, the rows of merged ones."""
    merged_into = {code for place in before.values() for code in place.former_codes}
    places = {code: place for code, place in before.items() if update or place.origin == BY_HAND}
    kept = 0
    for code, new in given.items():
        if code in merged_into:
            continue
        old = before.get(code)
        if old is None:
            places[code] = new
            continue
        own = {name: getattr(old, name) for name in old.edited}
        kept += bool(own)
        places[code] = dataclasses.replace(
            new, **own, former_codes=old.former_codes, origin=old.origin, edited=old.edited
        )
    return places, kept, len(merged_into & given.keys())


def _unknown_townships(home: Home, checked: Checked) -> list[Problem]:
    """Say which townships, given in a column that was named, the boundaries do not know."""
    townships = current_boundaries(home, "township")
    if townships is None:
        return []
    places = list(checked.places.values())
    found = AreaNames(townships).find(
        [place.township for place in places], [place.district for place in places]
    )
    return [
        Problem.of(checked.numbers[place.code], "township", place.township, "unknown_township")
        for place, index in zip(places, found, strict=True)
        if place.township is not None and index == OUTSIDE
    ]


def _report(
    home: Home,
    version: str,
    before: Mapping[str, Place],
    after: Mapping[str, Place],
    checked: Checked,
    counts: tuple[int, int],
) -> PlaceReport:
    kept, merged = counts
    common = before.keys() & after.keys()
    changed = sum(before[code].plain() != after[code].plain() for code in common)
    places = places_of(version, frame_of(after.values()), current_boundaries(home, "township"))
    polygons = _polygons(places.geometry)
    any_township = any(code is not None for code in places.township)
    has_townships = any_township or current_boundaries(home, "township") is not None
    return PlaceReport(
        version=version,
        places=len(after),
        polygons=polygons,
        points=len(after) - polygons,
        read=len(checked.places),
        added=len(after.keys() - before.keys()),
        changed=changed,
        removed=len(before.keys() - after.keys()),
        unchanged=len(common) - changed,
        kept_edits=kept,
        merged=merged,
        repaired=checked.repaired,
        population=int(np.isfinite(places.population).sum()),
        outside=sum(code is None for code in places.township) if has_townships else 0,
        coded=checked.coded,
    )


def _polygons(shapes: Shapes) -> int:
    return int(np.isin(shapely.get_type_id(shapes), _POLYGONS).sum())
