"""What an address says, in the terms that Chinese and English addresses share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["road", "estate", "community", "locality", "name"]
"""What a name in an address is the name of.

``road`` also for lanes that have names (巷, 胡同), ``community`` for villages and neighbourhoods,
``locality`` for hamlets and groups within them (宅, 队, 组), ``name`` for what has no sign of it.
"""

Unit = Literal["号", "弄", ""]
"""How a house number counts: a door, a lane off the road, or not said."""


Relation = Literal["at", "near", "opposite"]


@dataclass(frozen=True, slots=True)
class Part:
    """A name with the number on it, such as 长宁路 with 396弄.

    Attributes
    ----------
    name : str
        Without the number.
    kind : str
        One of `Kind`.
    number : int, optional
        House number, or number of the lane off the road.
    unit : str
        One of `Unit`.
    """

    name: str
    kind: Kind
    number: int | None = None
    unit: Unit = ""


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; None where it does not say.

    Attributes
    ----------
    key : str
        All that tells one place from another, without building, unit and room: texts of one key
        mean one place (as far as their districts do not differ).
    parts : tuple of Part
        Every name in it, in the order of the text.
    district, township : str, optional
        As named in the text.
    building, unit, room : str, optional
    intersection : bool
        Whether it means where its first two roads meet.
    relation : str
        ``at``, ``near`` or ``opposite``.
    postcode : str, optional
    """

    key: str
    parts: tuple[Part, ...]
    district: str | None = None
    township: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    intersection: bool = False
    relation: Relation = "at"
    postcode: str | None = None

    def _first(self, *kinds: Kind) -> Part | None:
        return next((part for part in self.parts if part.kind in kinds), None)

    @property
    def road(self) -> str | None:
        """Name of the first road."""
        part = self._first("road")
        return part.name if part else None

    @property
    def number(self) -> int | None:
        """House number on the first road or estate that has one, where it is not a lane's."""
        return next((part.number for part in self.parts if part.number and part.unit != "弄"), None)

    @property
    def lane(self) -> int | None:
        """Number of the first lane."""
        return next((part.number for part in self.parts if part.unit == "弄"), None)

    @property
    def community(self) -> str | None:
        """Name of the village or neighbourhood."""
        part = self._first("community")
        return part.name if part else None

    @property
    def estate(self) -> str | None:
        """Name of the estate, or of what has no sign of its kind."""
        part = self._first("estate", "name")
        return part.name if part else None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in it."""
        return tuple(part.name for part in self.parts)
