"""What codes of townships are called, those too that are no longer in use."""

from __future__ import annotations

from collections.abc import Iterable

from app.cases.listing import township_names
from app.db import Database
from app.succession import Change, lineage
from geodata.areas import known_areas
from geodata.home import Home


def names_in(home: Home, changes: Iterable[Change]) -> dict[str, str]:
    """Return code → name of the townships in changes of codes; files are read only for some."""
    codes = {code for change in changes for code in change.codes}
    known = known_areas(home, "township") if codes else {}
    return {code: known[code].name for code in sorted(codes) if code in known}


def names_of_all(home: Home, database: Database) -> dict[str, str]:
    """Return code → name of the townships in use, and of those that a change of codes names."""
    return {**names_in(home, lineage(database).changes), **township_names(home)}
