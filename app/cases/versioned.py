"""Figures of one version of the case store, kept below the home until the store moves on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import polars as pl

from geodata.home import Home
from geodata.store import CaseStore

Make = Callable[[], pl.DataFrame]


def of_version(home: Home, name: str, make: Make, *, key: str = "") -> pl.DataFrame:
    """Return a table of the newest version, made once; tables of earlier versions are deleted.

    Parameters
    ----------
    home : Home
    name : str
        Names the table.
    make : callable
        Makes it where it is not there; its columns and rows must follow from the store alone and
        from what `key` names.
    key : str
        What else it depends on.
    """
    return scan_of_version(home, name, make, key=key).collect()


def scan_of_version(home: Home, name: str, make: Make, *, key: str = "") -> pl.LazyFrame:
    """Return the same lazily: columns and rows that nobody asks for stay on disk."""
    version = CaseStore(home).version
    folder = home.cache
    path = folder / f"{name}.{version}{'.' + key if key else ''}.arrow"
    if not path.is_file():
        made = make()
        if CaseStore(home).version != version:
            return made.lazy()
        _keep(made, path)
        for stale in set(folder.glob(f"{name}.*.arrow")) - {path}:
            stale.unlink(missing_ok=True)
    return pl.scan_ipc(path)


def _keep(made: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    made.write_ipc(draft, compression="lz4")
    draft.replace(path)
