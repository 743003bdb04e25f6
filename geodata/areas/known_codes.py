"""Every code that an area was ever imported under, beside those of the boundaries in use."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow.parquet as pq

from geodata.areas.boundaries import Level, boundary_version
from geodata.home import Home


@dataclass(frozen=True)
class KnownArea:
    """An area by its code.

    Attributes
    ----------
    code, name : str
        The name is that of the boundaries in use, else of another version that has the code.
    district : str
        Name of its district, empty where it is not known.
    in_use : bool
        Whether the boundaries in use have it.
    """

    code: str
    name: str
    district: str
    in_use: bool


def known_areas(home: Home, level: Level) -> dict[str, KnownArea]:
    """Return the areas of all versions of a level's boundaries, by code and in its order."""
    current = boundary_version(home, level)
    found: dict[str, KnownArea] = {}
    for version in sorted(home.boundaries.glob(f"{level}-*.parquet"), key=lambda path: path.name):
        in_use = version.stem == current
        table = pq.read_table(version, columns=["code", "name", "district_name"])
        for row in table.to_pylist():
            code = str(row["code"])
            if in_use or code not in found:
                district = str(row["district_name"] or "")
                found[code] = KnownArea(code, str(row["name"]), district, in_use)
    return dict(sorted(found.items()))


def codes_of_version(home: Home, level: Level, version: str) -> frozenset[str]:
    """Return the codes of a version; none where its file is gone."""
    path = home.boundaries / f"{version}.parquet"
    if not version.startswith(f"{level}-") or not path.is_file():
        return frozenset()
    return frozenset(map(str, pq.read_table(path, columns=["code"])["code"].to_pylist()))
