"""Classes as addresses write them: a path of names, the coarsest first."""

from __future__ import annotations

from app.cases.facts.coding import Entry
from app.hotspots.filtered.forms import NO_VALUE

LEVELS = (1, 2, 3)

Path = tuple[str | None, ...]


def path_text(path: Path) -> str:
    """Return a path as addresses have it; a slash within a name is written ``%2F``."""
    return "/".join(NO_VALUE if name is None else _escaped(name) for name in path)


def paths_of(entry: Entry) -> list[Path]:
    """Return the nodes of the tree that a case of a class counts in, the coarsest first."""
    paths: list[Path] = []
    for level in LEVELS:
        paths.append(entry[:level])
        if entry[level - 1] is None:
            break
    return paths


def _escaped(name: str) -> str:
    for letter, written in (("%", "%25"), ("/", "%2F"), (NO_VALUE, "%7E")):
        name = name.replace(letter, written)
    return name
