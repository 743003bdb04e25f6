"""Does the comparison of two periods keep its promises? False alarms, power, and speed.

    python -m benchmarks.period_change_calibration [--cities 200] [--parts alarms power speed]

The test is the product's: `period_change(before, after, hex_weights(cells))`, dispersion estimated
from the same counts, the city's own change taken out, two-sided; one family of q-values a city.
Places have levels of their own (gamma of shape ½), which the test is not told. Each period's count
is negative binomial around the level times the period's length; the city rises by three tenths.

*Alarms*: no place changes more than the city. Told are the share of p at or below .05, of single
cells and of neighbourhoods, and cities in which anything is discovered at q = .05.
*Power*: seven neighbouring cells that expect 20 each in either period double in the later one;
found when any of the seven is discovered as risen. Beside it the same test knowing the dispersion.
"""

from __future__ import annotations

import argparse
import time
from itertools import product

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import box

from benchmarks.calibration import HOT_EXPECTED, HOT_RATIO, LEVEL, Setting, city_of, draw, generator
from spatial import hex_weights
from spatial.count_laws.dispersion import Dispersion
from spatial.grid import cells_of_polygon
from spatial.period_change import PeriodChange, period_change

CITY_RATIO = 1.3
SETTINGS: list[Setting] = list(product((2_000,), (1.0, 3.0, 20.0), (1.5, 5.0, np.inf)))
# Steadier ones too: where rates vary by half from month to month a doubling is nothing unusual.
POWER_SETTINGS: list[Setting] = list(product((2_000,), (1.0, 3.0, 20.0), (5.0, 20.0, np.inf)))
LENGTHS = (1.0, 1 / 3)
LARGE_CITY = 60_000


def two_periods(
    rng: np.random.Generator, level: NDArray[np.float64], size: float, length: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw both periods' counts where every place follows the city."""
    return draw(rng, level, size), draw(rng, level * CITY_RATIO * length, size)


def compared(before: NDArray[np.int64], after: NDArray[np.int64]) -> tuple[float, float, bool]:
    """Return the shares of p <= .05, by cell and by neighbourhood, and whether any q is."""
    weights = city_of(before.size)[1]
    alone, together = period_change(before, after), period_change(before, after, weights)
    return (
        *(_share(found) for found in (alone, together)),
        bool((together.q_value <= LEVEL).any()),
    )


def _share(found: PeriodChange) -> float:
    made = found.p_value[~np.isnan(found.p_value)]
    return float((made <= LEVEL).mean())


def alarms(setting: Setting, length: float, seed: int) -> tuple[float, float, bool]:
    """Compare two periods of a city in which nothing changes."""
    rng, (n, mean, size) = generator(seed, setting), setting
    level = rng.gamma(0.5, 1.0, n)
    return compared(*two_periods(rng, level * mean / level.mean(), size, length))


def doubling_found(setting: Setting, seed: int) -> tuple[bool, bool]:
    """Return whether a doubled neighbourhood is found, and whether it is knowing the dispersion."""
    rng, (n, mean, size) = generator(seed, setting), setting
    weights = city_of(n)[1]
    level = rng.gamma(0.5, 1.0, n)
    level *= mean / level.mean()
    members = weights[[int(rng.choice(np.flatnonzero(np.diff(weights.indptr) == 7)))]].indices
    level[members] = HOT_EXPECTED
    later = level.copy()
    later[members] *= HOT_RATIO
    before, after = draw(rng, level, size), draw(rng, later, size)

    def found(dispersion: Dispersion | float | None) -> bool:
        change = period_change(before, after, weights, dispersion=dispersion)
        return bool((change.q_value[members] <= LEVEL).any())

    return found(None), found(0.0 if np.isinf(size) else 1 / size)


def seconds(mean: float) -> tuple[float, float]:
    """Time single cells and neighbourhoods of a large city."""
    cells = cells_of_polygon(box(83.0, 39.0, 84.0, 39.8), 9)[:LARGE_CITY]
    rng, weights = np.random.default_rng(1), hex_weights(cells)
    level = rng.gamma(0.5, 2.0 * mean, LARGE_CITY)
    before, after = two_periods(rng, level, 5.0, 1.0)
    taken = []
    for each in (None, weights):
        begin = time.perf_counter()
        period_change(before, after, each)
        taken.append(time.perf_counter() - begin)
    return taken[0], taken[1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cities", type=int, default=200)
    parser.add_argument("--parts", nargs="+", default=["alarms", "power", "speed"])
    options = parser.parse_args()
    seeds = range(1, options.cities + 1)
    if "alarms" in options.parts:
        print("| mean | size | length | p of cells | p of neighbourhoods | alarms |")
        for length, setting in product(LENGTHS, SETTINGS):
            found = np.array([alarms(setting, length, seed) for seed in seeds])
            cells, together, any_found = found.mean(axis=0)
            print(
                f"| {setting[1]:g} | {setting[2]:g} | {length:.2f} | {cells:.4f} | {together:.4f} "
                f"| {round(any_found * len(found))} of {len(found)} |",
                flush=True,
            )
    if "power" in options.parts:
        print("| mean | size | found | knowing the dispersion |")
        for setting in POWER_SETTINGS:
            estimated, known = np.sum([doubling_found(setting, seed) for seed in seeds], axis=0)
            print(f"| {setting[1]:g} | {setting[2]:g} | {estimated} | {known} |", flush=True)
    if "speed" in options.parts:
        seconds(1.0)
        print(f"| mean | seconds by cell | by neighbourhood | ({LARGE_CITY:,} cells)")
        for mean in (1.0, 3.0, 20.0):
            print("| {:g} | {:.2f} | {:.2f} |".format(mean, *seconds(mean)), flush=True)


if __name__ == "__main__":
    main()
