"""Read a batch's coordinates in another system, because somebody says so."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from geodata.month_files import PARTITION
from geodata.store.commit_log import SYSTEM, CommitLog
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
from geodata.store.history import History
from geodata.store.tables import Facts, MonthTable


@dataclass(frozen=True)
class Redeclaration:
    """A batch whose coordinates in degrees are of another system than its file says.

    The deliveries stay as they are; every fold from then on reads them in that system.

    Attributes
    ----------
    cases : MonthTable
    history : History
    log : CommitLog
    batch : str
    crs : str
    """

    cases: MonthTable
    history: History
    log: CommitLog
    batch: str
    crs: str

    def run(self, folder: Path, locate: Locate, facts: Facts) -> int:
        """Change the current rows with one commit; return how many changed."""
        batches = dict(self.log.batches)
        batches[self.batch] = dataclasses.replace(batches[self.batch], system=self.crs)
        rows: list[Path] = []
        months: set[str] = set()
        count = 0
        told = cases_told_by(self.cases.scan(), self.history.rows(), self.batch)
        for number, part in enumerate(portions(told)):
            current = current_rows(self.cases.scan(), part)
            deliveries = known_deliveries(current, rows_of(self.history.rows(), part))
            changed = differing(fold(resolve_witnesses(deliveries), batches), current)
            if changed.height:
                target = folder / f"redeclared-{number:06d}.arrow"
                rows.append(write_located(changed, locate, target))
                months.update(changed[PARTITION].unique().to_list())
                count += changed.height
        named = {"kind": SYSTEM, "of": self.batch, "crs": self.crs, "history": self.history.version}
        if rows:
            self.cases.merge(rows, sorted(months), {**facts, **named})
        else:
            self.cases.record({**facts, **named})
        return count
