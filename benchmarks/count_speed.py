"""Counting cells x months over a store of many cases: reports and distinct callers of each.

The store is made without an import: cases at cells of a city, of which few are busy, in 24 months,
from callers who call three times on average; only what is counted varies from row to row. It is
counted in a process of its own, so that its peak memory is known.

    python -m benchmarks.count_speed --rows 50000000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.import_speed import peak_mb
from geodata.callers import HASH_BYTES
from geodata.counting import count_by_month
from geodata.home import Home
from geodata.month_files import MonthWriter, file_name, sort_by_month
from geodata.schema import CASE_SCHEMA, STORE_RESOLUTION
from geodata.store import CaseStore
from spatial.grid import cells_of_points

CELLS = 300_000
MONTHS = 24
CALLS_A_CALLER = 3
ROWS_AT_ONCE = 500_000


def make_store(home: Home, rows: int) -> None:
    """Write cases straight into the store, a batch at a time."""
    rng = np.random.default_rng(1)
    lat, lng = 39 + rng.uniform(-0.5, 0.5, CELLS), 83 + rng.uniform(-0.5, 0.5, CELLS)
    cells = cells_of_points(lat, lng, STORE_RESOLUTION)
    with tempfile.TemporaryDirectory(dir=home.path) as folder:
        with MonthWriter(Path(folder), file_name("benchmark")) as writer:
            for start in range(0, rows, ROWS_AT_ONCE):
                writer.add(_draw(rng, cells, start, min(ROWS_AT_ONCE, rows - start), rows))
            files = writer.close()
        CaseStore(home).upsert(files, {"batch": "benchmark"}, lambda located: located)


def _draw(rng: np.random.Generator, cells: np.ndarray, start: int, n: int, rows: int) -> pa.Table:
    months = np.datetime64("2024-01") + rng.integers(0, MONTHS, n)
    received = months.astype("datetime64[us]")
    # A cell's share falls with its rank, as calls do.
    cell = cells[(CELLS * rng.power(0.4, n)).astype(np.int64)]
    callers = rng.integers(0, max(rows // CALLS_A_CALLER, 1), n)
    # A caller's hash has no order: the number is mixed and written twice.
    mixed = (callers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    digests = np.column_stack([mixed, mixed ^ np.uint64(0xA5A5A5A5)]).tobytes()
    texts = [digests[i : i + HASH_BYTES].hex() for i in range(0, len(digests), HASH_BYTES)]
    given = {
        "case_id": pa.array(np.arange(start, start + n)).cast(pa.string()),
        "received_at": pa.array(received, pa.timestamp("us")),
        "received_local": pa.array(received, pa.timestamp("us")),
        "zone": pa.repeat("UTC", n),
        "month": pa.array(months.astype(str)),
        "caller": pa.array(texts),
        "located": pa.repeat(True, n),
        "township_only": pa.repeat(False, n),
        "cell": pa.array(cell),
        "batch": pa.repeat("benchmark", n),
    }
    columns = [
        given[field.name].cast(field.type) if field.name in given else pa.nulls(n, field.type)
        for field in CASE_SCHEMA
    ]
    return sort_by_month(pa.table(columns, schema=CASE_SCHEMA))


def count(home: Home) -> dict[str, float]:
    """Count all cases by cell and month."""
    started, cpu_started = time.perf_counter(), time.process_time()
    counts = count_by_month(CaseStore(home).scan(columns=["cell", "month", "caller"]), ["cell"])
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    return {
        "seconds": round(seconds, 2), "cpu_seconds": round(cpu_seconds, 2), "peak_mb": peak_mb(),
        "groups": counts.height, "reports": int(counts["reports"].sum()),
        "resolution": STORE_RESOLUTION,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--home", type=Path, help="count this home's store instead")
    options = parser.parse_args()
    if options.home:
        print(json.dumps(count(Home.at(options.home))))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_store(Home.at(folder), options.rows)
        command = [sys.executable, "-m", "benchmarks.count_speed", "--home", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    print(json.dumps({"rows": options.rows, **json.loads(done.stdout)}))


if __name__ == "__main__":
    main()
