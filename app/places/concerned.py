"""How many stored cases would change if they followed the register and the decisions of now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
import shapely

from app.cases.listing import has_cases
from geodata.home import Home
from geodata.locating import locate
from geodata.places import (
    Place,
    PlaceState,
    TextKey,
    applied_state,
    place_state,
    read_changes,
    read_decisions,
    read_register,
)
from geodata.placing import questions_of, text_key
from geodata.placing.by_coordinates import METRES_PER_DEGREE, NAMED_M
from geodata.placing.texts import TEXT_COLUMNS
from geodata.schema import CASE_SCHEMA
from geodata.staging import known_area
from geodata.store import CaseStore

MOST_CODES = 200
"""Places changed since, from which on every case is concerned and only a job can tell."""

MOST_CASES = 200_000
"""Cases that are looked at while a page waits."""

COMPARED = ("place", "located", "lng", "lat", "township", "location_method", "location_quality")


@dataclass(frozen=True)
class Pending:
    """Whether stored cases follow the register and decisions.

    Attributes
    ----------
    any : bool
        There are cases, and something was changed since they were placed.
    """

    any: bool


def pending_changes(home: Home) -> Pending:
    """Return whether stored cases are behind; a quick look at versions only."""
    return Pending(has_cases(home) and applied_state(home) != place_state(home))


def concerned_cases(home: Home) -> int | None:
    """Count the stored cases that would change; None where too many are concerned to wait.

    Looked at are the cases of every changed place, those around it before and after, those whose
    text names it, and those of texts decided since.
    """
    before, version = applied_state(home), CaseStore(home).version
    if before is None or version is None:
        return None
    return _concerned(home, version, before, place_state(home))


@lru_cache(maxsize=8)
def _concerned(home: Home, version: int, before: PlaceState, _now: PlaceState) -> int | None:
    places = _changed_places(home, before.places)
    if places is None:
        return None
    cases = CaseStore(home).scan(version)
    parts = [cases.filter(pl.col("place").is_in(sorted({each.code for each in places})))]
    if places:
        parts += [
            cases.filter("located", pl.any_horizontal([_around(place) for place in places])),
            cases.filter(pl.col("location_method") != "coordinates", _names_any(places)),
        ]
    looked_at = pl.concat(parts).unique("case_id").head(MOST_CASES + 1).collect()
    decided = _decided_since(home, cases, before.decisions)
    looked_at = pl.concat([looked_at, decided]).unique("case_id")
    if looked_at.height > MOST_CASES:
        return None
    return _changing(home, looked_at)


def _changing(home: Home, cases: pl.DataFrame) -> int:
    if cases.is_empty():
        return 0
    table = cases.to_arrow().cast(CASE_SCHEMA)
    after = pl.DataFrame(pl.from_arrow(locate(table, known_area(home)).select(COMPARED)))
    same = [cases[name].eq_missing(after[name]) for name in COMPARED]
    return int((~pl.select(pl.all_horizontal(same)).to_series()).sum())


def _changed_places(home: Home, version: str | None) -> list[Place] | None:
    """Return the changed places as they were and as they are; None where they are too many."""
    codes: set[str] = set()
    for change in reversed(read_changes(home)):
        if change.after == version:
            break
        codes |= change.codes()
    if len(codes) > MOST_CODES:
        return None
    if not codes:
        return []
    old = read_register(home, version) if version else {}
    new = read_register(home)
    return [register[code] for code in sorted(codes) for register in (old, new) if code in register]


def _around(place: Place) -> pl.Expr:
    west, south, east, north = shapely.bounds(place.geometry)
    up = NAMED_M / METRES_PER_DEGREE
    aside = up / np.cos(np.radians((south + north) / 2))
    within = pl.col("lng").is_between(west - aside, east + aside)
    return within & pl.col("lat").is_between(south - up, north + up)


def _names_any(places: list[Place]) -> pl.Expr:
    """Tell which cases name a place, by what stands before its house number."""
    names = {text for p in places for text in (p.name, *p.aliases, p.address) if text}
    stems = sorted({stem for text in names if len(stem := text.rstrip("0123456789号弄")) > 1})
    text = pl.concat_str([pl.col(n).fill_null("") for n in TEXT_COLUMNS[:4]], separator="\n")
    return text.str.contains_any(stems) if stems else pl.lit(value=False)


def _decided_since(home: Home, cases: pl.LazyFrame, version: int) -> pl.DataFrame:
    """Return the cases with a text that was decided, or whose decision was undone, since."""
    known = read_decisions(home)
    keys = {each.key for each in known.all if each.number > version or each.number in known.undone}
    unlocated = cases.filter(pl.col("location_method") != "coordinates")
    if not keys:
        return unlocated.head(0).collect()
    distinct = unlocated.select("case_id", *TEXT_COLUMNS).collect(engine="streaming")
    asked = questions_of(distinct)
    rows = zip(asked, distinct["reported_district"], distinct["reported_township"], strict=True)
    wanted = [
        text is not None and TextKey.of(text_key(text), district, township) in keys
        for text, district, township in rows
    ]
    ids = distinct.filter(pl.Series(wanted, dtype=pl.Boolean))["case_id"]
    return unlocated.filter(pl.col("case_id").is_in(ids.to_list())).collect()
