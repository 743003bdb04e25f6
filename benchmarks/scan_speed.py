"""Scan statistics: time, memory and first call, and a plain numpy scan for comparison.

    python -m benchmarks.scan_speed [--large] [--seconds-for-numpy 30]

Each row runs in a process of its own, so that its peak memory is its own. CPU seconds count all
cores and are the steadier figure on a busy machine. There is no scan
statistic in Python to compare with; the peer is the same search as one would write it in numpy:
for every replica and centre, running sums over the zones and the steps, differences, logarithms.
`--large` adds 10,000 cells × 24 months, which takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial import scan

SHARED = Path(os.environ.get("SUYUAN_SHARED", Path(__file__).parents[2] / "shared"))
REPLICAS = 999
MONTHS, LONGEST, SHARE = 24, 12, 0.1
CASES_A_CELL = 15
EARLY_STOP = 50
PEER_CELLS = 300


def new_york() -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Return the leukaemia cases of upstate New York and their scan's arguments."""
    cases, people, places = (
        np.loadtxt(SHARED / f"reference/ny_leukemia/satscan_ny_{part}.txt")[:, 1:]
        for part in ("cases", "pop", "coords")
    )
    return cases[:, 0], {"population": people[:, 1], "coordinates": places}


def city(cells: int) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """Return cases by cell and month without any cluster, over an uneven population."""
    rng = np.random.default_rng(3)
    people = rng.gamma(1.0, 1.0, cells)
    expected = np.outer(people / people.sum(), np.full(MONTHS, 1 / MONTHS))
    counts = rng.multinomial(CASES_A_CELL * cells, expected.ravel()).reshape(cells, MONTHS)
    side = np.sqrt(cells / 10)
    places = rng.uniform(0, side, (cells, 2))
    limits = {"max_share": SHARE, "max_length": LONGEST}
    return counts, {"expected": expected, "coordinates": places, **limits}


def timed(counts: NDArray[Any], arguments: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Run one scan and say how long it took and what it found."""
    start, cpu = time.perf_counter(), time.process_time()
    found = scan(counts, **arguments, **options, rng=np.random.default_rng(1))
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "cpu_seconds": time.process_time() - cpu,
        "replicas": found.replica_maxima.size,
        "replicas_per_second": found.replica_maxima.size / seconds,
        "p_value": found.clusters[0].p_value if found.clusters else 1.0,
    }


def numpy_replicas(counts: NDArray[np.int64], arguments: dict[str, Any], seconds: float) -> float:
    """Return replicas per second of a plain numpy scan with the same zones and spans."""
    expected, places = arguments["expected"], arguments["coordinates"]
    cases = counts.sum()
    expected = expected * (cases / expected.sum())
    zones = []
    for place in places:
        order = np.argsort(((places - place) ** 2).sum(axis=1))
        within = np.cumsum(expected[order].sum(axis=1)) <= SHARE * cases
        zones.append(order[within])
    ends, starts = np.array(
        [(e, s) for e in range(1, MONTHS + 1) for s in range(max(0, e - LONGEST), e)]
    ).T

    def in_windows(values: NDArray[Any], zone: NDArray[np.intp]) -> NDArray[Any]:
        sums = np.pad(values[zone].cumsum(axis=0).cumsum(axis=1), ((0, 0), (1, 0)))
        return sums[:, ends] - sums[:, starts]

    rng, done, start = np.random.default_rng(1), 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        drawn = rng.multinomial(cases, expected.ravel() / cases).reshape(expected.shape)
        for zone in zones:
            c, e = in_windows(drawn, zone), in_windows(expected, zone)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = c * np.log(c / e) + (cases - c) * np.log((cases - c) / (cases - e))
            np.max(np.where((c > e) & (c > 1), ratio, 0.0), initial=0.0)
        done += 1
    return done / (time.perf_counter() - start)


def run_row(name: str, seconds: float) -> dict[str, Any]:
    """Run one row in this process."""
    if name == "new_york":
        counts, arguments = new_york()
        first = timed(counts, arguments)
        warm = [timed(counts, arguments)["seconds"] for _ in range(5)]
        return {"first_call": first["seconds"], "warm": sorted(warm)}
    if name == "first_call":
        counts, arguments = city(PEER_CELLS)
        cold = timed(counts, arguments, n_permutations=1)
        warm = timed(counts, arguments, n_permutations=1)
        return {
            "first_call": cold["seconds"],
            "its_cpu": cold["cpu_seconds"],
            "second_call": warm["seconds"],
        }
    if name == "against_numpy":
        counts, arguments = city(PEER_CELLS)
        timed(counts, arguments, n_permutations=1)
        row: dict[str, Any] = {"cells": PEER_CELLS, "ratio": []}
        for _ in range(3):
            plain = numpy_replicas(counts, arguments, seconds / 3)
            ours = timed(counts, arguments, n_permutations=REPLICAS)["replicas_per_second"]
            row["ratio"].append(round(ours / plain))
            row.update(numpy_replicas_per_second=plain, replicas_per_second=ours)
        return row
    cells, _, early = name.partition("_")
    counts, arguments = city(int(cells))
    small, its_arguments = city(50)
    timed(small, its_arguments, n_permutations=1)
    stop = EARLY_STOP if early else None
    return timed(counts, arguments, n_permutations=REPLICAS, early_stop=stop)


def in_own_process(name: str, seconds: float, cache: str | None = None) -> None:
    """Run one row in a new process and print its figures and its peak memory."""
    environment = dict(os.environ) | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    command = [sys.executable, "-m", "benchmarks.scan_speed", "--row", name]
    command += ["--seconds-for-numpy", str(seconds)]
    load = os.getloadavg()[0]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    figures = json.loads(done.stdout, parse_float=lambda digits: round(float(digits), 3))
    print(f"{name:>16} (load {load:4.1f}): {figures}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--seconds-for-numpy", type=float, default=30.0)
    parser.add_argument("--row", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    seconds = arguments.seconds_for_numpy
    if arguments.row:
        row = run_row(arguments.row, seconds)
        row["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(row))
        return
    with tempfile.TemporaryDirectory() as cache:
        print("nothing compiled yet, then compiled before")
        for _ in range(2):
            in_own_process("first_call", seconds, cache)
    for name in ("new_york", "2000", "2000_early", "against_numpy"):
        in_own_process(name, seconds)
    if arguments.large:
        for name in ("10000_early", "10000"):
            in_own_process(name, seconds)


if __name__ == "__main__":
    main()
