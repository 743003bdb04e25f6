"""What a forecast's gain in one city owes to chance, and what it owes to how cases are placed.

    python -m benchmarks.backtest_redraws [--redraws 400]

The ground of the sample city stays (map, people, plants); calls, and what is said of their places,
are drawn anew and again. The spread of gains is what chance makes of a single city's figure, and
their mean is what the intervals are to hold. Each course is checked in three versions of where its
cases are: those alone that have coordinates; with those whose text names their place, at that
place's own point, where `geodata.placing` puts them; and with these at their true positions.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse
import shapely
from numpy.typing import NDArray

from app.demo import END, START
from geodata.areas import Boundaries, study_cells
from geodata.sample.demand import Wanted
from geodata.sample.ground import Ground
from geodata.sample.reported import EXACT, NOTHING
from geodata.schema import STORE_RESOLUTION
from spatial import Backtest, backtest, hex_weights
from spatial.backtesting.forecasts import METHODS, Method
from spatial.grid import cell_areas_km2, cells_of_points, parents

SEED, CASES, MONTHS = 1, 320_000, 24
"""The sample city of the product."""

RESOLUTION = 9
DAYS = (END - START).days

COORDINATES, PLACED, TRUE = "coordinates alone", "placed by text", "text at its true position"
PLACEMENTS = (COORDINATES, PLACED, TRUE)

COMPARED: Mapping[str, Method] = {
    name: METHODS[name] for name in ("last_365_days", "power_decay", "power_decay_kernel")
}
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """Calls of one course: the day of each, and its cell, −1 where it has none, by placement."""

    number: int
    days: Ints
    cells: dict[str, Ints]


@dataclass(frozen=True)
class Courses:
    """All courses that the sample city might have taken."""

    ground: Ground

    def draw(self, number: int) -> Course:
        """Draw the calls of one course and say where they are."""
        calls_rng, reported_rng = map(
            np.random.default_rng, np.random.SeedSequence([SEED, number]).spawn(2)
        )
        wanted = Wanted(CASES, repeats=True, duplicates=True, alike=False)
        calls = self.ground.calls(wanted, calls_rng)
        manner = self.ground.reported(calls, reported_rng).manner
        true, middles = _cells(calls.position), self._place_cells
        names_place = (manner != NOTHING) & (calls.origin < middles.size)
        at_place = middles[np.minimum(calls.origin, middles.size - 1)]
        known = manner == EXACT
        return Course(
            number,
            calls.day,
            {
                COORDINATES: np.where(known, true, -1),
                PLACED: np.where(known, true, np.where(names_place, at_place, -1)),
                TRUE: np.where(known | names_place, true, -1),
            },
        )

    def compare(self, course: Course, placement: str) -> Backtest:
        """Run the forecast check on one course."""
        own = course.cells[placement]
        located = own >= 0
        cells = np.union1d(self._study_cells, own[located])
        rows = np.searchsorted(cells, own[located])
        counts = scipy.sparse.coo_array(
            (np.ones(rows.size), (rows, course.days[located])), shape=(cells.size, DAYS)
        )
        return backtest(
            counts.tocsc(),
            *_grid(cells.tobytes()),
            rng=np.random.default_rng(course.number),
            methods=COMPARED,
        )

    @cached_property
    def _study_cells(self) -> Ints:
        layout = self.ground.layout
        return study_cells(Boundaries.of(layout.codes, layout.names, layout.outlines), RESOLUTION)

    @cached_property
    def _place_cells(self) -> Ints:
        inner = shapely.point_on_surface(self.ground.settlements.footprints)
        return _cells(shapely.get_coordinates(inner))


def sample_courses() -> Courses:
    """Return the courses of the product's own sample city."""
    return Courses(Ground.make(SEED, months=MONTHS, plants=True))


def gains(found: Iterable[Backtest], method: str) -> Floats:
    """Return value, low and high of a method's gain, shape (3, courses, shares of the area)."""
    each = [one.methods[method].gain for one in found]
    return np.array([[one.value, one.low, one.high] for one in each]).swapaxes(0, 1)


@lru_cache(maxsize=1)
def _grid(cells: bytes) -> tuple[Floats, scipy.sparse.csr_array]:
    """Return areas and neighbours of cells; nearly all courses have the same."""
    own = np.frombuffer(cells, dtype=np.int64)
    return cell_areas_km2(own), hex_weights(own)


def _cells(points: Floats) -> Ints:
    """Return the cells as the product counts them: by way of the store's finer ones."""
    return parents(cells_of_points(points[:, 1], points[:, 0], STORE_RESOLUTION), RESOLUTION)


def show(found: list[Backtest], method: str) -> Floats:
    """Print, in per cent by share of the area, what the gains of a method do; return values."""
    value, low, high = 100 * gains(found, method)
    hits = np.array([one.methods[method].hits.sum(axis=0) for one in found]).sum(axis=0)
    before = np.array([one.methods[one.baseline].hits.sum(axis=0) for one in found]).sum(axis=0)
    truth = 100 * (hits / before - 1)
    inside = (low <= truth) & (truth <= high)
    for words, numbers in {
        "mean gain": value.mean(axis=0),
        "standard deviation": value.std(axis=0, ddof=1),
        "share with a gain above 0": 100 * (value > 0).mean(axis=0),
        "share of intervals above 0": 100 * (low > 0).mean(axis=0),
        "share of intervals below 0": 100 * (high < 0).mean(axis=0),
        "share of intervals with the true gain": 100 * inside.mean(axis=0),
        "lower bounds, 1 in 100 is below": np.quantile(low, 0.01, axis=0),
    }.items():
        print(f"    {words:<40}{' '.join(f'{each:8.2f}' for each in numbers)}", flush=True)
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redraws", type=int, default=400, help="courses of the same city")
    redraws = range(1, parser.parse_args().redraws + 1)
    courses = sample_courses()
    found: dict[str, list[Backtest]] = {placement: [] for placement in PLACEMENTS}
    for course in map(courses.draw, redraws):
        for placement, checked in found.items():
            checked.append(courses.compare(course, placement))
    for method in list(COMPARED)[1:]:
        values = {}
        for placement in PLACEMENTS:
            print(f"{method}, {placement}, {len(redraws)} courses")
            values[placement] = show(found[placement], method)
        for placement in (PLACED, TRUE):
            apart = values[placement] - values[COORDINATES]
            error = apart.std(axis=0, ddof=1) / np.sqrt(len(redraws))
            pairs = zip(apart.mean(axis=0), error, strict=True)
            line = "  ".join(f"{mean:+.3f} (± {se:.3f})" for mean, se in pairs)
            print(f"{method}, {placement} less {COORDINATES}: {line}")


if __name__ == "__main__":
    main()
