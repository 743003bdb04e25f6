"""The sample city's two promises, kept through the whole pipeline.

Strong planted hot points are found, and a city without any shows none. The tests run a few seeds;
all forty by ``python -m benchmarks.sample_city``, whose figures stand in ``docs/METHODS.md``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from app.demo import END, START, import_city, make_demo
from app.hotspots.forms import DEFAULT_RESOLUTION, AnalyseArguments
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import RunSummary, newest_run, run_folder
from app.projects.effects.judging import Spot, judge_spots
from app.projects.points.attachment import Ground
from app.townships.choosing.analysing import analyse_and_rank
from app.townships.choosing.uncertainty import CERTAIN
from geodata.home import Home
from geodata.sample import make_city, write_city
from spatial.grid import cells_of_points, parents

NULL_CASES = 30_000
ALPHA = 0.05
DEMO_SEED = 1
EFFECT_RADIUS_M = 150


@dataclass(frozen=True)
class Alarms:
    """What a run calls unusual: hot tests, kinds of course, scan clusters, and sure townships."""

    hot_tests: int
    courses: int
    clusters: int
    certain: int
    """Townships that are called certain to be among the first ten."""


def alarms_of_null_city(seed: int, folder: Path) -> Alarms:
    """Count what is called unusual in a city whose rate is the same everywhere, at all times."""
    home = _null_city(seed, folder)
    record = _newest(home).record
    courses = sum(n for kind, n in record["emerging"]["counts"].items() if kind != "no_pattern")
    certain = sum(each["first_share"] >= CERTAIN for each in _candidates(home))
    return Alarms(len(_hot(home)), courses, record["scan"]["significant"], certain)


def ranks_of_worst(home: Home) -> list[int]:
    """Return the ranks that a run of the sample city gave to its planted worst townships."""
    worst = {each["code"] for each in make_city(DEMO_SEED).truth["townships"]["worst"]}
    return [each["rank"] for each in _candidates(home) if each["code"] in worst]


def _candidates(home: Home) -> list[dict[str, Any]]:
    folder = run_folder(home, _newest(home).id)
    return pl.read_parquet(folder / "candidates.parquet").to_dicts()


def share_of_plants_found(home: Home) -> tuple[int, int]:
    """Count the strong planted points that a run of the sample city found, and all of them.

    A point is found when its own cell or one that touches it is hot over the whole span or in a
    month of the plant's span.
    """
    hot = _hot(home)
    strong = strong_plants()
    return sum(is_found(plant, hot) for plant in strong), len(strong)


def share_of_plants_in_clusters(home: Home) -> tuple[int, int]:
    """Count the strong planted points that lie in a scan cluster while both last, and all."""
    run = _newest(home)
    clusters = pl.read_parquet(run_folder(home, run.id) / "clusters.parquet").to_dicts()
    resolution = run.record["scan"]["unit_resolution"]
    strong = strong_plants()
    return sum(_is_inside(plant, clusters, resolution) for plant in strong), len(strong)


def _is_inside(plant: dict[str, Any], clusters: list[dict[str, Any]], resolution: int) -> bool:
    cell = cells_of_points([plant["lat"]], [plant["lng"]], DEFAULT_RESOLUTION)
    unit = int(parents(cell, resolution)[0])
    return any(
        unit in each["members"]
        and each["start_step"] < _month(plant["to"])
        and each["end_step"] >= _month(plant["from"])
        for each in clusters
    )


def effects_inside(home: Home) -> tuple[int, int]:
    """Count the planted effects that lie in the interval of their project, and all of them."""
    planted = make_city(DEMO_SEED).truth["projects"]
    worked = tuple((each["lng"], each["lat"], EFFECT_RADIUS_M) for each in planted)
    found = judge_spots(home, tuple(map(_spot, planted)), worked)
    inside = [
        judged.effect.whole.low <= each["effect"] <= judged.effect.whole.high
        for each, judged in zip(planted, found, strict=True)
        if judged.effect is not None
    ]
    return sum(inside), len(inside)


def _spot(planted: dict[str, Any]) -> Spot:
    ground = Ground(planted["lng"], planted["lat"], EFFECT_RADIUS_M)
    started, finished = (date.fromisoformat(planted[name]) for name in ("started", "finished"))
    return Spot(ground, None, planted["township_code"], started, finished)


def strong_plants() -> list[dict[str, Any]]:
    return [p for p in make_city(DEMO_SEED).truth["hot_points"] if p["kind"] == "strong"]


def _null_city(seed: int, folder: Path) -> Home:
    city = make_city(seed, cases=NULL_CASES, plants=False, repeats=False, duplicates=False)
    home = Home.at(folder / "home")
    import_city(home, write_city(city, folder / "files"), say=lambda _: None)
    analyse_and_rank(home, AnalyseArguments(start=START, end=END))
    return home


def _newest(home: Home) -> RunSummary:
    run = newest_run(home)
    if run is None:
        raise ValueError(f"home: {home.path} holds no run")
    return run


def _hot(home: Home) -> pl.DataFrame:
    """Return cell and step of all tests of the newest run whose upper tail is significant."""
    tests = pl.read_parquet(run_folder(home, _newest(home).id) / "cells.parquet")
    return tests.filter(pl.col("q_hot") <= ALPHA).select("cell", "step")


def is_found(plant: dict[str, Any], hot: pl.DataFrame) -> bool:
    """Tell whether the plant's own cell is hot over the whole span or in a month it was active."""
    cell = int(cells_of_points([plant["lat"]], [plant["lng"]], DEFAULT_RESOLUTION)[0])
    during = pl.col("step").is_between(_month(plant["from"]), _month(plant["to"]), closed="left")
    active = (pl.col("step") == WHOLE_SPAN) | during
    return not hot.filter((pl.col("cell") == cell) & active).is_empty()


def _month(day: str) -> int:
    given = date.fromisoformat(day)
    return 12 * (given.year - START.year) + given.month - START.month


def main() -> None:
    """Print how many plants are found and which null cities show anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="null cities: seeds 1 to this")
    seeds = range(1, parser.parse_args().seeds + 1)
    with tempfile.TemporaryDirectory() as scratch:
        home = Home.at(Path(scratch) / "demo")
        make_demo(home, say=lambda _: None)
        found, planted = share_of_plants_found(home)
        print(f"strong hot points found: {found} of {planted}", flush=True)
        inside, _ = share_of_plants_in_clusters(home)
        print(f"strong hot points in a scan cluster: {inside} of {planted}", flush=True)
        alarms: list[Alarms] = []
        for seed in seeds:
            folder = Path(scratch) / str(seed)
            alarms.append(alarms_of_null_city(seed, folder))
            shutil.rmtree(folder)
            print(f"null city {seed}: {alarms[-1]}", flush=True)
    for what in ("hot_tests", "courses", "clusters"):
        cities = sum(getattr(each, what) > 0 for each in alarms)
        print(f"null cities with any of {what} at {ALPHA}: {cities} of {len(seeds)}")


if __name__ == "__main__":
    main()
