"""Files that are imported while things go wrong, and what must hold afterwards."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from geodata.home import Home
from tests.conftest import ROOT

HEADER = ("case_id", "received_at", "updated_at", "class_1", "title", "content", "address", "lng",
          "lat")  # fmt: skip


def write_cases(
    path: Path, rows: int, *, prefix: str = "", seed: int = 1, changed: float = 0.0
) -> Path:
    """Write a file of cases over half a year; a share of them may be changed later."""
    rng = random.Random(seed)
    day = datetime(2025, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            received = day + timedelta(minutes=180 * 1440 * number // rows)
            late = rng.random() < changed
            updated = received + timedelta(days=20 if late else 1)
            words = f"{prefix}{number} 路灯不亮" + "，夜间通行不便" * rng.randrange(1, 6)
            place = (116 + rng.random() / 2, 39.5 + rng.random() / 2)
            writer.writerow(
                [f"{prefix}{number:07d}", received, updated, "市容", "办结" if late else "路灯",
                 words, f"长青路{number % 997}号", *place]
            )  # fmt: skip
    return path


def suyuan(home: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    environment = {**os.environ, "SUYUAN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.cli", *map(str, arguments), "--json"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def start_import(home: Path, file: Path) -> subprocess.Popen[str]:
    return suyuan(home, "cases", "import", file, "--profile", "suyuan")


def data_files(home: Home) -> set[Path]:
    return {
        p for p in (*home.cases.glob("*/*"), *home.history.glob("*/*")) if p.suffix == ".parquet"
    }


def marked_files(home: Home) -> set[Path]:
    """The data files whose marks lie beside them, or lay beside one that is no longer there."""
    return {path.with_suffix(".parquet") for path in home.cases.glob("*/*.marks")}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")
