"""The review queue on many distinct texts: what its pages take, in one process, one after another.

    python -m benchmarks.review_queue --texts 100000 [--home FOLDER]

Without a home one is made, with a register of 20,000 addresses and cases that say none of them.
"""

from __future__ import annotations

import argparse
import re
import secrets
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.accounts.first import ensure_first_account
from app.cases.uploads import import_file
from app.config import Settings
from app.places.listing import register_version
from app.places.waiting_texts import prepare_texts
from app.services import services
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.places import import_places
from geodata.placing import is_trained, register_geocoder

PLACES = 20_000
SIGNS = "东南西北中金银玉翠柏松梅兰竹菊春夏秋冬山水云月星"
WEST, SOUTH, SIDE = 83.0, 39.0, 0.04
TOWNSHIPS = ("东街道", "中街道", "西镇")


def make_home(folder: Path, texts: int) -> Home:
    """Make a home whose cases say texts that the register does not know."""
    home, rng = Home.at(folder / "home"), np.random.default_rng(1)
    squares = [
        shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in range(3)
    ]
    towns = gpd.GeoDataFrame(
        {"code": ["T1", "T2", "T3"], "name": TOWNSHIPS}, geometry=squares, crs=4326
    )
    towns.to_file(folder / "towns.geojson")
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name"
    )
    roads = [f"{first}{second}路" for first in SIGNS for second in SIGNS]
    pl.DataFrame(
        {
            "code": [f"P{i}" for i in range(PLACES)],
            "name": [f"{roads[i % 500]}{i // 500 * 2 + 1}号" for i in range(PLACES)],
            "lng": WEST + rng.uniform(0, 3, PLACES) * SIDE,
            "lat": SOUTH + rng.uniform(0, 1, PLACES) * SIDE,
        }
    ).write_csv(folder / "places.csv")
    import_places(home, folder / "places.csv")
    streets = [f"{a}{b}{c}街" for a in SIGNS for b in SIGNS for c in SIGNS[:12]]
    said = np.repeat(np.arange(texts), rng.zipf(2.2, texts).clip(1, 40))
    pl.DataFrame(
        {
            "case_id": [f"U{i}" for i in range(said.size)],
            "received_at": [
                f"2025-{1 + i % 6:02d}-{1 + i % 27:02d} 09:00" for i in range(said.size)
            ],
            "address": [f"{streets[i % len(streets)]}{i // len(streets) * 3 + 7}号" for i in said],
            "reported_township": [(*TOWNSHIPS, None)[i % 4] for i in said],
        }
    ).write_csv(folder / "cases.csv")
    import_file(home, folder / "cases.csv", "suyuan")
    return home


def timed(what: str, work: Callable[[], Any]) -> Any:
    """Say what some work takes: seconds on the clock, and of this process alone."""
    wall, own = time.perf_counter(), time.process_time()
    done = work()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    print(f"{what:44} {wall:7.2f} s, {own:6.2f} s of the processor", flush=True)
    return done


def train(home: Home) -> None:
    """Train the geocoder of the register, in a process of its own as the worker does."""
    version = register_version(home)
    if version is not None and not is_trained(home):
        with ProcessPoolExecutor(1, get_context("spawn")) as worker:
            worker.submit(register_geocoder, home, version).exception()


def signed_in(app: Flask) -> FlaskClient:
    """Sign in as the first account, which changes its password on the way."""
    app.config.update(WTF_CSRF_ENABLED=False)
    found, client = services(app), app.test_client()
    made = ensure_first_account(found.database, found.home)
    assert made is not None, "this home has accounts of its own: name one without"
    name, first = made
    own = secrets.token_urlsafe()
    client.post("/sign-in", data={"name": name, "password": first})
    client.post("/password", data={"old": first, "new": own, "again": own})
    return client


def ask(home: Home) -> None:
    """Ask for the pages of the queue, the first time and again."""
    client = signed_in(create_app(Settings(home=home.path), immediate_jobs=True))
    timed("texts told apart (a job)", lambda: prepare_texts(home))
    timed("geocoder trained (the same job)", lambda: train(home))
    timed("first page, geocoder and templates too", lambda: client.get("/places/review"))
    page = timed("page again", lambda: client.get("/places/review")).text
    timed("position 50,000", lambda: client.get("/places/review?at=50000"))
    timed("search, first", lambda: client.get("/places/found.json?search=东"))
    timed("search again", lambda: client.get("/places/found.json?search=西路 1号"))
    found = re.search(r"/places/review/([0-9a-f]{16})\?", page)
    where = f"/places/review/{found[1]}?at=0" if found else ""
    timed("a decision", lambda: client.post(where, data={"how": "search", "place": "P1"}))
    timed("page after it", lambda: client.get("/places/review"))
    values = {"how": "map", "name": "新点", "lng": "83.01", "lat": "39.01"}
    found = re.search(r"/places/review/([0-9a-f]{16})\?", client.get("/places/review").text)
    where = f"/places/review/{found[1]}?at=0" if found else ""
    timed("a new place from the map", lambda: client.post(where, data=values))
    timed("page after it, geocoder anew", lambda: client.get("/places/review"))


def main() -> None:
    """Make a home unless one is named, and ask."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--home", type=Path)
    chosen = parser.parse_args()
    if chosen.home:
        return ask(Home.at(chosen.home))
    with tempfile.TemporaryDirectory() as folder:
        home = timed("home made", lambda: make_home(Path(folder), chosen.texts))
        return ask(home)


if __name__ == "__main__":
    main()
