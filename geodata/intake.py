"""Cases in: read a file, reject what is wrong, locate the rest, store it in one commit."""

from __future__ import annotations

import dataclasses
import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from geodata.arrays import repeated
from geodata.batch_names import digest_of, name_batch, stamp_of
from geodata.checking import coarse_note, look_at_batch
from geodata.coordinate_checks import Shown, SystemVerdict
from geodata.coordinate_checks.systems import CANNOT_TELL
from geodata.home import Home
from geodata.left_out import written_columns
from geodata.locating import Area, locate
from geodata.month_files import (
    MonthWriter,
    SortedCases,
    file_name,
    month_of,
    repeated_ids,
    rows_of,
    scan_months,
    sort_by_month,
)
from geodata.notes import Note
from geodata.places import place_state, remember_applied
from geodata.profiles import Profile, load_profile
from geodata.reading import CaseFile, ParsedBatch, RejectWriter, build_rejects, open_cases
from geodata.relocation import (
    RelocationReport,
    follow_area,
    relocate_cases,
    retire_false_points,
)
from geodata.schema import SOURCE_ROW
from geodata.staging import (
    Progress,
    Tell,
    area_versions,
    drop_rows,
    known_area,
    locate_false_coordinates,
    staging,
    tell,
    use_shown,
    with_shown,
)
from geodata.store import (
    CaseStore,
    CommitLog,
    Compared,
    RowsToldAgain,
    delivered_columns,
    source_time,
)
from spatial._compiled import quick_turns, wake_compiler

__all__ = ["ImportReport", "Progress", "RelocationReport", "import_cases", "relocate_cases"]

_MANY_ROWS_BYTES = 1 << 24
"""Bytes of a file that surely has enough rows for look-ups that take time to make."""


@dataclass(frozen=True)
class ImportReport:
    """What became of a file: read = accepted + updated + unchanged + outdated + rejected.

    Attributes
    ----------
    updated, unchanged, outdated : int
        Rows of known cases: that changed them, that told nothing new, and that are older than what
        is stored and changed nothing (the store keeps them in the case's history).
    located, unlocated : int
        Of the rows that are in the store now; ``township_only`` is part of ``unlocated``.
    flags : dict of str to int
        Every flag with its count.
    seconds : float
        Wall time of the import.
    rejects_path : Path or None
        CSV of the rejected rows.
    coordinate_system : SystemVerdict
        Whether the coordinates look like the system that the file declares.
    notes : tuple of Note
        What the user should know besides.
    headers : dict of str to str
        Field → header of the column that it was read from.
    unused : tuple of str
        Headers of the columns that were not read.
    """

    file: str
    profile: str
    read: int
    accepted: int
    updated: int
    unchanged: int
    outdated: int
    rejected: int
    located: int
    township_only: int
    unlocated: int
    flags: dict[str, int]
    seconds: float
    batch: str
    rejects_path: Path | None
    coordinate_system: SystemVerdict
    notes: tuple[Note, ...]
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    unused: tuple[str, ...] = ()

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return plain values for a JSON line, the notes in the given language.

        The path of the rejects stays on this machine.
        """
        values = dataclasses.asdict(self)
        del values["rejects_path"]
        return {**values, "notes": [note.text(language) for note in self.notes]}


def import_cases(
    home: Home,
    file: str | Path,
    profile: Profile | str | Path,
    *,
    now: datetime,
    crs: str | None = None,
    zone: str | None = None,
    sheet: str | None = None,
    progress: Tell | None = None,
) -> ImportReport:
    """Import a file of cases; a file that is refused leaves the store exactly as it was.

    Of an id repeated in the file the newest row stays: the one with the latest of its times
    (updated, closed, called back, received), of equal ones the later row. The others are rejected
    as ``superseded``. A second import waits for the first.

    Parameters
    ----------
    home : Home
    file : path
        CSV, TSV, Parquet or Excel.
    profile : Profile, str or path
        How to read it.
    now : datetime
        The present moment with its zone; rows from the future are rejected.
    crs, zone : str, optional
        Coordinate system and time zone in place of the profile's.
    sheet : str, optional
        The only sheet of a workbook to read.
    progress : callable, optional
        Called with a `Progress` as the work goes on.

    Raises
    ------
    UserError
        Any of its kinds that reading raises, with one clear line.
    """
    started = time.monotonic()
    path = Path(file)
    if not isinstance(profile, Profile):
        profile = load_profile(profile, home.profiles)
    with (
        home.writing(),
        staging(home) as folder,
        quick_turns(),
        _thread_beside() as (beside, ready),
        ThreadPoolExecutor(2) as early,
    ):
        key = home.caller_key()
        cases = open_cases(path, profile, caller_key=key, now=now, crs=crs, zone=zone, sheet=sheet)
        store = CaseStore(home)
        log = store.log()
        state, known = place_state(home), use_shown(home, log)
        hashed = early.submit(digest_of, cases, path, sheet)
        begun = early.submit(cases.source.begun)
        area = known_area(home, known)
        if log.declared_systems:
            declared = log.declared_systems.get(hashed.result(), cases.crs)
            cases = dataclasses.replace(cases, crs=declared)
        cases = dataclasses.replace(cases, source=begun.result())
        batch = name_batch(cases, path, sheet, now, _names_taken(home, log))
        with _rejects(home.rejects / f"{batch}.csv") as rejects:
            first = store.version is None
            columns = delivered_columns(cases.source.header.columns)
            # Where the boundaries are others the stored cases change before they are compared.
            settled = log.area == area_versions(area)
            told_again = RowsToldAgain(folder)
            if settled:
                # What was read before may lie in the future of a clock that has been put back.
                stamp = stamp_of(now)
                went_on = all(name[: len(stamp)] <= stamp for name in log.batches)
                told_again = store.recognising(columns, folder, cases.reading if went_on else 0)
            if first and path.stat().st_size >= _MANY_ROWS_BYTES and area.extent is not None:
                ready = beside.submit(area.extent.prepare)
            read, parts = _stage(cases, area, batch, told_again, rejects, progress, ready)
            # Rows of many sizes leave holes in memory, which large arrays cannot use.
            pa.default_memory_pool().release_unused()
            named = {"batch": batch, "columns": list(columns)}

            def look(parts: list[Path]) -> Shown:
                brought = pl.concat([scan_months(parts), told_again.scan(batch)])
                return look_at_batch(home, batch, brought, area)

            def compare(parts: list[Path]) -> Compared | None:
                # Where the boundaries change the store is compared later.
                return store.compare(parts, named, told_again) if first or settled else None

            tell(progress, "locating", read, 0.0)
            parts, shown, compared = _examine(parts, rejects, look, compare, beside)
            learned = with_shown(home, area, known.and_then(shown))
            if learned.false_coordinates != area.false_coordinates:
                area = learned
                parts = locate_false_coordinates(parts, area)
            tell(progress, "storing", read, 0.0)
            facts = {
                **named,
                "file": path.name,
                "profile": cases.profile.name,
                "digest": hashed.result(),
                "months": sorted({*map(month_of, parts), *told_again.months}),
                "read": read,
                "rejected": rejects.rows,
                "shows": shown.to_json(),
                "area": area_versions(area),
            }
            follow_area(store, area, folder)
            done = store.upsert(parts, facts, lambda rows: locate(rows, area), told_again, compared)
            if first:
                remember_applied(home, state)
        use_shown(home, store.log())
        system = shown.systems.get(batch, SystemVerdict(cases.crs, CANNOT_TELL))
        coarse = coarse_note(area.coarse.get(batch), done.placed.flags["coarse"])
        told = [note for note in (system.note, coarse) if note is not None]
        notes = (*cases.notes, *told, *retire_false_points(store, area, folder))
        tell(progress, "storing", read, 1.0)
    return ImportReport(
        file=path.name,
        profile=cases.profile.name,
        read=read,
        **dataclasses.asdict(done.counts),
        rejected=rejects.rows,
        **dataclasses.asdict(done.placed),
        seconds=round(time.monotonic() - started, 3),
        batch=batch,
        rejects_path=rejects.path if rejects.rows else None,
        coordinate_system=system,
        notes=notes,
        headers=cases.source.header.headers(),
        unused=cases.source.header.unused(),
    )


@contextmanager
def _thread_beside() -> Iterator[tuple[ThreadPoolExecutor, Future[None]]]:
    """Give a thread for work beside other work, and its first task: to make the compiler ready.

    Hundreds of thousands of objects of modules, which stay anyway, are then left out of Python's
    searches for garbage until the end; each search would stop all threads.
    """

    def make_ready() -> None:
        wake_compiler()
        gc.freeze()

    with ThreadPoolExecutor(1) as beside:
        try:
            yield beside, beside.submit(make_ready)
        finally:
            gc.unfreeze()


@contextmanager
def _rejects(path: Path) -> Iterator[RejectWriter]:
    """Write rejects to a file, which goes where the import fails."""
    try:
        with RejectWriter(path) as rejects:
            yield rejects
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _names_taken(home: Home, log: CommitLog) -> set[str]:
    """Return the names of batches; one whose rows were all rejected has rejects only."""
    rejected = {path.stem for path in home.rejects.glob("*.csv")}
    return rejected.union(entry["batch"] for entry in log.entries if "batch" in entry)


def _stage(
    cases: CaseFile,
    area: Area,
    batch: str,
    told_again: RowsToldAgain,
    rejects: RejectWriter,
    progress: Tell | None,
    ready: Future[None],
) -> tuple[int, list[Path]]:
    """Stage the rows that the store does not have, parsed and, once all is ready, located.

    Returns the rows read and the files they are in.
    """

    def order(parsed: pa.Table) -> SortedCases:
        ready.result()
        name = repeated(batch, len(parsed))
        return sort_by_month(locate(parsed.append_column("batch", name), area, coded=True))

    def stage(parsed: ParsedBatch) -> tuple[SortedCases, ParsedBatch]:
        ordered = order(told_again.sift(parsed.cases))
        return ordered, dataclasses.replace(parsed, cases=parsed.cases.schema.empty_table())

    read = 0
    columns = written_columns(delivered_columns(cases.source.header.columns))
    with (
        told_again.expecting() as expect,
        MonthWriter(told_again.folder, file_name("import"), columns, cases.reading) as writer,
    ):
        foresee = expect if told_again.stored else None
        for ordered, parsed in cases.each(stage, foresee, told_again.know):
            writer.add(ordered)
            rejects.write(parsed.rejects)
            read += parsed.rows_read
            tell(progress, "reading", read, parsed.fraction)
        parts = writer.close()
    if len(given_back := told_again.give_back(parts)):
        # Their marks stay with the stored rows.
        with MonthWriter(told_again.folder, file_name("import"), columns) as writer:
            writer.add(order(given_back))
            parts += writer.close()
    return read, parts


def _examine(
    parts: list[Path],
    rejects: RejectWriter,
    look: Callable[[list[Path]], Shown],
    compare: Callable[[list[Path]], Compared | None],
    beside: ThreadPoolExecutor,
) -> tuple[list[Path], Shown, Compared | None]:
    """Look at the staged rows while it is told beside whether ids repeat, and what is stored.

    Few files repeat ids. Where one does, its older rows go, and it is looked at again.
    """

    def settle() -> tuple[pa.Table, Compared | None]:
        superseded = _superseded(parts)
        return superseded, None if len(superseded) else compare(parts)

    settling = beside.submit(settle)
    shown = look(parts)
    superseded, compared = settling.result()
    if not len(superseded):
        return parts, shown, compared
    rejects.write(superseded)
    left = drop_rows(parts, frozenset(superseded[SOURCE_ROW].to_pylist()))
    return left, look(left), None


def _superseded(parts: list[Path]) -> pa.Table:
    """Return the rejects of the older rows of ids that occur twice."""
    twice = repeated_ids(parts)
    if twice.is_empty():
        return build_rejects([], [], [], [], [])
    older = (
        rows_of(parts, twice, [pl.col("case_id"), source_time().alias("newest")])
        .sort("case_id", "newest", SOURCE_ROW)
        .filter(pl.col(SOURCE_ROW) != pl.col(SOURCE_ROW).last().over("case_id"))
        .sort(SOURCE_ROW)
    )
    ids, n = older["case_id"].to_list(), older.height
    return build_rejects(older[SOURCE_ROW].to_list(), ids, ["case_id"] * n, ids, ["superseded"] * n)
