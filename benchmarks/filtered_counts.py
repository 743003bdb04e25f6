"""Seconds for each answer of the workbench, beside plain group-bys over the case store.

The store is that of the sample city (`suyuan sample`), imported; its fact table is made first. The
plain side is what one writes without a fact table: Polars over the store's own files, filtered and
grouped, once for each view of the answer. Both sides take turns in one process; each is told by its
fastest round, and the ratio by seconds of the processors, which other tasks change less.

    python -m benchmarks.filtered_counts --rows 1000000
    python -m benchmarks.filtered_counts --home HOME --rounds 5
    python -m benchmarks.filtered_counts --rows 10000000 --measures callers incidents --alone

The second measures on a home that there is, the third leaves out the plain side, which needs more
memory there than most machines have.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from app.cases.case_numbers import scan_numbers, with_numbers
from app.cases.facts.building import build_facts, fact_folder
from app.cases.facts.table import facts_of
from app.cases.measures import MEASURES, totals
from app.cases.selection import case_frame
from app.hotspots.filtered.answers import views_json
from app.hotspots.filtered.card import selection_json
from app.hotspots.filtered.case_pages import cases_json
from app.hotspots.filtered.cells import cells_payload
from app.hotspots.filtered.forms import CasePageFilter, CountFilter
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.options import options_json
from app.hotspots.filtered.scope import Scope
from benchmarks.import_speed import peak_mb
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.intake import import_cases
from geodata.sample.large import Order, write_large_city

QUERIES = {
    "all": {},
    "half a year, one class": {"from": "2025-01-01", "to": "2025-07-01", "class": "市容环境"},
    "one channel": {"channel": "电话"},
}
CALLED_BACK = 0.3

Sides = dict[str, Callable[[], object]]


def make_home(folder: Path, rows: int) -> Home:
    """Write a sample city and import it."""
    home = Home.at(folder / "home")
    made = write_large_city(Order(cases=rows, updates=CALLED_BACK), folder / "files")
    import_boundaries(
        home, made.map_files.townships, level="township", code_field="code", name_field="name",
        population_field="population",
    )  # fmt: skip
    for path in (*made.case_files, *made.update_files):
        import_cases(home, path, "suyuan", now=datetime.now(UTC))
        path.unlink()
    return home


def measure_building(home: Home) -> dict[str, Any]:
    """Time the numbering of incidents (if it is not done) and the making of all facts."""
    started = time.perf_counter()
    scan_numbers(home).select(pl.len()).collect()
    numbered = time.perf_counter()
    folder = fact_folder(home, facts_of(home).version)
    shutil.rmtree(folder)
    began, cpu = time.perf_counter(), time.process_time()
    build_facts(home)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    size = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "cases": len(facts_of(home)),
        "numbering_seconds": round(numbered - started, 1),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "bytes_a_case": round(size / len(facts_of(home)), 1),
    }


def answers(home: Home, query: dict[str, str], measure: str) -> Sides:
    """Return ours: each answer as a request makes it, the narrowing included."""
    chosen = CountFilter.read({**query, "measure": measure})
    page = CasePageFilter.read({**query, "measure": measure})

    def now() -> Narrowed:
        return Narrowed.of(home, Scope(chosen))

    return {
        "cells": lambda: cells_payload(now()),
        "views": lambda: views_json(now()),
        "selection": lambda: selection_json(now()),
        "cases": lambda: cases_json(now(), page, lambda month, mark: f"{month}/{mark}"),
        "options": lambda: options_json(now()),
    }


def plain(home: Home, query: dict[str, str], measure: str) -> Sides:
    """Return the other side: group-bys over the store."""
    counted = totals()[measure]

    def cases() -> pl.LazyFrame:
        frame = case_frame(home)
        if measure != "reports":
            frame = with_numbers(home, frame)
        day = pl.col("received_local").cast(pl.Date).cast(pl.String)
        if "from" in query:
            frame = frame.filter(pl.col("month") >= query["from"][:7], day >= query["from"])
            frame = frame.filter(day < query["to"])
        if "class" in query:
            frame = frame.filter(pl.col("class_1") == query["class"])
        return frame.filter(pl.col("channel") == query["channel"]) if "channel" in query else frame

    def by(*keys: Any) -> pl.DataFrame:
        return cases().group_by(*keys).agg(counted.alias("n")).collect(engine="streaming")

    received = pl.col("received_local")
    # A cell of resolution 11 stands for its parent, whose id one would have to ask H3 for.
    cell = (pl.col("cell") // 8**6).alias("parent")
    levels = ["class_1", "class_2", "class_3"]
    weekly = (received.dt.weekday(), received.dt.hour().alias("hour"))
    return {
        "cells": lambda: by(cell, "month"),
        "views": lambda: (by("month", "located"), by(*levels), by("township"), by(*weekly)),
    }


def measure_answers(home: Home, measures: list[str], rounds: int, *, alone: bool) -> None:
    """Print a line for each answer, question and measure."""
    for name, query in QUERIES.items():
        for measure in measures:
            ours = answers(home, query, measure)
            others = {} if alone else plain(home, query, measure)
            for answer, ask in ours.items():
                times, beside = [], []
                for _ in range(rounds):
                    times.append(_seconds(ask))
                    if answer in others:
                        beside.append(_seconds(others[answer]))
                told: dict[str, Any] = {"question": name, "measure": measure, "answer": answer}
                told |= _fastest(("seconds", "cpu_seconds"), times)
                if beside:
                    told |= _fastest(("plain", "plain_cpu"), beside)
                    told |= {"ratio": round(told["plain_cpu"] / told["cpu_seconds"], 1)}
                print(json.dumps(told, ensure_ascii=False), flush=True)


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds on the clock and of the processors."""
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


def _fastest(names: tuple[str, ...], times: list[tuple[float, float]]) -> dict[str, float]:
    columns = zip(*times, strict=True)
    return {name: round(min(each), 3) for name, each in zip(names, columns, strict=True)}


def main() -> None:
    """Measure on a home, or on one that is made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measures", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--alone", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = arguments.home is None
        home = make_home(Path(folder), arguments.rows) if made else Home.at(arguments.home)
        print(json.dumps({"facts": measure_building(home)}))
        measure_answers(home, arguments.measures, arguments.rounds, alone=arguments.alone)
        print(json.dumps({"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
