"""The case store: a Delta Lake table by month, in which every commit is a version that stays.

One import is one commit, so a killed import leaves either the whole batch or none of it. Nothing is
ever vacuumed or forgotten here: a run that names a version can be repeated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

from geodata.home import Home
from geodata.schema import CASE_SCHEMA, LOCATION_COLUMNS, SOURCE_COLUMNS

PARTITION = "month"
METADATA_KEY = "suyuan"
"""Name under which a commit's log entry keeps what the batch was."""

_FOR_EVER = "interval 36500 days"
# The log keeps the least and greatest value of a column for ever; of texts it must not.
_IN_LOG = (
    "received_at,received_local,closed_at,updated_at,source_lng,source_lat,lng,lat,cell,"
    "located,township_only,batch"
)
_CONFIGURATION = {
    "delta.dataSkippingStatsColumns": _IN_LOG,
    # Delta forgets log entries after 30 days by default; a pinned version needs them for ever.
    "delta.logRetentionDuration": _FOR_EVER,
    "delta.deletedFileRetentionDuration": _FOR_EVER,
    "delta.enableExpiredLogCleanup": "false",
}
# Values that hardly ever repeat: a dictionary of them costs time and saves nothing.
_DISTINCT = (
    "case_id", "caller", "title", "content", "received_at", "received_local", "due_at", "closed_at",
    "updated_at", "callback_at", "source_lng", "source_lat", "lng", "lat", "cell",
)  # fmt: skip
_WRITING = WriterProperties(
    compression="SNAPPY",
    # Each month's file is open during the commit and holds at most one group in memory.
    max_row_group_size=1 << 16,
    column_properties=dict.fromkeys(_DISTINCT, ColumnProperties(dictionary_enabled=False)),
)
_COMPARED = (*SOURCE_COLUMNS, *LOCATION_COLUMNS)
_CHANGES = "changes.arrow"


@dataclass(frozen=True)
class UpsertCounts:
    """What a batch did to the store.

    Attributes
    ----------
    accepted, updated, unchanged : int
        Cases that were new, that changed, and that were there already, value for value.
    """

    accepted: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class StoreCounts:
    """How many cases a version holds; located + unlocated = cases."""

    cases: int
    distinct_ids: int
    located: int
    township_only: int
    unlocated: int
    batches: int


class CaseStore:
    """Cases of one home.

    Parameters
    ----------
    home : Home

    Examples
    --------
    >>> import tempfile
    >>> store = CaseStore(Home.at(tempfile.mkdtemp()))
    >>> store.version is None, store.count().cases
    (True, 0)
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._path = str(home.cases)

    @property
    def version(self) -> int | None:
        """Newest version, None before the first import."""
        table = self._table()
        return None if table is None else table.version()

    def scan(
        self, version: int | None = None, columns: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """Return the cases of a version, lazily. The order of rows is not defined.

        Parameters
        ----------
        version : int, optional
            The newest when not given. Before the first import there are no rows.
        columns : sequence of str, optional
            Columns of `CASE_SCHEMA`; all when not given.
        """
        if self._table() is None:
            empty = pl.from_arrow(CASE_SCHEMA.empty_table())
            frame = pl.LazyFrame(empty)
        else:
            frame = pl.scan_delta(self._path, version=version)
        return frame.select(columns or CASE_SCHEMA.names)

    def read_batches(self, rows: int) -> Iterator[pa.Table]:
        """Read the newest version in tables of about `rows` rows, in no defined order."""
        table = self._table()
        if table is None:
            return
        waiting: list[pa.RecordBatch] = []
        for batch in pa.RecordBatchReader.from_stream(table.scan(columns=CASE_SCHEMA.names)):
            waiting.append(batch)
            if sum(part.num_rows for part in waiting) >= rows:
                yield pa.Table.from_batches(waiting).cast(CASE_SCHEMA)
                waiting = []
        if waiting:
            yield pa.Table.from_batches(waiting).cast(CASE_SCHEMA)

    def count(self, version: int | None = None) -> StoreCounts:
        """Count the cases of a version, the newest when not given."""
        counted = (
            self.scan(version)
            .select(
                cases=pl.len(),
                distinct_ids=pl.col("case_id").n_unique(),
                located=pl.col("located").sum(),
                township_only=pl.col("township_only").sum(),
                unlocated=pl.col("located").not_().sum(),
                batches=pl.col("batch").n_unique(),
            )
            .collect(engine="streaming")
        )
        return StoreCounts(**{name: int(counted[name][0]) for name in counted.columns})

    def batches(self) -> list[dict[str, Any]]:
        """Return what each commit was, newest first: its batch's facts and its ``version``."""
        table = self._table()
        if table is None:
            return []
        return [
            {**json.loads(entry[METADATA_KEY]), "version": entry["version"]}
            for entry in table.history()
            if METADATA_KEY in entry
        ]

    def upsert(self, staged: Sequence[Path], batch: dict[str, Any]) -> UpsertCounts:
        """Bring cases in with one commit; without any change there is none.

        A case is unchanged when all columns but the batch are equal to the stored ones.

        Parameters
        ----------
        staged : sequence of Path
            Arrow IPC files with the columns of `CASE_SCHEMA`, each case once.
        batch : dict
            Plain values, kept in the log of the commit.

        Raises
        ------
        ValueError
            When an id occurs twice.
        """
        paths = list(staged)
        if not paths:
            return UpsertCounts(0, 0, 0)
        cases = pl.scan_ipc(paths)
        rows = cases.select(pl.len()).collect().item()
        if len(repeated_ids(cases)):
            raise ValueError("case_id: every case may be staged only once")
        known = self._compare(cases)
        unchanged = known.filter("same")
        changed = known.filter(~pl.col("same"))
        counts = UpsertCounts(rows - known.height, changed.height, unchanged.height)
        if counts.unchanged:
            paths = [_without(cases, unchanged, paths[0].with_name(_CHANGES))]
        if changed.height:
            self._merge(paths, changed["month"].unique().sort().to_list(), batch)
        elif counts.accepted:
            self._append(paths, batch)
        return counts

    def _table(self) -> DeltaTable | None:
        return DeltaTable(self._path) if DeltaTable.is_deltatable(self._path) else None

    def _compare(self, cases: pl.LazyFrame) -> pl.DataFrame:
        """Return id, stored month and sameness of those staged cases that are stored already."""
        ids = cases.select("case_id")
        stored = self.scan(columns=["case_id", PARTITION])
        months = stored.join(ids, on="case_id", how="semi").select(PARTITION).unique()
        wanted = months.collect(engine="streaming")[PARTITION].to_list()
        if not wanted:
            return pl.DataFrame(
                schema={"case_id": pl.String, PARTITION: pl.String, "same": pl.Boolean}
            )
        there = self.scan().filter(pl.col(PARTITION).is_in(wanted))
        return (
            there.select("case_id", PARTITION, _fingerprint().alias("there"))
            .join(cases.select("case_id", _fingerprint().alias("here")), on="case_id")
            .select("case_id", PARTITION, (pl.col("there") == pl.col("here")).alias("same"))
            .collect(engine="streaming")
        )

    def _append(self, paths: Sequence[Path], batch: dict[str, Any]) -> None:
        write_deltalake(
            self._path,
            _reader(paths),
            mode="append",
            partition_by=[PARTITION],
            configuration=_CONFIGURATION,
            commit_properties=_commit(batch),
            post_commithook_properties=_KEEP_LOG,
            writer_properties=_WRITING,
        )

    def _merge(self, paths: Sequence[Path], months: list[str], batch: dict[str, Any]) -> None:
        # The stored months of changed cases let Delta leave all other months unread.
        listed = ", ".join("'" + month.replace("'", "''") + "'" for month in months)
        merger = DeltaTable(self._path).merge(
            _reader(paths),
            predicate=f"stored.case_id = new.case_id AND stored.{PARTITION} IN ({listed})",
            source_alias="new",
            target_alias="stored",
            commit_properties=_commit(batch),
            post_commithook_properties=_KEEP_LOG,
            writer_properties=_WRITING,
        )
        merger.when_matched_update_all().when_not_matched_insert_all().execute()


def repeated_ids(cases: pl.LazyFrame) -> pl.Series:
    """Return the ids that stand in several rows, each once.

    Eight bytes an id are held in memory, however long the ids are.

    Examples
    --------
    >>> repeated_ids(pl.LazyFrame({"case_id": ["a", "b", "a"]})).to_list()
    ['a']
    """
    hashed = pl.col("case_id").hash()
    hashes = cases.select(hashed).collect(engine="streaming").to_series().sort()
    twice = hashes.filter(hashes == hashes.shift()).unique()
    if twice.is_empty():
        return pl.Series("case_id", [], dtype=pl.String)
    # Two ids may share a hash, so the few that do are compared themselves.
    alike = (
        cases.select("case_id").filter(hashed.is_in(twice.implode())).collect(engine="streaming")
    )
    return alike.filter(alike.is_duplicated()).to_series().unique()


_KEEP_LOG = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


def _commit(batch: dict[str, Any]) -> CommitProperties:
    text = json.dumps(batch, ensure_ascii=False, sort_keys=True)
    return CommitProperties(custom_metadata={METADATA_KEY: text})


def _fingerprint() -> pl.Expr:
    """64 bits of a row's values; two different rows share them once in 10^19."""
    return pl.struct(_COMPARED).hash()


def _without(cases: pl.LazyFrame, unchanged: pl.DataFrame, target: Path) -> Path:
    """Write the cases that are not among the unchanged ones."""
    left = cases.join(unchanged.lazy().select("case_id"), on="case_id", how="anti")
    left.sink_ipc(target, compression="lz4", compat_level=pl.CompatLevel.oldest())
    return target


def _reader(paths: Sequence[Path]) -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for path in paths:
            with pa.ipc.open_file(pa.memory_map(str(path))) as file:
                for number in range(file.num_record_batches):
                    table = pa.Table.from_batches([file.get_batch(number)])
                    yield from table.select(CASE_SCHEMA.names).cast(CASE_SCHEMA).to_batches()

    return pa.RecordBatchReader.from_batches(CASE_SCHEMA, batches())
