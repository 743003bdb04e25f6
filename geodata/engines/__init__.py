"""Rows of any number → located → cells × periods (× classes): one job, two engines.

Both engines call the very same functions: `index_rows` (with `geodata.locating.locate` in it) for
rows, a table of Arrow at a time, and `geodata.counting.count_cases` for counts.
"""

from geodata.engines.counts import CellCounts
from geodata.engines.indexing import PERIODS, CellJob, index_rows
from geodata.engines.local import PolarsEngine
from geodata.engines.sources import Engine, RowSource, open_source, store_source
from geodata.engines.spark import SparkEngine

__all__ = [
    "PERIODS",
    "CellCounts",
    "CellJob",
    "Engine",
    "PolarsEngine",
    "RowSource",
    "SparkEngine",
    "index_rows",
    "open_source",
    "store_source",
]
