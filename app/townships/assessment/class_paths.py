"""Paths of classes from class 1 downwards, as the stored cases have them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from app.errors import InvalidParameter
from app.townships.assessment.left_out import CLASS_COLUMNS
from geodata.home import Home
from geodata.store import CaseStore

Path = tuple[str, ...]

MARK = " / "
"""Between the classes of a path, as it is shown."""

SHOWN = 80


def path_text(path: Sequence[str]) -> str:
    """Return a path as it is shown."""
    return MARK.join(path)


def known_paths(home: Home) -> tuple[Path, ...]:
    """Return every path that a stored case has or lies below, sorted."""
    version = CaseStore(home).version
    return () if version is None else _known_paths(home, version)


def require_path(home: Home, text: str) -> Path:
    """Read a path as `path_text` writes it.

    Raises
    ------
    InvalidParameter
        No stored case has it.
    """
    found = {path_text(path): path for path in known_paths(home)}.get(text.strip())
    if found is None:
        shown = text.strip()[:SHOWN]
        raise InvalidParameter(
            f"class: {shown!r} is no path of classes of the stored cases, "
            f"as 'class 1{MARK}class 2'",
            f"问题分类“{shown}”在库中不存在，应写成“一级{MARK}二级{MARK}三级”",
        )
    return found


@lru_cache(maxsize=4)
def _known_paths(home: Home, version: int) -> tuple[Path, ...]:
    scanned = CaseStore(home).scan(version, columns=list(CLASS_COLUMNS)).unique()
    found: set[Path] = set()
    for names in scanned.collect(engine="streaming").rows():
        for depth, name in enumerate(names, 1):
            if not name:
                break
            found.add(names[:depth])
    return tuple(sorted(found))
