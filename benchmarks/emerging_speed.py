"""Emerging hot spots of a large cube against a loop over esda and pymannkendall.

    python -m benchmarks.emerging_speed [--cells 100000] [--steps 36]

Ours does the whole cube: look-back of one step, exact permutation tails of every bin, q-values over
all bins and both tails, trends, categories. The loop asks esda for Gi* with 999 permutations step
by step, without a look-back and without any correction, and pymannkendall for each cell's trend;
it does part of the cube after a warm-up and is extrapolated in proportion, as printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial

import esda
import libpysal
import numpy as np
import pymannkendall
import scipy.sparse
from numpy.typing import NDArray

from spatial import EmergingCategory, emerging_hot_spots, mann_kendall

ROUNDS = 3
PEER_TRENDS = 1_000
QUARTERS = 4
FIRST_CALL = """
import sys, time
sys.argv = ["", "--cells", "{cells}", "--steps", "{steps}"]
from benchmarks.emerging_speed import city
from spatial import emerging_hot_spots
counts, weights = city({cells}, {steps})
start = time.perf_counter()
emerging_hot_spots(counts, weights)
print(time.perf_counter() - start)
"""


def city(cells: int, steps: int) -> tuple[NDArray[np.int64], scipy.sparse.csr_array]:
    """Return counts of a hexagonal lattice, uneven and with a hundred growing places."""
    side = int(np.ceil(np.sqrt(cells)))
    row, column = np.divmod(np.arange(cells), side)
    rows, columns = [np.arange(cells)], [np.arange(cells)]
    for down, right in ((0, 1), (1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1)):
        other = (row + down) * side + column + right
        inside = (column + right >= 0) & (column + right < side) & (other >= 0) & (other < cells)
        rows.append(np.flatnonzero(inside))
        columns.append(other[inside])
    index = (np.concatenate(rows), np.concatenate(columns))
    weights = scipy.sparse.csr_array((np.ones(index[0].size), index), shape=(cells, cells))
    rng = np.random.default_rng(5)
    rate = np.tile(rng.gamma(2.0, 1.5, (cells, 1)), steps)
    for centre in rng.integers(0, cells, 100):
        rate[weights[[centre]].indices] *= np.linspace(1, 5, steps)
    return rng.poisson(rate), weights


def ours(counts: NDArray[np.int64], weights: scipy.sparse.csr_array) -> float:
    """Return the median time of some rounds over the whole cube, and print what was found."""
    seconds, processor = [], time.process_time()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = emerging_hot_spots(counts, weights)
        seconds.append(time.perf_counter() - start)
    codes, cells = np.unique(found.category, return_counts=True)
    print(
        ", ".join(f"{EmergingCategory(int(c)).name} {n}" for c, n in zip(codes, cells, strict=True))
    )
    each = (time.process_time() - processor) / ROUNDS
    times = " / ".join(f"{s:.2f}" for s in seconds)
    print(f"ours: {times} s; processor time {each:.2f} s a round", flush=True)
    return float(np.median(seconds))


def first_calls(cells: int, steps: int) -> None:
    """Print the first call of a new process, before and after compiled code was kept."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        code = FIRST_CALL.format(cells=cells, steps=steps)
        for state in ("compiling everything", "compiled before"):
            done = subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, check=True
            )
            print(f"ours, first call of a process, {state}: {float(done.stdout):.2f} s", flush=True)


def loop(counts: NDArray[np.int64], weights: scipy.sparse.csr_array, jobs: int) -> float:
    """Return the extrapolated time of the loop over esda and pymannkendall."""
    cells, steps = counts.shape
    others = weights - scipy.sparse.eye_array(cells, format="csr")
    others.eliminate_zeros()
    coordinate = others.tocoo()
    w = libpysal.weights.WSP(scipy.sparse.csr_matrix(others)).to_W(silence_warnings=True)
    assert coordinate.nnz == w.nonzero

    def gi_star(step: int) -> esda.G_Local:
        values = counts[:, step].astype(float)
        return esda.G_Local(values, w, star=True, permutations=999, n_jobs=jobs, seed=1)

    gi_star(0)
    start = time.perf_counter()
    gi_star(steps - 1)
    one_step = time.perf_counter() - start
    start = time.perf_counter()
    for series in counts[:PEER_TRENDS].astype(float):
        pymannkendall.original_test(series)
    some_trends = time.perf_counter() - start
    whole = one_step * steps + some_trends * cells / PEER_TRENDS
    print(
        f"esda, {jobs} jobs: {one_step:.1f} s for 1 of {steps} steps; pymannkendall: "
        f"{some_trends:.2f} s for {PEER_TRENDS} of {cells} cells; "
        f"extrapolated to the whole: {whole:.0f} s",
        flush=True,
    )
    return whole


def trends(counts: NDArray[np.int64]) -> None:
    """Print the time of each variant over all cells' series beside pymannkendall's for some."""
    peers = {
        "original": pymannkendall.original_test,
        "hamed_rao": pymannkendall.hamed_rao_modification_test,
        "seasonal": partial(pymannkendall.seasonal_test, period=QUARTERS),
    }
    some = counts[:: len(counts) // (PEER_TRENDS // 4)].astype(float)
    for variant, peer in peers.items():
        mann_kendall(counts[:2], variant, period=QUARTERS)
        start = time.perf_counter()
        mann_kendall(counts, variant, period=QUARTERS)
        middle = time.perf_counter()
        for series in some:
            peer(series)
        whole = (time.perf_counter() - middle) * len(counts) / len(some)
        seconds = middle - start
        print(
            f"{variant} over {len(counts)} series: {seconds:.2f} s; pymannkendall for {len(some)}, "
            f"extrapolated: {whole:.0f} s; ratio {whole / seconds:.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=36)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{arguments.cells} cells x {arguments.steps} steps, load {os.getloadavg()[0]:.1f}")
    first_calls(arguments.cells, arguments.steps)
    counts, weights = city(arguments.cells, arguments.steps)
    emerging_hot_spots(counts, weights)
    before = ours(counts, weights)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process so far {peak:.0f} MB", flush=True)
    peer = loop(counts, weights, jobs=-1)
    after = ours(counts, weights)
    trends(counts)
    print(f"ratio: {peer / max(before, after):.0f} to {peer / min(before, after):.0f}")


if __name__ == "__main__":
    main()
