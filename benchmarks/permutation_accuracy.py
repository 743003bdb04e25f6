"""How exact permutation p-values are for real values and for unequal weights.

    python -m benchmarks.permutation_accuracy [--cells 300 3000]

Real values: the default grid beside one 32 times as fine, 100,000 cells with six neighbours.
Unequal weights: there is no exact law to compare with, so their engine is given equal weights and
compared with the exact law; hot cells are planted to reach far tails.
Both print the root mean square and the largest relative error by size of p, both tails together.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from unittest import mock

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from benchmarks.local_statistics import hexagons
from spatial.permutation import conditional, value_grid
from spatial.permutation.conditional import exact_tails
from spatial.permutation.saddlepoint import saddlepoint_tails

Values = NDArray[np.float64]
BANDS = ((0.1, 1.0), (1e-2, 0.1), (1e-4, 1e-2), (1e-8, 1e-4), (0.0, 1e-8))
POOLS: dict[str, Callable[[np.random.Generator, int], Values]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "t, 3 degrees": lambda rng, n: rng.standard_t(3, n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "lognormal 1.5": lambda rng, n: rng.lognormal(0, 1.5, n),
    "raw rates": lambda rng, n: _raw_rates(rng, n),
    "rates, 90 % zero": lambda rng, n: np.where(rng.random(n) < 0.9, 0, rng.gamma(0.5, 1, n)),
    "counts": lambda rng, n: rng.negative_binomial(0.7, 0.2, n).astype(float),
}


def _raw_rates(rng: np.random.Generator, n: int) -> Values:
    people = rng.gamma(0.5, 20, n) + 0.01
    return np.asarray(rng.poisson(0.5 * people) / people)


def errors(exact: Values, found: Values) -> str:
    """Return root mean square and largest relative error for each size of p."""
    parts = []
    for low, high in BANDS:
        within = (exact > low) & (exact <= high)
        if not within.any():
            parts.append(f"{'':17s}")
            continue
        relative = found[within] / exact[within] - 1
        parts.append(f"{np.sqrt(np.mean(relative**2)):8.1e}/{np.abs(relative).max():8.1e}")
    return "  ".join(parts)


def with_hot_cells(values: Values, near: scipy.sparse.csr_array, k: int) -> Values:
    """Plant neighbourhoods of the highest values, of high ones, and of one outlier."""
    planted, ordered = values.copy(), np.sort(values)[::-1]
    third = ordered.size // 3
    planted[near[[0]].indices] = ordered[:k]
    planted[near[[third]].indices] = ordered[5 : 5 + 3 * k : 3]
    planted[near[[2 * third]].indices[:2]] = ordered[0]
    return planted


def random_neighbours(n: int, k: int, rng: np.random.Generator) -> scipy.sparse.csr_array:
    """Return `k` other cells for each cell."""
    picks = np.array([rng.choice(n - 1, k, replace=False) for _ in range(n)])
    columns = picks + (picks >= np.arange(n)[:, None])
    return scipy.sparse.csr_array(
        (np.ones(n * k), (np.repeat(np.arange(n), k), columns.ravel())), shape=(n, n)
    )


def real_values(rng: np.random.Generator) -> None:
    near = hexagons(316)
    for name, pool in POOLS.items():
        values = with_hot_cells(pool(rng, near.shape[0]), near, 6)
        found = exact_tails(values, near)
        finer = {"GRID_STEPS": 2**22, "MOST_ENTRIES": 2**25}
        with (
            mock.patch.multiple(value_grid, **finer),
            mock.patch.object(conditional, "COARSE", 4096),
        ):
            exact = exact_tails(values, near)
        print(
            f"{name:18s}",
            errors(
                np.concatenate([exact.greater, exact.less]),
                np.concatenate([found.greater, found.less]),
            ),
            flush=True,
        )


def unequal_weights(rng: np.random.Generator, cells: list[int]) -> None:
    for n in cells:
        for name, pool in POOLS.items():
            for k in (3, 6, 18):
                near = random_neighbours(n, k, rng)
                values = with_hot_cells(pool(rng, n), near, k)
                rows = np.unique(np.r_[0, n // 3, 2 * (n // 3), np.arange(0, n, max(1, n // 600))])
                exact, found = exact_tails(values, near), saddlepoint_tails(values, near, rows)
                print(
                    f"{n:6,d} {name:18s} {k:3d}",
                    errors(
                        np.concatenate([exact.greater[rows], exact.less[rows]]),
                        np.concatenate([found.greater, found.less]),
                    ),
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="*", default=[300, 3_000])
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    heads = "  ".join(f"{f'{low:g} < p <= {high:g}':17s}" for low, high in BANDS)
    print(f"real values, equal weights; rms/largest relative error\n{'':18s} {heads}")
    real_values(rng)
    print(f"engine of unequal weights beside the exact law\n{'':29s} {heads}")
    unequal_weights(rng, options.cells)


if __name__ == "__main__":
    main()
