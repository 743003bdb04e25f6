"""One Delta Lake table by month, in which every commit is a version that stays.

What a commit was is kept in its log entry as JSON, so that the log alone tells the story.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    WriterProperties,
    write_deltalake,
)

from geodata.left_out import scan_files
from geodata.month_commits import append_months
from geodata.month_files import DISTINCT, GROUP_ROWS, PARTITION, scan_months, without_month
from geodata.store.replacing import (
    FILE,
    MOST_FILES,
    MOST_ROWS,
    ROW,
    InPlace,
    number_rows,
    replace_in_place,
)
from geodata.store.room import check_room

METADATA_KEY = "suyuan"
"""Name under which a commit's log entry keeps what the commit was."""

LOG_ENTRY = re.compile(r"(\d{20})\.json")
"""Name of the log entry of a version, as Delta's protocol has it."""

_FOR_EVER = "interval 36500 days"
# The log keeps the least and greatest value of a column for ever; of texts it must not.
_IN_LOG = (
    "received_at", "received_local", "closed_at", "updated_at", "source_lng", "source_lat", "lng",
    "lat", "cell", "located", "township_only", "batch",
)  # fmt: skip
_CONFIGURATION = {
    # Delta forgets log entries after 30 days by default; a pinned version needs them for ever.
    "delta.logRetentionDuration": _FOR_EVER,
    "delta.deletedFileRetentionDuration": _FOR_EVER,
    "delta.enableExpiredLogCleanup": "false",
}
_KEEP_LOG = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)

REMOVED = "removed"
"""Extra column of merged rows: true where the stored row is to go."""

ARROW = ".arrow"

Facts = dict[str, Any]


@dataclass(frozen=True)
class MonthTable:
    """A table of rows in one folder.

    Attributes
    ----------
    path : Path
        Its folder; there is no table before the first rows.
    schema : pyarrow.Schema
        Columns, among them ``month``.
    key : tuple of str
        Columns that tell a row.
    """

    path: Path
    schema: pa.Schema
    key: tuple[str, ...]

    @property
    def version(self) -> int | None:
        """Newest version, None where there is no table."""
        # Each commit is one file of this name: opening the table would read what they say, too.
        commits = (LOG_ENTRY.fullmatch(file.name) for file in self.path.glob("_delta_log/*.json"))
        return max((int(commit[1]) for commit in commits if commit), default=None)

    def open(self, version: int | None = None) -> DeltaTable | None:
        """Open a version, the newest when not given; None where there is no table."""
        path = str(self.path)
        return DeltaTable(path, version=version) if DeltaTable.is_deltatable(path) else None

    def scan(self, version: int | None = None) -> pl.LazyFrame:
        """Return the rows of a version, lazily; none where there is no table."""
        files = [str(self.path / name) for name in self.files(version)]
        if not files:
            return pl.LazyFrame(pl.from_arrow(self.schema.empty_table()))
        # Polars' own reader of Delta tables loses its way in folders with Chinese names or spaces.
        month = {PARTITION: pl.String}
        rows = scan_files(files, self._in_files, hive_partitioning=True, hive_schema=month)
        return rows.select(self.schema.names)

    def scan_numbered(self, months: Sequence[str]) -> pl.LazyFrame:
        """Return the newest rows of some months, lazily, each with its `FILE` and `ROW` there."""
        return pl.concat(
            [
                pl.LazyFrame(pl.from_arrow(self.schema.empty_table())).with_columns(
                    pl.lit("").alias(FILE), pl.lit(0, pl.UInt32).alias(ROW)
                )
            ]
            + [
                number_rows([path], self._in_files)
                .with_columns(pl.lit(month).alias(PARTITION), pl.lit(str(path)).alias(FILE))
                .select(*self.schema.names, FILE, ROW)
                for month, files in self.month_files().items()
                if month in months
                for path, _ in files
            ]
        )

    def files(self, version: int | None = None) -> list[str]:
        """Return the data files of a version, relative to the table's folder."""
        table = self.open(version)
        if table is None:
            return []
        return [unquote(path) for path in pa.table(table.get_add_actions())["path"].to_pylist()]

    def month_files(self, version: int | None = None) -> dict[str, list[tuple[Path, int]]]:
        """Return the data files of a version by month, each with its number of rows."""
        table = self.open(version)
        if table is None:
            return {}
        actions = pa.table(table.get_add_actions(flatten=True))
        found: dict[str, list[tuple[Path, int]]] = {}
        names = ("path", f"partition.{PARTITION}", "num_records")
        for path, month, rows in zip(*(actions[name].to_pylist() for name in names), strict=True):
            found.setdefault(month, []).append((self.path / unquote(path), rows or 0))
        return found

    def log(self) -> list[Facts]:
        """Return what each commit was, the first one first, with ``version`` and ``at``.

        ``at`` is the moment of the commit in milliseconds since 1970.
        """
        version = self.version
        if version is None:
            return []
        newest = self.path / "_delta_log" / f"{version:020d}.json"
        return [dict(entry) for entry in _log(self.path, version, newest.stat().st_mtime_ns)]

    def take_over(self, files: Sequence[Path], facts: Facts, replaced: Sequence[Path] = ()) -> None:
        """Add files of `geodata.month_files`, which are moved, in place of others if so wanted."""
        append_months(
            self.path, files, self.schema, replaced=replaced, configuration=self._configuration,
            commit_properties=_commit(facts), post_commithook_properties=_KEEP_LOG,
        )  # fmt: skip

    def merge(
        self,
        paths: Sequence[Path],
        months: Sequence[str],
        facts: Facts,
        there: pl.DataFrame | None = None,
    ) -> None:
        """Put rows in place of those with the same key, with one commit.

        Parameters
        ----------
        paths : sequence of Path
            Files of `geodata.month_files`, or Arrow IPC files with the table's columns and, where
            rows are to go, `REMOVED`.
        months : sequence of str
            Where the rows that are replaced lie now. These months and those of the new rows are
            written anew, all others are left unread.
        facts : dict
            What the commit is.
        there : polars.DataFrame, optional
            The rows that are replaced, and perhaps others, as `scan_numbered` gives them; they are
            read when not given.
        """
        check_room(self.path, paths, months)
        if (replaced := self._in_place(paths, months, there)) is not None:
            whole = [path for path in paths if path.suffix != ARROW]
            self.take_over([*whole, *replaced.made], facts, replaced.gone)
            return
        new = [scan_staged(path) for path in paths]
        keys = pl.concat([rows.select(self.key) for rows in new])
        left = [
            rows.filter(~pl.col(REMOVED)) if REMOVED in rows.collect_schema() else rows
            for rows in new
        ]
        touched = pl.concat([rows.select(PARTITION).unique() for rows in left])
        written = sorted({*months, *touched.unique().collect()[PARTITION]})
        kept = self.scan().filter(pl.col(PARTITION).is_in(written))
        kept = kept.join(keys, on=self.key, how="anti")
        rows = pl.concat([frame.select(self.schema.names) for frame in (kept, *left)])
        listed = ", ".join("'" + month.replace("'", "''") + "'" for month in written)
        # Delta's own merge takes several times as long to write the same months.
        write_deltalake(
            str(self.path),
            _stream(rows, self.schema),
            mode="overwrite",
            predicate=f"{PARTITION} IN ({listed})",
            commit_properties=_commit(facts),
            post_commithook_properties=_KEEP_LOG,
            writer_properties=self._writing,
        )

    def _in_place(
        self, paths: Sequence[Path], months: Sequence[str], there: pl.DataFrame | None
    ) -> InPlace | None:
        """Stage files with rows replaced, None where that is not the way."""
        staged = [path for path in paths if path.suffix == ARROW]
        stored = self.month_files()
        few = all(len(stored.get(month, ())) <= MOST_FILES for month in months)
        removing = any(REMOVED in scan_staged(path).collect_schema() for path in staged)
        if not staged or not few or removing:
            return None
        new = pl.scan_ipc(staged)
        if new.select(pl.len()).collect().item() > MOST_ROWS:
            return None
        rows = new.collect()
        if there is None:
            ids = rows[self.key[0]].implode()
            there = self.scan_numbered(months).filter(pl.col(self.key[0]).is_in(ids)).collect()
        return replace_in_place(there, rows, self.key, self._in_files, staged[0].parent)

    def record(self, facts: Facts) -> None:
        """Make a commit that changes no row."""
        table = self.open()
        if table is None:
            raise ValueError("nothing is stored yet that could be spoken of")
        table.create_write_transaction(
            [], "append", table.schema(), [PARTITION], commit_properties=_commit(facts),
            post_commithook_properties=_KEEP_LOG,
        )  # fmt: skip

    def restore(self, version: int, facts: Facts) -> None:
        """Make an older version the newest."""
        table = self.open()
        if table is not None:
            table.restore(version, commit_properties=_commit(facts))

    def compact(self, facts: Facts) -> bool:
        """Merge the small files of each month with one commit; tell whether there were any."""
        table = self.open()
        if table is None:
            return False
        before = table.version()
        table.optimize.compact(
            commit_properties=_commit(facts),
            post_commithook_properties=_KEEP_LOG,
            writer_properties=self._writing,
        )
        return self.version != before

    @property
    def _in_files(self) -> pa.Schema:
        """Columns of the files."""
        return without_month(self.schema)

    @property
    def _configuration(self) -> dict[str, str | None]:
        in_log = [name for name in _IN_LOG if name in self.schema.names]
        return {**_CONFIGURATION, "delta.dataSkippingStatsColumns": ",".join(in_log)}

    @property
    def _writing(self) -> WriterProperties:
        distinct = [name for name in DISTINCT if name in self.schema.names]
        return WriterProperties(
            compression="SNAPPY",
            # Each month's file is open during the commit and holds at most one group in memory.
            max_row_group_size=GROUP_ROWS,
            column_properties=dict.fromkeys(distinct, ColumnProperties(dictionary_enabled=False)),
        )


def _commit(facts: Facts) -> CommitProperties:
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return CommitProperties(custom_metadata={METADATA_KEY: text})


def scan_staged(path: Path) -> pl.LazyFrame:
    """Return the rows of a staged file, lazily: of a month, or Arrow IPC."""
    return pl.scan_ipc(path) if path.suffix == ARROW else scan_months([path])


def _stream(rows: pl.LazyFrame, schema: pa.Schema) -> pa.RecordBatchReader:
    """Work out rows batch by batch."""

    def batches() -> Iterator[pa.RecordBatch]:
        for frame in rows.collect_batches(engine="streaming", maintain_order=False):
            yield from frame.to_arrow().cast(schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, batches())


@lru_cache(maxsize=16)
def _log(path: Path, version: int, _made_ns: int) -> tuple[Facts, ...]:
    """Read what the commits were up to a version; the moment tells tables of one name apart."""
    entries = DeltaTable(str(path), version=version).history()
    return tuple(
        {**json.loads(entry[METADATA_KEY]), "version": entry["version"], "at": entry["timestamp"]}
        for entry in reversed(entries)
        if METADATA_KEY in entry
    )
