"""Where a person is at home: what of the city her units answer for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from app.accounts.models import DISTRICT, TOWNSHIP, Unit
from app.succession import Lineage
from geodata.areas import boundary_version, load_boundaries
from geodata.home import Home

HANDLER_COLUMNS = ("lead_handler", "assisting_handler", "handler")
_NAMING_COLUMNS = ("reported_district", "reported_township")
PLACE_COLUMNS = ("township", "district", *_NAMING_COLUMNS)
"""Columns of cases that `Area.lies_here` looks at."""

AREA_COLUMNS = (*PLACE_COLUMNS, *HANDLER_COLUMNS)
"""Columns of cases that `Area.keep_cases` looks at."""


@dataclass(frozen=True)
class Area:
    """A part of the city.

    Attributes
    ----------
    whole : bool
        All of it; the rest is then empty.
    townships, districts : frozenset of str
        Codes as cases and records carry them: of a renamed township all that it had.
    names : frozenset of str
        Names of these districts and townships: a case without a position may still name one.
    handlers : frozenset of str
        Names by which cases call the units themselves.

    Examples
    --------
    >>> Area(townships=frozenset({"T1"})).has_township("T1"), EVERYWHERE.has_township(None)
    (True, True)
    """

    whole: bool = False
    townships: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    handlers: frozenset[str] = frozenset()

    def parts(self) -> list[bool | list[str]]:
        """Return all that tells this area from another, as plain values."""
        named = (self.townships, self.districts, self.names, self.handlers)
        return [self.whole, *map(sorted, named)]

    def __or__(self, other: Area) -> Area:
        """Return both together."""
        if self.whole or other.whole:
            return EVERYWHERE
        return Area(
            townships=self.townships | other.townships,
            districts=self.districts | other.districts,
            names=self.names | other.names,
            handlers=self.handlers | other.handlers,
        )

    def has_township(self, code: str | None) -> bool:
        """Tell whether a township is part of it; what has none belongs to the whole city."""
        return self.whole or (code is not None and code in self.townships)

    def keep_cases(self, cases: pl.LazyFrame) -> pl.LazyFrame:
        """Keep the stored cases that lie here, name a part of it, or are handled by its units.

        A case counts by the place complained of where that is known, and by what its text names
        only where it is not.
        """
        return cases if self.whole else cases.filter(self.lies_here() | self._is_handled())

    def lies_here(self) -> pl.Expr:
        """Tell which rows of cases lie here, or name a part of it where they lie nowhere."""
        if self.whole:
            return pl.lit(value=True)
        nowhere = pl.col("township").is_null()
        named = pl.any_horizontal(
            pl.col(name).is_in(sorted(self.names)).fill_null(value=False)
            for name in _NAMING_COLUMNS
        )
        here = pl.col("township").is_in(sorted(self.townships)).fill_null(value=False)
        in_district = pl.col("district").is_in(sorted(self.districts)).fill_null(value=False)
        return here | in_district | (nowhere & named)

    def _is_handled(self) -> pl.Expr:
        return pl.any_horizontal(
            pl.col(name).is_in(sorted(self.handlers)).fill_null(value=False)
            for name in HANDLER_COLUMNS
        )


EVERYWHERE = Area(whole=True)
NOWHERE = Area()


def area_of(home: Home, unit: Unit, handlers: Iterable[str], lineage: Lineage) -> Area:
    """Return the area of a unit that is not at home everywhere.

    Parameters
    ----------
    home : Home
        Its boundaries tell which townships a district has.
    unit : Unit
    handlers : iterable of str
        Names by which cases call the unit and those below it.
    lineage : Lineage
        A township's people stay those of its records when its code changes; a district has those
        of its townships' former codes too.
    """
    own = Area(handlers=frozenset(handlers))
    if unit.area_code is None:
        return own
    version = boundary_version(home, "township")
    known = _townships(home, version) if version else ()
    district = unit.kind == DISTRICT
    if district:
        inside = [row for row in known if row[2] == unit.area_code]
        codes = lineage.held_by([row[0] for row in inside])
    else:
        codes = frozenset(lineage.followed(unit.area_code) if unit.kind == TOWNSHIP else ())
        inside = [row for row in known if row[0] in codes]
    names = {row[1] for row in inside} | ({row[3] for row in inside} if district else set())
    return own | Area(
        townships=codes,
        districts=frozenset({unit.area_code}) if district else frozenset(),
        names=frozenset({*names, unit.name} - {""}),
    )


@lru_cache(maxsize=4)
def _townships(home: Home, version: str) -> tuple[tuple[str, str, str, str], ...]:
    """Code, name, district's code and name of each township; a version never changes."""
    found = load_boundaries(home, "township", version)
    columns = (found.codes, found.names, found.district_codes, found.district_names)
    rows = np.stack([np.asarray(column, dtype=object) for column in columns], axis=1)
    return tuple(tuple(str(part or "") for part in row) for row in rows)  # type: ignore[misc]
