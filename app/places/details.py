"""One place: its facts, its cases month by month, and what was changed on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.listing import township_names
from app.cases.selection import CaseLine, summarise
from app.places import keeping
from geodata.areas import Places
from geodata.home import Home
from geodata.places import Change, Place, current_places, history_of
from geodata.store import CaseStore


@dataclass(frozen=True)
class PlaceDetail:
    """What the page of a place shows.

    Attributes
    ----------
    place : Place
    township, township_name : str
        Empty where the place lies in none.
    months : list of (str, int)
        Every month from the store's first to its last, with the cases of the place.
    total : int
    cases : tuple of CaseLine
        The newest.
    changes : tuple of Change
        Newest first.
    """

    place: Place
    township: str
    township_name: str
    months: list[tuple[str, int]]
    total: int
    cases: tuple[CaseLine, ...]
    changes: tuple[Change, ...]


def place_detail(access: Access, home: Home, code: str) -> PlaceDetail:
    """Return what is known of a place, for somebody who may see it.

    Raises
    ------
    NotFound
        No place has or had this code.
    Forbidden
        It lies outside her area.
    """
    place = keeping.get(access, home, code)
    places = current_places(home)
    township = _township(places, place.code)
    cases = cases_of_place(home, place)
    selected = summarise(cases, access.area(Permission.READ_CASES))
    return PlaceDetail(
        place=place,
        township=township,
        township_name=township_names(home).get(township, place.township or ""),
        months=_months(home, cases),
        total=selected.total,
        cases=selected.cases,
        changes=history_of(home, place.code),
    )


def place_record(access: Access, home: Home, code: str) -> dict[str, Any]:
    """Return a place with its cases and history as plain values."""
    detail = place_detail(access, home, code)
    return {
        **detail.place.plain(),
        "township": detail.township or detail.place.township,
        "township_name": detail.township_name,
        "lng": detail.place.lng_lat[0],
        "lat": detail.place.lng_lat[1],
        "cases": detail.total,
        "changes": [change_record(change, detail.place.code) for change in detail.changes],
    }


def change_record(change: Change, code: str) -> dict[str, Any]:
    """Return what a change did to one place, as plain values."""
    return {
        "number": change.number,
        "when": change.when.isoformat(),
        "action": change.action,
        "fields": change.changed.get(code, {}),
        **change.about,
    }


def cases_of_place(home: Home, place: Place) -> pl.LazyFrame:
    """Return the stored cases of a place, those of places merged into it too."""
    codes = [place.code, *place.former_codes]
    return CaseStore(home).scan().filter(pl.col("place").is_in(codes))


def _township(places: Places | None, code: str) -> str:
    at = None if places is None else places.positions().get(code)
    found = None if places is None or at is None else places.township[at]
    return "" if found is None else str(found)


def _months(home: Home, cases: pl.LazyFrame) -> list[tuple[str, int]]:
    """Count by month over the months of the whole store: those without a case too."""
    everything = CaseStore(home).scan(columns=["month"])
    first, last = (
        everything.select(first=pl.col("month").min(), last=pl.col("month").max()).collect().row(0)
    )
    if first is None:
        return []
    counted = dict(cases.group_by("month").len().collect(engine="streaming").iter_rows())
    return [(month, int(counted.get(month, 0))) for month in _between(first, last)]


def _between(first: str, last: str) -> list[str]:
    year, month = map(int, first.split("-"))
    labels = []
    while f"{year:04d}-{month:02d}" <= last:
        labels.append(f"{year:04d}-{month:02d}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return labels
