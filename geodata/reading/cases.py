"""From a file to parsed cases: open, parse, and count what was read."""

import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.callers import CallerHasher
from geodata.coordinates import parse_crs
from geodata.errors import UnknownZone, UnreadableFile
from geodata.notes import Note
from geodata.profiles import Profile, load_profile
from geodata.reading.dates import parse_times
from geodata.reading.marks import mark_rows, reading_of
from geodata.reading.parse import EARLIEST_YEAR, LATEST_YEAR, parse_batch
from geodata.reading.readers import open_table
from geodata.reading.tables import RawBatch, TableSource
from geodata.row_marks import MARK, Marks
from geodata.schema import SOURCE_ROW, written_out

THREADS = 2
"""Batches worked on at once; each takes some 100 MB."""

AHEAD = 2
"""Batches that wait, read or finished."""

_FORESEEN_ROWS = 200

Months = Mapping[str, int]
"""About how many rows are of which month."""

Rows = NDArray[np.int64]

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class ParsedBatch:
    """Some rows of a file, parsed.

    Attributes
    ----------
    cases : pyarrow.Table
        Columns of `geodata.schema.PARSED_SCHEMA`, from `read_cases` with texts written out; from
        `CaseFile.each`, where rows are marked, their `geodata.row_marks.MARK` too.
    rejects : pyarrow.Table
        Columns of `geodata.reading.rejects.REJECT_SCHEMA`.
    rows_read : int
        Rows that became either or were known before; empty rows are not counted.
    fraction : float
        Share of the file read so far, 0–1.
    """

    cases: pa.Table
    rejects: pa.Table
    rows_read: int
    fraction: float


@dataclass(frozen=True)
class CaseFile:
    """A file of cases, opened: refused files never get this far.

    Iterating parses it; each time from the start.
    """

    source: TableSource
    profile: Profile
    caller_key: bytes
    now: datetime
    crs: str
    zone: str

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the user should know about the file, one line each."""
        return self.source.notes

    @property
    def marked(self) -> bool:
        """Whether rows get marks: where each has a number of its own and all cells are text."""
        return self.source.kind == "csv"

    @cached_property
    def reading(self) -> int:
        """Under which rows are marked; 0 where they are not."""
        fields = self.source.header.columns
        return reading_of(self.profile, fields, self.crs, self.zone) if self.marked else 0

    def __iter__(self) -> Iterator[ParsedBatch]:
        return self.each(lambda parsed: parsed)

    def each(
        self,
        work: Callable[[ParsedBatch], Result],
        foresee: Callable[[Months], None] | None = None,
        know: Callable[[Months, Rows, Marks], NDArray[np.bool_]] | None = None,
    ) -> Iterator[Result]:
        """Parse the file and do some work with each batch, in several threads.

        Parameters
        ----------
        work : callable
            Takes a `ParsedBatch`; called from any thread.
        foresee : callable, optional
            Told about how many of the next rows are of which month, before they are parsed; called
            from another thread.
        know : callable, optional
            Tells which rows are known and need not be parsed. Given are their months, as for
            `foresee`, their numbers in the file and their marks. Called from any thread, where the
            file's rows are `marked`.

        Yields
        ------
        object
            What `work` returned, in the order of the file.
        """
        callers = CallerHasher(self.caller_key)

        def parse_and_work(foreseen: tuple[RawBatch, Months]) -> tuple[Result, ...]:
            raw, months = foreseen
            if know is None or not self.marked:
                parsed = self._parse(raw, callers)
            else:
                parsed = self._parse_unknown(raw, callers, partial(know, months))
            return (work(parsed),) if parsed.rows_read else ()

        def batches() -> Iterator[tuple[RawBatch, Months]]:
            for raw in self.source.batches():
                months = {} if foresee is None else self._months_of(raw.rows)
                if foresee is not None:
                    foresee(months)
                yield raw, months

        empty = True
        for results in _in_order(parse_and_work, batches()):
            empty = empty and not results
            yield from results
        if empty:
            raise UnreadableFile(
                f"{self.source.file}: no rows below the header in row {self.source.header.row}",
                f"{self.source.file}：第 {self.source.header.row} 行表头下面没有数据",
            )

    def _months_of(self, rows: pa.Table) -> Months:
        """Tell by a few times about how many rows are of which month."""
        if "received_at" not in rows.column_names or not len(rows):
            return {}
        few = np.unique(np.linspace(0, len(rows) - 1, _FORESEEN_ROWS).astype(np.int64))
        times = rows["received_at"].take(pa.array(few))
        if not pa.types.is_string(times.type):
            return {}
        read = parse_times(pl.Series(times), zone=self.zone, order=self.profile.date_order)
        usual = read.instant.filter(read.instant.dt.year().is_between(EARLIEST_YEAR, LATEST_YEAR))
        local = usual.dt.convert_time_zone(self.zone)
        months = local.dt.strftime("%Y-%m").value_counts().rows()
        return {month: n * len(rows) // len(times) for month, n in months}

    def _parse_unknown(
        self, raw: RawBatch, callers: CallerHasher, know: Callable[[Rows, Marks], NDArray[np.bool_]]
    ) -> ParsedBatch:
        """Parse the rows that are not known; each keeps its mark."""
        numbers, marks = raw.rows[SOURCE_ROW].to_numpy(), mark_rows(raw.rows, self.caller_key)
        known = know(numbers, marks)
        rows = raw.rows.filter(pa.array(~known)) if known.any() else raw.rows
        parsed = self._parse(replace(raw, rows=rows), callers)
        at = np.searchsorted(numbers, parsed.cases[SOURCE_ROW].to_numpy())
        return replace(
            parsed,
            cases=parsed.cases.append_column(MARK, pa.array(marks[at])),
            rows_read=parsed.rows_read + int(np.count_nonzero(known)),
        )

    def _parse(self, raw: RawBatch, callers: CallerHasher) -> ParsedBatch:
        cases, rejects = parse_batch(
            raw.rows,
            self.profile,
            caller_key=self.caller_key,
            now=self.now,
            crs=self.crs,
            zone=self.zone,
            callers=callers,
        )
        if raw.rejects.num_rows:
            rejects = pa.concat_tables([rejects, raw.rejects]).sort_by("source_row")
        return ParsedBatch(cases, rejects, cases.num_rows + rejects.num_rows, raw.fraction)


def open_cases(
    path: str | Path,
    profile: Profile | str | Path,
    *,
    caller_key: bytes,
    now: datetime,
    crs: str | None = None,
    zone: str | None = None,
    sheet: str | None = None,
) -> CaseFile:
    """Open a file of cases and find its header; refuse what is no such file.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Parquet, Excel, JSON or Open311 XML file.
    profile : Profile, str or Path
        How to read it, or the name or path of that.
    caller_key : bytes
        Secret under which callers are hashed.
    now : datetime
        The present moment with its zone.
    crs, zone : str, optional
        Coordinate system and time zone in place of the profile's.
    sheet : str, optional
        The only sheet of a workbook to read.

    Raises
    ------
    UnreadableFile, MissingColumn, UnknownProfile, InvalidProfile, UnknownCrs, UnknownZone
        Each with one line that names what was read and what was expected.
    """
    if not isinstance(profile, Profile):
        profile = load_profile(profile)
    zone = zone or profile.zone
    if zone not in zoneinfo.available_timezones():
        raise UnknownZone(
            f"no time zone is called '{zone}'; expected one like Asia/Shanghai",
            f"没有名为“{zone}”的时区；应写成 Asia/Shanghai 这样的名称",
        )
    source = open_table(path, profile, sheet)
    return CaseFile(source, profile, caller_key, now, parse_crs(crs or profile.crs), zone)


def read_cases(
    path: str | Path,
    profile: Profile | str | Path,
    *,
    caller_key: bytes,
    now: datetime,
    crs: str | None = None,
    zone: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Iterator[ParsedBatch]:
    """Open and parse a file of cases; parameters and errors as for `open_cases`.

    A file is refused at once, not with the first batch. Texts are written out. `progress` is called
    after each batch with the share of the file that was read, 0–1.
    """
    cases = open_cases(path, profile, caller_key=caller_key, now=now, crs=crs, zone=zone)
    return _watched(cases, progress)


def _watched(cases: CaseFile, progress: Callable[[float], None] | None) -> Iterator[ParsedBatch]:
    for batch in cases:
        yield replace(batch, cases=written_out(batch.cases))
        if progress is not None:
            progress(batch.fraction)


def _in_order(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Map in threads; another one takes the items, a few ahead of what has been asked for."""
    results: SimpleQueue[Future[Result] | None] = SimpleQueue()
    room = Semaphore(THREADS + AHEAD)
    stopped = Event()

    def submit_all() -> None:
        try:
            for item in items:
                room.acquire()
                if stopped.is_set():
                    return
                results.put(pool.submit(work, item))
        except BaseException as error:  # noqa: BLE001 - raised where the results are asked for
            failed: Future[Result] = Future()
            failed.set_exception(error)
            results.put(failed)
        finally:
            results.put(None)

    with ThreadPoolExecutor(THREADS) as pool, ThreadPoolExecutor(1) as reader:
        reader.submit(submit_all)
        try:
            while (result := results.get()) is not None:
                yield result.result()
                room.release()
        finally:
            stopped.set()
            room.release()
