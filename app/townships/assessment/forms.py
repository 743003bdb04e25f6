"""What may be asked of the board of a cycle."""

from __future__ import annotations

from pydantic import Field

from app.hotspots.filtered.forms import Attribution
from app.queries import Query
from app.townships.assessment.cycles import Calendar, CycleKind
from app.townships.assessment.rules import Basis, Ledger, Rules


class BoardQuery(Query):
    """A cycle (``cycle``, its id), or the newest of a kind; and how it is counted."""

    kind: CycleKind = "month"
    cycle: str | None = Field(default=None, max_length=40)
    attribution: Attribution = "reported"
    basis: Basis = "callback"
    ledger: Ledger = "raw"

    def rules(self, calendar: Calendar) -> Rules:
        """Return the rules that the query names, of the system's default where it names none."""
        return Rules(calendar, self.attribution, self.basis, self.ledger)
