"""The picture of a state, read pixel by pixel."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray
from PIL import Image

from app.hotspots.palette import LEVEL_COLOURS, NO_COUNT, TOWNSHIP_COLOURS
from app.hotspots.runs import RunSummary
from app.takeaway.counted.classes import colours_of, count_breaks
from app.takeaway.picture import HEAD
from app.takeaway.screen import Screen
from spatial.grid import cell_centres, cell_from_name
from tests.app.filtered.payloads import read_cells
from tests.app.small_city import HOT_LAT, HOT_LNG

VIEW = f"13.00/{HOT_LAT:.5f}/{HOT_LNG:.5f}"
SCALE = 2


def picture(client: FlaskClient, run: RunSummary, query: str) -> NDArray[np.uint8]:
    answer = client.get(f"/hotspots/runs/{run.id}/take-away/png?{query}")
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.data)).convert("RGB"))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_each_cell_has_the_colour_of_its_level(
    client: FlaskClient, city_home: Path, city_run: RunSummary
) -> None:
    query = f"layer=cells&view={VIEW}&width=800&height=600"
    image = picture(client, city_run, query)
    table = pq.read_table(city_home / "runs" / city_run.id / "cells.parquet").to_pandas()
    whole = table[table["step"] == -1]
    lat, lng = cell_centres(whole["cell"].to_numpy())
    screen = Screen(13.0, HOT_LAT, HOT_LNG, 800, 600)
    # Away from names, scale bar and arrow; a line of a township may still pass.
    at, seen = screen.pixels(lng, lat), screen.sees(lng, lat, margin=-60)
    levels = whole["level"].to_numpy()
    right = [
        tuple(image[round(SCALE * (down + HEAD)), round(SCALE * across)])
        == rgb(LEVEL_COLOURS[int(level)])
        for (across, down), level in zip(at[seen], levels[seen], strict=True)
        if level != 127
    ]
    assert len(right) > 40
    assert np.mean(right) > 0.9
    assert {3, 0} <= set(levels[seen].tolist())


def test_the_map_has_the_proportions_of_the_screen(
    client: FlaskClient, city_run: RunSummary
) -> None:
    wide = picture(client, city_run, "layer=cells&width=900&height=400")
    tall = picture(client, city_run, "layer=cells&width=900&height=700")
    assert wide.shape[1] == tall.shape[1] == 900 * SCALE
    assert tall.shape[0] - wide.shape[0] == 300 * SCALE


def test_another_layer_month_or_selection_is_another_picture(
    client: FlaskClient, city_run: RunSummary
) -> None:
    states = (
        "layer=cells", "layer=townships", "layer=cells&step=3", "layer=cells,points",
        "layer=cells&selected=township:T2", "layer=emerging,clusters,unusual,projects",
    )  # fmt: skip
    size = "&width=300&height=300"
    pictures = [picture(client, city_run, state + size).tobytes() for state in states]
    assert len(set(pictures)) == len(states)
    assert picture(client, city_run, states[0] + size).tobytes() == pictures[0]


def test_townships_are_filled_with_their_classes(client: FlaskClient, city_run: RunSummary) -> None:
    image = picture(client, city_run, "layer=townships&width=600&height=400")
    colours = {tuple(each) for each in image.reshape(-1, 3)[::7].tolist()}
    assert sum(rgb(colour) in colours for colour in TOWNSHIP_COLOURS) >= 3


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_titles_have_letters_not_boxes(
    client: FlaskClient, city_run: RunSummary, language: str, recwarn: pytest.WarningsRecorder
) -> None:
    """Matplotlib warns of each letter that no font has."""
    client.post("/language", data={"language": language})
    picture(client, city_run, "layer=cells,points,projects&width=600&height=300")
    assert not [each for each in recwarn if "Glyph" in str(each.message)]


def test_a_fitted_window_shows_the_whole_extent() -> None:
    bounds = (115.4, 39.4, 117.5, 41.1)
    for width, height in ((1200, 800), (390, 700), (2000, 300)):
        screen = Screen.fitting(bounds, width, height)
        (west, south), (east, north) = np.subtract(screen.bounds, bounds).reshape(2, 2)
        assert max(west, south) < 0 < min(east, north)
        taken = screen.pixels([bounds[0], bounds[2]], [bounds[1], bounds[3]])
        shares = np.abs(taken[1] - taken[0]) / (width, height)
        assert shares.max() == pytest.approx(0.94)
        assert taken.mean(axis=0) == pytest.approx((width / 2, height / 2), abs=1e-6)


def counted_picture(client: FlaskClient, query: str) -> NDArray[np.uint8]:
    answer = client.get(f"/hotspots/counts/take-away/png?{query}")
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.data)).convert("RGB"))


@pytest.mark.parametrize("periods", ["", "2025-03", "2025-03,2025-04"])
def test_each_cell_has_the_colour_of_its_count_by_the_filter(
    client: FlaskClient, city_run: RunSummary, periods: str
) -> None:
    query = f"run={city_run.id}&layer=counts&view={VIEW}&width=800&height=600&periods={periods}"
    image = counted_picture(client, query)
    told = read_cells(client.get("/hotspots/counts/cells.bin").data)
    wanted = periods.split(",") if periods else None
    counts = np.array(
        [
            sum(told.by_period.get((cell, label), 0) for label in wanted)
            if wanted
            else told.whole[cell]
            for cell in told.cells
        ]
    )
    single = np.array([n for (_cell, _label), n in told.by_period.items()])
    breaks = count_breaks(single if periods == "2025-03" else counts)
    colours = [rgb(colour) for colour in colours_of(breaks)]
    lat, lng = cell_centres([cell_from_name(cell) for cell in told.cells])
    screen = Screen(13.0, HOT_LAT, HOT_LNG, 800, 600)
    at, seen = screen.pixels(lng, lat), screen.sees(lng, lat, margin=-60)
    right = [
        tuple(image[round(SCALE * (down + HEAD)), round(SCALE * across)])
        == (colours[sum(count >= bound for bound in breaks)] if count else rgb(NO_COUNT))
        for (across, down), count in zip(at[seen], counts[seen], strict=True)
    ]
    assert len(right) > 20
    assert np.mean(right) > 0.9
    assert len(breaks) > 1


def test_what_is_selected_is_outlined_and_the_filter_colours_townships(
    client: FlaskClient, city_run: RunSummary
) -> None:
    size = f"run={city_run.id}&width=300&height=300"
    states = (
        "layer=counts", "layer=counts&measure=callers", "layer=counts&township=T2", "layer=rate",
        "layer=rate&denominator=none", "layer=rate&township=T2", "layer=counts,points",
        "layer=rate&class=%E5%99%AA%E5%A3%B0", "layer=counts&resolution=8",
    )  # fmt: skip
    pictures = [counted_picture(client, f"{size}&{state}").tobytes() for state in states]
    assert len(set(pictures)) == len(states)
    assert counted_picture(client, f"{size}&{states[0]}").tobytes() == pictures[0]


def test_grounds_of_the_run_are_not_drawn_over_those_of_the_filter(
    client: FlaskClient, city_run: RunSummary
) -> None:
    query = f"run={city_run.id}&width=300&height=300&layer=counts"
    plain = counted_picture(client, query)
    assert np.array_equal(counted_picture(client, f"{query},cells"), plain)
