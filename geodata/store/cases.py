"""The case store: one current row a case, all its deliveries beside it, every version readable.

One import is one commit, so a killed import leaves either the whole batch or none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from geodata.errors import NotFound
from geodata.home import Home
from geodata.schema import CASE_SCHEMA, SOURCE_COLUMNS
from geodata.store.commit_log import COMPACTION, CommitLog
from geodata.store.comparing import Compared, Comparison
from geodata.store.deliveries import Locate, known_deliveries
from geodata.store.history import History, history_table
from geodata.store.holding import hold_versions
from geodata.store.lives import CaseLife, tell_life
from geodata.store.placed import Placed
from geodata.store.recognising import RowsToldAgain
from geodata.store.redeclaring import Redeclaration
from geodata.store.relocating import relocate
from geodata.store.tables import Facts, MonthTable
from geodata.store.upkeep import Usage, delete_orphans, delete_unused, usage_of
from geodata.store.upserting import Upsert, UpsertCounts, Upserted
from geodata.store.withdrawing import Withdrawal


@dataclass(frozen=True)
class StoreCounts:
    """How many cases a version holds; located + unlocated = cases."""

    cases: int
    distinct_ids: int
    located: int
    township_only: int
    unlocated: int
    batches: int


@dataclass(frozen=True)
class CleaningReport:
    """What a clean-up deleted.

    Attributes
    ----------
    unused, orphans : int
        Files of versions that nothing needs, and files of no version (left by killed imports).
    kept_versions : tuple of int
        Versions that are needed besides the newest and the recent ones.
    before, after : Usage
    """

    unused: int
    orphans: int
    kept_versions: tuple[int, ...]
    before: Usage
    after: Usage

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return {
            "unused_files": self.unused,
            "orphans": self.orphans,
            "kept_versions": list(self.kept_versions),
            **usages(self.before, self.after),
        }


def usages(before: Usage, after: Usage) -> dict[str, int]:
    """Return plain values of what the store took on disk and takes now."""
    return {
        "files_before": before.files,
        "files_after": after.files,
        "bytes_before": before.bytes,
        "bytes_after": after.bytes,
    }


class CaseStore:
    """Cases of one home. Whoever writes holds the home's lock.

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
        self._cases = MonthTable(home.cases, CASE_SCHEMA, ("case_id",))
        self._deliveries = history_table(home.history)

    @property
    def version(self) -> int | None:
        """Newest version, None before the first import."""
        return self._cases.version

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
        return self._cases.scan(version).select(columns or CASE_SCHEMA.names)

    def month_files(self, version: int) -> dict[str, list[Path]]:
        """Return the files of a version by month; their rows never change.

        Who keeps something of each row may so tell which months need no second look.
        """
        months = self._cases.month_files(version)
        return {month: [path for path, _ in sorted(months[month])] for month in sorted(months)}

    def read_batches(self, rows: int) -> Iterator[pa.Table]:
        """Read the newest version in tables of about `rows` rows, in no defined order."""
        table = self._cases.open()
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

    def log(self) -> CommitLog:
        """Return what the commits were."""
        return CommitLog(tuple(self._cases.log()))

    def batches(self) -> list[dict[str, Any]]:
        """Return what each commit was, newest first: its batch's facts and its ``version``."""
        return list(reversed(self.log().entries))

    def recognising(self, columns: Sequence[str], folder: Path, reading: int = 0) -> RowsToldAgain:
        """Return what recognises the rows of a file that the store has already.

        Parameters
        ----------
        columns : sequence of str
            Of `SOURCE_COLUMNS`, those that the file has.
        folder : Path
            For staged files.
        reading : int
            Under which the file's rows are marked.
        """
        log = self.log()
        told = {*columns}.union(*(batch.columns for batch in log.batches.values()))
        named = tuple(name for name in SOURCE_COLUMNS if name in told)
        several = self._history(log).rows().filter(pl.col("same_as").is_null())
        return RowsToldAgain(
            folder, self._cases.month_files(), named, several.select("case_id"), reading
        )

    def compare(self, staged: Sequence[Path], facts: Facts, told_again: RowsToldAgain) -> Compared:
        """Find out what the store has of a batch; parameters and errors as for `upsert`."""
        log = self.log()
        return Comparison(self._cases, self._history(log), log, staged, told_again, facts).run()

    def upsert(
        self,
        staged: Sequence[Path],
        facts: Facts,
        locate: Locate,
        told_again: RowsToldAgain | None = None,
        compared: Compared | None = None,
    ) -> Upserted:
        """Bring a batch in with one commit; the same file again makes none.

        Parameters
        ----------
        staged : sequence of Path
            Files of `geodata.month_files`, each case once. They are moved into the store.
        facts : dict
            Plain values, kept in the log of the commit: ``batch`` (its name), ``columns`` (which
            the file had; all when not given), ``digest`` (of the file), ``area`` and others.
        locate : callable
            Places rows whose values come from several deliveries.
        told_again : RowsToldAgain, optional
            Rows of the batch that are not staged, for the store has them.
        compared : Compared, optional
            What `compare` told before; asked anew where the store has changed since.

        Raises
        ------
        ValueError
            When an id occurs twice.
        """
        if told_again is None and staged:
            # Month files stand in a folder each.
            told_again = RowsToldAgain(staged[0].parents[1])
        if told_again is None or not (staged or told_again.months):
            return Upserted(UpsertCounts(), Placed.nowhere())
        if compared is None or compared.version != self.version:
            compared = self.compare(staged, facts, told_again)
        log = self.log()
        commit = {"kind": "import", **facts}
        history = self._history(log)
        return Upsert(self._cases, history, log, staged, told_again, commit, compared, locate).run()

    def relocate(self, staged: Sequence[Path], facts: Facts) -> int:
        """Put cases that were placed anew in place of the stored ones; return how many differ.

        Where only the boundaries are others, the commit just says so.
        """
        log = self.log()
        commit = {**facts, "history": log.history_version}
        changed = relocate(self._cases, staged, commit)
        if not changed and self.version is not None and facts.get("area") != log.area:
            self._cases.record(commit)
        return changed

    def redeclaration(self, batch: str, crs: str) -> Redeclaration:
        """Return the reading of a batch's coordinates in another system, to be run."""
        log = self.log()
        return Redeclaration(self._cases, self._history(log), log, batch, crs)

    def withdrawal(self, batch: str) -> Withdrawal:
        """Return the withdrawal of a batch, to be looked at or run.

        Raises
        ------
        NotFound
            There is no such batch, or it was withdrawn.
        """
        log = self.log()
        return Withdrawal(self._cases, self._history(log), log, batch)

    def history_of(self, case_id: str) -> CaseLife:
        """Return the life of a case.

        Raises
        ------
        NotFound
            No case has this id.
        """
        found = self.scan().filter(pl.col("case_id") == case_id).collect(engine="streaming")
        if found.is_empty():
            raise NotFound("no case has this id", "没有这个编号的诉求")
        log = self.log()
        told = self._history(log).rows().filter(pl.col("case_id") == case_id)
        deliveries = known_deliveries(found, told.collect(engine="streaming"))
        return tell_life(found.row(0, named=True), deliveries, log.batches)

    def compact(self) -> tuple[Usage, Usage]:
        """Merge the small files of each month; return what the store took before and takes now.

        What was merged stays until it is cleaned away.
        """
        before, log = self.usage(), self.log()
        history = self._history(log)
        facts = {"kind": COMPACTION, "area": log.area, "history": history.version}
        if history.version is not None:
            history.take_back()
            if self._deliveries.compact(facts):
                facts = {**facts, "history": self._deliveries.version}
        if not self._cases.compact(facts) and facts["history"] != log.history_version:
            self._cases.record(facts)
        return before, self.usage()

    def clean(self, keep: Collection[int], keep_days: float) -> CleaningReport:
        """Delete files that nothing needs any more.

        Parameters
        ----------
        keep : collection of int
            Versions that stay readable besides the newest.
        keep_days : float
            Versions that were the newest within so many days stay readable too.
        """
        before, log = self.usage(), self.log()
        history = self._history(log)
        history.take_back()
        kept = sorted(v for v in keep if self.version is not None and 0 <= v <= self.version)
        orphans = self.delete_orphans()
        unused = delete_unused(self._cases, kept, keep_days)
        beside = {log.until(version).history_version for version in kept} | {history.version}
        unused += delete_unused(self._deliveries, {v for v in beside if v is not None}, keep_days)
        return CleaningReport(unused, orphans, tuple(kept), before, self.usage())

    def delete_orphans(self) -> int:
        """Delete files that killed imports left and no version knows; return how many."""
        return sum(delete_orphans(table) for table in (self._cases, self._deliveries))

    def hold(self, target: Home, keep: Collection[int]) -> int | None:
        """Give the newest version, and others, a second name in another home; writers go on.

        Parameters
        ----------
        target : Home
            On the same file system, without a store.
        keep : collection of int
            Versions that are to be readable there besides the newest.

        Returns
        -------
        int or None
            The version that is the newest there; None where there is no store.

        Raises
        ------
        FileNotFoundError
            A file was cleaned away meanwhile, or is lost.
        """
        newest = self.version
        if newest is None:
            return None
        kept = [version for version in keep if 0 <= version <= newest]
        hold_versions(self._cases, target.cases, newest, kept)
        log = self.log()
        beside = log.until(newest).history_version
        if beside is not None:
            told = {log.until(version).history_version for version in kept}
            older = {version for version in told if version is not None}
            hold_versions(self._deliveries, target.history, beside, older)
        return newest

    def usage(self) -> Usage:
        """Measure what the store takes on disk."""
        return usage_of(self._cases.path, self._deliveries.path)

    def _history(self, log: CommitLog) -> History:
        return History(self._deliveries, log.history_version)
