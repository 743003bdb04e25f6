"""How many stored cases would change if they followed the register and the decisions of now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
import shapely

from app.cases.listing import has_cases
from app.places.review import cases_of_texts
from geodata.home import Home
from geodata.locating import locate
from geodata.places import (
    Place,
    applied_state,
    place_state,
    read_changes,
    read_decisions,
    read_register,
)
from geodata.placing import DECIDED
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
    decided : int
        Cases of texts that were decided, or whose decision was undone, since.
    """

    any: bool
    decided: int


def pending_changes(home: Home) -> Pending:
    """Return whether stored cases are behind: a quick look, without asking any case anew."""
    before = applied_state(home)
    if not has_cases(home) or before == place_state(home):
        return Pending(any=False, decided=0)
    return Pending(any=True, decided=_cases_of_decisions(home, before.decisions if before else 0))


def concerned_cases(home: Home) -> int | None:
    """Count the stored cases that would change; None where too many are concerned to wait.

    Looked at are the cases of every changed place, those around it before and after, those whose
    text names it; those of texts decided since are counted by their texts. It is an estimate: a
    text that names a changed place by other words is missed. The job itself is exact.
    """
    before, version = applied_state(home), CaseStore(home).version
    if before is None or version is None:
        return None
    by_register = _concerned(home, version, before.places, place_state(home).places)
    decided = _cases_of_decisions(home, before.decisions)
    return None if by_register is None else by_register + decided


@lru_cache(maxsize=8)
def _concerned(home: Home, version: int, before: str | None, _now: str | None) -> int | None:
    places = _changed_places(home, before)
    if places is None:
        return None
    cases = CaseStore(home).scan(version)
    if not places:
        return 0
    parts = [
        cases.filter(pl.col("place").is_in(sorted({each.code for each in places}))),
        cases.filter("located", pl.any_horizontal([_around(place) for place in places])),
        cases.filter(pl.col("location_method") != "coordinates", _names_any(places)),
    ]
    looked_at = pl.concat(parts).unique("case_id").head(MOST_CASES + 1).collect()
    if looked_at.height > MOST_CASES:
        return None
    return _changing(home, looked_at)


def _changing(home: Home, cases: pl.DataFrame) -> int:
    if cases.is_empty():
        return 0
    table = cases.to_arrow().cast(CASE_SCHEMA)
    after = pl.DataFrame(pl.from_arrow(locate(table, known_area(home)).select(COMPARED)))
    same = [cases[name].eq_missing(after[name]) for name in COMPARED]
    changed = ~pl.select(pl.all_horizontal(same)).to_series()
    # Cases that a decision takes or gives back are counted by their texts.
    decided = [frame["location_method"] == DECIDED for frame in (cases, after)]
    return int((changed & (decided[0] == decided[1])).sum())


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


def _cases_of_decisions(home: Home, version: int) -> int:
    """Count the cases of texts that were decided, or whose decision was undone, since."""
    known = read_decisions(home)
    since = {
        key
        for key, decision in known.by_key.items()
        if decision.number > version and decision.place is not None
    }
    gone = {each.key for each in known.all} - known.by_key.keys()
    return cases_of_texts(home, waiting=since, decided=gone)
