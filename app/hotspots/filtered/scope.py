"""What a question is about: the filter, and the area that the asker may see."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from app.hotspots.filtered.forms import CountFilter


@dataclass(frozen=True)
class AreaLimit:
    """Where the cases lie that may be counted: in one of these townships or districts.

    Attributes
    ----------
    townships, districts : frozenset of str
        Codes, of where the cases lie; with none of either no case may be counted.
    """

    townships: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scope:
    """What every count takes: rows are left out by this alone, in `narrowing`.

    Attributes
    ----------
    chosen : CountFilter
    limit : AreaLimit or None
        None for those who may see all.
    """

    chosen: CountFilter
    limit: AreaLimit | None = None

    @property
    def mark(self) -> str:
        """A short text that differs where the question or the area does."""
        limit = self.limit and (sorted(self.limit.townships), sorted(self.limit.districts))
        told = f"{self.chosen.model_dump_json()} {json.dumps(limit)}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]
