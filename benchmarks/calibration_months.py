"""Part of `calibration`: cities of 24 months, corrected over months, whole span and both tails.

Each has 20,000 cells; months and the whole span have each their own dispersion, as in a run of the
product. Power: one neighbourhood at three times its 30 expected reports in one month.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from multiprocessing.pool import Pool

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from shapely.geometry import box

from spatial import benjamini_hochberg, getis_ord, hex_weights
from spatial.grid import cells_of_polygon

MONTHS = 24
LEVEL = 0.05
NULL_CITIES = ((30_000, 0.0), (30_000, 0.5), (300_000, 0.0), (300_000, 0.3))
"""Cases of the whole span, and the dispersion of cells (lasting) around their expected counts."""
POWER_DISPERSIONS = (0.0, 0.1, 0.3)


@cache
def _weights() -> scipy.sparse.csr_array:
    return hex_weights(cells_of_polygon(box(83.0, 39.0, 83.57, 39.44), 9))


def null_city(
    seed: int, cases: int, dispersion: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return counts and expected counts of a city in which nothing is hot."""
    rng, n = np.random.default_rng(seed), _weights().shape[0]
    share = rng.gamma(0.5, 1.0, n)
    share /= share.sum()
    risk = np.ones(n)
    if dispersion > 0:
        risk = rng.gamma(1 / dispersion, dispersion, n)
    season = 1 + 0.3 * np.sin(np.arange(MONTHS) * 2 * np.pi / 12)
    counts = rng.poisson(share[:, None] * risk[:, None] * season * cases / MONTHS)
    return counts, share[:, None] * counts.sum(axis=0)


def alarm(cases: int, dispersion: float, seed: int) -> bool:
    """Return whether any test of the whole family is significant."""
    counts, expected = null_city(seed, cases, dispersion)
    null = "negative_binomial"
    parts = [
        getis_ord(counts, _weights(), expected=expected, null=null).tails,
        getis_ord(counts.sum(axis=1), _weights(), expected=expected.sum(axis=1), null=null).tails,
    ]
    p = [tail.ravel() for part in parts for tail in (part.greater, part.less)]
    return bool((benjamini_hochberg(np.concatenate(p)) <= LEVEL).any())


def hot_month_found(dispersion: float, seed: int) -> bool:
    """Return whether a neighbourhood at three times its 30 expected reports is found."""
    rng, n = np.random.default_rng(seed), _weights().shape[0]
    expected = rng.gamma(0.5, 1.3, (n, MONTHS))
    members = _weights()[[int(rng.integers(n))]].indices
    expected[members, 5] = 30 / members.size
    rate = expected.copy()
    rate[members, 5] *= 3
    if dispersion > 0:
        rate *= rng.gamma(1 / dispersion, dispersion, rate.shape)
    found = getis_ord(rng.poisson(rate), _weights(), expected=expected, null="negative_binomial")
    q = benjamini_hochberg(np.stack([found.tails.greater, found.tails.less]))
    return bool((q[0][members, 5] <= LEVEL).any())


def month_lines(pool: Pool, cities: int) -> Iterator[str]:
    """Yield the table of the cities of 24 months."""
    seeds = range(1, cities + 1)
    yield f"20,000 cells, {MONTHS} months and their whole span, {cities} cities a line"
    for cases, dispersion in NULL_CITIES:
        found = sum(pool.map(partial(alarm, cases, dispersion), seeds))
        yield f"no hot spot, {cases} cases, dispersion {dispersion}: any discovery in {found}"
    for dispersion in POWER_DISPERSIONS:
        found = sum(pool.map(partial(hot_month_found, dispersion), seeds))
        yield f"30 expected, rate ratio 3, dispersion {dispersion}: found in {found}"
