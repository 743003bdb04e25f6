"""Fetch cases from a public interface and import them, once, when all have come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.cases.uploads import import_file
from geodata.fetching import FetchRequest, fetching
from geodata.home import Home
from geodata.intake import ImportReport
from geodata.notes import Note


@dataclass(frozen=True)
class FetchReport:
    """What came, and what the import made of it; no import where nothing came."""

    records: int
    pages: int
    resumed: bool
    notes: tuple[Note, ...]
    imported: ImportReport | None

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return plain values for a JSON line: the import's, and what came before it."""
        nothing: dict[str, Any] = {"read": 0, "notes": []}
        imported = self.imported.to_json(language) if self.imported else nothing
        notes = [note.text(language) for note in self.notes]
        came = {"fetched": self.records, "pages": self.pages, "resumed": self.resumed}
        return {**came, **imported, "notes": [*notes, *imported["notes"]]}


def fetch_and_import(
    home: Home,
    request: FetchRequest,
    *,
    crs: str | None = None,
    zone: str | None = None,
    full: bool = False,
    tell: Callable[[str], None] | None = None,
) -> FetchReport:
    """Fetch what is new and import it; the records are deleted when they are in the store."""

    def progress(records: int, pages: int) -> None:
        if tell is not None:
            tell(f"fetched {records:,} records, {pages:,} pages")

    now = datetime.now(UTC)
    with fetching(home, request, now=now, full=full, tell=progress) as fetched:
        imported = None
        if fetched.records:
            if tell is not None:
                tell(f"importing {fetched.records:,} records")
            imported = import_file(home, fetched.file, request.profile, crs=crs, zone=zone)
        return FetchReport(fetched.records, fetched.pages, fetched.resumed, fetched.notes, imported)
