"""Which codes are one township, and where its history breaks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Database
from app.succession.models import Succession


@dataclass(frozen=True)
class Change:
    """Codes that stand for others since a day.

    Attributes
    ----------
    since : date
        The first day of the new codes.
    before, after : tuple of str
        Codes, sorted; one that stands on both sides is of a part that kept its code.
    note : str
    rows : tuple of int
        Ids of its rows in the table.
    """

    since: date
    before: tuple[str, ...]
    after: tuple[str, ...]
    note: str = ""
    rows: tuple[int, ...] = ()

    @property
    def is_renaming(self) -> bool:
        """Tell whether one code stands for one."""
        return len(self.before) == len(self.after) == 1

    @property
    def kind(self) -> str:
        """``renamed``, ``split``, ``merged`` or, several for several, ``redrawn``."""
        if self.is_renaming:
            return "renamed"
        if len(self.before) == 1:
            return "split"
        return "merged" if len(self.after) == 1 else "redrawn"

    @property
    def codes(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.before, *self.after))

    @property
    def ended(self) -> frozenset[str]:
        """Codes that are no longer from that day on."""
        return frozenset(self.before) - frozenset(self.after)

    @property
    def begun(self) -> frozenset[str]:
        """Codes that are only from that day on."""
        return frozenset(self.after) - frozenset(self.before)


@dataclass(frozen=True)
class Lineage:
    """All changes, the earliest first.

    Examples
    --------
    >>> renamed = Change(date(2025, 1, 1), ("A",), ("B",))
    >>> split = Change(date(2026, 1, 1), ("B",), ("C", "D"))
    >>> both = Lineage((renamed, split))
    >>> both.followed("B"), both.followed("C"), [each.kind for each in both.parted("A")]
    (('A', 'B'), ('C',), ['split'])
    """

    changes: tuple[Change, ...] = ()

    def followed(self, code: str) -> tuple[str, ...]:
        """Return the codes that are the same township, the oldest first; `code` is among them."""
        renamed = [each for each in self.changes if each.is_renaming]
        later = {each.before[0]: each.after[0] for each in renamed}
        earlier = {new: old for old, new in later.items()}
        chain = [code]
        while chain[0] in earlier:
            chain.insert(0, earlier[chain[0]])
        while chain[-1] in later:
            chain.append(later[chain[-1]])
        return tuple(chain)

    @property
    def renamings(self) -> tuple[tuple[str, str], ...]:
        """Codes that are no more, and those that the same townships have now."""
        former = sorted({each.before[0] for each in self.changes if each.is_renaming})
        return tuple((code, self.current(code)) for code in former)

    def all_of(self, codes: Iterable[str]) -> frozenset[str]:
        """Return all codes that the townships of some codes have had."""
        return frozenset(each for code in codes for each in self.followed(code))

    def current(self, code: str) -> str:
        """Return the newest code of the same township: what tells one township from another."""
        return self.followed(code)[-1]

    def among(self, code: str, codes: Collection[str]) -> str | None:
        """Return under which of some codes the same township stands, the newest; None for none."""
        return next((each for each in reversed(self.followed(code)) if each in codes), None)

    def held_by(self, codes: Collection[str]) -> frozenset[str]:
        """Return the codes of an area and all that it has been.

        That is what its townships were called before, and those that were split or merged into
        townships that it has all of.
        """
        found = self.all_of(codes)
        for change in reversed(self.changes):
            if found >= set(change.after):
                found |= self.all_of(change.before)
        return found

    def parted(self, code: str) -> tuple[Change, ...]:
        """Return the splits and mergers that the township of a code came from or went into."""
        same = frozenset(self.followed(code))
        return tuple(each for each in self.changes if not each.is_renaming and same & each.codes)

    def parted_between(self, code: str, after: date, until: date) -> Change | None:
        """Return what keeps the time before `until` from being compared with the time `after`.

        That is the latest split or merger whose first day lies after `after` and before `until`.
        """
        found = [each for each in self.parted(code) if after < each.since < until]
        return found[-1] if found else None


def followed(database: Database, code: str) -> tuple[str, ...]:
    """Return the codes that are the same township as `code`, the oldest first."""
    return lineage(database).followed(code)


def parted(database: Database, code: str) -> tuple[Change, ...]:
    """Return the splits and mergers that the township of `code` came from or went into."""
    return lineage(database).parted(code)


def lineage(database: Database) -> Lineage:
    """Return all changes of codes."""
    with database.session() as session:
        return lineage_in(session)


def lineage_in(session: Session) -> Lineage:
    """Return all changes of codes, within a session."""
    return Lineage(changes_of(session.scalars(select(Succession))))


def changes_of(rows: Iterable[Succession]) -> tuple[Change, ...]:
    """Put together the rows of one day that share a code: they are one change."""
    groups: list[list[Succession]] = []
    for row in sorted(rows, key=lambda row: (row.since, row.old_code, row.new_code)):
        meeting = [group for group in groups if any(_meet(row, each) for each in group)]
        groups = [group for group in groups if group not in meeting]
        groups.append([*(each for group in meeting for each in group), row])
    return tuple(sorted(map(_change, groups), key=lambda each: (each.since, each.before)))


def _meet(one: Succession, other: Succession) -> bool:
    # An old code meets an old one and a new code a new one: a code that begins on the day on
    # which another ends is another matter, unless it is the part that kept its code.
    return one.since == other.since and (
        one.old_code == other.old_code or one.new_code == other.new_code
    )


def _change(rows: list[Succession]) -> Change:
    return Change(
        rows[0].since,
        tuple(sorted({row.old_code for row in rows})),
        tuple(sorted({row.new_code for row in rows})),
        next((row.note for row in rows if row.note), ""),
        tuple(row.id for row in rows),
    )
