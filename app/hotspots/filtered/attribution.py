"""By what a case belongs to a township 口径: where it lies, the one reported, or who handles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.cases.facts.coding import Entry
from app.cases.facts.columns import unit_of
from app.cases.facts.table import Facts
from app.hotspots.filtered.forms import Attribution
from app.hotspots.geography import townships
from geodata.areas import OUTSIDE, AreaNames, Boundaries, current_boundaries
from geodata.areas.versions import current_version
from geodata.home import Home

Texts = NDArray[np.object_]

COLUMNS: dict[Attribution, str] = {
    "location": "area",
    "reported": "reported",
    "handler": "handler",
}


@dataclass(frozen=True, eq=False)
class Attributed:
    """The townships of the codes of one column.

    Attributes
    ----------
    column : str
        Of the fact table.
    township : ndarray of int32, shape (codes,)
        Which of the townships each code belongs to, -1 for none of them.
    district : ndarray of object, shape (codes,)
        Code of its district, None where it is not known.
    codes, names : tuple of str
        The townships.
    districts : tuple of str or None
        Code of the district of each.
    population : ndarray of float
        NaN where it is not known.
    """

    column: str
    township: NDArray[np.int32]
    district: Texts
    codes: tuple[str, ...]
    names: tuple[str, ...]
    districts: tuple[str | None, ...]
    population: NDArray[np.float64]


def attribute(home: Home, facts: Facts, by: Attribution) -> Attributed:
    """Return the townships that cases belong to, by the boundaries of now."""
    return _attribute(home, facts, by, boundary_versions(home))


def boundary_versions(home: Home) -> tuple[str | None, str | None]:
    """Return the versions of townships and districts that names are read by."""
    return current_version(home.boundaries, "township"), current_version(
        home.boundaries, "district"
    )


@lru_cache(maxsize=6)
def _attribute(
    home: Home, facts: Facts, by: Attribution, versions: tuple[str | None, str | None]
) -> Attributed:
    column = COLUMNS[by]
    entries = facts.words[column]
    named = _named_districts(home, entries, by)
    if versions[0] is None:
        # Townships are those of the boundaries: without any, every case belongs to none.
        nowhere = np.full(len(entries), OUTSIDE, dtype=np.int32)
        texts: Texts = np.array(named, dtype=object)
        return Attributed(column, nowhere, texts, (), (), (), np.empty(0))
    boundaries = townships(home, versions[0])
    index = townships_meant(boundaries, entries, by)
    own = [None if at == OUTSIDE else boundaries.district_codes[at] for at in index]
    district = [each or other for each, other in zip(own, named, strict=True)]
    return Attributed(
        column,
        index.astype(np.int32),
        np.array(district, dtype=object),
        tuple(map(str, boundaries.codes)),
        tuple(map(str, boundaries.names)),
        tuple(code or None for code in boundaries.district_codes),
        boundaries.population,
    )


def townships_meant(
    boundaries: Boundaries, entries: Sequence[Entry], by: Attribution
) -> NDArray[np.int64]:
    """Return which township each entry of a column of facts means, `OUTSIDE` for none.

    Parameters
    ----------
    boundaries : Boundaries
    entries : sequence of tuple of str or None
        Values of the columns that `CODED` names for the attribution.
    by : {"location", "reported", "handler"}
    """
    if by == "location":
        place = {code: at for at, code in enumerate(boundaries.codes)}
        return np.array([place.get(code, OUTSIDE) for _, code in entries], dtype=np.int64)
    names = AreaNames(boundaries)
    if by == "handler":
        return names.find([unit_of(entry) for entry in entries], [None] * len(entries))
    return names.find([name for _, name in entries], [district for district, _ in entries])


def _named_districts(home: Home, entries: Sequence[Entry], by: Attribution) -> list[str | None]:
    """Return the district that each entry names beside its township."""
    if by == "location":
        return [district for district, _ in entries]
    boundaries = current_boundaries(home, "district")
    if by == "handler" or boundaries is None:
        return [None] * len(entries)
    names = [district for district, _ in entries]
    found = AreaNames(boundaries).find(names, [None] * len(names))
    return [None if at == OUTSIDE else str(boundaries.codes[at]) for at in found]
