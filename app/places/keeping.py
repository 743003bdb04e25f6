"""The register as a person may keep it: what lies in her area, with her name on each change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from app.accounts.access import Access
from app.accounts.permissions import Permission
from geodata.areas import current_boundaries
from geodata.areas.places import township_codes
from geodata.home import Home
from geodata.places import (
    Place,
    add_place,
    change_place,
    find_place,
    merge_of,
    merge_places,
    remove_added_place,
    undo_merge,
)


def get(
    access: Access, home: Home, code: str, permission: Permission = Permission.READ_CASES
) -> Place:
    """Return a place by its code or a former one, for somebody with a permission where it lies.

    Raises
    ------
    NotFound
        No place has or had this code.
    Forbidden
        It lies outside her area.
    """
    place = find_place(home, code)
    access.require_township(permission, township_of(home, place))
    return place


def add(access: Access, home: Home, place: Place) -> Place:
    """Add a place made by hand.

    Raises
    ------
    Forbidden
        It would lie outside the person's area.
    InvalidPlaces
        It lies outside the city.
    """
    _require_here(access, home, place)
    made = add_place(home, place, by=access.who)
    access.record("place.create", ("place", made.code), None, told(made))
    return made


def change(access: Access, home: Home, code: str, values: dict[str, Any], seen: str) -> Place:
    """Change fields of a place, if nobody changed it since `seen`.

    Raises
    ------
    Forbidden
        It lies outside the person's area, or would.
    ChangedMeanwhile, InvalidPlaces
        See `geodata.places.change_place`.
    """
    old = get(access, home, code, Permission.KEEP_PLACES)
    new = replace(old, **values)
    if _moves(old, new):
        _require_here(access, home, new)
    changed = change_place(home, code, values, seen, by=access.who)
    access.record("place.change", ("place", changed.code), told(old), told(changed))
    return changed


def merge(
    access: Access, home: Home, keep: str, other: str, seen: tuple[str, str] | None = None
) -> Place:
    """Make two places one, both of them in the person's area.

    Raises
    ------
    Forbidden
        One of them lies outside it.
    ChangedMeanwhile, InvalidPlaces
        See `geodata.places.merge_places`.
    """
    before = get(access, home, keep, Permission.KEEP_PLACES)
    gone = get(access, home, other, Permission.KEEP_PLACES)
    kept = merge_places(home, keep, other, seen=seen, by=access.who)
    after = {**told(kept), "merged": gone.code}
    access.record("place.merge", ("place", kept.code), told(before), after)
    return kept


def unmerge(access: Access, home: Home, number: int) -> Place:
    """Take a merge back, by its number in the log; return the place that is there again.

    Raises
    ------
    Forbidden
        One of the two places lies outside the person's area.
    NotFound, InvalidPlaces
        See `geodata.places.undo_merge`.
    """
    found, gone = merge_of(home, number)
    access.require_township(Permission.KEEP_PLACES, township_of(home, gone))
    before = get(access, home, found.about["kept"], Permission.KEEP_PLACES)
    restored = undo_merge(home, number, by=access.who)
    after = {**told(find_place(home, before.code)), "restored": restored.code}
    access.record("place.unmerge", ("place", before.code), told(before), after)
    return restored


def remove_added(access: Access, home: Home, code: str) -> Place | None:
    """Take a place out that was added by hand and not touched since; None where it was."""
    removed = remove_added_place(home, code, by=access.who)
    if removed is not None:
        access.record("place.remove", ("place", code), told(removed))
    return removed


def township_of(home: Home, place: Place) -> str | None:
    """Return the code of the township in which a place counts: the given one, else by its point."""
    return _township(home, place, given=place.township)


def told(place: Place) -> dict[str, Any]:
    """Return what the audit keeps of a place: its fields, and a point for its shape."""
    lng, lat = place.lng_lat
    fields = {name: value for name, value in place.plain().items() if name != "geometry"}
    return {**fields, "lng": round(lng, 7), "lat": round(lat, 7)}


def _require_here(access: Access, home: Home, place: Place) -> None:
    """Check where a new place counts and where its point lies: a given township moves no point."""
    for given in (place.township, None):
        code = _township(home, place, given=given)
        access.require_township(Permission.KEEP_PLACES, code)


def _moves(old: Place, new: Place) -> bool:
    same_area = (old.township, old.district) == (new.township, new.district)
    return not same_area or not shapely.equals(old.geometry, new.geometry)


def _township(home: Home, place: Place, *, given: str | None) -> str | None:
    townships = current_boundaries(home, "township")
    lng, lat = (np.array([value]) for value in place.lng_lat)
    town, district = (np.array([value], dtype=object) for value in (given, place.district))
    found = township_codes(lng, lat, town, district, townships)[0]
    return None if found is None else str(found)
