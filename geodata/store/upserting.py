"""Bring a batch into the store: compare, fold what is known, and write only what changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl

from geodata.month_files import PARTITION, scan_months, without_ids
from geodata.schema import SOURCE_COLUMNS
from geodata.store.comparing import Compared
from geodata.store.deliveries import (
    Locate,
    current_rows,
    differing,
    known_deliveries,
    portions,
    rows_of,
    write_located,
)
from geodata.store.folding import fold, resolve_witnesses
from geodata.store.history import HistoryWriter
from geodata.store.incoming import Incoming
from geodata.store.placed import PLACED_BY, Placed, count_placed
from geodata.store.tables import Facts, scan_staged


@dataclass(frozen=True)
class UpsertCounts:
    """What a batch did to the store.

    Attributes
    ----------
    accepted, updated, unchanged, outdated : int
        Cases that were new; that changed; that were told anew without change; and whose row is
        older than what is there and changed nothing (it is kept in the history).
    """

    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    outdated: int = 0


@dataclass(frozen=True)
class Upserted:
    """What a batch did, and where its cases are now."""

    counts: UpsertCounts
    placed: Placed


@dataclass(frozen=True)
class _Changes:
    """What is to be written for cases that were known."""

    counts: UpsertCounts
    rows: list[Path]
    months: list[str]
    placed: Placed
    """Where the cases are that stay as they are."""


@dataclass(frozen=True)
class Upsert(Incoming):
    """A batch that is written; each case is staged once, and the files are moved into the store.

    Attributes
    ----------
    compared : Compared
        What the store has of the staged cases.
    locate : callable
        Places rows whose values come from several deliveries.
    """

    compared: Compared
    locate: Locate

    def run(self) -> Upserted:
        """Write what changes with one commit; the same file again makes none."""
        new, known = scan_months(self.staged), self.compared.known
        rows = new.select(pl.len()).collect().item()
        if known.is_empty() and not self.told_again.months:
            placed = count_placed(new)
            counts = UpsertCounts(accepted=rows)
            self.cases.take_over(self.staged, self._facts(counts, placed, self.history.version))
            return Upserted(counts, placed)
        with HistoryWriter(self.told_again.folder) as writer:
            changes = self._changes(new, writer)
            told = [*writer.close(), *self.compared.witnesses.files]
        counts = replace(changes.counts, accepted=rows - known.height)
        accepted = without_ids(self.staged, known["case_id"]) if counts.accepted else []
        placed = self._placed(accepted + changes.rows) + changes.placed
        if counts.accepted or not self._is_same_file(known):
            history = self.history.append(told, self.facts)
            facts = self._facts(counts, placed, history)
            if changes.rows:
                written, there = accepted + changes.rows, self.compared.there
                self.cases.merge(written, changes.months, facts, there)
            elif accepted:
                self.cases.take_over(accepted, facts)
            else:
                self.cases.record(facts)
        return Upserted(counts, placed)

    def _facts(self, counts: UpsertCounts, placed: Placed, history: int | None) -> Facts:
        return {**self.facts, **asdict(counts), **asdict(placed), "history": history}

    def _is_same_file(self, known: pl.DataFrame) -> bool:
        """Tell whether every row is known from batches made of this very file."""
        digest = self.facts.get("digest")
        alike = [name for name, facts in self.log.batches.items() if facts.digest == digest]
        return digest is not None and bool(alike) and known["same_as"].is_not_null().all()

    def _changes(self, new: pl.LazyFrame, history: HistoryWriter) -> _Changes:
        """Fold the cases that more is told of than was known."""
        known, there = self.compared.known, self.compared.there
        settled = pl.col("single") & pl.col("same_as").is_not_null()
        changes = self._bear_witness(known.filter(settled), history)
        for number, part in enumerate(portions(known.filter(~settled))):
            target = self.told_again.folder / f"folded-{number:06d}.arrow"
            current = current_rows(self.cases.scan() if there is None else there.lazy(), part)
            changes = self._fold(new, part, current, changes, history, target)
        return changes

    def _bear_witness(self, same: pl.DataFrame, history: HistoryWriter) -> _Changes:
        """Note what the batch tells anew without change."""
        for (month,), rows in same.partition_by(PARTITION, as_dict=True).items():
            told = rows.select("case_id", "same_as").to_arrow()
            history.add_witnesses(str(month), self.facts["batch"], told)
        again = self.compared.witnesses
        counts = UpsertCounts(unchanged=same.height + again.rows)
        return _Changes(counts, [], [], count_placed(same.lazy()) + again.placed)

    def _fold(
        self,
        new: pl.LazyFrame,
        part: pl.DataFrame,
        current: pl.DataFrame,
        changes: _Changes,
        history: HistoryWriter,
        target: Path,
    ) -> _Changes:
        known = known_deliveries(current, rows_of(self.history.rows(), part))
        like = part.select("case_id", "same_as")
        told = rows_of(new, part).select(*SOURCE_COLUMNS, "batch").join(like, on="case_id")
        deliveries = resolve_witnesses(pl.concat([known, _blanked(told)], how="vertical_relaxed"))
        folded = fold(deliveries, self.batches)
        changed = differing(folded, current)
        rows = [write_located(changed, self.locate, target)] if changed.height else []
        first = known.join(part.filter("single"), on="case_id", how="semi").filter(
            pl.col("same_as").is_null()
        )
        history.add(pl.concat([first, _blanked(told)], how="vertical_relaxed"))
        kept = part.join(changed, on="case_id", how="anti")
        newest = folded.select("case_id", "newest")
        late = kept.join(newest, on="case_id").filter(pl.col("time") < pl.col("newest")).height
        moved = current.join(changed, on="case_id", how="semi")["month"].unique().to_list()
        counts = changes.counts
        return _Changes(
            UpsertCounts(
                updated=counts.updated + changed.height,
                unchanged=counts.unchanged + kept.height - late,
                outdated=counts.outdated + late,
            ),
            changes.rows + rows,
            sorted({*changes.months, *moved}),
            changes.placed + count_placed(kept.lazy()),
        )

    def _placed(self, written: list[Path]) -> Placed:
        rows = [scan_staged(path).select(PLACED_BY) for path in written]
        return count_placed(pl.concat(rows)) if rows else Placed.nowhere()


def _blanked(told: pl.DataFrame) -> pl.DataFrame:
    """Take the values from rows that only bear witness; id and month stay."""
    values = [name for name in SOURCE_COLUMNS if name not in ("case_id", PARTITION)]
    own = pl.col("same_as").is_null()
    return told.with_columns(pl.when(own).then(pl.col(name)).alias(name) for name in values)
