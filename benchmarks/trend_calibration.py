"""Does a look-back inflate the trend test? Shares of trendless series rejected at 5 %.

    python -m benchmarks.trend_calibration [--series 20000]

First series of window means, as `emerging_hot_spots` tests them, of independent values of several
laws: the plain Mann-Kendall test, Hamed and Rao's, and the one that knows the window. Then whole
cubes: a city's counts against expected counts that grow and have a season, for places that are
ordinary and for places that are steadily three times as high.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial import emerging_hot_spots, mann_kendall

LEVEL = 0.05
STEPS = (12, 24, 36)
LAWS: dict[str, Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "exponential": lambda rng, shape: rng.exponential(size=shape),
    "Poisson, mean 7": lambda rng, shape: rng.poisson(7.0, shape).astype(float),
    "Poisson, mean 0.5": lambda rng, shape: rng.poisson(0.5, shape).astype(float),
    "Poisson, mean 0.1": lambda rng, shape: rng.poisson(0.1, shape).astype(float),
    "negative binomial, mean 1, size 0.3": lambda rng, shape: rng.negative_binomial(
        0.3, 0.3 / 1.3, shape
    ).astype(float),
}


def window_means(values: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return means over the current and up to `k` previous steps."""
    steps = values.shape[1]
    columns = [values[:, max(0, t - k) : t + 1].mean(axis=1) for t in range(steps)]
    return np.stack(columns, axis=1)


def rejected(series: NDArray[np.float64], variant: str, k: int) -> float:
    """Return the share of series whose trend is significant; equal ones count as not."""
    return float((mann_kendall(series, variant, look_back=k).p_value <= LEVEL).mean())


def print_series(n: int) -> None:
    """Print shares by law, look-back and length."""
    print(f"{n} series each; rejected at {LEVEL}: plain / Hamed-Rao / window")
    for law, draw in LAWS.items():
        for k in (0, 1, 2):
            shown = []
            for steps in STEPS:
                rng = np.random.default_rng(steps + 100 * k)
                means = window_means(draw(rng, (n, steps)), k)
                shares = [
                    rejected(means, variant, k) for variant in ("original", "hamed_rao", "window")
                ]
                shown.append(f"{steps} steps " + " / ".join(f"{share:.3f}" for share in shares))
            print(f"{law}, k = {k}: " + "; ".join(shown), flush=True)


def print_cubes(n: int) -> None:
    """Print shares for counts against expected counts that change with the city."""
    month = np.arange(24)
    season = 1 + 0.3 * np.sin(2 * np.pi * month / 12)
    growth = 1 + 0.5 * month / 23
    for course, name in ((season, "a season of 30 %"), (growth, "steady growth by half")):
        print(f"{n} places of their own, 24 months, k = 1, Poisson, {name}; rejected at {LEVEL}:")
        for mean in (0.3, 1.0, 3.0, 20.0, 100.0):
            for ratio in (1.0, 3.0):
                print_places(np.tile(mean * course, (n, 1)), mean, ratio)


def print_places(expected: NDArray[np.float64], mean: float, ratio: float) -> None:
    """Print shares for places whose rate is steadily `ratio` times the expected one."""
    counts = np.random.default_rng(int(mean * 10 + ratio)).poisson(ratio * expected)
    apart = scipy.sparse.csr_array(scipy.sparse.eye_array(len(expected)))
    shares = []
    for variance in ("independent", "window"):
        found = emerging_hot_spots(
            counts, apart, null="poisson", expected=expected, trend_variance=variance
        )
        shares.append(float((found.trend_p <= LEVEL).mean()))
    print(
        f"expected {mean}, rate ratio {ratio}: plain test of z {shares[0]:.3f}, "
        f"window {shares[1]:.3f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=20_000, help="series of each kind")
    n = parser.parse_args().series
    print_series(n)
    print_cubes(n)


if __name__ == "__main__":
    main()
