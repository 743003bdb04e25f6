"""What the commits of the case store say of its batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from geodata.schema import SOURCE_COLUMNS
from geodata.store.folding import BatchFacts
from geodata.store.tables import Facts

IMPORT, WITHDRAWAL, RELOCATION = "import", "withdrawal", "relocation"
FALSE_POINTS, COMPACTION, SYSTEM = "false_points", "compaction", "coordinate_system"


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
        systems = {entry["of"]: entry["crs"] for entry in self._of(SYSTEM)}
        return {
            entry["batch"]: BatchFacts(
                order=entry["version"],
                columns=tuple(entry.get("columns", SOURCE_COLUMNS)),
                digest=entry.get("digest"),
                system=systems.get(entry["batch"]),
            )
            for entry in self.imports
        }

    def shown(self, *, without: str | None = None) -> list[Facts]:
        """Return what batches and the whole store showed of false coordinates, the first one first.

        Parameters
        ----------
        without : str, optional
            Batch to leave out; what the whole store shows is left out then, for it has the batch.
        """
        gone = {*self.withdrawn, without} - {None}
        whole = None if without is not None else self._last_look
        return [
            entry["shows"]
            for entry in self.entries
            if entry is whole
            or (
                entry.get("kind") in (IMPORT, SYSTEM)
                and "shows" in entry
                and not gone & {entry.get("batch"), entry.get("of")}
            )
        ]

    @property
    def shown_by_whole_store(self) -> Facts:
        """What the last look at the whole store showed."""
        return {} if self._last_look is None else self._last_look["shows"]

    @property
    def _last_look(self) -> Facts | None:
        looks = (e for e in reversed(self.entries) if e.get("kind") in (RELOCATION, WITHDRAWAL))
        return next((entry for entry in looks if "shows" in entry), None)

    @property
    def declared_systems(self) -> dict[str, str]:
        """Coordinate systems that somebody gave files, by the digest of the file."""
        given = [(facts.digest, facts.system) for facts in reversed(self.batches.values())]
        return {digest: system for digest, system in given if digest and system}

    @property
    def imports(self) -> list[Facts]:
        """Imports that were not withdrawn, the first one first."""
        return [e for e in self._of(IMPORT) if e["batch"] not in self.withdrawn]

    def _of(self, kind: str) -> Iterator[Facts]:
        return (entry for entry in self.entries if entry.get("kind") == kind)
