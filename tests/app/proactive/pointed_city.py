"""Four townships of two districts with cases around points, and what a slow oracle says of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Unit
from app.cases.uploads import import_file
from app.services import services
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.app.townships.counted_city import make_counted_city, name_of
from tests.people import client_as

CODES = ("T1", "T2", "T3", "T4")
CLASSES = (("物业", "收费"), ("物业", "漏水"), ("噪声", "施工"), ("垃圾", None))
FIRST, LAST = date(2024, 3, 1), date(2025, 3, 31)
CASES = 2_400

MIDDLE = (WEST + 0.5 * SIDE, SOUTH + 0.5 * SIDE)
"""Of T1."""

BORDER = (WEST + 0.98 * SIDE, SOUTH + 0.5 * SIDE)
"""In T1, some 70 m from T2."""

FORM = {
    "title": "花园片区漏水", "township": "T1", "unit_id": "0", "root_cause": "管线老化",
    "problems": "一、屋面漏水\n二、管线漏水", "measures": "更换管线", "paths": "物业 / 漏水",
    "source_cases": "", "window_start": "2025-02-10", "window_end": "2025-03-20",
    "work_start": "2025-02-10", "work_end": "2025-03-20",
    "points-0-name": "花园小区", "points-0-lng": str(MIDDLE[0]), "points-0-lat": str(MIDDLE[1]),
    "points-0-radius_m": "600",
}  # fmt: skip


def make_pointed_city(folder: Path) -> tuple[Home, list[dict[str, Any]]]:
    """Make the home; returns it and the rows of its cases."""
    home = make_counted_city(folder, {code: {"2024-02": 1} for code in CODES})
    rows = write_rows()
    pl.DataFrame(rows, infer_schema_length=None).write_csv(folder / "pointed.csv")
    import_file(home, folder / "pointed.csv", "suyuan")
    return home, rows


def write_rows() -> list[dict[str, Any]]:
    """Spread cases over townships, days and classes, a third of them near two points of T1.

    One in twelve has no coordinates; near the border some name the township across it.
    """
    rng = np.random.default_rng(71)
    days = (LAST - FIRST).days + 1
    rows = []
    for number in range(CASES):
        at = int(rng.integers(0, len(CODES)))
        lng = WEST + (at + float(rng.uniform(0.02, 0.98))) * SIDE
        lat = SOUTH + float(rng.uniform(0.02, 0.98)) * SIDE
        if number % 3 == 0:
            centre = (MIDDLE, BORDER)[number % 2]
            lng, lat = (one + float(rng.normal(0, 0.004)) for one in centre)
            at = int((lng - WEST) // SIDE)
        moment = datetime.combine(FIRST, datetime.min.time()) + timedelta(
            minutes=int(rng.integers(0, days * 24 * 60))
        )
        first, second = CLASSES[int(rng.integers(0, len(CLASSES)))]
        placed = number % 12 != 5
        rows.append({
            "case_id": f"C{number}", "received_at": f"{moment:%Y-%m-%d %H:%M:%S}",
            "callback_at": f"{moment:%Y-%m-%d %H:%M:%S}",
            "class_1": first, "class_2": second, "reported_township": name_of(CODES[at]),
            "lng": round(lng, 6) if placed else None, "lat": round(lat, 6) if placed else None,
            "valid": True, "responded": True, "resolved": number % 2 == 0, "satisfaction": "满意",
        })  # fmt: skip
    # The last day is over: whoever counts whole months has all of them.
    rows.append({**rows[0], "case_id": "last", "received_at": "2025-03-31 23:59:00",
                 "callback_at": "2025-03-31 23:59:00"})  # fmt: skip
    return rows


def chord_m(one: Sequence[float], other: Sequence[float]) -> float:
    """Metres between two points, by the chord through the ball: no formula of the program's."""

    def on_ball(lng: float, lat: float) -> np.ndarray[Any, Any]:
        east, north = math.radians(lng), math.radians(lat)
        return np.array([math.cos(north) * math.cos(east), math.cos(north) * math.sin(east),
                         math.sin(north)])  # fmt: skip

    half = float(np.linalg.norm(on_ball(*one) - on_ball(*other))) / 2
    return 2 * 6_371_008.8 * math.asin(half)


def matching_ids(
    rows: Iterable[Mapping[str, Any]],
    township: str,
    points: Sequence[tuple[float, float, float]],
    paths: Sequence[Sequence[str]],
    first: date,
    last: date,
) -> set[str]:
    """Return the ids that an application speaks of, one case after the other."""
    found = set()
    for row in rows:
        day = date.fromisoformat(row["received_at"][:10])
        own = [row["class_1"], row["class_2"]]
        if (
            row["reported_township"] == name_of(township)
            and first <= day <= last
            and any(own[: len(path)] == list(path) for path in paths)
            and row["lng"] is not None
            and any(chord_m((row["lng"], row["lat"]), p[:2]) <= p[2] for p in points)
        ):
            found.add(row["case_id"])
    return found


def person(app: Flask, code: str, office: str = "planner") -> FlaskClient:
    """Return somebody at home in a township or district."""
    with services(app).database.session() as session:
        unit = session.scalars(select(Unit).where(Unit.area_code == code)).one()
    return client_as(app, f"{office}-{code}", [office], unit.id)


def take(client: FlaskClient, number: int, state: str, version: int, words: str = "") -> int:
    """Take an application a step; returns the status of the answer."""
    form = {"state": state, "row_version": str(version), "words": words}
    return client.post(f"/projects/proactive/{number}/move", data=form).status_code
