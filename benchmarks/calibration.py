"""Do the maps' tests keep their promises? False alarms in cities without hot spots, and power.

    python -m benchmarks.calibration [--cities 40]

Each null city has 20,000 cells, uneven population and 24 months; its family is that of a run:
cells × (months + whole span) × both tails at q = .05, dispersion estimated as in the product.
Power: one neighbourhood at three times its 30 expected reports in one month.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import box

from spatial import benjamini_hochberg, getis_ord, hex_weights
from spatial.grid import cells_of_polygon

MONTHS = 24
LEVEL = 0.05
NULL_CITIES = ((30_000, 0.0), (30_000, 0.5), (300_000, 0.0), (300_000, 0.3))
"""Cases of the whole span, and the dispersion of cells (lasting) around their expected counts."""

CELLS = cells_of_polygon(box(83.0, 39.0, 83.57, 39.44), 9)
WEIGHTS = hex_weights(CELLS)


def null_city(
    seed: int, cases: int, dispersion: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return counts and expected counts of a city in which nothing is hot."""
    rng = np.random.default_rng(seed)
    share = rng.gamma(0.5, 1.0, CELLS.size)
    share /= share.sum()
    risk = np.ones(CELLS.size)
    if dispersion > 0:
        risk = rng.gamma(1 / dispersion, dispersion, CELLS.size)
    season = 1 + 0.3 * np.sin(np.arange(MONTHS) * 2 * np.pi / 12)
    counts = rng.poisson(share[:, None] * risk[:, None] * season * cases / MONTHS)
    return counts, share[:, None] * counts.sum(axis=0)


def discoveries(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> int:
    """Return how many tests of the whole family are significant."""
    null = "negative_binomial"
    parts = [
        getis_ord(counts, WEIGHTS, expected=expected, null=null).tails,
        getis_ord(counts.sum(axis=1), WEIGHTS, expected=expected.sum(axis=1), null=null).tails,
    ]
    p = [tail.ravel() for part in parts for tail in (part.greater, part.less)]
    return int((benjamini_hochberg(np.concatenate(p)) <= LEVEL).sum())


def hot_neighbourhood_found(seed: int, dispersion: float) -> bool:
    """Return whether a neighbourhood at three times its 30 expected reports is found."""
    rng = np.random.default_rng(seed)
    expected = rng.gamma(0.5, 1.3, (CELLS.size, MONTHS))
    members = WEIGHTS[[int(rng.integers(CELLS.size))]].indices
    expected[members, 5] = 30 / members.size
    rate = expected.copy()
    rate[members, 5] *= 3
    if dispersion > 0:
        rate *= rng.gamma(1 / dispersion, dispersion, rate.shape)
    found = getis_ord(rng.poisson(rate), WEIGHTS, expected=expected, null="negative_binomial")
    q = benjamini_hochberg(np.stack([found.tails.greater, found.tails.less]))
    return bool((q[0][members, 5] <= LEVEL).any())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cities", type=int, default=40, help="cities of each kind")
    cities = parser.parse_args().cities
    print(f"{CELLS.size} cells, {MONTHS} months and their whole span, both tails, q = {LEVEL}")
    for cases, dispersion in NULL_CITIES:
        start = time.perf_counter()
        alarms = sum(discoveries(*null_city(seed, cases, dispersion)) > 0 for seed in range(cities))
        each = (time.perf_counter() - start) / cities
        print(f"no hot spot, {cases} cases, dispersion {dispersion}: ", end="")
        print(f"any discovery in {alarms} of {cities} cities ({each:.1f} s a city)", flush=True)
    for dispersion in (0.0, 0.1, 0.3):
        found = sum(hot_neighbourhood_found(seed, dispersion) for seed in range(cities))
        print(f"30 expected, rate ratio 3, dispersion {dispersion}: found in {found} of {cities}")


if __name__ == "__main__":
    main()
