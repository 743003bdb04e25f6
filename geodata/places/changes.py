"""What was changed in the register, when and by whom: one line a version, never rewritten."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.home import Home
from geodata.places.records import FIELDS, Place

LOG = "changes.jsonl"


@dataclass(frozen=True)
class Change:
    """What one version did to the one before it.

    Attributes
    ----------
    number : int
        From 1.
    when : datetime
    action : {"import", "add", "edit", "remove", "merge", "unmerge"}
    before : str or None
        Version that it changed, None for the first.
    after : str
    added, removed : tuple of str
        Codes.
    changed : dict
        Code → field → what it was, what it is.
    about : dict
        ``file`` of an import; ``kept, merged`` of a merge; ``undone`` of its undoing; ``by``, the
        name of who did it, where that was known: lines from before accounts have none.
    """

    number: int
    when: datetime
    action: str
    before: str | None
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: dict[str, dict[str, list[Any]]]
    about: dict[str, Any]

    def concerns(self, code: str) -> bool:
        """Tell whether this place was changed."""
        named = (self.about.get("kept"), self.about.get("merged"))
        return code in self.changed or code in (*self.added, *self.removed, *named)

    def codes(self) -> set[str]:
        """Return the codes of all places that were changed."""
        return {*self.added, *self.removed, *self.changed}


def compare(before: Mapping[str, Place], after: Mapping[str, Place]) -> dict[str, Any]:
    """Return the codes added and removed, and the fields that changed."""
    changed = {}
    for code in before.keys() & after.keys():
        if before[code] is not after[code]:
            fields = _fields(before[code], after[code])
            if fields:
                changed[code] = fields
    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "changed": dict(sorted(changed.items())),
    }


def append_change(
    home: Home,
    action: str,
    before: str | None,
    after: str,
    compared: dict[str, Any],
    about: dict[str, Any],
) -> None:
    """Write a change to the log; the version itself is made the current one only afterwards."""
    path = home.places / LOG
    lines = _lines(path)
    # A line whose version never became the current one is what a killed change left.
    while lines and json.loads(lines[-1])["after"] != before:
        lines.pop()
    entry = {
        "number": len(lines) + 1,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "action": action,
        "before": before,
        "after": after,
        **compared,
        "about": about,
    }
    lines.append(json.dumps(entry, ensure_ascii=False))
    _write(path, lines)


def read_changes(home: Home) -> tuple[Change, ...]:
    """Return all changes, oldest first."""
    current = current_version(home.places, PLACES_LAYER)
    changes = [_change(json.loads(line)) for line in _lines(home.places / LOG)]
    while changes and changes[-1].after != current:
        changes.pop()
    return tuple(changes)


def history_of(home: Home, code: str) -> tuple[Change, ...]:
    """Return the changes that concern one place, newest first."""
    return tuple(each for each in reversed(read_changes(home)) if each.concerns(code))


def _fields(before: Place, after: Place) -> dict[str, list[Any]]:
    if all(getattr(before, name) == getattr(after, name) for name in FIELDS):
        return {}
    old, new = before.plain(), after.plain()
    return {
        name: [old[name], new[name]]
        for name in FIELDS
        if name != "edited" and old[name] != new[name]
    }


def _change(entry: dict[str, Any]) -> Change:
    return Change(
        **{
            **entry,
            "when": datetime.fromisoformat(entry["when"]),
            "added": tuple(entry["added"]),
            "removed": tuple(entry["removed"]),
        }
    )


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [line for line in path.read_text("utf-8").splitlines() if line]


def _write(path: Path, lines: list[str]) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
