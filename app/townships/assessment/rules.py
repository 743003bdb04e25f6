"""How a cycle is assessed: what is counted, by what, and what each rate weighs.

No public source fixes all of it. What is not set here by the office is the system's default and is
called so on every page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from app.errors import InvalidParameter
from app.hotspots.filtered.forms import Attribution
from app.townships.assessment.cycles import Calendar

Basis = Literal["callback", "due", "received"]
BASES: tuple[Basis, ...] = get_args(Basis)

Ledger = Literal["raw", "assessed"]
LEDGERS: tuple[Ledger, ...] = get_args(Ledger)

PER_CENT = 100


@dataclass(frozen=True)
class Weights:
    """What each of the three rates weighs in the composite score, in per cent; they add up to 100.

    ``basically_satisfied`` is what an answer of 基本满意 counts, 满意 being 1.
    """

    response: float = 10
    resolution: float = 50
    satisfaction: float = 40
    basically_satisfied: float = 0.9

    def __post_init__(self) -> None:
        total = self.response + self.resolution + self.satisfaction
        if min(self.response, self.resolution, self.satisfaction) < 0 or total != PER_CENT:
            raise InvalidParameter(
                f"weights: {self.response:g} + {self.resolution:g} + {self.satisfaction:g} = "
                f"{total:g}; each is at least 0 and they add up to {PER_CENT}",
                f"三率权重之和应为 {PER_CENT}，现为 {total:g}",
            )
        if not 0 <= self.basically_satisfied <= 1:
            raise InvalidParameter(
                f"basically satisfied: {self.basically_satisfied:g} is not between 0 and 1",
                f"“基本满意”折算应在 0 与 1 之间，现为 {self.basically_satisfied:g}",
            )


@dataclass(frozen=True)
class Rules:
    """The rules of a cycle.

    Attributes
    ----------
    calendar : Calendar
    attribution : {"location", "reported", "handler"}
        By what a case belongs to a township.
    basis : {"callback", "due", "received"}
        Which of a case's moments puts its callback into a cycle.
    ledger : {"raw", "assessed"}
        All cases 全量, or those that the source says are assessed 考核.
    weights : Weights
    """

    calendar: Calendar = field(default_factory=Calendar)
    attribution: Attribution = "reported"
    basis: Basis = "callback"
    ledger: Ledger = "raw"
    weights: Weights = field(default_factory=Weights)
