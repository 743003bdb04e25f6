"""CPU seconds a million rows for locating and counting, with Polars and with Spark.

Each piece of work runs in a process tree of its own, whose CPU time and memory are read from /proc:
on a machine that others use, CPU time says more than the clock. Spark's start is told apart, since
a long job pays it once.

    python -m benchmarks.spark_speed --rows 5000000
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from geodata.areas import import_boundaries
from geodata.engines import CellJob, PolarsEngine, SparkEngine, index_rows, open_source
from geodata.home import Home
from geodata.sample.large import Order, write_large_city
from geodata.staging import known_area

START, LOCATE, CELLS = "start", "locate", "cells"
WORKS = (("polars", LOCATE), ("polars", CELLS), ("spark", START), ("spark", CELLS))
_TICK = os.sysconf("SC_CLK_TCK")


def prepare(folder: Path, rows: int) -> None:
    """Write a sample, and a home with its townships."""
    written = write_large_city(Order(rows), folder / "files")
    import_boundaries(
        Home.at(folder / "home"), written.map_files.townships,
        level="township", code_field="code", name_field="name", district_field="district_code",
    )  # fmt: skip


def run_work(engine: str, work: str, folder: Path) -> None:
    """Do one piece of work."""
    source, job = open_source(str(folder / "files" / "cases.parquet")), CellJob()
    area = known_area(Home(folder / "home"))
    if work == LOCATE:
        for table in source.tables():
            index_rows(table, area, job)
    elif work == START:
        # One row, so that Java, the workers and their imports are there.
        small = folder / "one"
        small.mkdir(exist_ok=True)
        rows = next(source.tables()).slice(0, 1)
        pq.write_table(rows, small / "rows.parquet")
        SparkEngine().count_cells(open_source(str(small)), job, area)
    else:
        used = SparkEngine() if engine == "spark" else PolarsEngine()
        used.count_cells(source, job, area)


def measure(engine: str, work: str, folder: Path) -> dict[str, float]:
    """Run one piece of work in its own process tree; CPU seconds, seconds, peak MB."""
    command = [sys.executable, "-m", "benchmarks.spark_speed", "--folder", str(folder)]
    started = time.perf_counter()
    # Ours is the tree's root; Spark's output would hide the result.
    root = subprocess.Popen(
        [*command, "--engine", engine, "--work", work], stderr=subprocess.DEVNULL
    )
    ticks: dict[int, int] = {}
    peak = 0
    while root.poll() is None:
        memory = 0
        for pid in _tree(root.pid):
            ticks[pid] = max(ticks.get(pid, 0), _ticks(pid))
            memory += _memory(pid)
        peak = max(peak, memory)
        time.sleep(0.2)
    if root.returncode:
        raise SystemExit(f"{engine} {work} failed")
    return {
        "cpu_seconds": round(sum(ticks.values()) / _TICK, 2),
        "seconds": round(time.perf_counter() - started, 1),
        "peak_mb": peak // 1024,
    }


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        # Java starts its workers from threads of its own.
        for thread in Path(f"/proc/{pid}/task").iterdir():
            if thread.name != str(pid):
                children += (thread / "children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in set(children) for each in _tree(int(child)))]


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--engine", choices=["polars", "spark"])
    parser.add_argument("--work", choices=[START, LOCATE, CELLS])
    options = parser.parse_args()
    if options.work:
        run_work(options.engine, options.work, options.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, options.rows)
        for engine, work in WORKS:
            load = os.getloadavg()[0]
            measured = measure(engine, work, folder)
            told = {"engine": engine, "work": work, "rows": options.rows, "load": round(load, 1)}
            print(json.dumps({**told, **measured}), flush=True)


if __name__ == "__main__":
    main()
