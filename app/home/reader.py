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
    """A person before the overview, as far as it shows her something else than another.

    Attributes
    ----------
    area : Area
        Whose figures are hers: where she sees single cases, else where she looks at pages.
    reads : Area
        Where she looks at pages.
    sees_cases : bool
        Whether figures of her area lead to their cases.
    exact : bool
        Whether she sees small counts as they are.
    """

    area: Area
    reads: Area
    sees_cases: bool
    exact: bool

    @classmethod
    def of(cls, access: Access) -> Reader:
        """Return the reader that a person is."""
        reads, sees_cases = access.area(Permission.READ), access.may(Permission.READ_CASES)
        area = access.area(Permission.READ_CASES) if sees_cases else reads
        return cls(area, reads, sees_cases, access.may(Permission.EXACT_COUNTS))

    @property
    def sees_all_cases(self) -> bool:
        """Whether figures of the whole city lead to their cases, too."""
        return self.sees_cases and self.area.whole


def shown(count: Count, reader: Reader) -> Count | int | None:
    """Return a count as the reader may see it, None for one too small to be shown to her.

    Every count of cases on the overview passes here.
    """
    if reader.exact:
        return count
    told = disclosed(round(count))
    return None if told == SUPPRESSED else told
