"""In whose name a command acts: that of the system's user, who holds the home."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.accounts.access import Access


def acting() -> Access:
    """Return the access of the command line to its home: everything, under the user's name."""
    from app.accounts.access import operator
    from app.config import Settings
    from app.db import Database

    database = Database.of(Settings.from_environment(os.environ))
    database.migrate()
    return operator(database, f"suyuan:{_user_name()}")


def note(action: str, subject: tuple[str, object], **after: Any) -> None:
    """Write what a command has done into the audit; a path is told by its file's name alone."""
    acting().record(action, subject, None, _plain(after))


def _plain(after: Mapping[str, Any]) -> dict[str, Any]:
    from geodata.privacy import mask_address

    return {
        name: mask_address(value.name) if isinstance(value, Path) else value
        for name, value in after.items()
        if value is not None
    }


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number only
        return str(os.getuid())
