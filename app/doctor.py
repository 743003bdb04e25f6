"""Check an installation: what is in order, and what to mend."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.assets import NOT_BUILT, is_built
from app.db import Database
from geodata.areas import current_boundaries
from geodata.home import Home
from geodata.relocation import follows_boundaries
from geodata.store import CaseStore

LEAST_FREE_GB = 2.0
OLDEST_PYTHON = (3, 11)
TRANSLATION = Path(__file__).resolve().parent / "translations" / "en" / "LC_MESSAGES"


@dataclass(frozen=True)
class Finding:
    """One thing that was checked; ``text`` says what is, or what to do."""

    name: str
    ok: bool
    text: str

    def to_json(self) -> dict[str, Any]:
        """As the command prints it."""
        mark = "ok  " if self.ok else "MEND"
        return {"name": self.name, "ok": self.ok, "text": self.text, "mark": mark}


def check_installation(home: Home) -> list[Finding]:
    """Check everything, one after another; no check hides the next."""
    checks: dict[str, Callable[[Home], tuple[bool, str]]] = {
        "python": _python,
        "disk": _disk,
        "tables": _tables,
        "boundaries": _boundaries,
        "cases": _cases,
        "front end": _front_end,
        "english": _english,
    }
    return [_run(name, check, home) for name, check in checks.items()]


def _run(name: str, check: Callable[[Home], tuple[bool, str]], home: Home) -> Finding:
    try:
        return Finding(name, *check(home))
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what this command is to tell
        return Finding(name, ok=False, text=f"{type(error).__name__}: {error}")


def _python(_home: Home) -> tuple[bool, str]:
    return sys.version_info >= OLDEST_PYTHON, f"Python {sys.version.split()[0]}"


def _disk(home: Home) -> tuple[bool, str]:
    free = shutil.disk_usage(home.path).free / 1e9
    return free >= LEAST_FREE_GB, f"{free:.1f} GB free (at least {LEAST_FREE_GB:g} wanted)"


def _tables(home: Home) -> tuple[bool, str]:
    database = Database(home.database)
    try:
        database.migrate()
    finally:
        database.close()
    return True, "up to date"


def _boundaries(home: Home) -> tuple[bool, str]:
    found = current_boundaries(home, "township")
    if found is None:
        return False, "none: suyuan boundaries import FILE --level township"
    return True, f"{len(found)} townships, {found.version}"


def _cases(home: Home) -> tuple[bool, str]:
    version = CaseStore(home).version
    if version is None:
        return False, "none: suyuan cases import FILE --profile NAME"
    if not follows_boundaries(home):
        return False, "located by other boundaries than those in use: suyuan cases relocate"
    return True, f"store version {version}"


def _front_end(_home: Home) -> tuple[bool, str]:
    return is_built(), "built" if is_built() else NOT_BUILT


def _english(_home: Home) -> tuple[bool, str]:
    compiled = any(TRANSLATION.glob("*.mo"))
    return compiled, "compiled" if compiled else "not compiled: run `make frontend`"
