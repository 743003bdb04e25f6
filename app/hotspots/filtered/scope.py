"""What a question is about: the filter, and the area that the asker may see."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Self

from app.accounts.access import Access
from app.accounts.areas import EVERYWHERE, Area
from app.accounts.permissions import Permission
from app.errors import Forbidden
from app.hotspots.filtered.forms import CountFilter


@dataclass(frozen=True)
class Scope:
    """What every count takes: rows are left out by this alone, in `narrowing`.

    Attributes
    ----------
    chosen : CountFilter
    area : Area
        Cases elsewhere are not counted.
    """

    chosen: CountFilter
    area: Area = EVERYWHERE

    @classmethod
    def of_city(cls, access: Access, chosen: CountFilter) -> Self:
        """Return the scope of a count of the whole city, which everybody may see.

        Raises
        ------
        Forbidden
            The filter selects cells, and who asks may see no small counts.
        """
        if (chosen.cells or chosen.lasso) and not access.may(Permission.EXACT_COUNTS):
            # One selection less another would tell the small count between them.
            raise Forbidden(
                "cells, lasso: selections of one's own take the right to see small counts",
                "自行圈选需要有查看小数目的权限，可改为按街乡镇查看",
            )
        return cls(chosen)

    @property
    def mark(self) -> str:
        """A short text that differs where the question or the area does."""
        told = f"{self.chosen.model_dump_json()} {json.dumps(self.area.parts())}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]
