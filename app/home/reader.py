"""Who looks at the overview: whose figures are shown, how exactly, and which lead to cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.cases.disclosure import SUPPRESSED, disclosed

Count = TypeVar("Count", int, float)


@dataclass(frozen=True)
class Reader:
    """A person before the overview.

    Attributes
    ----------
    access : Access
    area : Area
        Whose figures are hers: where she sees single cases, else where she looks at pages.
    sees_cases : bool
        Whether figures of her area lead to their cases.
    """

    access: Access
    area: Area
    sees_cases: bool

    @classmethod
    def of(cls, access: Access) -> Reader:
        """Return the reader that a person is."""
        sees_cases = access.may(Permission.READ_CASES)
        right = Permission.READ_CASES if sees_cases else Permission.READ
        return cls(access, access.area(right), sees_cases)

    @property
    def sees_all_cases(self) -> bool:
        """Whether figures of the whole city lead to their cases, too."""
        return self.sees_cases and self.area.whole


def shown(count: Count, access: Access) -> Count | int | None:
    """Return a count as a person may see it, None for one too small to be shown to her.

    Every count of cases on the overview passes here.
    """
    if access.may(Permission.EXACT_COUNTS):
        return count
    told = disclosed(round(count))
    return None if told == SUPPRESSED else told
