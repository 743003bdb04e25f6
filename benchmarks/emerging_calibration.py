"""False alarms of emerging hot spots in cities where nothing emerges.

    python -m benchmarks.emerging_calibration [--cities 60]

Each city has 2,000 cells of uneven population, 24 months and one rate; places differ by chance
(Poisson), for good, or anew each month. Look-back of one month, dispersion estimated. Counted are
cities with any significant bin at q = .05 over all bins and both tails, the product's null beside
the law whose months are independent members of the sum.
"""

from __future__ import annotations

import argparse

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from benchmarks.emerging_speed import city
from spatial import benjamini_hochberg, emerging_hot_spots, estimate_dispersion, getis_ord

CELLS, MONTHS, LEVEL = 2_000, 24, 0.05
MEANS = (1.0, 3.0, 20.0)
NULL = "negative_binomial"
WEIGHTS = city(CELLS, 3)[1]
TWO_MONTHS = scipy.sparse.csr_array(scipy.sparse.kron(np.ones((2, 2)), WEIGHTS, format="csr"))
KINDS = {"by chance": 0, "for good": 1, "anew each month": MONTHS}
"""How many rates each place has."""


def null_city(
    seed: int, mean: float, dispersion: float, rates: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return counts and expected counts of a city in which nothing is hot."""
    rng = np.random.default_rng(seed)
    share = rng.gamma(1.0, 1.0, (CELLS, 1))
    expected = np.tile(mean * share / share.mean(), MONTHS)
    risk = rng.gamma(1 / dispersion, dispersion, (CELLS, rates)) if rates else np.ones((CELLS, 1))
    counts = rng.poisson(expected * risk)
    return counts, expected / expected.sum(axis=0) * counts.sum(axis=0)


def by_product(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> bool:
    """Return whether the product finds any hot or cold bin."""
    found = emerging_hot_spots(counts, WEIGHTS, null=NULL, expected=expected, alpha=LEVEL)
    return bool((found.level != 0).any())


def by_independent_months(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> bool:
    """Return whether any bin is found when months of one place are taken for independent."""
    found = getis_ord(
        np.vstack([counts[:, 1:], counts[:, :-1]]),
        TWO_MONTHS,
        expected=np.vstack([expected[:, 1:], expected[:, :-1]]),
        null=NULL,
        dispersion=estimate_dispersion(counts, expected),
    )
    q = benjamini_hochberg([found.tails.greater[:CELLS], found.tails.less[:CELLS]])
    return bool((q <= LEVEL).any())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cities", type=int, default=60, help="cities of each kind")
    cities = parser.parse_args().cities
    print(f"{CELLS} cells, {MONTHS} months, k = 1; cities of {cities} with any discovery")
    for kind, rates in KINDS.items():
        for dispersion in (0.2, 0.6) if rates else (0.0,):
            for mean in MEANS:
                made = [null_city(seed, mean, dispersion, rates) for seed in range(1, cities + 1)]
                ours = sum(by_product(*data) for data in made)
                plain = sum(by_independent_months(*data) for data in made[: cities // 3])
                print(
                    f"places differ {kind}, dispersion {dispersion}, mean {mean}: {ours} of "
                    f"{cities}; independent months: {plain} of {cities // 3}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
