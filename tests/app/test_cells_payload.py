from __future__ import annotations

import json

import h3
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cases.disclosure import disclosed
from app.hotspots.layers import coarse_expected, encode_cells

TYPES = {"float64": "<f8", "float32": "<f4", "uint16": "<u2", "uint32": "<u4", "int8": "<i1"}


def decode(payload: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """Read the layout as its description says, not with the code that wrote it."""
    length = int.from_bytes(payload[:4], "little")
    header = json.loads(payload[4 : 4 + length])
    start = (4 + length + 7) // 8 * 8
    columns = {}
    for column in header["columns"]:
        assert column["offset"] % 8 == 0
        columns[column["name"]] = np.frombuffer(
            payload, TYPES[column["dtype"]], column["length"], start + column["offset"]
        )
    return header, columns


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3), st.integers(8, 10), st.integers(0, 2**32 - 1))
def test_every_id_and_value_comes_back(radius: int, resolution: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = h3.grid_disk(h3.latlng_to_cell(39.0, 83.0, resolution), radius)
    cells = np.sort(np.array([h3.str_to_int(name) for name in names], dtype=np.int64))
    rows = 4
    counts = rng.integers(0, rng.choice([10, 100_000]), (rows, cells.size))
    expected = rng.gamma(1.0, 5.0, (rows, cells.size))
    expected[0, 0] = np.nan
    levels = rng.integers(-3, 4, (rows, cells.size)).astype(np.int8)
    payload = encode_cells(cells, counts, expected, levels, resolution, [1, 2, 3, 4])
    header, columns = decode(payload)
    assert (header["n"], header["steps"]) == (cells.size, rows - 1)
    suffix = int(header["suffix"], 16)
    short = np.cumsum(columns["cell_delta"]).astype(np.int64)
    assert ((short << header["shift"]) | suffix).tolist() == cells.tolist()
    assert columns["count"].tolist() == counts.ravel().tolist()
    assert columns["level"].tolist() == levels.ravel().tolist()
    np.testing.assert_allclose(columns["expected"], expected.ravel(), rtol=0.003)


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_expected_counts_that_share_out_a_total_are_told_by_their_shares(rows: int, seed: int):
    rng = np.random.default_rng(seed)
    names = h3.grid_disk(h3.latlng_to_cell(39.0, 83.0, 9), 1)
    cells = np.sort(np.array([h3.str_to_int(name) for name in names], dtype=np.int64))
    population = rng.gamma(0.5, 100.0, cells.size) + 1
    population[0] = np.nan
    totals = rng.integers(1, 10_000, rows)
    expected = np.outer(totals, population / np.nansum(population))
    same = np.zeros((rows, cells.size), np.int64)
    header, columns = decode(
        encode_cells(cells, same, expected, same.astype(np.int8), 9, [0] * rows)
    )
    assert "expected" not in columns
    told = np.outer(header["expected_totals"], columns["expected_share"])
    np.testing.assert_allclose(told, expected, rtol=1e-6)


@given(st.lists(st.integers(0, 100_000), min_size=7, max_size=7))
def test_small_counts_leave_as_one_value(true: list[int]) -> None:
    names = h3.grid_disk(h3.latlng_to_cell(39.0, 83.0, 9), 1)
    cells = np.sort(np.array([h3.str_to_int(name) for name in names], dtype=np.int64))
    counts = disclosed(np.array([true]))
    levels = np.zeros((1, 7), np.int8)
    payload = encode_cells(cells, counts, np.ones((1, 7)), levels, 9, [disclosed(sum(true))])
    header, columns = decode(payload)
    untold = [0 < count < 5 for count in true]
    assert header.get("suppressed", False) == any(untold)
    greatest = np.iinfo(columns["count"].dtype).max
    shown = columns["count"].tolist()
    assert [count == greatest for count in shown] == untold
    assert [c for c in shown if c != greatest] == [c for c in counts[0].tolist() if c >= 0]


def test_expected_counts_of_viewers_tell_no_total() -> None:
    expected = np.array([0.4, 2.4, 2.6, 11.9, np.nan])
    np.testing.assert_array_equal(coarse_expected(expected), [np.nan, np.nan, 5, 10, np.nan])
