"""Take a batch out, as if it had never been imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import feather

from geodata.errors import NotFound
from geodata.month_files import PARTITION
from geodata.store.commit_log import WITHDRAWAL, CommitLog
from geodata.store.deliveries import (
    Locate,
    cases_told_by,
    current_rows,
    differing,
    known_deliveries,
    portions,
    rows_of,
    write_located,
)
from geodata.store.folding import fold, resolve_witnesses
from geodata.store.history import HISTORY_SCHEMA, History
from geodata.store.tables import REMOVED, Facts, MonthTable


@dataclass(frozen=True)
class WithdrawalCounts:
    """What a withdrawal does to the cases that the batch told of.

    Attributes
    ----------
    removed : int
        Cases that no other batch tells of.
    reverted : int
        Cases whose current row becomes what the other batches say.
    kept : int
        Cases that stay as they are.
    """

    removed: int = 0
    reverted: int = 0
    kept: int = 0

    def __add__(self, other: WithdrawalCounts) -> WithdrawalCounts:
        return WithdrawalCounts(
            self.removed + other.removed, self.reverted + other.reverted, self.kept + other.kept
        )


@dataclass
class _Staged:
    """Files to be merged into a table, and the months in which they replace rows."""

    rows: list[Path] = field(default_factory=list)
    months: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Withdrawal:
    """One batch on its way out.

    Attributes
    ----------
    cases : MonthTable
    history : History
    log : CommitLog
    batch : str
        Name of a batch that was imported and not yet withdrawn.

    Raises
    ------
    NotFound
        There is no such batch.
    """

    cases: MonthTable
    history: History
    log: CommitLog
    batch: str

    def __post_init__(self) -> None:
        if self.batch in self.log.withdrawn:
            raise NotFound(
                f"batch {self.batch!r} was withdrawn already", f"批次“{self.batch}”已经撤回"
            )
        if self.batch not in self.log.batches:
            raise NotFound(
                f"no batch {self.batch!r} brought cases: see `suyuan cases batches`",
                f"没有带来诉求的批次“{self.batch}”，请用 suyuan cases batches 查看",
            )

    def preview(self) -> WithdrawalCounts:
        """Return what the withdrawal would do."""
        counts = WithdrawalCounts()
        for part in portions(cases_told_by(self.cases.scan(), self.history.rows(), self.batch)):
            current = current_rows(self.cases.scan(), part)
            _, folded, changed = self._fold(current, rows_of(self.history.rows(), part))
            counts += _count(current, folded, changed)
        return counts

    def run(
        self, folder: Path, locate: Locate, facts: Facts, placed: Sequence[Path] = ()
    ) -> WithdrawalCounts:
        """Take the batch out with one commit.

        Parameters
        ----------
        folder : Path
            For staged files.
        locate : callable
            Places the cases that fall back to other deliveries.
        facts : dict
            Of the commit.
        placed : sequence of Path
            Arrow IPC files of further stored cases that are placed anew by the same commit.
        """
        counts = WithdrawalCounts()
        cases, history = _Staged(), _Staged()
        touched = cases_told_by(self.cases.scan(), self.history.rows(), self.batch)
        for number, part in enumerate(portions(touched)):
            target = folder / f"part-{number:06d}.arrow"
            counts += self._stage(part, cases, history, target, locate)
        self._add_placed(placed, touched, cases, folder / "placed.arrow")
        version = self.history.merge(history.rows, sorted(history.months), facts)
        named = {"kind": WITHDRAWAL, "withdrawn": self.batch, "history": version}
        commit = {**facts, **named, **asdict(counts)}
        if cases.rows:
            self.cases.merge(cases.rows, sorted(cases.months), commit)
        else:
            self.cases.record(commit)
        return counts

    def _fold(
        self, current: pl.DataFrame, history: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Return what is left: the deliveries, the rows they fold to, and which of these differ."""
        left = self._without(known_deliveries(current, history))
        folded = fold(resolve_witnesses(left), self.log.batches)
        return left, folded, differing(folded, current, batches=True)

    def _without(self, deliveries: pl.DataFrame) -> pl.DataFrame:
        """Leave the batch's rows out; the first of those that were like them gets their values."""
        gone = pl.col("batch") == self.batch
        heirs = deliveries.filter(pl.col("same_as") == self.batch)
        order = {name: facts.order for name, facts in self.log.batches.items()}
        heirs = heirs.sort(pl.col("batch").replace_strict(order, return_dtype=pl.Int64))
        first = heirs.unique("case_id", keep="first", maintain_order=True)
        first = first.select("case_id", heir="batch")
        values = deliveries.filter(gone, pl.col("same_as").is_null()).join(first, on="case_id")
        heir_rows = values.drop("batch").rename({"heir": "batch"}).select(deliveries.columns)
        rest = deliveries.filter(~gone).join(first, on="case_id", how="left")
        same = pl.col("same_as") == self.batch
        rest = rest.filter(~(same & (pl.col("batch") == pl.col("heir"))).fill_null(value=False))
        pointed = pl.when(same).then("heir").otherwise("same_as").alias("same_as")
        return pl.concat([rest.with_columns(pointed).select(deliveries.columns), heir_rows])

    def _stage(
        self, part: pl.DataFrame, cases: _Staged, history: _Staged, target: Path, locate: Locate
    ) -> WithdrawalCounts:
        current = current_rows(self.cases.scan(), part)
        told = rows_of(self.history.rows(), part)
        left, folded, changed = self._fold(current, told)
        gone = current.join(folded, on="case_id", how="anti")
        if changed.height:
            cases.rows.append(write_located(changed, locate, target))
        if gone.height:
            cases.rows.append(_write_removed(gone, target.with_name(f"gone-{target.name}")))
        altered = pl.concat([changed.select("case_id"), gone.select("case_id")])
        months = current.join(altered, on="case_id", how="semi")[PARTITION]
        cases.months.update(months.unique().to_list())
        self._stage_history(told, left, history, target.with_name(f"history-{target.name}"))
        return _count(current, folded, changed)

    def _stage_history(
        self, told: pl.DataFrame, left: pl.DataFrame, history: _Staged, target: Path
    ) -> None:
        """Stage the rows of the history that go or change; a case's only row is no history."""
        key = ["case_id", "batch"]
        kept = left.join(told.select(key), on=key, how="semi")
        own = told.filter(pl.col("same_as").is_null()).select("case_id").unique()
        # Where the values stand only in the current row, an heir's row is the current one.
        heirs = kept.filter(pl.col("same_as").is_null()).join(own, on="case_id", how="anti")
        kept = kept.join(heirs.select(key), on=key, how="anti")
        before = told.select(*key, before="same_as")
        altered = kept.join(before, on=key).filter(pl.col("same_as").ne_missing(pl.col("before")))
        removed = told.join(kept.select(key), on=key, how="anti")
        rows = pl.concat(
            [
                altered.select(told.columns).with_columns(pl.lit(value=False).alias(REMOVED)),
                removed.with_columns(pl.lit(value=True).alias(REMOVED)),
            ]
        )
        if rows.is_empty():
            return
        schema = HISTORY_SCHEMA.append(pa.field(REMOVED, pa.bool_()))
        table = rows.select(schema.names).to_arrow().cast(schema)
        feather.write_feather(table, target, compression="lz4")
        history.rows.append(target)
        months = told.join(rows.select(key), on=key, how="semi")[PARTITION]
        history.months.update(months.unique().to_list())

    def _add_placed(
        self, placed: Sequence[Path], touched: pl.DataFrame, cases: _Staged, target: Path
    ) -> None:
        """Add cases that only lie elsewhere now; what the withdrawal touches is placed already."""
        if not placed:
            return
        new = pl.scan_ipc(list(placed)).join(touched.lazy(), on="case_id", how="anti")
        rows = new.collect(engine="streaming")
        if rows.is_empty():
            return
        feather.write_feather(rows.to_arrow(), target, compression="lz4")
        cases.rows.append(target)
        cases.months.update(rows[PARTITION].unique().to_list())


def _count(current: pl.DataFrame, folded: pl.DataFrame, changed: pl.DataFrame) -> WithdrawalCounts:
    return WithdrawalCounts(
        removed=current.height - folded.height,
        reverted=changed.height,
        kept=folded.height - changed.height,
    )


def _write_removed(gone: pl.DataFrame, target: Path) -> Path:
    table = gone.with_columns(pl.lit(value=True).alias(REMOVED)).to_arrow()
    feather.write_feather(table, target, compression="lz4")
    return target
