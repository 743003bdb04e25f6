"""The case store: a Delta Lake table by month, in which every commit is a version that stays.

One import is one commit, so a killed import leaves either the whole batch or none of it. Nothing is
ever vacuumed or forgotten here: a run that names a version can be repeated.
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
)

from geodata.home import Home
from geodata.month_commits import append_months, replace_in_months
from geodata.month_files import (
    PARTITION,
    MonthWriter,
    file_name,
    read_month,
    repeated_ids,
    scan_months,
    sort_by_month,
)
from geodata.schema import CASE_SCHEMA, LOCATION_COLUMNS, SOURCE_COLUMNS

METADATA_KEY = "suyuan"
"""Name under which a commit's log entry keeps what the batch was."""

_FOR_EVER = "interval 36500 days"
_CONFIGURATION = {
    # Delta forgets log entries after 30 days by default; a pinned version needs them for ever.
    "delta.logRetentionDuration": _FOR_EVER,
    "delta.deletedFileRetentionDuration": _FOR_EVER,
    "delta.enableExpiredLogCleanup": "false",
}
_COMPARED = (*SOURCE_COLUMNS, *LOCATION_COLUMNS)


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
            Files of `geodata.month_files`, each case once. They may be moved into the store.
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
        cases = scan_months(paths)
        rows = cases.select(pl.len()).collect().item()
        if len(repeated_ids(paths)):
            raise ValueError("case_id: every case may be staged only once")
        known = self._compare(cases)
        unchanged = known.filter("same")
        changed = known.filter(~pl.col("same"))
        counts = UpsertCounts(rows - known.height, changed.height, unchanged.height)
        if counts.unchanged:
            paths = _without(paths, unchanged["case_id"])
        if changed.height:
            self._merge(paths, changed, batch)
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
        append_months(
            self._home.cases, paths, CASE_SCHEMA, configuration=_CONFIGURATION,
            commit_properties=_commit(batch), post_commithook_properties=_KEEP_LOG,
        )  # fmt: skip

    def _merge(self, paths: Sequence[Path], changed: pl.DataFrame, batch: dict[str, Any]) -> None:
        # The stored months of changed cases let all other months stay unread.
        months = frozenset(changed["month"].to_list())
        replace_in_months(
            self._home.cases, paths, months, changed["case_id"].to_arrow().cast(pa.string()),
            paths[0].parent.parent,
            commit_properties=_commit(batch), post_commithook_properties=_KEEP_LOG,
        )  # fmt: skip


_KEEP_LOG = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


def _commit(batch: dict[str, Any]) -> CommitProperties:
    text = json.dumps(batch, ensure_ascii=False, sort_keys=True)
    return CommitProperties(custom_metadata={METADATA_KEY: text})


def _fingerprint() -> pl.Expr:
    """64 bits of a row's values; two different rows share them once in 10^19."""
    # Hashing column by column is several times as fast as hashing a structure of all.
    hashes = [pl.col(name).hash(seed) for seed, name in enumerate(_COMPARED)]
    return functools.reduce(operator.xor, hashes)


def _without(paths: Sequence[Path], ids: pl.Series) -> list[Path]:
    """Write the cases without some of them; the files given stay."""
    gone = pa.array(ids.to_arrow(), pa.string())
    with MonthWriter(paths[0].parent.parent, file_name("changes")) as writer:
        for path in paths:
            stays = pc.invert(
                pc.is_in(
                    pq.read_table(path, columns=["case_id"], partitioning=None)["case_id"], gone
                )
            )
            start = 0
            for rows in read_month(path):
                left = rows.filter(stays.slice(start, len(rows)))
                start += len(rows)
                if len(left):
                    writer.add(sort_by_month(left))
        return writer.close()
