"""The forecast checks of a home: list them, load one, write one whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.errors import Missing
from app.hotspots.stored_folders import finished, record_of, write_folder
from geodata.home import Home

RECORD_FILE = "backtest.json"
HITS_FILE = "hits.parquet"


@dataclass(frozen=True)
class StoredBacktest:
    """A forecast check that was made.

    Attributes
    ----------
    record : dict
        All of ``backtest.json``; see `making.make_record`.
    """

    id: str
    record: dict[str, Any]

    @property
    def start(self) -> date:
        """First day of the history."""
        return date.fromisoformat(self.record["parameters"]["from"])

    @property
    def end(self) -> date:
        """The day after the last."""
        return date.fromisoformat(self.record["parameters"]["to"])

    @property
    def classes(self) -> list[str]:
        """Only these classes; empty for all."""
        return list(self.record["parameters"]["classes"])

    @property
    def resolution(self) -> int:
        """H3 resolution of the cells."""
        return int(self.record["parameters"]["resolution"])

    @property
    def label(self) -> str:
        """First and last day, and classes, in short."""
        days = f"{self.start} – {self.end - timedelta(days=1)}"
        return f"{days} · {'、'.join(self.classes)}" if self.classes else days

    @property
    def methods(self) -> dict[str, Any]:
        """Figures of each method, simpler ones first."""
        return {name: self.record["methods"][name] for name in self.record["order"]}

    def to_json(self) -> dict[str, Any]:
        """One line for scripts."""
        record = self.record
        return {
            "backtest": self.id,
            "from": record["parameters"]["from"],
            "to": record["parameters"]["to"],
            "classes": self.classes,
            "resolution": self.resolution,
            "horizon_days": record["parameters"]["horizon_days"],
            "shares": record["parameters"]["shares"],
            **record["counts"],
            "cells": record["cells"],
            "area_km2": record["area_km2"],
            "windows": len(record["windows"]),
            "cases_in_windows": record["cases_in_windows"],
            "baseline": record["baseline"],
            "short_history": record["short_history"],
            "left_out": record["left_out"],
            "next": record["next"],
            "picked": record["picked"],
            "methods": self.methods,
            "case_store_version": record["case_store_version"],
            "boundary_version": record["boundary_versions"]["township"],
        }


def backtests_folder(home: Home) -> Path:
    """Folder of all forecast checks, one folder each."""
    return home.path / "backtests"


def list_backtests(home: Home) -> list[StoredBacktest]:
    """Return every forecast check, newest first."""
    return [_read(file) for file in finished(backtests_folder(home), RECORD_FILE)]


def is_stored(home: Home, check_id: str) -> bool:
    """Tell whether this check was made before."""
    return record_of(backtests_folder(home), check_id, RECORD_FILE) is not None


def load_backtest(home: Home, check_id: str) -> StoredBacktest:
    """Return one forecast check.

    Raises
    ------
    Missing
        None has this id.
    """
    file = record_of(backtests_folder(home), check_id, RECORD_FILE)
    if file is None:
        raise Missing(f"no forecast check {check_id!r}", f"没有编号为 {check_id!r} 的预测检验")
    return _read(file)


def write_backtest(home: Home, record: dict[str, Any], hits: pa.Table) -> StoredBacktest:
    """Write record and hits, whole or not at all."""
    target = backtests_folder(home) / record["id"]
    write_folder(target, RECORD_FILE, record, {HITS_FILE: hits})
    return load_backtest(home, record["id"])


def _read(file: Path) -> StoredBacktest:
    return StoredBacktest(file.parent.name, json.loads(file.read_text("utf-8")))
