"""Changes that a person makes to the register: add, change, merge two places, undo a merge."""

from __future__ import annotations

import dataclasses
from typing import Any

import shapely

from geodata.areas import MARGIN_M, OUTSIDE, current_extent
from geodata.errors import ChangedMeanwhile, InvalidPlaces, NotFound
from geodata.home import Home
from geodata.places.changes import Change, history_of, read_changes
from geodata.places.records import (
    BY_HAND,
    EDITABLE,
    Place,
    make_code,
    merge_texts,
    plain_text,
)
from geodata.places.register import Draft, changing, read_register

_FILLED = ("kind", "address", "township", "district", "households", "population")
"""What the kept one of two merged places takes from the other where it has none of its own."""


def add_place(home: Home, place: Place, *, by: str = "") -> Place:
    """Add a place made by hand; without a code it is given one made from its content.

    Who does it (`by`) stands in the log, here and below.

    Raises
    ------
    InvalidPlaces
        The code is taken, or the place lies outside the city.
    """
    _check_in_city(home, place)
    code = place.code or make_code(place)
    made = dataclasses.replace(
        place,
        code=code,
        origin=BY_HAND,
        edited=EDITABLE,
        aliases=_aliases_of(place),
    )
    with changing(home, "add", by) as draft:
        _check_free(draft, code)
        draft.places[code] = made
    return made


def change_place(
    home: Home, code: str, values: dict[str, Any], seen: str, *, by: str = ""
) -> Place:
    """Change fields of a place.

    Parameters
    ----------
    home : Home
    code : str
    values : dict
        Field → new value; other fields stay.
    seen : str
        `Place.fingerprint` of what the person had before them.

    Raises
    ------
    NotFound
        There is no such place.
    ChangedMeanwhile
        It is not what was seen.
    InvalidPlaces
        It was moved out of the city.
    """
    with changing(home, "edit", by) as draft:
        old = draft.get(code)
        _check_seen(old, seen)
        new = dataclasses.replace(old, **values)
        if not shapely.equals(new.geometry, old.geometry):
            _check_in_city(home, new)
        new = dataclasses.replace(new, aliases=_aliases_of(new))
        set_now = {name for name in values if _differs(old, new, name)}
        edited = tuple(name for name in EDITABLE if name in set_now or name in old.edited)
        draft.places[old.code] = dataclasses.replace(new, edited=edited)
        return draft.places[old.code]


def remove_added_place(home: Home, code: str, *, by: str = "") -> Place | None:
    """Take a place out of the register that was added by hand and not touched since.

    Its history stays. Returned is the place; None, and nothing is done, where it was changed or
    merged since, came from a file or is gone.
    """
    if [change.action for change in history_of(home, code)] != ["add"]:
        return None
    with changing(home, "remove", by) as draft:
        return draft.places.pop(code, None)


def merge_places(
    home: Home, keep: str, other: str, *, seen: tuple[str, str] | None = None, by: str = ""
) -> Place:
    """Make two places one.

    The kept one takes the other's names, address, codes and, where it has none of its own, its
    kind, township and numbers. The other's code stays resolvable.

    Raises
    ------
    NotFound, ChangedMeanwhile
    InvalidPlaces
        Both are the same place.
    """
    with changing(home, "merge", by) as draft:
        kept, gone = draft.get(keep), draft.get(other)
        if kept.code == gone.code:
            raise InvalidPlaces(
                f"{keep} and {other} are the same place already",
                f"“{keep}”与“{other}”已是同一个点位",
            )
        if seen is not None:
            _check_seen(kept, seen[0])
            _check_seen(gone, seen[1])
        filled = {name: getattr(gone, name) for name in _FILLED if getattr(kept, name) is None}
        texts = (*kept.aliases, gone.name, *gone.aliases, gone.address)
        merged = dataclasses.replace(
            kept,
            **filled,
            aliases=merge_texts(texts),
            former_codes=(*kept.former_codes, gone.code, *gone.former_codes),
            edited=tuple(n for n in EDITABLE if n in {*kept.edited, *filled, "aliases"}),
        )
        draft.places[kept.code] = dataclasses.replace(merged, aliases=_aliases_of(merged))
        del draft.places[gone.code]
        draft.about = {"kept": kept.code, "merged": gone.code}
        return draft.places[kept.code]


def undo_merge(home: Home, number: int, *, by: str = "") -> Place:
    """Take a merge back: the place that went is there again, the kept one loses what it took.

    What was changed since on the kept place stays.

    Raises
    ------
    NotFound
        There is no such merge.
    InvalidPlaces
        It was taken back already, or the kept place is gone.
    """
    merge, gone = merge_of(home, number)
    with changing(home, "unmerge", by) as draft:
        kept = draft.places.get(merge.about["kept"])
        if kept is None or gone.code not in kept.former_codes:
            raise InvalidPlaces(
                f"the merge of {gone.code} is undone already, or its place is gone",
                f"“{gone.code}”的合并已经撤销，或保留的点位已不存在",
            )
        draft.places[kept.code] = _without(kept, merge)
        draft.places[gone.code] = gone
        draft.about = {"kept": kept.code, "merged": gone.code, "undone": number}
    return gone


def merge_of(home: Home, number: int) -> tuple[Change, Place]:
    """Return a merge by its number in the log, and the place that went, as it was.

    Raises
    ------
    NotFound
        There is no such merge.
    """
    merge = next((each for each in read_changes(home) if each.number == number), None)
    if merge is None or merge.action != "merge" or merge.before is None:
        raise NotFound(f"change {number} is no merge", f"第 {number} 项变更不是合并")
    return merge, read_register(home, merge.before)[merge.about["merged"]]


def _without(kept: Place, merge: Change) -> Place:
    """Return the kept place without what a merge gave it, if it still has that."""
    given = merge.changed.get(kept.code, {})
    values: dict[str, Any] = {}
    for name, (old, new) in given.items():
        now = getattr(kept, name)
        if name in ("aliases", "former_codes"):
            taken = set(new) - set(old)
            values[name] = tuple(text for text in now if text not in taken)
        elif now == new:
            values[name] = old
    return dataclasses.replace(kept, **values)


def _check_seen(place: Place, seen: str) -> None:
    if place.fingerprint() != seen:
        raise ChangedMeanwhile(
            f"{place.name} was changed by someone else: look at it again",
            f"“{place.name}”已被他人修改，请重新查看后再改",
        )


def _check_in_city(home: Home, place: Place) -> None:
    """Refuse a place that no case could be located at."""
    areas = current_extent(home)
    lng, lat = place.lng_lat
    if areas is not None and areas.nearest([lng], [lat], MARGIN_M)[0] == OUTSIDE:
        far = round(MARGIN_M / 1000)
        raise InvalidPlaces(
            f"{lng:.6f}, {lat:.6f} lies more than {far} km outside every area of the city",
            f"坐标 {lng:.6f}, {lat:.6f} 在全市各街乡镇（区）之外超过 {far} 公里",
        )


def _check_free(draft: Draft, code: str) -> None:
    try:
        there = draft.get(code)
    except NotFound:
        return
    raise InvalidPlaces(
        f"code {code} is taken by {there.name}", f"编码“{code}”已用于“{there.name}”"
    )


def _aliases_of(place: Place) -> tuple[str, ...]:
    """Return the aliases, each once and none of them the name itself."""
    name = plain_text(place.name)
    return tuple(text for text in merge_texts(place.aliases) if plain_text(text) != name)


def _differs(old: Place, new: Place, name: str) -> bool:
    before, after = old.plain()[name], new.plain()[name]
    return bool(before != after)
