"""Who may see the texts of a case as they are: a look that is recorded, never kept by a browser."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.lives import Tell, as_it_is, find_case, lies_within, life_of
from app.errors import Forbidden
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.store import CaseLife


@dataclass(frozen=True)
class SeenLife:
    """The life of a case, and how its texts are told to a reader.

    Attributes
    ----------
    life : CaseLife
    month, mark : str
        The address under which it was found.
    may_unmask : bool
        Whether the reader may see its texts as they are.
    unmasked : bool
        Whether she asked for that.
    """

    life: CaseLife
    month: str
    mark: str
    may_unmask: bool
    unmasked: bool = False

    @property
    def tell(self) -> Tell:
        """Return how its texts are told."""
        return as_it_is if self.unmasked else mask_address


def masked_life(access: Access, home: Home, month: str, mark: str) -> SeenLife:
    """Return the life of a case of a person's area.

    Raises
    ------
    Missing
        Her area has no such case.
    """
    case_id = find_case(home, access.area(Permission.READ_CASES), month, mark)
    life = life_of(home, case_id)
    may_unmask = lies_within(access.reach(Permission.UNMASK), life.current)
    return SeenLife(life, month, mark, may_unmask)


def unmasked_life(access: Access, home: Home, month: str, mark: str) -> SeenLife:
    """Record that a person looks at the texts of a case as they are, and return its life.

    Raises
    ------
    Missing
        Her area has no such case.
    Forbidden
        She may read it, but not unmask it.
    """
    seen = masked_life(access, home, month, mark)
    if not seen.may_unmask:
        raise Forbidden(
            f"{access.who} may not unmask this case: it is outside the area of that right",
            "您不能查看这件诉求的原文，如有需要请联系管理员",
        )
    access.record("case.unmask", ("case", f"{month}/{mark}"))
    return SeenLife(seen.life, month, mark, may_unmask=True, unmasked=True)
