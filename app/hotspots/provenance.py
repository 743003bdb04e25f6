"""What a run was made with, and the id that follows from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("spatial", "geodata", "app/cases", "app/hotspots", "app/townships")
LIBRARIES = ("h3", "numpy", "polars", "polars-h3", "pyarrow", "scipy", "shapely")
RUN_ID_LENGTH = 16


@cache
def code_version() -> str:
    """Version of the product and a digest of the code that makes a run.

    The digest tells two states of a checkout apart that carry the same version number.
    """
    digest = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{_version('suyuan')}+{digest.hexdigest()[:12]}"


def library_versions() -> dict[str, str]:
    """Versions of the libraries whose numbers or bytes reach a run."""
    return {name: _version(name) for name in LIBRARIES}


def run_id(determinants: Mapping[str, Any]) -> str:
    """Id of the run that these determinants make: same in, same id.

    Parameters
    ----------
    determinants : Mapping[str, Any]
        JSON values: versions of data, code and libraries, parameters, seed.
    """
    text = json.dumps(determinants, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:RUN_ID_LENGTH]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
