"""The files of the fact table: one of each month, lists of values, and the incidents of a version.

Lists only grow, so a month whose files in the store did not change keeps its file from the version
before. Incidents are found over the whole store and are written for each version.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from app.cases.case_numbers import scan_numbers
from app.cases.facts.coding import Numbers, Words
from app.cases.facts.columns import CODED, LAYOUT
from app.cases.facts.reading import case_hashes, read_month
from geodata.home import Home
from geodata.store import CaseStore

NAME = "facts"
CELLS, CALLERS = "cells.npy", "callers.npy"
WORDS, ABOUT = "words.json", "about.json"

Tell = Callable[[int, int], None]


def fact_folder(home: Home, version: int) -> Path:
    """Return the folder of a version's facts, whether it is there or not."""
    return home.cache / NAME / f"{_made_by()}-{version}"


def build_facts(home: Home, tell: Tell | None = None) -> Path | None:
    """Make the facts of the newest version of the store; return their folder.

    None while nothing is stored. Those of other versions are deleted.

    Parameters
    ----------
    home : Home
    tell : callable, optional
        Called with the months done and all months.
    """
    with _building(home):
        while (version := CaseStore(home).version) is not None:
            folder = fact_folder(home, version)
            if folder.is_dir():
                return folder
            draft = folder.with_name(f"{secrets.token_hex(4)}.draft")
            draft.mkdir(mode=0o700)
            try:
                _build(home, version, draft, tell)
                # Incidents are those of the newest version, which may be another one by now.
                if CaseStore(home).version == version:
                    draft.rename(folder)
                    _delete_others(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return None


def _build(home: Home, version: int, draft: Path, tell: Tell | None) -> None:
    months = CaseStore(home).month_files(version)
    before = _newest_before(draft.parent)
    words, cells, callers = _lists(before)
    kept = _kept_months(before)
    digests = {month: _digest(files) for month, files in months.items()}
    incidents = _incidents(home)
    for done, (month, files) in enumerate(months.items()):
        if tell is not None:
            tell(done, len(months))
        if before is not None and kept.get(month) == digests[month]:
            (draft / f"{month}.arrow").hardlink_to(before / f"{month}.arrow")
        else:
            _write(draft / f"{month}.arrow", read_month(files, words, cells, callers))
        np.save(draft / f"{month}.npy", _in_order(files, incidents.pop(month)))
    np.save(draft / CELLS, cells.values)
    np.save(draft / CALLERS, callers.values)
    _write_json(draft / WORDS, {name: words[name].entries for name in CODED})
    _write_json(draft / ABOUT, {"version": version, "months": digests})


def _incidents(home: Home) -> dict[str, pl.DataFrame]:
    """Return ``case, incident`` of each month; incidents are numbered from 1."""
    numbers = scan_numbers(home).select(
        "month",
        case=pl.col("case_id").hash(),
        incident=(pl.col("incident") + 1).cast(pl.UInt32),
    )
    parts = numbers.collect(engine="streaming").partition_by(
        "month", as_dict=True, include_key=False
    )
    return {str(month): part for (month,), part in parts.items()}


def _in_order(files: Sequence[Path], incidents: pl.DataFrame) -> NDArray[np.uint32]:
    told = case_hashes(files).join(incidents, on="case", how="left", maintain_order="left")
    return told["incident"].to_numpy()


def _write(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    table = pa.table({name: pa.array(_narrowed(column)) for name, column in columns.items()})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_batch(table.combine_chunks().to_batches()[0])


def _narrowed(column: NDArray[Any]) -> NDArray[Any]:
    """Return codes in as few bytes as they need; a later month may need more."""
    narrow = column.dtype == np.uint32 and column.max(initial=0) < 1 << 16
    return column.astype(np.uint16) if narrow else column


def _lists(before: Path | None) -> tuple[dict[str, Words], Numbers, Numbers]:
    entries: dict[str, Any] = {} if before is None else json.loads((before / WORDS).read_text())
    words = {
        name: Words([tuple(entry) for entry in entries.get(name, ())], len(texts))
        for name, texts in CODED.items()
    }
    none = np.empty(0, dtype=np.int64)
    cells, callers = (
        Numbers(none if before is None else np.load(before / name)) for name in (CELLS, CALLERS)
    )
    return words, cells, callers


def _kept_months(before: Path | None) -> dict[str, str]:
    months: dict[str, str] = {} if before is None else about(before)["months"]
    return months


def about(folder: Path) -> dict[str, Any]:
    """Return what is said of a version's facts: ``version`` and ``months``."""
    told: dict[str, Any] = json.loads((folder / ABOUT).read_text())
    return told


def _newest_before(folder: Path) -> Path | None:
    made = [path for path in folder.glob(f"{_made_by()}-*") if (path / ABOUT).is_file()]
    return max(made, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _made_by() -> str:
    """Return what codes depend on beside the cases: hashes are those of one release of Polars."""
    return f"{LAYOUT}-{pl.__version__}"


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256("\n".join(path.name for path in files).encode()).hexdigest()


def _delete_others(folder: Path) -> None:
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


@contextlib.contextmanager
def _building(home: Home) -> Iterator[None]:
    """Let one process build; others wait and find what it made."""
    folder = home.cache / NAME
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
