"""Do the maps' tests keep their promises? False alarms in cities without hot spots, and power.

    python -m benchmarks.calibration [--cities 200] [--population gamma] [--quick]
    python -m benchmarks.calibration --parts power --cities 1000

The test is the product's: `getis_ord(counts, hex_weights(cells), expected=..., null=
"negative_binomial")`, dispersion estimated from the same counts, expected counts in proportion to
population and of the same total as the counts. The family is all cells × both tails of a city,
corrected by Benjamini and Hochberg at q = .05. Cities differ by seed, 1 to `--cities`.

*Alarms*: the rate is the same everywhere, population is uneven; a city counts when anything is
discovered, hot or cold. "30-call callers": in 1 % of the cells one person more calls 30 times, and
callers are counted, each once in a cell.
*Power*: a neighbourhood of seven cells that expect 20 each has twice that rate; found when any of
the seven is hot. Beside it the same test that knows the true dispersion.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import cache, partial
from itertools import product
from multiprocessing import Queue, get_context
from multiprocessing.pool import Pool

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from shapely.geometry import box

from benchmarks.calibration_months import month_lines
from spatial import benjamini_hochberg, build_cube, getis_ord, hex_weights
from spatial.grid import cell_centres, cells_of_polygon

LEVEL = 0.05
SIZES_OF_CITY = (2_000, 10_000)
MEANS = (1.0, 3.0, 20.0)
NEGATIVE_BINOMIAL_SIZES = (1.5, 5.0, np.inf)
CALLERS = 0.01
CALLS = 30
# Reports that the seven cells of the hot neighbourhood expect each, and how much higher they are.
HOT_EXPECTED, HOT_RATIO = 20.0, 2.0

POPULATIONS: dict[str, Callable[[np.random.Generator, int], NDArray[np.float64]]] = {
    "gamma": lambda rng, n: rng.gamma(0.5, 1.0, n),
    "lognormal": lambda rng, n: rng.lognormal(0.0, 1.0, n),
}

Setting = tuple[int, float, float]


@cache
def city_of(n: int) -> tuple[NDArray[np.int64], scipy.sparse.csr_array]:
    """Return a round city of `n` cells and its neighbourhoods."""
    cells = cells_of_polygon(box(83.0, 39.0, 83.6, 39.5), 9)
    lat, lng = cell_centres(cells)
    far = np.hypot(lat - 39.25, (lng - 83.3) * np.cos(np.radians(39.25)))
    chosen = np.sort(cells[np.argsort(far, kind="stable")[:n]])
    return chosen, hex_weights(chosen)


def draw(rng: np.random.Generator, expected: NDArray[np.float64], size: float) -> NDArray[np.int64]:
    """Draw negative binomial counts; Poisson where the size is infinite."""
    if np.isinf(size):
        return rng.poisson(expected)
    return rng.poisson(expected * rng.gamma(size, 1 / size, expected.size))


def generator(seed: int, setting: Setting) -> np.random.Generator:
    n, mean, size = setting
    return np.random.default_rng([seed, n, int(mean), 0 if np.isinf(size) else int(10 * size)])


def even_city(
    seed: int, setting: Setting, population: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return reports and population shares of a city whose rate is the same everywhere."""
    rng, (n, mean, size) = generator(seed, setting), setting
    people = POPULATIONS[population](rng, n)
    share = people / people.sum()
    return draw(rng, share * n * mean, size), share


def with_frequent_callers(
    seed: int, setting: Setting, reports: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return callers by cell when in some cells one more person calls 30 times."""
    n = setting[0]
    cells, _ = city_of(n)
    rng = np.random.default_rng([seed, n])
    homes = np.repeat(rng.choice(n, int(CALLERS * n), replace=False), CALLS)
    places = np.concatenate([np.repeat(np.arange(n), reports), homes])
    callers = np.concatenate([np.arange(reports.sum()), reports.sum() + homes])
    cube = build_cube(
        cells[places], np.zeros(places.size, int), 1, all_cells=cells, measure=callers
    )
    return cube.counts[:, 0]


def q_values(
    counts: NDArray[np.int64], share: NDArray[np.float64], dispersion: float | None = None
) -> NDArray[np.float64]:
    """Return q of the upper tails and of the lower tails, both in one family."""
    found = getis_ord(
        counts,
        city_of(counts.size)[1],
        expected=share * counts.sum(),
        null="negative_binomial",
        dispersion=dispersion,
    )
    return benjamini_hochberg(np.stack([found.tails.greater, found.tails.less]))


def alarms(setting: Setting, population: str, seed: int) -> tuple[bool, bool]:
    """Return whether anything is discovered in an even city, by reports and by callers."""
    reports, share = even_city(seed, setting, population)
    callers = with_frequent_callers(seed, setting, reports)
    by_reports, by_callers = (
        bool((q_values(counts, share) <= LEVEL).any()) for counts in (reports, callers)
    )
    return by_reports, by_callers


def hot_found(setting: Setting, population: str, seed: int) -> tuple[bool, bool]:
    """Return whether the hot neighbourhood is found, and whether it is with known dispersion."""
    rng, (n, mean, size) = generator(seed, setting), setting
    weights = city_of(n)[1]
    people = POPULATIONS[population](rng, n)
    expected = people * mean / people.mean()
    whole = np.flatnonzero(np.diff(weights.indptr) == 7)
    members = weights[[int(rng.choice(whole))]].indices
    expected[members] = HOT_EXPECTED
    rate = expected.copy()
    rate[members] *= HOT_RATIO
    counts = draw(rng, rate, size)
    share = expected / expected.sum()
    estimated, known = (
        bool((q_values(counts, share, phi)[0, members] <= LEVEL).any()) for phi in (None, 1 / size)
    )
    return estimated, known


TABLES = {
    "alarms": (alarms, "alarms | with 30-call callers"),
    "power": (hot_found, "hot found | knowing the dispersion"),
}
PARTS = (*TABLES, "months")


def pinned_pool() -> Pool:
    """Return a process for every core, each staying on its own."""
    cores = sorted(os.sched_getaffinity(0))
    queue: Queue[int] = get_context("spawn").Queue()
    for core in cores:
        queue.put(core)
    return get_context("spawn").Pool(len(cores), _pin, (queue,))


def _pin(queue: Queue[int]) -> None:
    os.sched_setaffinity(0, {queue.get()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cities", type=int, default=200, help="cities of each setting")
    parser.add_argument("--population", choices=POPULATIONS, default="gamma")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true", help="20 cities of 2,000 cells, no months")
    arguments = parser.parse_args()
    cities = 20 if arguments.quick else arguments.cities
    sizes = SIZES_OF_CITY[:1] if arguments.quick else SIZES_OF_CITY
    print(f"population {arguments.population}, {cities} cities a line, q = {LEVEL}", flush=True)
    with pinned_pool() as pool:
        for part, (measure, columns) in TABLES.items():
            if part in arguments.parts:
                print(f"| cells | mean count | size | {columns} |\n|---|---|---|---|---|")
                for setting in product(sizes, MEANS, NEGATIVE_BINOMIAL_SIZES):
                    task = partial(measure, setting, arguments.population)
                    print(_row(setting, pool.map(task, range(1, cities + 1))), flush=True)
        if "months" in arguments.parts and not arguments.quick:
            for line in month_lines(pool, cities // 5):
                print(line, flush=True)


def _row(setting: Setting, results: list[tuple[bool, bool]]) -> str:
    n, mean, size = setting
    first, second = np.sum(results, axis=0)
    return f"| {n:,} | {mean:g} | {size:g} | {first} | {second} |".replace("inf", "∞ (Poisson)")


if __name__ == "__main__":
    main()
