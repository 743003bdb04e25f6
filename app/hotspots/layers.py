"""The layers of a run as the map reads them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from app.accounts.areas import Area
from app.cases.disclosure import ROUNDING_BASE, SUPPRESSED, disclosed
from app.hotspots.filtered.forms import RESOLUTIONS
from app.hotspots.geography import townships
from app.hotspots.packing import pack, shorten_cells
from app.hotspots.points.registered import registered_as
from app.hotspots.runs import (
    RunSummary,
    cells_of,
    cluster_table,
    emerging_table,
    load_run,
    read_table,
)
from app.hotspots.sizes import sizes_by_zoom
from geodata.areas import Boundaries
from geodata.home import Home
from spatial.grid import cell_polygons

LAYER_VERSION = 4
"""Of all layers, in their tags: a browser that has older ones loads them again."""

CELLS_VERSION = 1
"""Of the layout of ``cells.bin``, which the page checks."""

OUTLINE_TOLERANCE_M = 15.0
"""Outlines are thinned to this, far below a pixel at the zooms that show whole townships."""

OUTLINE_GRID_DEG = 1e-6
"""Coordinates of outlines are rounded to this, about a decimetre."""

POINT_COLUMNS = (
    "id",
    "name",
    "lng",
    "lat",
    "reach_m",
    "township",
    "reports",
    "callers",
    "incidents",
    "top_caller_share",
    "one_caller",
    "main_class",
    "rules",
    "expected",
    "q_value",
    "unusually_high",
    "place",
    "case_place",
    "case_place_name",
    "case_place_share",
)

CLUSTER_FIGURES = (
    "observed",
    "expected",
    "relative_risk",
    "p_value",
    "radius_km",
    "lng",
    "lat",
)

EXPECTED_MANTISSA_BITS = 8
"""Kept bits of the expected counts: about three digits, and half the bytes when compressed."""


def meta(home: Home, run_id: str) -> dict[str, Any]:
    """Return ``run.json`` with what the map needs at its start.

    ``sizes`` are those in which the run's cells are shown, ``count_sizes`` those in which the map
    counts by its filter.
    """
    run = load_run(home, run_id)
    return {
        **run.record,
        "sizes": _sizes_json(sizes_by_zoom(run)),
        "count_sizes": _sizes_json(sizes_by_zoom(run, RESOLUTIONS)),
        "totals": run.counts,
        "population": run.null == "negative_binomial",
        "measure": run.measure,
    }


def _sizes_json(sizes: Iterable[tuple[int, float]]) -> list[dict[str, float]]:
    return [{"resolution": size, "from_zoom": begins} for size, begins in sizes]


def cells_payload(
    home: Home, run_id: str, resolution: int | None = None, *, exact: bool = True
) -> bytes:
    """Return the cells of a run, its own or those of another of its sizes, as binary columns.

    Rows 0…S are the whole span and then each step; see `encode_cells` for the layout. For who may
    see no small counts (not `exact`) counts and totals are disclosed, and expected counts, which
    share out a row's true total, come in whole steps of `ROUNDING_BASE`; below half a step they are
    left out (NaN).
    """
    run = load_run(home, run_id)
    size = run.resolution if resolution is None else resolution
    table = cells_of(home, run, size, ["cell", "count", "expected", "level"])
    emerging = emerging_table(home, run, ["category"]) if size == run.resolution else None
    rows = len(run.steps) + 1
    n = table.num_rows // rows
    counts = table["count"].to_numpy().reshape(rows, n)
    expected = table["expected"].to_numpy(zero_copy_only=False).reshape(rows, n)
    totals = _totals(run, size)
    if not exact:
        counts, expected = disclosed(counts), coarse_expected(expected)
        totals = [disclosed(total) for total in totals]
    return encode_cells(
        table["cell"].to_numpy()[:n],
        counts,
        expected,
        table["level"].to_numpy().reshape(rows, n),
        size,
        totals,
        None if emerging is None else emerging["category"].to_numpy(),
    )


def coarse_expected(expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round expected counts as counts are; below half a step nothing is told of them."""
    steps = np.rint(expected / ROUNDING_BASE) * ROUNDING_BASE
    return np.where(steps > 0, steps, np.nan)


def encode_cells(
    cells: NDArray[np.int64],
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    levels: NDArray[np.int8],
    resolution: int,
    totals: list[int],
    categories: NDArray[np.int8] | None = None,
) -> bytes:
    """Pack columns behind a JSON header.

    Parameters
    ----------
    cells : int64[n]
        H3 cells, ascending.
    counts, expected, levels : arrays of shape (1 + steps, n)
        Row 0 is the whole span. Counts may hold `SUPPRESSED`.
    resolution : int
        Of the cells.
    totals : list of int
        Located cases of each row.
    categories : int8[n], optional
        Kind of course over all steps; the payload has the column only where they are given.

    Returns
    -------
    bytes
        As `pack` lays them out; ``cell_delta`` as `shorten_cells` has it. With ``suppressed`` in
        the header, the greatest value of the type of ``count`` stands for a count not told.
        Expected counts that share out a row's total come as each cell's ``expected_share`` and the
        header's ``expected_totals``, others one by one as ``expected``.
    """
    columns = {"count": narrowed(counts), "level": levels.astype("<i1")}
    header: dict[str, Any] = {"steps": int(counts.shape[0]) - 1, "totals": totals}
    whole, share = shared_out(expected)
    if share is None:
        columns["expected"] = shortened(expected)
    else:
        columns["expected_share"] = share.astype("<f4")
        header["expected_totals"] = whole.tolist()
    if categories is not None:
        columns["category"] = categories.astype("<i1")
    if (counts == SUPPRESSED).any():
        header["suppressed"] = True
    return pack_cells(cells, resolution, columns, header)


def shared_out(
    expected: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return each row's sum, and each cell's share of them; None where the rows differ in that.

    Cells without an expected count (NaN in every row) have no share.
    """
    sums = np.nansum(expected, axis=1)
    with np.errstate(invalid="ignore"):
        share = expected[0] / sums[0]
    same = np.allclose(np.outer(sums, share), expected, rtol=1e-9, atol=0, equal_nan=True)
    return sums, share if same else None


def pack_cells(
    cells: NDArray[np.int64],
    resolution: int,
    columns: dict[str, NDArray[Any]],
    header: dict[str, Any] | None = None,
) -> bytes:
    """Pack cells and what is known of them; see `encode_cells` for the layout.

    Parameters
    ----------
    cells : int64[n]
        H3 cells, ascending.
    resolution : int
    columns : dict
        Little endian arrays by name.
    header : dict, optional
        Further JSON values of the header.
    """
    described, deltas = shorten_cells(cells, resolution)
    whole = {"version": CELLS_VERSION, **described, **(header or {})}
    return pack(whole, {"cell_delta": deltas, **columns})


def narrowed(counts: NDArray[np.int64]) -> NDArray[Any]:
    """Return counts in as few bytes as they need; the type's greatest value is a count not told."""
    narrow = np.dtype("<u2" if counts.max(initial=0) < np.iinfo("u2").max else "<u4")
    return np.where(counts == SUPPRESSED, np.iinfo(narrow).max, counts).astype(narrow)


def townships_geojson(home: Home, run_id: str) -> bytes:
    """Return thinned outlines with a label point inside each."""
    return outlines(home, load_run(home, run_id).record["boundary_versions"]["township"])


@lru_cache(maxsize=4)
def outlines(home: Home, version: str) -> bytes:
    """Return thinned outlines of a version of the townships, with a label point inside each."""
    boundaries = townships(home, version)
    labels = gpd.GeoSeries(boundaries.geometry, crs=4326).representative_point()
    thinned = _thin(boundaries)
    frame = gpd.GeoDataFrame(
        {
            "code": boundaries.codes,
            "name": boundaries.names,
            "district": boundaries.district_codes,
            "lng": labels.x.round(6),
            "lat": labels.y.round(6),
        },
        geometry=thinned,
        crs=4326,
    )
    return str(frame.to_json(na="null", drop_id=True)).encode()


def districts_geojson(home: Home, run_id: str) -> bytes:
    """Return the districts as their townships make them up; no features where none is known."""
    return _districts(home, load_run(home, run_id).record["boundary_versions"]["township"])


@lru_cache(maxsize=4)
def _districts(home: Home, version: str) -> bytes:
    return str(merge_districts(townships(home, version)).to_json(na="null", drop_id=True)).encode()


def merge_districts(boundaries: Boundaries) -> gpd.GeoDataFrame:
    """Return the districts of townships: ``code, name``, outline and label point ``lng, lat``."""
    frame = gpd.GeoDataFrame(
        {"code": boundaries.district_codes, "name": boundaries.district_names},
        geometry=_thin(boundaries),
        crs=4326,
    )
    # On the grid of the outlines the two lines of a shared border fall together.
    merged = frame.dissolve("code", grid_size=OUTLINE_GRID_DEG, as_index=False)
    labels = merged.representative_point()
    return merged.assign(lng=labels.x.round(6), lat=labels.y.round(6))


def township_series(home: Home, run_id: str) -> dict[str, Any]:
    """Return each township's counts by step, its rates, score and rank."""
    run = load_run(home, run_id)
    table = read_table(home, run_id, "townships").to_pylist()
    ranked = {row["code"]: row for row in read_table(home, run_id, "candidates").to_pylist()}
    whole = [row for row in table if row["step"] < 0]
    series: dict[str, list[dict[str, Any]]] = {row["code"]: [] for row in whole}
    for row in table:
        if row["step"] >= 0:
            series[row["code"]].append(row)
    codes = [row["code"] for row in whole]
    return {
        "codes": codes,
        "names": [row["name"] for row in whole],
        "districts": [row["district"] for row in whole],
        "population": [row["population"] for row in whole],
        "whole": [row["count"] for row in whole],
        "township_only": [row["township_only"] for row in whole],
        "whole_rates": [row["rate"] for row in whole],
        "counts": [[row["count"] for row in series[code]] for code in codes],
        "rates": [[row["rate"] for row in series[code]] for code in codes],
        "score": [ranked.get(code, {}).get("score") for code in codes],
        "rank": [ranked.get(code, {}).get("rank") for code in codes],
        "steps": [step.label for step in run.steps],
    }


def clusters_geojson(home: Home, run_id: str) -> bytes:
    """Return the scan clusters as outlines of their members, the strongest first."""
    run = load_run(home, run_id)
    table = cluster_table(home, run)
    rows = [] if table is None else table.to_pylist()
    boundaries = townships(home, run.record["boundary_versions"]["township"])
    at = boundaries.locate(
        np.array([row["lng"] for row in rows], float), np.array([row["lat"] for row in rows], float)
    )
    frame = gpd.GeoDataFrame(
        {
            "rank": [row["rank"] for row in rows],
            "start": [row["start_step"] for row in rows],
            "end": [row["end_step"] for row in rows],
            "township": [None if i < 0 else str(boundaries.names[i]) for i in at],
            **{name: [row[name] for row in rows] for name in CLUSTER_FIGURES},
        },
        geometry=[merged_cells(np.array(row["members"])) for row in rows],
        crs=4326,
    )
    return str(frame.to_json(na="null", drop_id=True)).encode()


def merged_cells(cells: NDArray[np.int64]) -> Any:
    """Return the outline of cells that may touch."""
    # Neighbours agree on their corners to the last bits only: on a grid they fall together.
    polygons = shapely.set_precision(cell_polygons(cells), OUTLINE_GRID_DEG)
    return shapely.union_all(polygons, grid_size=OUTLINE_GRID_DEG)


def points(home: Home, area: Area, run_id: str) -> list[dict[str, Any]]:
    """Return the points of an area, those with most reports first.

    ``registered_as`` is the name of the place that half or more of a point's cases were given,
    where the point itself is not called by that place; else null.
    """
    table = read_table(home, run_id, "points")
    # Earlier runs did not keep the incidents of points.
    rows: list[dict[str, Any]] = table.select(
        [name for name in POINT_COLUMNS if name in table.column_names]
    ).to_pylist()
    return [
        {**row, "registered_as": registered_as(row)}
        for row in rows
        if area.has_township(row["township"])
    ]


def _totals(run: RunSummary, resolution: int) -> list[int]:
    """Return what all cells of one size count in each row; callers may differ by size."""
    sizes = {each["resolution"]: each for each in run.record.get("companions", ())}
    record = run.record if resolution == run.resolution else sizes[resolution]
    return [int(total) for total in record["located_by_row"]]


def _thin(boundaries: Boundaries) -> gpd.GeoSeries:
    """Thin all outlines together, so that neighbours still share their borders."""
    series = gpd.GeoSeries(boundaries.geometry, crs=4326)
    metric = series.to_crs(series.estimate_utm_crs())
    return (
        metric.simplify_coverage(OUTLINE_TOLERANCE_M).to_crs(4326).set_precision(OUTLINE_GRID_DEG)
    )


def shortened(numbers: NDArray[np.float64]) -> NDArray[np.float32]:
    """Clear the low mantissa bits; NaN and infinity stay what they are."""
    values = numbers.astype("<f4")
    drop = 23 - EXPECTED_MANTISSA_BITS
    bits = values.view("<u4")
    rounded = ((bits + np.uint32(1 << (drop - 1))) >> np.uint32(drop)) << np.uint32(drop)
    return np.where(np.isfinite(values), rounded.view("<f4"), values).astype("<f4")
