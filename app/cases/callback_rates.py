"""The three rates 三率 (response, resolution, satisfaction) over valid callbacks 有效回访."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.cases.facts.columns import Answer

BASICALLY_SATISFIED_WEIGHT = 0.9
"""What an answer of 基本满意 counts, 满意 being 1."""


@dataclass(frozen=True)
class CallbackRates:
    """What valid callbacks said, counted.

    Attributes
    ----------
    valid : int
        Valid callbacks.
    responded, resolved : int
        Of these, those that said so.
    satisfied, basically_satisfied : int
    told_response, told_resolution, told_satisfaction : int
        Of these, those that answered the question at all.
    """

    valid: int = 0
    responded: int = 0
    resolved: int = 0
    satisfied: int = 0
    basically_satisfied: int = 0
    told_response: int = 0
    told_resolution: int = 0
    told_satisfaction: int = 0

    @classmethod
    def of(cls, counted: Mapping[Answer, int]) -> CallbackRates:
        """Sum up how often each answer of a valid callback was given."""

        def those(**said: Any) -> int:
            return sum(
                n
                for answer, n in counted.items()
                if all(getattr(answer, name) == value for name, value in said.items())
            )

        valid = sum(counted.values())
        return cls(
            valid=valid,
            responded=those(responded=True),
            resolved=those(resolved=True),
            satisfied=those(satisfaction="满意"),
            basically_satisfied=those(satisfaction="基本满意"),
            told_response=valid - those(responded=None),
            told_resolution=valid - those(resolved=None),
            told_satisfaction=valid - those(satisfaction=None),
        )

    @property
    def response_rate(self) -> float | None:
        """Share that was contacted; None where no valid callback told, never 0 %."""
        return self._share(self.responded, self.told_response)

    @property
    def resolution_rate(self) -> float | None:
        """Share that was resolved; None where no valid callback told."""
        return self._share(self.resolved, self.told_resolution)

    @property
    def satisfaction_rate(self) -> float | None:
        """Share that was satisfied, basically satisfied ones by weight; None where none told."""
        weighted = self.satisfied + BASICALLY_SATISFIED_WEIGHT * self.basically_satisfied
        return self._share(weighted, self.told_satisfaction)

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "valid": self.valid,
            "response": self.response_rate,
            "resolution": self.resolution_rate,
            "satisfaction": self.satisfaction_rate,
        }

    def _share(self, part: float, told: int) -> float | None:
        """Return a share of all valid callbacks, where the question was asked at all."""
        return part / self.valid if told else None
