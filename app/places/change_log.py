"""The log of the register: what each change did, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.errors import Missing
from geodata.home import Home
from geodata.places import Change, names_of_places, read_changes

PAGE_SIZE = 50

KINDS = ("added", "changed", "removed")


@dataclass(frozen=True)
class ChangePage:
    """Some of the places that a change concerned.

    Attributes
    ----------
    change : Change
    counts : dict of int
        Places by `KINDS`.
    kind : {"added", "changed", "removed"}
    rows : tuple of dict
        ``code, name, fields`` (what each was and is), ``there`` (still in the register).
    number, pages : int
    """

    change: Change
    counts: dict[str, int]
    kind: str
    rows: tuple[dict[str, Any], ...]
    number: int
    pages: int


def list_changes(home: Home, page: int) -> tuple[list[tuple[Change, dict[str, int]]], int, int]:
    """Return a page of changes with their counts, its number, and how many pages there are."""
    changes = read_changes(home)
    pages = max(1, -(-len(changes) // PAGE_SIZE))
    number = min(page, pages)
    first = (number - 1) * PAGE_SIZE
    shown = changes[::-1][first : first + PAGE_SIZE]
    return [(change, counts_of(change)) for change in shown], number, pages


def counts_of(change: Change) -> dict[str, int]:
    """Count the places of a change by `KINDS`."""
    return {kind: len(getattr(change, kind)) for kind in KINDS}


def change_page(home: Home, number: int, kind: str | None, page: int) -> ChangePage:
    """Return what a change did; without a kind, of the first kind that it has.

    Raises
    ------
    Missing
        There is no such change.
    """
    change = next((each for each in read_changes(home) if each.number == number), None)
    if change is None:
        raise Missing(f"the register has no change {number}", f"点位库没有第 {number} 项变更")
    counts = counts_of(change)
    chosen = kind or next((each for each in KINDS if counts[each]), KINDS[0])
    codes = list(getattr(change, chosen))
    pages = max(1, -(-len(codes) // PAGE_SIZE))
    at = min(page, pages)
    shown = codes[(at - 1) * PAGE_SIZE : at * PAGE_SIZE]
    names = names_of_places(home, shown, change.before if chosen == "removed" else change.after)
    there = names_of_places(home, shown)
    rows = tuple(
        {
            "code": code,
            "name": names.get(code, code),
            "fields": change.changed.get(code, {}),
            "there": code in there,
        }
        for code in shown
    )
    return ChangePage(change, counts, chosen, rows, at, pages)
