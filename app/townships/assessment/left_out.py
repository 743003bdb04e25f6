"""What is left out of the assessed ledger 剔除: approved exclusions and decisions on single cases.

Each case is left out once, for the first that applies: the source's own column, a decision on the
case, then the exclusions in the order in which they were proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Self

from sqlalchemy import select

from app.db import Database
from app.townships.assessment.models import Exclusion, Objection

APPROVED, UPHELD = "approved", "upheld"

CLASS_COLUMNS = ("class_1", "class_2", "class_3")


@dataclass(frozen=True)
class ExclusionRule:
    """An approved exclusion, as counting needs it.

    Attributes
    ----------
    id : int
    name : str
    township : str
        Code; empty for the whole city.
    classes : tuple of str
        Path from class 1 downwards, empty for all.
    first, last : date
        Days received, both of them in it.
    """

    id: int
    name: str
    township: str
    classes: tuple[str, ...]
    first: date
    last: date

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + timedelta(days=1)


@dataclass(frozen=True)
class LeftOut:
    """All that leaves cases out of the assessed ledger beside what their source says.

    Attributes
    ----------
    exclusions : tuple of ExclusionRule
    decided : tuple of str
        Ids of cases that an upheld objection takes out, sorted.
    """

    exclusions: tuple[ExclusionRule, ...] = ()
    decided: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain values, for a document that is kept."""
        rules = [
            {**asdict(each), "first": each.first.isoformat(), "last": each.last.isoformat()}
            for each in self.exclusions
        ]
        return {"exclusions": rules, "decided": list(self.decided)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            tuple(
                ExclusionRule(
                    id=int(each["id"]),
                    name=each["name"],
                    township=each["township"],
                    classes=tuple(each["classes"]),
                    first=date.fromisoformat(each["first"]),
                    last=date.fromisoformat(each["last"]),
                )
                for each in told["exclusions"]
            ),
            tuple(told["decided"]),
        )


NOTHING_LEFT_OUT = LeftOut()


def left_out_now(database: Database) -> LeftOut:
    """Return what is left out as it stands: exclusions approved, objections upheld."""
    approved = select(Exclusion).where(Exclusion.state == APPROVED).order_by(Exclusion.id)
    upheld = select(Objection.case_id).where(Objection.state == UPHELD).distinct()
    with database.session() as session:
        exclusions = tuple(map(rule_of, session.scalars(approved)))
        return LeftOut(exclusions, tuple(sorted(session.scalars(upheld))))


def rule_of(record: Exclusion) -> ExclusionRule:
    """Return what a record leaves out."""
    return ExclusionRule(
        id=record.id,
        name=record.name,
        township=record.township,
        classes=tuple(record.classes),
        first=record.start,
        last=record.end,
    )
