"""The list of places: searched, filtered, with the number of cases of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from app.accounts.areas import Area
from app.cases.listing import township_names
from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.home import Home
from geodata.places import current_places, places_of_version
from geodata.places.records import plain_text
from geodata.store import CaseStore

PAGE_SIZE = 50
KEPT_VERSIONS = 4

COLUMNS = ("code", "name", "aliases", "kind", "address", "township", "township_name", "cases")


Versions = tuple[str | None, str | None, int | None]
"""Of the register, the townships and the cases."""


@dataclass(frozen=True)
class PlacePage:
    """One page of the list: ``rows`` (dict by `COLUMNS`), how many there are of what.

    ``versions`` are those of the data that the rows follow from.
    """

    rows: tuple[dict[str, Any], ...]
    total: int
    number: int
    pages: int
    versions: Versions = (None, None, None)


def register_version(home: Home) -> str | None:
    """Return the version of the register in use."""
    return current_version(home.places, PLACES_LAYER)


def find_places(
    home: Home, area: Area, search: str = "", kind: str = "", township: str = ""
) -> pl.DataFrame:
    """Return the places of an area that match, by `COLUMNS`, those with most cases first."""
    return _find(home, _versions(home), area, search, kind, township)


def _find(
    home: Home, versions: Versions, area: Area, search: str, kind: str, township: str
) -> pl.DataFrame:
    if versions[0] is None:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String) | {"cases": pl.Int64})
    table = _counted(home, *versions)
    if not area.whole:
        table = table.filter(pl.col("township").is_in(sorted(area.townships)))
    for word in plain_words(search):
        table = table.filter(pl.col("text").str.contains(word, literal=True))
    if kind:
        table = table.filter(pl.col("kind") == kind)
    if township:
        table = table.filter(pl.col("township") == township)
    return table.select(COLUMNS)


def list_places(
    home: Home, area: Area, search: str, kind: str, township: str, page: int
) -> PlacePage:
    """Return one page of the places of an area that match."""
    versions = _versions(home)
    found = _find(home, versions, area, search, kind, township)
    pages = max(1, -(-found.height // PAGE_SIZE))
    number = min(page, pages)
    rows = found.slice((number - 1) * PAGE_SIZE, PAGE_SIZE).to_dicts()
    return PlacePage(tuple(rows), found.height, number, pages, versions)


def choices(home: Home, area: Area) -> dict[str, Any]:
    """Return ``kinds`` [str] of all places and ``townships`` [(code, name)] of an area."""
    kinds, townships = _choices(home, *_versions(home)[:2])
    used = [(code, name) for code, name in townships if area.has_township(code)]
    return {"kinds": kinds, "townships": used}


@lru_cache(maxsize=KEPT_VERSIONS)
def _choices(
    home: Home, version: str | None, _townships: str | None
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the kinds of all places, and the townships that have places, by name."""
    if version is None:
        return [], []
    places, names = places_of_version(home, version), township_names(home)
    used = {str(code) for code in places.township if code is not None}
    kinds = {str(kind) for kind in places.kinds if kind is not None}
    return sorted(kinds), sorted(((c, names.get(c, c)) for c in used), key=lambda pair: pair[1])


def case_counts(home: Home) -> dict[str, int]:
    """Return the number of stored cases of each place, by the code it has now."""
    places, version = current_places(home), CaseStore(home).version
    if places is None or version is None:
        return {}
    now = {code: str(places.codes[i]) for code, i in places.positions().items()}
    counts: dict[str, int] = {}
    for code, count in _stored_counts(home, version):
        counts[now.get(code, code)] = counts.get(now.get(code, code), 0) + count
    return counts


def plain_words(text: str) -> list[str]:
    """Return the words of a search as the list's texts are written."""
    return [plain_text(word) for word in text.split()]


@lru_cache(maxsize=KEPT_VERSIONS)
def _counted(home: Home, version: str, townships: str | None, _cases: int | None) -> pl.DataFrame:
    """Return all places with their cases, those with most first."""
    counts = case_counts(home)
    counted = pl.DataFrame(
        {"code": list(counts), "cases": list(counts.values())},
        schema={"code": pl.String, "cases": pl.Int64},
    )
    return (
        _table(home, version, townships)
        .join(counted, on="code", how="left")
        .with_columns(pl.col("cases").fill_null(0))
        .sort("cases", "code", descending=[True, False])
    )


@lru_cache(maxsize=KEPT_VERSIONS)
def _table(home: Home, version: str, _townships: str | None) -> pl.DataFrame:
    places = places_of_version(home, version)
    names = township_names(home)
    codes = [None if code is None else str(code) for code in places.township]
    given = places.given_townships
    texts = zip(places.codes, places.names, places.aliases, places.addresses, strict=True)
    return pl.DataFrame(
        {
            "code": places.codes.astype(str),
            "name": places.names.astype(str),
            "aliases": ["、".join(each) for each in places.aliases],
            "kind": [kind or "" for kind in places.kinds],
            "address": [text or "" for text in places.addresses],
            "township": codes,
            "township_name": [
                names.get(c or "", g or "") for c, g in zip(codes, given, strict=True)
            ],
            "text": [
                "\n".join(plain_text(t) for t in (code, name, *aliases, address))
                for code, name, aliases, address in texts
            ],
        },
        schema_overrides={"township": pl.String},
    )


@lru_cache(maxsize=KEPT_VERSIONS)
def _stored_counts(home: Home, version: int) -> tuple[tuple[str, int], ...]:
    frame = CaseStore(home).scan(version, columns=["place"])
    counted = frame.drop_nulls().group_by("place").len().collect(engine="streaming")
    return tuple((str(code), int(count)) for code, count in counted.iter_rows())


def _versions(home: Home) -> Versions:
    townships = current_version(home.boundaries, "township")
    return register_version(home), townships, CaseStore(home).version
