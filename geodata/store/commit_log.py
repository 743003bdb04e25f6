"""What the commits of the case store say of its batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from geodata.schema import SOURCE_COLUMNS
from geodata.store.folding import BatchFacts
from geodata.store.tables import Facts

IMPORT, WITHDRAWAL, RELOCATION = "import", "withdrawal", "relocation"
DEFAULT_POINTS, COMPACTION = "default_points", "compaction"


@dataclass(frozen=True, eq=False)
class CommitLog:
    """All commits up to one version.

    Attributes
    ----------
    entries : tuple of dict
        What each commit was, the first one first.
    """

    entries: tuple[Facts, ...]

    def until(self, version: int | None) -> CommitLog:
        """Return the log as it was at a version, the newest for None."""
        if version is None:
            return self
        return CommitLog(tuple(e for e in self.entries if e["version"] <= version))

    @property
    def history_version(self) -> int | None:
        """Version of the history table that belongs to the newest version."""
        return self.entries[-1].get("history") if self.entries else None

    @property
    def area(self) -> dict[str, str | None] | None:
        """Versions of the boundaries that all rows follow; None where nothing says so."""
        return self.entries[-1].get("area") if self.entries else None

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """Names of the batches that were withdrawn."""
        return frozenset(e["withdrawn"] for e in self._of(WITHDRAWAL))

    @cached_property
    def batches(self) -> dict[str, BatchFacts]:
        """What folding must know of every batch that was not withdrawn."""
        return {
            entry["batch"]: BatchFacts(
                order=entry["version"],
                columns=tuple(entry.get("columns", SOURCE_COLUMNS)),
                digest=entry.get("digest"),
            )
            for entry in self.imports
        }

    def default_points(self, *, without: str | None = None) -> list[list[Facts]]:
        """Return the default points that each batch shows by itself, then those of the whole store.

        Parameters
        ----------
        without : str, optional
            Batch to leave out; what the whole store shows is left out then, for it has the batch.
        """
        shown = [e.get("default_points", []) for e in self.imports if e["batch"] != without]
        return shown + ([self.shown_by_whole_store] if without is None else [])

    @property
    def shown_by_whole_store(self) -> list[Facts]:
        """Default points that the last look at the whole store showed."""
        looks = (e for e in reversed(self.entries) if e.get("kind") in (RELOCATION, WITHDRAWAL))
        return next((e["default_points"] for e in looks if "default_points" in e), [])

    @property
    def imports(self) -> list[Facts]:
        """Imports that were not withdrawn, the first one first."""
        return [e for e in self._of(IMPORT) if e["batch"] not in self.withdrawn]

    def _of(self, kind: str) -> Iterator[Facts]:
        return (entry for entry in self.entries if entry.get("kind") == kind)
