"""How a cycle is assessed: what is counted, by what, and what each rate weighs.

No public source fixes all of it. What is not set here by the office is the system's default and is
called so on every page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from app.errors import InvalidParameter
from app.hotspots.filtered.forms import Attribution
from app.townships.assessment.cycles import Calendar

Basis = Literal["callback", "due", "received"]
BASES: tuple[Basis, ...] = get_args(Basis)

Ledger = Literal["raw", "assessed", "excluded"]
LEDGERS: tuple[Ledger, ...] = get_args(Ledger)

PER_CENT = 100


class ResultRules(BaseModel):
    """What follows from a cycle: who is 先进, 进步 or 整改, who is warned, who is talked with.

    No public source says where to draw these lines.

    Attributes
    ----------
    advanced_share : float
        The first so many per cent of the ranks are 先进; 0 for none.
    progress_first : int
        The first so many by the rise of the score are 进步; 0 for none.
    rectify_share : float
        The last so many per cent of the ranks are 整改; 0 for none.
    rectify_below : float or None
        A score under this is 整改 too.
    warn_first : int
        The first so many by cases received are warned 预警 where they are not designated.
    warn_ties : {"all", "none"}
        Of those that share the last of these places, where not all of them fit: all, or none.
    answer_days : int
        Days in which a township answers a warning.
    talk_last : int
        The last so many townships by score are talked with 集体约谈; 0 for none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    advanced_share: float = Field(default=10.0, ge=0, le=50)
    progress_first: int = Field(default=10, ge=0, le=1000)
    rectify_share: float = Field(default=10.0, ge=0, le=50)
    rectify_below: float | None = Field(default=None, ge=0, le=PER_CENT)
    warn_first: int = Field(default=10, ge=1, le=1000)
    warn_ties: Literal["all", "none"] = "all"
    answer_days: int = Field(default=15, ge=1, le=365)
    talk_last: int = Field(default=10, ge=0, le=1000)


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
        if (
            min(self.response, self.resolution, self.satisfaction) < 0
            or round(total, 9) != PER_CENT
        ):
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
    ledger : {"raw", "assessed", "excluded"}
        All cases 全量, those that are assessed 考核, or the others 剔除: all = assessed + excluded
        in every count.
    weights : Weights
    results : ResultRules
    """

    calendar: Calendar = field(default_factory=Calendar)
    attribution: Attribution = "reported"
    basis: Basis = "callback"
    ledger: Ledger = "raw"
    weights: Weights = field(default_factory=Weights)
    results: ResultRules = field(default_factory=ResultRules)
