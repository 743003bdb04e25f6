"""What a run in the making hands to packages above that add to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from app.hotspots.periods import Step
from app.hotspots.township_counts import TownshipCounts
from geodata.areas import Boundaries

if TYPE_CHECKING:
    from app.hotspots.companions import Companion


@dataclass(frozen=True)
class CellResults:
    """Cells and their tests; column 0 is the whole span, then each step.

    Attributes
    ----------
    cells : int64[n]
        H3 cells, ascending.
    township : int64[n]
        Position of the township that holds the centre, −1 for none.
    counts : int64[n, rows]
    expected, z, p_hot, p_cold, q_hot, q_cold : float[n, rows]
        ``expected`` of the cell itself; tests are of the neighbourhood. NaN where not tested.
    neighbourhood_counts, neighbourhood_expected : float[n, rows]
        What the tests compare.
    level : int8[n, rows]
        ±3 q < .01, ±2 q < .05, ±1 q < .10, 0 none, 127 not tested; negative is low.
    null : str
    dispersion : dict
        Dispersion that the tests of the ``steps`` and of the ``whole`` span used, and beside it
        the one that sums of neighbours would need (``whole_neighbourhoods``); empty under
        permutation.
    """

    cells: NDArray[np.int64]
    township: NDArray[np.int64]
    counts: NDArray[np.int64]
    expected: NDArray[np.float64]
    neighbourhood_counts: NDArray[np.float64]
    neighbourhood_expected: NDArray[np.float64]
    z: NDArray[np.float64]
    p_hot: NDArray[np.float64]
    p_cold: NDArray[np.float64]
    q_hot: NDArray[np.float64]
    q_cold: NDArray[np.float64]
    level: NDArray[np.int8]
    null: str
    dispersion: dict[str, float]
    family: int


@dataclass(frozen=True)
class Extra:
    """A table beside those of cells, townships and points, and what ``run.json`` says about it."""

    name: str
    table: pa.Table
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunTables:
    """Everything that a run has counted and tested."""

    cases: pl.DataFrame
    steps: tuple[Step, ...]
    boundaries: Boundaries
    districts: list[str | None]
    cells: CellResults
    townships: TownshipCounts
    points: pl.DataFrame
    emerging: Extra
    clusters: Extra
    companions: tuple[Companion, ...] = ()


class ExtraTable(Protocol):
    """Makes an extra table of a run."""

    def __call__(self, tables: RunTables, /) -> Extra: ...
