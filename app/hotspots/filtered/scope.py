"""What a question is about: the filter, and the area that the asker may see."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from app.accounts.areas import EVERYWHERE, Area
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

    @property
    def mark(self) -> str:
        """A short text that differs where the question or the area does."""
        area = (self.area.townships, self.area.districts, self.area.names, self.area.handlers)
        parts = json.dumps([self.area.whole, *map(sorted, area)])
        told = f"{self.chosen.model_dump_json()} {parts}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]
