"""What an import of a file would do, without storing anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.cases.mapping import all_profiles, fits, open_start
from geodata.errors import MissingColumn
from geodata.home import Home
from geodata.notes import Note
from geodata.profiles import Profile, load_profile
from geodata.reading import open_cases
from geodata.reading.peek import peek_file


@dataclass(frozen=True)
class CheckReport:
    """What a profile makes of a file.

    Attributes
    ----------
    fields : dict of str
        Field → header.
    unused : list of str
        Headers that the profile does not know.
    reasons : dict of int
        Rule → rows refused for it.
    """

    file: str
    profile: str
    fields: dict[str, str]
    unused: list[str]
    read: int
    rejected: int
    reasons: dict[str, int]
    notes: tuple[Note, ...]

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return {**vars(self), "notes": [note.text(language) for note in self.notes]}


def check_file(
    home: Home, file: Path, profile: str | None, *, sheet: str | None, now: datetime
) -> CheckReport:
    """Read a file with a profile, the best fitting one when none is named.

    Raises
    ------
    UserError
        Whatever would refuse the file, or no profile fits.
    """
    chosen = load_profile(profile, home.profiles) if profile else _best(home, file, sheet)
    cases = open_cases(file, chosen, caller_key=home.caller_key(), now=now, sheet=sheet)
    read, reasons = 0, Counter[str]()
    for batch in cases:
        read += batch.rows_read
        reasons.update(batch.rejects["rule"].to_pylist())
    header = cases.source.header
    return CheckReport(
        file.name,
        chosen.name,
        header.headers(),
        list(header.unused()),
        read,
        reasons.total(),
        dict(reasons.most_common()),
        cases.notes,
    )


def _best(home: Home, file: Path, sheet: str | None) -> Profile:
    table = open_start(home, peek_file(file), sheet)
    for fit in fits(table):
        if not fit.missing:
            return fit.profile
    shown = ", ".join(" ".join(name.split())[:30] for name in table.header.names[:12] if name)
    known = ", ".join(profile.name for profile in all_profiles(home))
    raise MissingColumn(
        f"{file.name}: none of the profiles {known} fits the headers {shown}; "
        "map the columns on the import page",
        f"{file.name}：现有方案 {known} 都不适合表头 {shown}；请在导入页面核对各列",
    )
