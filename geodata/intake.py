"""Cases in: read a file, reject what is wrong, locate the rest, store it in one commit."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from geodata.checking import coarse_note, learn_from_batch, learn_from_store
from geodata.coordinate_checks import SystemVerdict
from geodata.default_points import Coordinate, at_default_point
from geodata.home import Home
from geodata.locating import Area, locate
from geodata.notes import Note
from geodata.profiles import Profile
from geodata.reading import CaseFile, ParsedBatch, RejectWriter, build_rejects, open_cases
from geodata.schema import CASE_SCHEMA, SOURCE_ROW
from geodata.staging import (
    Progress,
    Tell,
    count_placed,
    known_area,
    locate_tables,
    settle,
    staging,
    tell,
    with_false_coordinates,
    write_stage,
)
from geodata.store import CaseStore, repeated_ids

__all__ = ["ImportReport", "Progress", "RelocationReport", "import_cases", "relocate_cases"]

ROWS_AT_ONCE = 100_000
"""Rows of the store that are located anew at once."""

BATCH_HASH_DIGITS = 8


@dataclass(frozen=True)
class ImportReport:
    """What became of a file: read = accepted + updated + unchanged + rejected.

    Attributes
    ----------
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
    """

    file: str
    profile: str
    read: int
    accepted: int
    updated: int
    unchanged: int
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

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return plain values for a JSON line, the notes in the given language.

        The path of the rejects stays on this machine.
        """
        values = dataclasses.asdict(self)
        del values["rejects_path"]
        return {**values, "notes": [note.text(language) for note in self.notes]}


@dataclass(frozen=True)
class RelocationReport:
    """What locating the stored cases anew changed."""

    changed: int
    located: int
    township_only: int
    unlocated: int
    flags: dict[str, int]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return dataclasses.asdict(self)


def import_cases(
    home: Home,
    file: str | Path,
    profile: Profile | str | Path,
    *,
    now: datetime,
    crs: str | None = None,
    zone: str | None = None,
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
    progress : callable, optional
        Called with a `Progress` as the work goes on.

    Raises
    ------
    UserError
        Any of its kinds that reading raises, with one clear line.
    """
    started = time.monotonic()
    path = Path(file)
    with home.writing(), staging(home) as folder:
        cases = open_cases(path, profile, caller_key=home.caller_key(), now=now, crs=crs, zone=zone)
        batch = _batch_name(cases, path)
        rejects_path = home.rejects / f"{batch}.csv"
        area = known_area(home)
        try:
            with RejectWriter(rejects_path) as rejects:
                read, parts = _stage(cases, area, batch, folder, rejects, progress)
                superseded = _reject_superseded(parts, rejects)
        except BaseException:
            rejects_path.unlink(missing_ok=True)
            raise
        tell(progress, "locating", read, 0.0)
        source = _source_of(parts, superseded)
        system = learn_from_batch(home, batch, source, area)
        learned = with_false_coordinates(home, area)
        if superseded or learned.false_coordinates != area.false_coordinates:
            area = learned
            settle(parts, superseded, area)
        placed = count_placed(parts)
        tell(progress, "storing", read, 0.0)
        store = CaseStore(home)
        facts = {"batch": batch, "file": path.name, "profile": cases.profile.name, "read": read}
        counts = store.upsert(parts, {**facts, "kind": "import", "rejected": rejects.rows})
        told = [system.note, coarse_note(area.coarse.get(batch), placed.flags["coarse"])]
        retired = _retire_false_points(store, area, folder)
        notes = (*cases.notes, *(note for note in told if note is not None), *retired)
        tell(progress, "storing", read, 1.0)
    return ImportReport(
        file=path.name,
        profile=cases.profile.name,
        read=read,
        **dataclasses.asdict(counts),
        rejected=rejects.rows,
        **dataclasses.asdict(placed),
        seconds=round(time.monotonic() - started, 3),
        batch=batch,
        rejects_path=rejects_path if rejects.rows else None,
        coordinate_system=system,
        notes=notes,
    )


def relocate_cases(home: Home, progress: Tell | None = None) -> RelocationReport:
    """Locate every stored case anew, against the boundaries and default points in use.

    Default points and area pins are looked for over the whole store too: one may be too thin in
    each file. The coordinate system of every batch is judged anew.
    """
    started = time.monotonic()
    store = CaseStore(home)
    with home.writing(), staging(home) as folder:
        learn_from_store(home, store, known_area(home))
        tables = store.read_batches(ROWS_AT_ONCE)
        parts = locate_tables(tables, known_area(home), folder, progress)
        placed = count_placed(parts)
        counts = store.upsert(parts, {"kind": "relocation"})
    return RelocationReport(
        changed=counts.updated,
        **dataclasses.asdict(placed),
        seconds=round(time.monotonic() - started, 3),
    )


def _batch_name(cases: CaseFile, path: Path) -> str:
    """Name a batch by its moment and by what was read how."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(f"{cases.profile.name}|{cases.crs}|{cases.zone}".encode())
    moment = cases.now.astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}-{digest.hexdigest()[:BATCH_HASH_DIGITS]}"


def _stage(
    cases: CaseFile,
    area: Area,
    batch: str,
    folder: Path,
    rejects: RejectWriter,
    progress: Tell | None,
) -> tuple[int, list[Path]]:
    """Stage the rows, parsed and located; return the rows read and the files they are in."""
    numbers = itertools.count()

    def stage(parsed: ParsedBatch) -> tuple[Path, ParsedBatch]:
        part = folder / f"part-{next(numbers):06d}.arrow"
        name = pa.repeat(pa.scalar(batch), len(parsed.cases))
        write_stage(locate(parsed.cases.append_column("batch", name), area), part)
        return part, dataclasses.replace(parsed, cases=parsed.cases.schema.empty_table())

    read, parts = 0, []
    for part, parsed in cases.each(stage):
        rejects.write(parsed.rejects)
        read += parsed.rows_read
        parts.append(part)
        tell(progress, "reading", read, parsed.fraction)
    return read, parts


def _reject_superseded(parts: list[Path], rejects: RejectWriter) -> frozenset[int]:
    """Reject the older rows of ids that occur twice; return their row numbers."""
    newest = pl.max_horizontal("updated_at", "closed_at", "callback_at", "received_at")
    staged = pl.scan_ipc(parts)
    twice = repeated_ids(staged)
    if twice.is_empty():
        return frozenset()
    older = (
        staged.filter(pl.col("case_id").is_in(twice.implode()))
        .select("case_id", SOURCE_ROW, newest.alias("newest"))
        .collect(engine="streaming")
        .sort("case_id", "newest", SOURCE_ROW)
        .filter(pl.col(SOURCE_ROW) != pl.col(SOURCE_ROW).last().over("case_id"))
        .sort(SOURCE_ROW)
    )
    ids, n = older["case_id"].to_list(), older.height
    row_numbers = older[SOURCE_ROW].to_list()
    rejects.write(build_rejects(row_numbers, ids, ["case_id"] * n, ids, ["superseded"] * n))
    return frozenset(row_numbers)


def _source_of(parts: list[Path], superseded: frozenset[int]) -> pl.LazyFrame:
    return pl.scan_ipc(parts).filter(~pl.col(SOURCE_ROW).is_in(list(superseded)))


def _retire_false_points(store: CaseStore, area: Area, folder: Path) -> tuple[Note, ...]:
    """Take stored cases off default points and pins that were found only after they came.

    Asked of the whole store after every import, so that a killed import is made good by the next.
    """
    points: tuple[Coordinate, ...] = (*area.default_points, *area.pins)
    if not points:
        return ()
    stale = store.scan().filter("located", at_default_point(points))
    cases = stale.collect(engine="streaming").to_arrow().cast(CASE_SCHEMA)
    if not len(cases):
        return ()
    parts = locate_tables([cases], area, folder, None)
    counts = store.upsert(parts, {"kind": "default_points"})
    note = Note(
        f"{counts.updated} earlier cases lie at default points or area centres found now and "
        "left the map",
        f"此前导入的 {counts.updated} 件诉求位于本次发现的默认点或区域中心点上，已改为未定位",
    )
    return (note,)
