"""The engine of one machine: batches on threads, counted by Polars in a stream."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import feather

from geodata.counting import count_cases
from geodata.engines.counts import CellCounts
from geodata.engines.indexing import CellJob, index_rows
from geodata.engines.sources import RowSource
from geodata.errors import UnreadableFile
from geodata.locating import Area


class PolarsEngine:
    """Locates tables on this machine's cores and counts them with Polars.

    Parameters
    ----------
    threads : int, optional
        The cores this process may use when not given.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1

    def count_cells(
        self,
        source: RowSource,
        job: CellJob,
        area: Area,
        progress: Callable[[int], None] | None = None,
    ) -> CellCounts:
        """Count the rows of files on this machine.

        Raises
        ------
        UnreadableFile
            The source is a URL.
        """
        if source.is_remote:
            raise UnreadableFile(
                f"{source.name}: URLs are read with --engine spark only",
                f"{source.name}：网址形式的数据源只能用 --engine spark 读取",
            )
        with tempfile.TemporaryDirectory(prefix="suyuan-cells-") as folder:
            parts, done = [], 0
            for number, table in enumerate(self._indexed(source, job, area)):
                parts.append(Path(folder) / f"{number:06d}.arrow")
                feather.write_feather(table, parts[-1], compression="lz4")
                done += len(table)
                if progress is not None:
                    progress(done)
            counted = count_cases(pl.scan_ipc(parts), job.groups)
            return CellCounts.of(counted.collect(engine="streaming"), job)

    def close(self) -> None:
        """Nothing is held between two jobs."""

    def _indexed(self, source: RowSource, job: CellJob, area: Area) -> Iterator[pa.Table]:
        waiting: deque[Future[pa.Table]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            for table in source.tables():
                waiting.append(pool.submit(index_rows, table, area, job))
                if len(waiting) > self._threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
