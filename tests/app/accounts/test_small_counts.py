"""What a viewer reads of counts: none from 1 to 4 in any answer."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from app.hotspots.disclosing import COUNTS, disclosed_values
from app.hotspots.runs import RunSummary
from app.services import services
from tests.people import client_as, make_app


@pytest.fixture(scope="module")
def clients(city: tuple[Path, RunSummary]) -> tuple[FlaskClient, FlaskClient, RunSummary]:
    """Somebody who sees all counts, and a viewer."""
    app = make_app(city[0])
    assert services(app).home.path == city[0]
    return client_as(app, "planner", ["planner"]), client_as(app, "viewer", ["viewer"]), city[1]


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
    if isinstance(value, list):
        return [leaf for at, each in enumerate(value) for leaf in leaves(each, (*path, str(at)))]
    return [(path, value)]


def field(path: tuple[str, ...]) -> str:
    """The innermost name of a leaf that is no position in a list."""
    return next(name for name in reversed(path) if not name.isdigit())


JSON_ROUTES = (
    "/hotspots/runs/{run}/meta.json",
    "/hotspots/runs/{run}/townships.json",
    "/hotspots/runs/{run}/points.json",
    "/hotspots/runs/{run}/clusters.geojson",
    "/hotspots/runs/{run}/township/T1?step=2",
    "/hotspots/runs/{run}/cell/{cell}?step=1",
    "/hotspots/runs/{run}/point/{point}",
    "/hotspots/counts/views.json?period=day&from=2025-01-01&to=2025-03-01",
    "/hotspots/counts/views.json?class=噪声&township=T3&period=half_month",
    "/hotspots/counts/selection.json?township=T3&from=2025-01-01&to=2025-01-04",
    "/hotspots/counts/options.json",
)


@pytest.fixture(scope="module")
def names(clients: tuple[FlaskClient, FlaskClient, RunSummary]) -> dict[str, str]:
    planner, _viewer, run = clients
    points = planner.get(f"/hotspots/runs/{run.id}/points.json").get_json()
    cells = planner.get("/hotspots/runs/" + run.id + "/cells.bin").data
    length = struct.unpack("<I", cells[:4])[0]
    header = json.loads(cells[4 : 4 + length])
    shift, suffix = header["shift"], int(header["suffix"], 16)
    column = next(each for each in header["columns"] if each["name"] == "cell_delta")
    body = (4 + length + 7) // 8 * 8
    deltas = np.frombuffer(cells, "<f8", column["length"], body + column["offset"])
    cell = (int(deltas[0]) << shift) | suffix
    return {"run": run.id, "point": points[0]["id"], "cell": f"{cell:x}"}


@pytest.mark.parametrize("route", JSON_ROUTES)
def test_no_small_count_is_told(
    clients: tuple[FlaskClient, FlaskClient, RunSummary], names: dict[str, str], route: str
) -> None:
    planner, viewer, _run = clients
    exact = planner.get(route.format(**names))
    shown = viewer.get(route.format(**names))
    assert exact.status_code == shown.status_code == 200, shown.text
    true = dict(leaves(exact.get_json(force=True)))
    told = dict(leaves(shown.get_json(force=True)))
    small = [
        path
        for path, value in told.items()
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 4
        and field(path) in COUNTS
    ]  # fmt: skip
    assert not small
    for path, value in told.items():
        if field(path) in COUNTS and isinstance(value, int):
            assert value < 0 or value % 5 == 0, path
            assert value < 0 or path not in true or abs(value - true[path]) <= 2, path


def test_the_answers_hold_small_counts_for_who_may(
    clients: tuple[FlaskClient, FlaskClient, RunSummary], names: dict[str, str]
) -> None:
    """Else the test above would prove nothing."""
    planner, viewer, _run = clients
    route = JSON_ROUTES[7]
    true = dict(leaves(planner.get(route).get_json()))
    told = dict(leaves(viewer.get(route).get_json()))
    small = [path for path, value in true.items() if field(path) in COUNTS and value in (1, 2, 3)]
    assert len(small) > 10
    assert {told[path] for path in small} == {-1}


def test_single_cases_and_own_selections_are_not_for_viewers(
    clients: tuple[FlaskClient, FlaskClient, RunSummary], names: dict[str, str]
) -> None:
    planner, viewer, _run = clients
    detail = f"/hotspots/runs/{names['run']}/cell/{names['cell']}"
    assert planner.get(detail).get_json()["cases"]
    assert viewer.get(detail).get_json()["cases"] == []
    for route in (f"/hotspots/counts/selection.json?cells={names['cell']}&resolution=9",
                  f"/hotspots/counts/views.json?cells={names['cell']}"):  # fmt: skip
        assert viewer.get(route).status_code == 403
    assert viewer.get("/hotspots/counts/cases.json").status_code == 403


@pytest.mark.parametrize("route", ["/hotspots/runs/{run}/cells.bin", "/hotspots/counts/cells.bin"])
def test_cells_carry_no_small_count(
    clients: tuple[FlaskClient, FlaskClient, RunSummary], names: dict[str, str], route: str
) -> None:
    planner, viewer, _run = clients
    exact, shown = (counts_of(each.get(route.format(**names)).data) for each in (planner, viewer))
    assert ((exact[0] > 0) & (exact[0] < 5)).any()
    counts, untold = shown
    rest = counts[counts != untold]
    assert untold is not None
    assert not (rest % 5).any()


def counts_of(payload: bytes) -> tuple[np.ndarray, int | None]:
    """Counts of a payload, and the value that stands for one not told."""
    length = struct.unpack("<I", payload[:4])[0]
    header = json.loads(payload[4 : 4 + length])
    column = next(each for each in header["columns"] if each["name"] == "count")
    body = (4 + length + 7) // 8 * 8
    dtype = np.dtype({"uint8": "<u1", "uint16": "<u2", "uint32": "<u4"}.get(
        column["dtype"], column["dtype"]))  # fmt: skip
    counts = np.frombuffer(payload, dtype, column["length"], body + column["offset"])
    suppressed = header.get("suppressed")
    untold = np.iinfo(dtype).max if suppressed is True else suppressed
    return counts.astype(np.int64), untold


def test_a_project_tells_a_viewer_no_small_count(
    clients: tuple[FlaskClient, FlaskClient, RunSummary],
) -> None:
    planner, viewer, _run = clients
    form = {
        "name": "小点", "owner": "甲", "lng": "83.03", "lat": "39.03", "radius_m": "300",
        "township": "", "class_1": "", "target_per_month": "3", "note": "",
    }  # fmt: skip
    made = planner.post("/projects/new", data=form)
    assert made.status_code == 302, made.text
    page = made.headers["Location"]
    exact, told = (drawn(each.get(page).text) for each in (planner, viewer))
    assert any(0 < count < 5 for count in exact)
    assert told == [
        None if 0 < count < 5 else int(np.floor(count / 5 + 0.5)) * 5 for count in exact
    ]


def test_the_order_of_small_counts_tells_nothing() -> None:
    """Of four townships with "<5" nobody learns which has 4: they stand by code, with one rank."""
    rows = [
        {"code": code, "count": count, "rank": rank}
        for rank, (code, count) in enumerate(
            [("T9", 40), ("T4", 4), ("T2", 3), ("T3", 3), ("T1", 1), ("T5", 0)], 1
        )
    ]
    told = disclosed_values({"rows": rows})["rows"]
    assert [row["code"] for row in told] == ["T9", "T1", "T2", "T3", "T4", "T5"]
    assert [row["rank"] for row in told] == [1, 2, 2, 2, 2, 6]
    points = disclosed_values([{"id": "b", "reports": 4}, {"id": "a", "reports": 3}])
    assert [point["id"] for point in points] == ["a", "b"]
    steps = [{"label": "2025-01", "count": 1}, {"label": "2025-02", "count": 9}]
    assert [step["label"] for step in disclosed_values({"periods": steps})["periods"]] == [
        "2025-01",
        "2025-02",
    ]


@pytest.mark.parametrize("path", ["/", "/hotspots"])
def test_ledgers_tell_a_viewer_rounded_counts(
    clients: tuple[FlaskClient, FlaskClient, RunSummary], path: str
) -> None:
    """Located, unlocated and the rest of all cases: of these too a small one is not told."""
    _planner, viewer, _run = clients
    # Cells are no cases: their number is told.
    page = viewer.get(path).text.replace(",", "").partition("诉求聚集区（单元数）")[0]
    told = [int(number) for number in re.findall(r"<(?:strong|dd)>(\d+)", page)]
    assert told
    assert all(number % 5 == 0 for number in told), told


def drawn(page: str) -> list[int]:
    """Counts of a project's chart, month by month."""
    data = re.search(r'id="trend-data">(.*?)</script>', page)
    assert data
    return json.loads(data[1])["count"]  # type: ignore[no-any-return]


def test_fields_that_are_no_counts_stay() -> None:
    answer = {"step": 3, "name": "甲", "count": 3, "rate": 2.5, "population": 12_000,
              "inside": [{"reports": 7, "top_caller_share": 0.5, "callers": 3}]}  # fmt: skip
    assert disclosed_values(answer) == {
        "step": 3, "name": "甲", "count": -1, "rate": None, "population": 12_000,
        "inside": [{"reports": 5, "top_caller_share": None, "callers": -1}],
    }  # fmt: skip
