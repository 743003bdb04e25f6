"""What a cell's parent and its children say at the same step, kept beside the run.

The coarser and the finer variant of a run are tested as the run is, each with its own expected
counts, dispersion and family of q-values. They are made once, with the stability of its hot areas;
a cell is then looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.sensitivity.variants import Base, Made
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from spatial.hot_areas import NO_UNIT

Levels = NDArray[np.int8]


@dataclass(frozen=True)
class OtherResolutions:
    """What is said of a cell one resolution coarser and one finer.

    Attributes
    ----------
    coarser : int
        Level of the parent, as of the cells of a run; 127 where it was not tested.
    finer_tested, finer_hot, finer_low : int
        Children that were tested, and those of them that are significantly high or low.
    """

    coarser: int
    finer_tested: int
    finer_hot: int
    finer_low: int


def resolution_table(base: Base, coarser: Made, finer: Made) -> pa.Table:
    """Lay the parents' and children's levels beside the cells, the whole span first.

    A variant that could not be made leaves its cells untested.
    """
    n, rows = base.counts.shape
    tested = finer.level != NOT_TESTED
    columns = {
        "coarser": _of_parents(coarser, n, rows),
        "finer_tested": _of_children(finer, tested, n),
        "finer_hot": _of_children(finer, tested & (finer.level >= SIGNIFICANT_LEVEL), n),
        "finer_low": _of_children(finer, finer.level <= -SIGNIFICANT_LEVEL, n),
    }
    return pa.table(
        {
            "cell": pa.array(np.tile(base.cells, rows)),
            "step": pa.array(np.repeat(np.arange(rows) + WHOLE_SPAN, n).astype(np.int16)),
            **{
                name: pa.array(np.ascontiguousarray(each.T).ravel())
                for name, each in columns.items()
            },
        }
    )


def read_resolutions(file: Path, cell: int, step: int) -> OtherResolutions | None:
    """Look a cell up at a step; None where there is none, or the file was never made."""
    if not file.is_file():
        return None
    found = pq.read_table(file, filters=[("cell", "=", cell), ("step", "=", step)]).to_pylist()
    if not found:
        return None
    return OtherResolutions(**{k: v for k, v in found[0].items() if k not in ("cell", "step")})


def _of_parents(made: Made, n: int, rows: int) -> Levels:
    level = np.full((n, rows), NOT_TESTED, dtype=np.int8)
    known = made.piece_unit != NO_UNIT
    level[made.piece_cell[known]] = made.level[made.piece_unit[known]]
    return level


def _of_children(made: Made, which: NDArray[np.bool_], n: int) -> Levels:
    """Count each cell's children of a kind, in every row."""
    counts = np.zeros((n, which.shape[1]), dtype=np.int8)
    known = made.piece_unit != NO_UNIT
    np.add.at(counts, made.piece_cell[known], which[made.piece_unit[known]].astype(np.int8))
    return counts
