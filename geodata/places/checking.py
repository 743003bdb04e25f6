"""Rows of a file → places, or the problems that keep them from it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely

from geodata.areas.boundary_checks import Shapes
from geodata.areas.vector_files import parse_numbers
from geodata.places.columns import ALIAS_SEPARATORS
from geodata.places.problems import Problem
from geodata.places.records import Place, make_code, merge_texts, plain_text
from geodata.places.tables import PlaceTable, Row

Tell = Callable[[int, int], None]
"""Is told how many rows are done, and of how many."""

TOLD_EVERY = 5_000
"""Rows between two words of progress."""

_USABLE = (
    shapely.GeometryType.POLYGON,
    shapely.GeometryType.MULTIPOLYGON,
    shapely.GeometryType.POINT,
)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")


@dataclass(frozen=True)
class Checked:
    """Places of a file.

    Attributes
    ----------
    places : dict of Place
        By code.
    numbers : dict of int
        Code → row of the file.
    problems : tuple of Problem
    repaired : int
        Shapes that were mended.
    coded : int
        Places whose code was made from their content.
    """

    places: dict[str, Place]
    numbers: dict[str, int]
    problems: tuple[Problem, ...]
    repaired: int
    coded: int


def check_rows(table: PlaceTable, tell: Tell | None = None) -> Checked:
    """Check every row of a file.

    Codes are asked of every row or of none: a file with some codes has forgotten the others.

    Parameters
    ----------
    table : PlaceTable
    tell : callable, optional
        Told now and then how many rows are checked, and of how many.
    """
    told = {problem.row for problem in table.problems}
    shapes, repaired = _mended(table.geometry)
    with_codes = any(row.get("code") for row in table.rows)
    places: dict[str, Place] = {}
    numbers: dict[str, int] = {}
    problems: list[Problem] = []
    rows = zip(table.rows, table.numbers, shapes, strict=True)
    for done, (row, number, shape) in enumerate(rows):
        if tell is not None and done % TOLD_EVERY == 0:
            tell(done, len(table.rows))
        found = _Row(row, number)
        place = found.place(shape, shape_told=number in told)
        if with_codes and not row.get("code"):
            found.tell("code", None, "no_code")
        problems += found.problems
        if found.problems or number in told:
            continue
        code = place.code or make_code(place)
        if code in places:
            rule = "code_twice" if with_codes else "same_place_twice"
            value = f"{code} ({places[code].name}, {place.name})" if with_codes else place.name
            problems.append(Problem.of(number, "code" if with_codes else "name", value, rule))
            continue
        places[code] = dataclasses.replace(place, code=code)
        numbers[code] = number
    return Checked(places, numbers, tuple(problems), repaired, 0 if with_codes else len(places))


class _Row:
    """One row and what is wrong with it."""

    def __init__(self, row: Row, number: int) -> None:
        self._row, self._number = row, number
        self.problems: list[Problem] = []

    def tell(self, field: str, value: Any, rule: str) -> None:
        self.problems.append(Problem.of(self._number, field, value, rule))

    def place(self, shape: shapely.Geometry | None, *, shape_told: bool) -> Place:
        row = self._row
        name = row.get("name") or row.get("address")
        if not name:
            self.tell("name", None, "no_name")
        if not shape_told and not _is_usable(shape):
            self.tell("geometry", name, "no_shape")
        begins, ends = (self._read(field, _day, "not_a_date") for field in _VALIDITY)
        if begins and ends and ends <= begins:
            self.tell("valid_to", ends, "ends_before_start")
        aliases = re.split(ALIAS_SEPARATORS, row.get("aliases") or "")
        return Place(
            code=row.get("code") or "",
            name=name or "",
            geometry=shape if shape is not None else shapely.Point(),
            aliases=tuple(t for t in merge_texts(aliases) if plain_text(t) != plain_text(name)),
            kind=row.get("kind"),
            address=row.get("address"),
            township=row.get("township"),
            district=row.get("district"),
            households=self._read("households", _count, "not_a_number"),
            population=self._read("population", _count, "not_a_number"),
            valid_from=begins,
            valid_to=ends,
        )

    def _read(self, field: str, read: Callable[[str], Any], rule: str) -> Any:
        text = self._row.get(field)
        if text is None:
            return None
        value = read(text)
        if value is None:
            self.tell(field, text, rule)
        return value


_VALIDITY = ("valid_from", "valid_to")


def _count(text: str) -> float | None:
    number = float(parse_numbers([text])[0])
    return None if np.isnan(number) else number


def _day(text: str) -> str | None:
    """Return an ISO date.

    Examples
    --------
    >>> _day("2024/3/1"), _day("2024年3月1日"), _day("2024-13-01")
    ('2024-03-01', '2024-03-01', None)
    """
    match = _DATE.fullmatch(text)
    try:
        return date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None


def _mended(shapes: Shapes) -> tuple[Shapes, int]:
    """Return valid shapes, and how many had to be mended.

    Only areas can be: a point of coordinates that could not be read is told with its row.
    """
    mended = shapes.copy()
    invalid = np.flatnonzero((shapely.get_dimensions(shapes) == 2) & ~shapely.is_valid(shapes))
    coordinates, owner = shapely.get_coordinates(shapes[invalid], return_index=True)
    invalid = np.delete(invalid, np.unique(owner[~np.isfinite(coordinates).all(axis=1)]))
    mended[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
    return mended, len(invalid)


def _is_usable(shape: shapely.Geometry | None) -> bool:
    return (
        shape is not None
        and shapely.get_type_id(shape) in _USABLE
        and not shapely.is_empty(shape)
        and bool(np.isfinite(shapely.get_coordinates(shape)).all())
    )
