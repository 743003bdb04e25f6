"""Hot spots of a city whose cases stand at their places' points, as those placed by text do.

    python -m benchmarks.cases_at_points [--shares 0 0.055 0.3 0.6 1]

The sample city's calls at their true positions, but a share of them at the point of their place.
Expected counts by people over the places' outlines alone, and with people where reports are put
(`app.hotspots.people_at_points`). Then the same in a city whose rate is the same everywhere, where
nothing should be found and p-values should be small as often as they say.
"""

from __future__ import annotations

import argparse
import dataclasses

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from app.hotspots.cell_tests import assess_cells
from app.hotspots.people_at_points import people_where_reports_are
from app.hotspots.tables import CellResults
from benchmarks.sample_city import ALPHA, is_found, strong_plants
from geodata.areas import Boundaries, Places, study_cells
from geodata.sample.demand import Calls, Wanted
from geodata.sample.ground import Ground, generators
from geodata.schema import STORE_RESOLUTION
from spatial.grid import cells_of_points, parents

SEED, CASES, MONTHS, RESOLUTION = 1, 320_000, 24, 9
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def areas_of(ground: Ground) -> tuple[Boundaries, Places]:
    """Return townships and places with their people, as an import would read them."""
    layout, settlements = ground.layout, ground.settlements
    townships = Boundaries.of(layout.codes, layout.names, layout.outlines)
    people = settlements.township_people[np.argsort(layout.codes, kind="stable")]
    townships = dataclasses.replace(townships, population=people.astype(float))
    inner = shapely.get_coordinates(shapely.point_on_surface(settlements.footprints))
    codes, names, kinds = (
        np.array(each, dtype=object)
        for each in (settlements.codes, settlements.names, settlements.kinds)
    )
    return townships, Places(
        "sample",
        codes,
        names,
        kinds,
        settlements.households.astype(float),
        settlements.people.astype(float),
        settlements.footprints,
        *inner.T,
        np.array(layout.codes, dtype=object)[settlements.township],
    )


def put_at_points(calls: Calls, places: Places, share: float) -> pl.DataFrame:
    """Return place and position of calls, a share of those from places at the place's point."""
    chosen = np.random.default_rng(SEED).random(calls.origin.size) < share
    at_place = calls.origin < len(places)
    place = np.minimum(calls.origin, len(places) - 1)
    moved = chosen & at_place
    codes = pl.Series("place", places.codes.tolist(), dtype=pl.String)[place]
    return pl.DataFrame(
        {
            "place": codes.set(pl.Series(~at_place), None),
            "lng": np.where(moved, places.lng[place], calls.position[:, 0]),
            "lat": np.where(moved, places.lat[place], calls.position[:, 1]),
        }
    )


def counted(cases: pl.DataFrame, month: Ints, study_area: Ints) -> tuple[Ints, Ints]:
    """Count cases by cell and row, the whole span first."""
    lat, lng = cases["lat"].to_numpy(), cases["lng"].to_numpy()
    own = parents(cells_of_points(lat, lng, STORE_RESOLUTION), RESOLUTION)
    cells = np.union1d(study_area, own)
    counts = np.zeros((cells.size, 1 + MONTHS), dtype=np.int64)
    rows = np.searchsorted(cells, own)
    np.add.at(counts, (rows, 0), 1)
    np.add.at(counts, (rows, 1 + month), 1)
    return cells, counts


def describe(found: CellResults, *, plants: bool) -> str:
    hot, cold = found.q_hot <= ALPHA, found.q_cold <= ALPHA
    words = f"dispersion {found.dispersion['whole']:.3f}, hot {hot[:, 0].sum()} of the whole span"
    words += f" and {hot[:, 1:].sum()} of months, cold {cold[:, 0].sum()} and {cold[:, 1:].sum()}"
    small = np.nanmean(found.p_hot[:, 0] <= ALPHA)
    if not plants:
        return f"{words}; p <= {ALPHA} in {small:.1%}"
    cell, row = np.nonzero(hot)
    tests = pl.DataFrame({"cell": found.cells[cell], "step": row - 1})
    strong = strong_plants()
    return f"{words}; plants found {sum(is_found(each, tests) for each in strong)} of {len(strong)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shares", type=float, nargs="+", default=[0, 0.055, 0.3, 0.6, 1])
    shares = parser.parse_args().shares
    for plants in (True, False):
        ground = Ground.make(SEED, months=MONTHS, plants=plants)
        wanted = Wanted(CASES, repeats=plants, duplicates=plants, alike=not plants)
        calls = ground.calls(wanted, generators(SEED)["calls"])
        townships, places = areas_of(ground)
        month = ground.calendar.days.astype("M8[M]").astype(np.int64)[calls.day]
        month -= month.min()
        study_area = study_cells(townships, RESOLUTION)
        print("sample city" if plants else "the same rate everywhere")
        for share in shares:
            cases = put_at_points(calls, places, share)
            cells, counts = counted(cases, month, study_area)
            ways = {
                "outlines alone": places,
                "people where reports are": people_where_reports_are(places, cases),
            }
            for name, people in ways.items():
                found = assess_cells(cells, counts, townships, people, RESOLUTION, SEED)
                line = describe(found, plants=plants)
                print(f"  {share:.1%} at points, {name}: {line}", flush=True)


if __name__ == "__main__":
    main()
