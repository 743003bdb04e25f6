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
from app.townships.assessment.near_points import NamedPoint, points_of

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
    also : tuple of tuple of str
        Further paths, beside `classes`.
    points : tuple of NamedPoint
        Only cases near one of them; empty for all of the township.
    """

    id: int
    name: str
    township: str
    classes: tuple[str, ...]
    first: date
    last: date
    also: tuple[tuple[str, ...], ...] = ()
    points: tuple[NamedPoint, ...] = ()

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + timedelta(days=1)

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """All its paths of classes; empty for all classes."""
        return (self.classes, *self.also) if self.classes else ()

    def to_json(self) -> dict[str, Any]:
        """As plain values; what documents of before did not know is told only where there is any.

        So a cycle that was closed then gives the same bytes when it is worked out again.
        """
        told = asdict(self) | {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {name: value for name, value in told.items() if value or name not in _LATER}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            id=int(told["id"]),
            name=told["name"],
            township=told["township"],
            classes=tuple(told["classes"]),
            first=date.fromisoformat(told["first"]),
            last=date.fromisoformat(told["last"]),
            also=tuple(map(tuple, told.get("also", ()))),
            points=points_of(told.get("points", ())),
        )


_LATER = ("also", "points")
"""Fields of a rule that documents of before do not have."""


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
        rules = [each.to_json() for each in self.exclusions]
        return {"exclusions": rules, "decided": list(self.decided)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(tuple(map(ExclusionRule.from_json, told["exclusions"])), tuple(told["decided"]))


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
        also=tuple(map(tuple, record.also or ())),
        points=points_of(record.points or ()),
    )
