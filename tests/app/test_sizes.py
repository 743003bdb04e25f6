"""The cells of a run in other sizes: counted and tested by themselves, and shown by zoom."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient

from app.errors import InvalidParameter
from app.hotspots import companions, layers
from app.hotspots.analysis import analyse
from app.hotspots.runs import RunSummary, load_run
from app.hotspots.sizes import size_at_zoom, sizes_by_zoom
from geodata.home import Home
from spatial.grid import cell_name, parents
from spatial.inference import benjamini_hochberg
from tests.app.small_city import END, START


def cells(home: Path, run: RunSummary, name: str = "cells") -> Any:
    return pq.read_table(home / "runs" / run.id / f"{name}.parquet").to_pandas()


def test_a_run_has_one_coarser_and_one_finer_size(city_home: Path, city_run: RunSummary) -> None:
    assert city_run.resolutions == (8, 9, 10)
    told = {each["resolution"]: each for each in city_run.record["companions"]}
    for resolution in (8, 10):
        table = cells(city_home, city_run, f"cells-{resolution}")
        assert told[resolution]["cells"] == table["cell"].nunique()
        assert told[resolution]["located_by_row"] == table.groupby("step")["count"].sum().tolist()


def test_coarser_cells_count_what_their_finer_ones_count(
    city_home: Path, city_run: RunSummary
) -> None:
    """H3's children do not tile their parent, so cases are compared, by the store's fine cells."""
    for resolution in (8, 10):
        table = cells(city_home, city_run, f"cells-{resolution}")
        own = cells(city_home, city_run)
        assert table["count"].sum() == own["count"].sum()
    finer = cells(city_home, city_run, "cells-10")
    whole = finer[finer["step"] == -1]
    up = whole.groupby(parents(whole["cell"].to_numpy(), 9))["count"].sum()
    own = cells(city_home, city_run)
    mine = own[own["step"] == -1].set_index("cell")["count"]
    both = up[up > 0].index.intersection(mine.index)
    assert (up[both] == mine[both]).mean() > 0.9


def test_each_size_is_a_family_of_its_own(city_home: Path, city_run: RunSummary) -> None:
    for name in ("cells", "cells-8", "cells-10"):
        table = cells(city_home, city_run, name)
        p = np.stack([table["p_hot"], table["p_cold"]])
        expected = benjamini_hochberg(p)
        assert table["q_hot"].to_numpy() == pytest.approx(expected[0], nan_ok=True)
        assert table["q_cold"].to_numpy() == pytest.approx(expected[1], nan_ok=True)


def test_the_same_run_again_gives_the_same_bytes(
    city_home: Path, city_run: RunSummary, tmp_path: Path
) -> None:
    copy = Home.at(shutil.copytree(city_home, tmp_path / "home"))
    shutil.rmtree(copy.runs / city_run.id)
    again = analyse(copy, start=START, end=END)
    assert again.resolutions == (8, 9, 10)
    for name in ("cells-8", "cells-10"):
        path = f"runs/{city_run.id}/{name}.parquet"
        made = copy.runs / again.id / f"{name}.parquet"
        assert made.read_bytes() == (city_home / path).read_bytes()


def test_a_size_of_too_many_cells_is_left_out_and_told(
    city_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companions, "LARGEST_UNASKED", 600)
    home = Home.at(shutil.copytree(city_home, tmp_path / "home"))
    run = analyse(home, start=START, end=END, seed=2)
    assert run.resolutions == (8, 9)
    left = run.record["companions"][1]
    assert left["resolution"] == 10
    assert left["left_out"] == "too_many_cells"
    assert left["cells"] > left["largest"] == 600
    assert not (home.runs / run.id / "cells-10.parquet").exists()
    asked = analyse(home, start=START, end=END, seed=2, resolutions=[10])
    assert asked.resolutions == (9, 10)


def test_a_size_that_no_map_shows_is_refused(city_home: Path) -> None:
    with pytest.raises(InvalidParameter, match="11 is not in 7 to 10"):
        analyse(Home.at(city_home), start=START, end=END, resolutions=[11])


def test_a_finer_size_is_shown_nearer(city_run: RunSummary) -> None:
    zooms = [begins for _size, begins in sizes_by_zoom(city_run)]
    assert zooms == sorted(set(zooms))
    assert [size_at_zoom(city_run, zoom) for zoom in (0, zooms[1], zooms[2], 18)] == [8, 9, 10, 10]


def header(payload: bytes) -> dict[str, Any]:
    length = int.from_bytes(payload[:4], "little")
    found: dict[str, Any] = json.loads(payload[4 : 4 + length])
    return found


def test_the_map_is_given_each_size(
    client: FlaskClient, city_home: Path, city_run: RunSummary
) -> None:
    base = f"/hotspots/runs/{city_run.id}"
    meta = client.get(f"{base}/meta.json").get_json()
    assert [each["resolution"] for each in meta["sizes"]] == [8, 9, 10]
    assert meta["count_sizes"] == meta["sizes"], "one rule for both grounds"
    for resolution in (8, 9, 10):
        found = header(client.get(f"{base}/cells.bin?resolution={resolution}").data)
        assert found["resolution"] == resolution
    assert header(client.get(f"{base}/cells.bin").data)["resolution"] == 9
    assert client.get(f"{base}/cells.bin?resolution=7").status_code == 404
    assert client.get(f"{base}/cells.bin?resolution=x").status_code in (400, 422)


@pytest.mark.parametrize("resolution", [8, 10])
def test_a_cell_of_another_size_explains_itself(
    client: FlaskClient, city_home: Path, city_run: RunSummary, resolution: int
) -> None:
    table = cells(city_home, city_run, f"cells-{resolution}")
    busiest = table[table["step"] == -1].nlargest(1, "count").to_dict("records")[0]
    cell, name = busiest["cell"], cell_name(busiest["cell"])
    found = client.get(f"/hotspots/runs/{city_run.id}/cell/{name}").get_json()
    assert found["total"] == busiest["count"]
    assert found["course"] is None
    assert f"{busiest['neighbourhood_count']:,.0f}" in found["sentence"]
    months = [point["count"] for point in found["series"]]
    assert months == table[(table["cell"] == cell) & (table["step"] >= 0)]["count"].tolist()


def test_a_run_from_before_there_were_sizes_keeps_working(
    city_home: Path, city_run: RunSummary, tmp_path: Path
) -> None:
    home = Home.at(shutil.copytree(city_home, tmp_path / "home"))
    folder = home.runs / city_run.id
    record = json.loads((folder / "run.json").read_text("utf-8"))
    del record["companions"], record["parameters"]["companions"]
    (folder / "run.json").write_text(json.dumps(record), "utf-8")
    for each in folder.glob("cells-*.parquet"):
        each.unlink()
    run = load_run(home, city_run.id)
    assert run.resolutions == (9,)
    meta = layers.meta(home, run.id)
    assert meta["sizes"] == [{"resolution": 9, "from_zoom": 0.0}]
    assert [each["resolution"] for each in meta["count_sizes"]] == [8, 9, 10]
    assert header(layers.cells_payload(home, run.id))["resolution"] == 9
