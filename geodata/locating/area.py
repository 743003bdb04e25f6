"""What is known of the city when cases are located."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.areas import OUTSIDE, AreaNames, Boundaries
from geodata.coordinate_checks import AreaPin, CoarseRule
from geodata.default_points import DefaultPoint


class GivesPlaces(Protocol):
    """Tells the place of cases from their coordinates or texts: `geodata.placing.Placer`."""

    def place(self, cases: pa.Table, columns: dict[str, Any]) -> dict[str, Any]:
        """Return the location columns with places, and with what texts tell of the unlocated."""


@dataclass(frozen=True, eq=False)
class Area:
    """What is known of the city when cases are located.

    Attributes
    ----------
    townships, districts : Boundaries or None
        None where none were imported.
    default_points : tuple of DefaultPoint
    placer : GivesPlaces or None
        None where there is no place register.
    pins : tuple of AreaPin
        Coordinates that stand for a whole area.
    coarse : mapping of str to CoarseRule
        Which coordinates of a batch are too coarse.
    """

    townships: Boundaries | None = None
    districts: Boundaries | None = None
    default_points: tuple[DefaultPoint, ...] = ()
    placer: GivesPlaces | None = None
    pins: tuple[AreaPin, ...] = ()
    coarse: Mapping[str, CoarseRule] = field(default_factory=dict)

    @property
    def false_coordinates(self) -> tuple[Any, ...]:
        """All that coordinates are refused for; equal where the same ones are refused."""
        return self.default_points, self.pins, dict(self.coarse)

    @property
    def extent(self) -> Boundaries | None:
        """Areas beyond which no case can be: townships, else districts."""
        return self.townships if self.townships is not None else self.districts

    def find_township(
        self, names: list[str | None], districts: list[str | None]
    ) -> NDArray[np.int64]:
        """Return the index of each township reported by name, `OUTSIDE` where it means none."""
        if self._township_names is None:
            return np.full(len(names), OUTSIDE, dtype=np.int64)
        return self._township_names.find(names, districts)

    def find_district(self, names: list[str | None]) -> NDArray[np.int64]:
        """Return the index of each district reported by name, `OUTSIDE` where it means none."""
        if self._district_names is None:
            return np.full(len(names), OUTSIDE, dtype=np.int64)
        return self._district_names.find(names, [None] * len(names))

    @cached_property
    def _township_names(self) -> AreaNames | None:
        return None if self.townships is None else AreaNames(self.townships)

    @cached_property
    def _district_names(self) -> AreaNames | None:
        return None if self.districts is None else AreaNames(self.districts)
