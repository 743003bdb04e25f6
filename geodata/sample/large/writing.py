"""A sample of any size written to files, batch by batch, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from geodata.sample.files import MapFiles, write_map
from geodata.sample.large.city import LargeCity, make_large_city
from geodata.sample.large.faults import Faults, open_rows
from geodata.sample.large.order import CSV, Order
from geodata.sample.large.reports import draw_reports
from geodata.sample.large.rows import RowWriter
from geodata.sample.large.schedule import Batch, Schedule

Progress = Callable[[int, int], None]
"""Called with rows written and rows in all."""

_THREADS = 2
"""Batches made at once; each holds some 100 MB."""


class Part(NamedTuple):
    """Rows and later rows of one batch."""

    batch: Batch
    rows: pa.Table
    updates: pa.Table


@dataclass(frozen=True)
class LargeSample:
    """What was written.

    Attributes
    ----------
    cases, updates : int
        Rows of the first and of the second files.
    faults : dict of str to int
        Rule of an import → rows that it must reject.
    case_files, update_files : tuple of Path
    map_files : MapFiles
    """

    cases: int
    updates: int
    faults: dict[str, int]
    case_files: tuple[Path, ...]
    update_files: tuple[Path, ...]
    map_files: MapFiles

    @property
    def bytes(self) -> int:
        """Size of the files of cases."""
        return sum(path.stat().st_size for path in (*self.case_files, *self.update_files))


def write_large_city(order: Order, folder: Path, progress: Progress | None = None) -> LargeSample:
    """Write a sample city's cases and map.

    Parameters
    ----------
    order : Order
        The same order gives the same bytes, on any number of cores.
    folder : Path
        Made if absent; files of the same names are replaced.
    progress : callable, optional

    Returns
    -------
    LargeSample
    """
    city = make_large_city(order)
    map_files = write_map(city, folder)
    faults = Faults(order)
    done = 0
    with _Files(folder, "cases", order) as cases, _Files(folder, "updates", order) as updates:
        for part in _made(city, order, faults):
            cases.write(part.batch.month, part.rows)
            if len(part.updates):
                updates.write(part.batch.month, part.updates)
            done += len(part.rows)
            if progress is not None:
                progress(done, order.cases)
    return LargeSample(
        cases=cases.rows,
        updates=updates.rows,
        faults=faults.by_rule(),
        case_files=tuple(cases.paths),
        update_files=tuple(updates.paths),
        map_files=map_files,
    )


def _made(city: LargeCity, order: Order, faults: Faults) -> Iterator[Part]:
    """Make batches on threads, a few ahead of who writes them, and give them in order."""
    schedule = Schedule.of(city.calendar, order.cases, order.seed)
    writer = RowWriter(city)

    def make(batch: Batch) -> Part:
        rng = schedule.generator(batch)
        reports = draw_reports(city, schedule, batch, rng)
        still = open_rows(order, faults, batch.first_row, batch.rows)
        rows, updates = writer.write(reports, still, rng)
        return Part(batch, faults.plant(rows, batch.first_row), updates)

    waiting: deque[Future[Part]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for batch in schedule.batches():
            waiting.append(pool.submit(make, batch))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@dataclass
class _Files:
    """Files of one kind, one open at a time."""

    folder: Path
    name: str
    order: Order
    rows: int = 0
    paths: list[Path] = field(default_factory=list)
    _open: Any = None

    def write(self, month: str, rows: pa.Table) -> None:
        ending = f"-{month}" if self.order.by_month else ""
        path = self.folder / f"{self.name}{ending}.{self.order.format}"
        if self._open is None or path != self.paths[-1]:
            self._close()
            self.paths.append(path)
            self._open = _opened(path, rows, self.order)
        self._open.write_table(_decoded(rows) if self.order.format == CSV else rows)
        self.rows += len(rows)

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()


def _opened(path: Path, rows: pa.Table, order: Order) -> Any:
    if order.format == CSV:
        return pcsv.CSVWriter(path, _decoded(rows).schema)
    repeated = [column.name for column in rows.schema if pa.types.is_dictionary(column.type)]
    return pq.ParquetWriter(
        path,
        rows.schema,
        compression="snappy",
        use_dictionary=repeated,
        # Readers get plain text, not the dictionaries that made writing it fast.
        store_schema=False,
        write_statistics=["received_at"],
    )


def _decoded(rows: pa.Table) -> pa.Table:
    """Write dictionaries out."""
    for index, column in enumerate(rows.schema):
        if pa.types.is_dictionary(column.type):
            plain = rows.column(index).cast(column.type.value_type)
            rows = rows.set_column(index, column.name, plain)
    return rows
