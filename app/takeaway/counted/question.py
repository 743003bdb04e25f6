"""A filter that is asked in somebody's name, and what she is told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.hotspots.disclosing import shown_to
from app.hotspots.filtered.answers import views_json
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.scope import Scope
from app.takeaway.counted.forms import TakenFilter
from geodata.home import Home


@dataclass(frozen=True, eq=False)
class Counted:
    """Who takes the counts of which filter away."""

    access: Access
    chosen: TakenFilter
    narrowed: Narrowed

    @classmethod
    def of(cls, home: Home, access: Access, chosen: TakenFilter) -> Counted:
        """Ask of the newest version of the store.

        Raises
        ------
        Forbidden
            The filter selects what this person may not.
        InvalidParameter
            A cell or a lasso is none.
        """
        return cls(access, chosen, Narrowed.of(home, Scope.of_city(access, chosen.counting)))

    @property
    def exact(self) -> bool:
        """Whether small counts are told as they are."""
        return self.access.may(Permission.EXACT_COUNTS)

    @property
    def mark(self) -> str:
        """A short text that differs where the filter does."""
        return f"v{self.narrowed.facts.version}-{self.narrowed.scope.mark[:8]}"

    def with_open(self, **parts: Any) -> Counted:
        """Return the same question with some parts of its filter changed."""
        chosen = self.chosen.model_copy(update=parts)
        return Counted.of(self.narrowed.home, self.access, chosen)

    @cached_property
    def views(self) -> dict[str, Any]:
        """What the page shows beside the map, as this person may see it."""
        told: dict[str, Any] = shown_to(self.access, views_json(self.narrowed))
        return told
