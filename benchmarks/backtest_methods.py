"""Compare forecasts of the next 28 days' cases, and see where smoothing hurts.

    python -m benchmarks.backtest_methods [--shared ../shared] [--seeds 5] [--resolutions 8 9 10]

Chicago's sanitation complaints of 2011 to 2013, Boston's of half a year, the sample city, and
sample cities of other seeds on which nothing was ever tuned. Gains are hits against the last 365
days' counts in the same windows. Then: decay kernels of fixed bandwidth, and how often the
intervals hold the truth. With ``--large``: time and memory for a large city, by itself.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import scipy.sparse
from shapely.geometry import box

from app.cases.uploads import import_file
from app.demo import END, START, import_city
from app.hotspots.backtesting.counting import DailyCounts, count_daily
from app.hotspots.backtesting.forms import BacktestArguments
from geodata.areas import current_boundaries, import_boundaries
from geodata.home import Home
from geodata.sample import make_city, write_city
from geodata.store import CaseStore
from spatial import Backtest, MethodAccuracy, backtest, hex_weights
from spatial.backtesting.bootstrap import draw_blocks, estimate_ratio
from spatial.backtesting.forecasts import BANDWIDTHS, METHODS, Method, power_decay
from spatial.grid import cell_areas_km2, cells_of_polygon

Span = tuple[date, date]

CHICAGO: Span = (date(2011, 1, 1), date(2014, 1, 1))
BOSTON: Span = (date(2011, 7, 1), date(2012, 1, 1))
SAMPLE: Span = (START, END)
SHOWN = ("power_decay", "power_decay_kernel", "picked")

KERNELS: Mapping[str, Method] = {
    "last_365_days": METHODS["last_365_days"],
    **{
        f"bandwidth {width}": Method(power_decay, ({"exponent": 0.7, "bandwidth": width},))
        for width in (0.0, 0.35, *BANDWIDTHS)
    },
}


def chicago(shared: Path, folder: Path) -> Home:
    """Import Chicago's complaints."""
    home = Home.at(folder / "chicago")
    import_boundaries(
        home, shared / "chicago_community_areas.geojson", level="township", code_field="NID",
        name_field="community", population_field="POP2010",
    )  # fmt: skip
    import_file(home, shared / "chicago_sanitation_2011_2013.parquet", "chicago311")
    return home


def boston(shared: Path, folder: Path) -> Home:
    """Import Boston's complaints."""
    home = Home.at(folder / "boston")
    import_boundaries(
        home, shared / "boston_neighborhoods.geojson", level="township",
        code_field="neighborhood", name_field="neighborhood",
    )  # fmt: skip
    import_file(home, shared / "boston_311_2011H2.parquet", "boston311")
    return home


def sample(seed: int, folder: Path) -> Home:
    """Import the sample city of a seed; the product's own is seed 1."""
    home = Home.at(folder / f"sample-{seed}")
    import_city(home, write_city(make_city(seed), folder / f"files-{seed}"), say=lambda _: None)
    return home


def counted(home: Home, span: Span, resolution: int) -> DailyCounts:
    """Count a city by cell and day."""
    boundaries, version = current_boundaries(home, "township"), CaseStore(home).version
    if boundaries is None or version is None:
        raise ValueError(f"home: {home.path} holds no city")
    arguments = BacktestArguments(resolution=resolution)
    return count_daily(home, boundaries, *span, arguments, version)


def compared(
    city: DailyCounts, methods: Mapping[str, Method] = METHODS, warm_up: int = 3
) -> Backtest:
    """Run the forecast check as the product does."""
    return backtest(
        city.counts,
        cell_areas_km2(city.cells),
        hex_weights(city.cells),
        rng=np.random.default_rng(1),
        methods=methods,
        warm_up=warm_up,
    )


def show(found: Backtest, names: tuple[str, ...] | None = None) -> None:
    """Print hit rates in per cent and gains with their intervals."""
    methods = {**found.methods, "picked": found.picked}
    for name in names or tuple(methods):
        print(f"  {name:<24}{line(methods[name])}")


def line(method: MethodAccuracy) -> str:
    rates = " / ".join(f"{100 * rate:.2f}" for rate in method.hit_rate.value)
    gain = method.gain
    gains = [f"{100 * value:+.1f}" for value in gain.value]
    if np.isfinite(gain.low).all():
        bounds = zip(gains, gain.low, gain.high, strict=True)
        gains = [f"{value} ({100 * low:+.1f} to {100 * high:+.1f})" for value, low, high in bounds]
    rri = " / ".join(f"{value:.2f}" for value in method.rri.value)
    return f"hit rate {rates}   gain {'  '.join(gains)}   RRI {rri}"


def head(city: str, resolution: int, found: Backtest) -> None:
    print(
        f"{city}, H3 {resolution}: {found.origins.size} windows, {found.cases.sum():,} cases, "
        f"next {found.next_method} {dict(found.next_parameters)}",
        flush=True,
    )


def coverage(windows: int, correlation: float, cities: int = 500) -> float:
    """Return how often a 95 % interval holds the true hit rate of 7 %.

    Windows have 1,500 cases on average with a yearly season, and hit rates that vary by 1.2 points
    with first-order autocorrelation.
    """
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(cities):
        drift = np.zeros(windows + 50)
        for step, shock in enumerate(rng.normal(size=windows + 49), start=1):
            drift[step] = correlation * drift[step - 1] + np.sqrt(1 - correlation**2) * shock
        season = np.exp(0.4 * np.sin(np.arange(windows) * 2 * np.pi / 13))
        cases = rng.poisson(1500 * season)
        hits = rng.binomial(cases, np.clip(0.07 + 0.012 * drift[-windows:], 0, 1))
        drawn = draw_blocks(windows, 1000, rng)
        found = estimate_ratio(hits[:, None] * 1.0, cases[:, None] * 1.0, drawn, 0.95)
        inside += int(found.low[0] <= 0.07 <= found.high[0])
    return inside / cities


def large_city() -> None:
    """Time the whole check on 100,000 cells, three years and 2 million cases."""
    cells = cells_of_polygon(box(83.0, 39.0, 84.35, 40.0), 9)[:100_000]
    rng = np.random.default_rng(1)
    share = rng.gamma(0.3, 1.0, cells.size)
    where = rng.choice(cells.size, 2_000_000, p=share / share.sum())
    days = rng.integers(0, 1095, where.size)
    counts = scipy.sparse.coo_array((np.ones(where.size), (where, days)), (cells.size, 1095))
    begin, worked = time.perf_counter(), time.process_time()
    found = compared(DailyCounts(cells, scipy.sparse.csc_array(counts), {}))
    seconds = time.perf_counter() - begin
    worked = time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{cells.size:,} cells, {found.origins.size} windows: ", end="")
    print(f"{seconds:.0f} s, of CPU {worked:.0f} s, peak {peak:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="real data")
    parser.add_argument("--seeds", type=int, default=5, help="further sample cities")
    parser.add_argument("--resolutions", type=int, nargs="+", default=[8, 9, 10])
    parser.add_argument("--large", action="store_true", help="only time and memory")
    given = parser.parse_args()
    if given.large:
        large_city()
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cities = {
            "Chicago": (chicago(given.shared / "data", folder), CHICAGO, 3),
            "sample city": (sample(1, folder), SAMPLE, 3),
            # Half a year: one window to pick by, three to score, no last year to compare with.
            "Boston": (boston(given.shared / "data", folder), BOSTON, 1),
        }
        for name, (home, span, warm_up) in cities.items():
            for resolution in given.resolutions:
                city = counted(home, span, resolution)
                found = compared(city, warm_up=warm_up)
                head(name, resolution, found)
                show(found)
                show(compared(city, KERNELS, warm_up), tuple(KERNELS))
        for seed in range(2, 2 + given.seeds):
            found = compared(counted(sample(seed, folder), SAMPLE, 9))
            head(f"sample city of seed {seed}", 9, found)
            show(found, SHOWN)
    for windows in (10, 13, 23):
        held = [f"{coverage(windows, each):.3f}" for each in (0.0, 0.3, 0.6)]
        print(f"intervals over {windows} windows hold the truth: {', '.join(held)}", flush=True)


if __name__ == "__main__":
    main()
