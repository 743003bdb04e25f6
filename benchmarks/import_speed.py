"""Import rows/s, from file to committed store, beside a plain script over the same rows.

The script reads the CSV with pandas, parses the times, indexes each point with h3 and finds its
township with a geopandas spatial join; it validates, rejects and stores nothing.

    python -m benchmarks.import_speed --rows 1000000
    python -m benchmarks.import_speed --rows 50000000 --alone
    python -m benchmarks.import_speed --rows 1000000 --reimport
    python -m benchmarks.import_speed --rows 5000000 --rounds 3

The second leaves out the script, which would need some 40 GB. The third imports the file of one
month twice, with 1 % of its titles changed in between. On a machine that others use, let the sides
take turns for some rounds: each is told by its fastest.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import polars as pl
import shapely

from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.intake import import_cases

CENTRE = (83.0, 39.0)
HALF_WIDTH = 0.5
TOWNSHIPS_A_SIDE = 15
VERTICES_A_SIDE = 100
RESOLUTION = 11
ROWS_AT_ONCE = 1_000_000
DAYS, DAYS_OF_A_MONTH = 730, 31
CHANGED_EVERY = 100


def make_townships(path: Path) -> None:
    """Write a chequered city whose borders wiggle, so that polygons have as many points as real."""
    ticks = np.linspace(-HALF_WIDTH, HALF_WIDTH, TOWNSHIPS_A_SIDE + 1)
    squares = [
        shapely.segmentize(shapely.box(west, south, east, north), (east - west) / VERTICES_A_SIDE)
        for south, north in pairwise(ticks)
        for west, east in pairwise(ticks)
    ]
    wiggly = shapely.transform(np.array(squares, dtype=object), _wiggle)
    codes = [f"{number:04d}" for number in range(len(squares))]
    frame = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=wiggly, crs="EPSG:4326")
    frame.to_file(path)


def make_cases(path: Path, rows: int, *, days: int = DAYS, changed: bool = False) -> None:
    """Write cases with fresh ids, times over some days and points over the city."""
    rng = np.random.default_rng(1)
    with path.open("wb") as file:
        for start in range(0, rows, ROWS_AT_ONCE):
            frame = _draw_cases(rng, start, min(ROWS_AT_ONCE, rows - start), days)
            if changed:
                corrected = pl.int_range(pl.len()) % CHANGED_EVERY == 0
                frame = frame.with_columns(
                    title=pl.when(corrected).then(pl.lit("已更正")).otherwise("title")
                )
            frame.write_csv(file, include_header=start == 0)


def _draw_cases(rng: np.random.Generator, start: int, rows: int, days: int) -> pl.DataFrame:
    number = pl.int_range(start, start + rows).cast(pl.String)
    moment = pl.datetime(2024, 1, 1) + pl.duration(seconds=pl.col("seconds"))
    drawn = pl.DataFrame(
        {
            "seconds": rng.integers(0, days * 86400, rows),
            "class_1": rng.choice(["市容环境", "噪声", "停车", "供水"], rows),
            "title": rng.choice(["路灯不亮", "夜间施工", "占道停车", "水压不足"], rows),
            "caller": rng.integers(19900000000, 19900500000, rows),
            "lng": (CENTRE[0] + rng.uniform(-HALF_WIDTH, HALF_WIDTH, rows)).round(6),
            "lat": (CENTRE[1] + rng.uniform(-HALF_WIDTH, HALF_WIDTH, rows)).round(6),
        }
    )
    return drawn.select(
        case_id="A" + number.str.zfill(9),
        received_at=moment.dt.strftime("%Y-%m-%d %H:%M:%S"),
        class_1="class_1",
        title="title",
        caller="caller",
        address=pl.format("安和路{}号", pl.int_range(start, start + rows) % 997),
        lng="lng",
        lat="lat",
    )


def run_plain(cases: Path, townships: Path) -> None:
    """Do what most scripts do."""
    frame = pd.read_csv(cases)
    frame["received_at"] = pd.to_datetime(frame["received_at"])
    pairs = zip(frame["lat"], frame["lng"], strict=True)
    frame["cell"] = [h3.latlng_to_cell(lat, lng, RESOLUTION) for lat, lng in pairs]
    points = gpd.GeoDataFrame(
        frame, geometry=gpd.points_from_xy(frame["lng"], frame["lat"]), crs="EPSG:4326"
    )
    areas = gpd.read_file(townships)[["code", "geometry"]]
    gpd.sjoin(points, areas, how="left", predicate="within")


def run_suyuan(cases: Path, townships: Path) -> None:
    """Import into the home beside the files."""
    import_cases(
        Home.at(townships.parent / "home"), cases, "suyuan", now=datetime(2027, 1, 1, tzinfo=UTC)
    )


def _wiggle(points: np.ndarray) -> np.ndarray:
    lng, lat = points[:, 0], points[:, 1]
    east = lng + 0.004 * np.sin(40 * np.pi * lat)
    north = lat + 0.004 * np.sin(40 * np.pi * lng)
    return np.column_stack([CENTRE[0] + east, CENTRE[1] + north])


def _measure(side: str, cases: Path, townships: Path, rows: int) -> dict[str, float]:
    """Run one side in its own process: peak memory is counted by process."""
    command = [sys.executable, "-m", "benchmarks.import_speed", "--side", side]
    files = ["--cases", str(cases), "--townships", str(townships)]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return {**measured, "rows_per_second": round(rows / measured["seconds"])}


def _run_side(side: str, cases: Path, townships: Path) -> None:
    started, cpu_started = time.perf_counter(), time.process_time()
    {"plain": run_plain, "suyuan": run_suyuan}[side](cases, townships)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    measured = {"seconds": round(seconds, 2), "cpu_seconds": round(cpu_seconds, 2)}
    print(json.dumps({**measured, "peak_mb": peak_mb()}))


def peak_mb() -> int:
    """Return this process's peak resident memory; `getrusage` counts the parent's before exec."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--alone", action="store_true", help="leave out the plain script")
    parser.add_argument("--reimport", action="store_true", help="import a month twice, 1 % changed")
    parser.add_argument("--rounds", type=int, default=1, help="take the fastest of so many")
    parser.add_argument("--side", choices=["plain", "suyuan"])
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--townships", type=Path)
    options = parser.parse_args()
    if options.side:
        _run_side(options.side, options.cases, options.townships)
        return
    with tempfile.TemporaryDirectory() as folder:
        townships = Path(folder) / "townships.geojson"
        make_townships(townships)
        import_boundaries(
            Home.at(Path(folder) / "empty"), townships,
            level="township", code_field="code", name_field="name",
        )  # fmt: skip
        compare = _compare_imports if options.reimport else _compare_scripts
        if options.alone:
            compare = _measure_alone
        print(json.dumps({"rows": options.rows, **compare(townships, options)}))


def _measure_alone(townships: Path, options: argparse.Namespace) -> dict[str, Any]:
    cases = townships.with_name("cases.csv")
    make_cases(cases, options.rows)
    return _measure_turns([("suyuan", "suyuan", cases)], townships, options)


def _compare_scripts(townships: Path, options: argparse.Namespace) -> dict[str, Any]:
    cases = townships.with_name("cases.csv")
    make_cases(cases, options.rows)
    turns = [(side, side, cases) for side in ("suyuan", "plain")]
    results = _measure_turns(turns, townships, options)
    ratio = results["plain"]["seconds"] / results["suyuan"]["seconds"]
    return {**results, "ratio": round(ratio, 2)}


def _compare_imports(townships: Path, options: argparse.Namespace) -> dict[str, Any]:
    turns = []
    for name, changed in (("first", False), ("again", True)):
        cases = townships.with_name(f"{name}.csv")
        make_cases(cases, options.rows, days=DAYS_OF_A_MONTH, changed=changed)
        turns.append((name, "suyuan", cases))
    results = _measure_turns(turns, townships, options)
    share = results["again"]["seconds"] / results["first"]["seconds"]
    return {**results, "share": round(share, 2)}


def _measure_turns(
    turns: list[tuple[str, str, Path]], townships: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Measure each named turn, a side and its file, in every round; keep its fastest."""
    results: dict[str, dict[str, float]] = {}
    home = townships.with_name("home")
    for _ in range(options.rounds):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(townships.with_name("empty"), home)
        for name, side, cases in turns:
            measured = _measure(side, cases, townships, options.rows)
            earlier = results.get(name, measured)
            results[name] = min(earlier, measured, key=lambda each: each["seconds"])
    return results


if __name__ == "__main__":
    main()
