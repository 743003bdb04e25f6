"""Find out what the store has of the cases of a batch, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from geodata.month_files import PARTITION, repeated_ids, scan_months
from geodata.schema import SOURCE_COLUMNS
from geodata.store.deliveries import CASES_AT_ONCE
from geodata.store.history import HistoryWriter
from geodata.store.incoming import Incoming
from geodata.store.matching import source_fingerprint, source_time
from geodata.store.placed import PLACED_BY, Placed, count_placed


@dataclass(frozen=True)
class Witnesses:
    """What rows that tell nothing new leave in the history.

    Attributes
    ----------
    files : tuple of Path
        Of a `HistoryWriter`.
    rows : int
    placed : Placed
        Where their cases are.
    """

    files: tuple[Path, ...]
    rows: int
    placed: Placed


NO_WITNESSES = Witnesses((), 0, Placed.nowhere())


@dataclass(frozen=True)
class Compared:
    """What a store has of the staged cases.

    Attributes
    ----------
    version : int or None
        Of the store.
    known : DataFrame
        The staged cases that are stored, each with its place and what it is ``same_as``. ``single``
        cases have one delivery with values; ``same_as`` is the batch that delivered the staged
        values already.
    there : DataFrame or None
        Their stored rows, unless these are many.
    witnesses : Witnesses
        Of the rows told again.
    """

    version: int | None
    known: pl.DataFrame
    there: pl.DataFrame | None
    witnesses: Witnesses = NO_WITNESSES


@dataclass(frozen=True)
class Comparison(Incoming):
    """A batch beside the store."""

    def run(self) -> Compared:
        """Compare what their sources told of the cases; rows told again bear witness.

        Raises
        ------
        ValueError
            When an id occurs twice among the staged cases.
        """
        if len(repeated_ids(self.staged)):
            raise ValueError("case_id: every case may be staged only once")
        version = self.cases.version
        nothing = Compared(version, pl.DataFrame(schema={"case_id": pl.String}), None)
        if version is None:
            return nothing
        new = scan_months(self.staged)
        wanted = self._stored_ids(new)
        if wanted.is_empty() and not self.told_again.months:
            return nothing
        rows = self.cases.scan_numbered(wanted[PARTITION].unique().to_list())
        few = None
        if wanted.height <= CASES_AT_ONCE:
            few = rows.filter(pl.col("case_id").is_in(wanted["case_id"].implode())).collect()
            rows = few.lazy()
        there = rows.select("case_id", PARTITION, "batch", *PLACED_BY, there=self._fingerprint())
        here = new.select("case_id", here=self._fingerprint(), time=source_time())
        known = there.join(here, on="case_id").collect(engine="streaming")
        return Compared(version, self._with_history(known), few, self._bear_witness())

    def _bear_witness(self) -> Witnesses:
        count, placed = 0, Placed.nowhere()
        for _, stored in self.told_again.by_month():
            placed += count_placed(stored)
        with HistoryWriter(self.told_again.folder) as writer:
            for month, rows in self.told_again.who_told():
                count += len(rows)
                told = rows.rename_columns(["case_id", "same_as"])
                writer.add_witnesses(month, self.facts["batch"], told)
            return Witnesses(tuple(writer.close()), count, placed)

    def _stored_ids(self, new: pl.LazyFrame) -> pl.DataFrame:
        """Return the staged ids that are stored, and some that may be, each with its month."""
        known = self.told_again.may_be_stored(self.staged)
        others = self.cases.scan().filter(~pl.col(PARTITION).is_in([*known]))
        ids = others.select("case_id", PARTITION).join(
            new.select("case_id"), on="case_id", how="semi"
        )
        found = [pl.DataFrame(ids).with_columns(month=pl.lit(m)) for m, ids in known.items()]
        return pl.concat([ids.collect(engine="streaming"), *found])

    def _fingerprint(self) -> pl.Expr:
        """Compare the columns that any file had; all others are empty everywhere."""
        told = {name for batch in self.batches.values() for name in batch.columns}
        return source_fingerprint([name for name in SOURCE_COLUMNS if name in told])

    def _with_history(self, known: pl.DataFrame) -> pl.DataFrame:
        own = self.history.rows().filter(pl.col("same_as").is_null())
        told = own.join(known.lazy().select("case_id"), on="case_id", how="semi").select(
            "case_id", source=pl.col("batch"), here=self._fingerprint()
        )
        earlier = told.collect(engine="streaming")
        order = {name: facts.order for name, facts in self.log.batches.items()}
        first = earlier.sort(
            pl.col("source").replace_strict(order, return_dtype=pl.Int64), maintain_order=True
        ).unique(["case_id", "here"], keep="first", maintain_order=True)
        single = ~pl.col("case_id").is_in(earlier["case_id"].unique().implode())
        same = pl.when(single & (pl.col("there") == pl.col("here"))).then("batch")
        return (
            known.join(first, on=["case_id", "here"], how="left")
            .with_columns(single=single, same_as=same.otherwise("source"))
            .drop("here", "there", "source")
        )
