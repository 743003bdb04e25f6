"""Where the built front end is: hashed file names from its manifest."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

DIST = Path(__file__).resolve().parent / "static" / "dist"
MANIFEST = DIST / "manifest.json"
NOT_BUILT = "the front end is not built: run `make frontend`"
NOT_BUILT_ZH = "前端未构建：请运行 make frontend"


def asset_path(name: str) -> str:
    """Path below ``/static/`` of a built file, by its plain name.

    Parameters
    ----------
    name : str
        As in the manifest, for example ``site.js`` or ``map.css``.

    Raises
    ------
    FileNotFoundError
        The front end is not built, or has no such file.
    """
    found = _manifest(MANIFEST.stat().st_mtime_ns if MANIFEST.exists() else 0).get(name)
    if found is None:
        raise FileNotFoundError(f"{name}: {NOT_BUILT}")
    return f"dist/{found}"


def is_built() -> bool:
    """Tell whether there is a front end to serve."""
    return MANIFEST.exists()


@cache
def _manifest(modified_ns: int) -> dict[str, str]:
    """Read once per build: the time of the file is part of the key."""
    if not modified_ns:
        return {}
    entries: dict[str, str] = json.loads(MANIFEST.read_text("utf-8"))
    return {name: file.removeprefix("dist/") for name, file in entries.items()}
