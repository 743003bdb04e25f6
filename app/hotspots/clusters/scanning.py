"""Scan clusters of a run: circles in spans of months that have more than their share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.hotspots.cell_tests import NO_POPULATION_NULL
from app.hotspots.tables import CellResults, Extra
from spatial.count_laws.dispersion import estimate_dispersion
from spatial.grid import cell_centres, parents
from spatial.scanning import Cluster, scan

NAME, RECORD = "clusters", "scan"
"""Of the table, and of what ``run.json`` says about it."""

SIGNIFICANT_P = 0.05

MOST_UNITS = 6_000
"""More units than this are merged into coarser cells: a scan's time grows with their square."""

COARSEST_RESOLUTION = 5

LARGEST_SHARE = 0.10
"""A circle that holds more of the city than this points at nothing in particular."""

LONGEST_SHARE = 0.5
"""Clusters that last longer than half the span are found as the half that stands out most."""

REPLICAS = 255
"""Give p-values down to 1/256; a Gumbel law fitted to their maxima gives those below."""

FEWEST_STEPS = 3
"""A scan over time needs as many; shorter runs are scanned in space only."""


@dataclass(frozen=True)
class _Units:
    """What is scanned: cells merged to `resolution`, with counts and expected counts by step."""

    cells: NDArray[np.int64]
    resolution: int
    counts: NDArray[np.int64]
    expected: NDArray[np.float64] | None


def find_clusters(cells: CellResults, resolution: int, seed: int) -> Extra:
    """Scan the cells of a run over all its steps.

    With population the model is Poisson, conditional on the expected counts of each cell and step,
    with replicas whose rates scatter as the city's do; without, it is the space-time permutation,
    which sees only where time and place go together.

    Parameters
    ----------
    cells : CellResults
    resolution : int
        Of the cells.
    seed : int
        Of the replicas.

    Returns
    -------
    Extra
        Table ``clusters``, one row a significant cluster, the strongest first: ``rank``, ``kind``
        (high), ``start_step`` and ``end_step`` (both inside), ``observed``, ``expected``,
        ``relative_risk``, ``log_likelihood_ratio``, ``p_value``, ``radius_km``, ``lng``, ``lat``,
        ``members`` (H3 cells of the record's ``unit_resolution``).
    """
    units = _units(cells, resolution)
    by_population = units.expected is not None
    if not by_population and units.counts.shape[1] < FEWEST_STEPS:
        return Extra(NAME, _table([], units), {RECORD: {"left_out": "too_few_steps"}})
    if len(units.cells) < 2 or (units.counts.sum(axis=1) > 0).sum() < 2:
        return Extra(NAME, _table([], units), {RECORD: {"left_out": "too_few_units"}})
    in_time = units.counts.shape[1] >= FEWEST_STEPS
    counts = units.counts if in_time else units.counts.sum(axis=1)
    expected = units.expected
    if expected is not None and not in_time:
        expected = expected.sum(axis=1)
    among_units, among_steps = _scatter(units) if by_population else (0.0, 0.0)
    lat, lng = cell_centres(units.cells)
    found = scan(
        counts,
        model="poisson" if by_population else "space_time_permutation",
        expected=expected,
        lat=lat,
        lng=lng,
        max_share=LARGEST_SHARE,
        max_length=_longest(units) if in_time else 1,
        area_dispersion=among_units,
        dispersion=among_steps,
        n_permutations=REPLICAS,
        rng=np.random.default_rng(seed),
    )
    significant = [each for each in found.clusters if each.p_value < SIGNIFICANT_P]
    record = {
        "model": found.model,
        "analysis": found.analysis,
        "tail": "high",
        "dispersion": {"units": among_units, "steps": among_steps},
        "unit_resolution": units.resolution,
        "units": len(units.cells),
        "max_share": LARGEST_SHARE,
        "max_steps": _longest(units) if in_time else units.counts.shape[1],
        "n_replicas": len(found.replica_maxima),
        "alpha": SIGNIFICANT_P,
        "found": len(found.clusters),
        "significant": len(significant),
    }
    return Extra(NAME, _table(significant, units), {RECORD: record})


def _scatter(units: _Units) -> tuple[float, float]:
    """Return the dispersion of rates among units over the whole span, and among their steps.

    With ``a`` among units and ``b`` among steps, single steps have ``s = a + b + a b`` and totals
    of ``T`` steps ``w = a + (s - a) / T``. Both are estimated from the counts, robustly, and used
    at their upper bound: a scatter that is too low by chance would see clusters everywhere.
    """
    expected = np.asarray(units.expected)
    steps = units.counts.shape[1]
    whole = estimate_dispersion(units.counts.sum(axis=1), expected.sum(axis=1)).upper
    if steps < FEWEST_STEPS:
        return 0.0, whole
    single = estimate_dispersion(units.counts, expected).upper
    among_units = max(0.0, (whole - single / steps) / (1 - 1 / steps))
    return among_units, max(0.0, (single - among_units) / (1 + among_units))


def _longest(units: _Units) -> int:
    return max(1, int(units.counts.shape[1] * LONGEST_SHARE))


def _units(cells: CellResults, resolution: int) -> _Units:
    """Merge cells until they are few enough; those without an expected count take no part."""
    by_population = cells.null != NO_POPULATION_NULL
    known = np.isfinite(cells.expected[:, 0]) if by_population else np.ones(len(cells.cells), bool)
    coarser = resolution
    units, which = cells.cells[known], np.arange(int(known.sum()))
    while len(units) > MOST_UNITS and coarser > COARSEST_RESOLUTION:
        coarser -= 1
        units, which = np.unique(parents(cells.cells[known], coarser), return_inverse=True)
    steps = cells.counts.shape[1] - 1
    counts = np.zeros((len(units), steps), np.int64)
    np.add.at(counts, which, cells.counts[known, 1:])
    if not by_population:
        return _Units(units, coarser, counts, None)
    expected = np.zeros((len(units), steps))
    np.add.at(expected, which, cells.expected[known, 1:])
    return _Units(units, coarser, counts, expected)


def _table(clusters: list[Cluster], units: _Units) -> pa.Table:
    """Return clusters with their members as cells; the one nearest to the centre comes first."""
    members = [units.cells[np.array(each.members, dtype=np.int64)] for each in clusters]
    centres = np.array([cells[0] for cells in members], dtype=np.int64)
    lat, lng = cell_centres(centres)
    last = units.counts.shape[1] - 1
    in_time = units.counts.shape[1] >= FEWEST_STEPS

    def column(values: list[Any], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind, from_pandas=True)

    return pa.table(
        {
            "rank": column(list(range(1, len(clusters) + 1)), pa.int32()),
            "kind": column([each.rate for each in clusters], pa.string()),
            "start_step": column([each.start if in_time else 0 for each in clusters], pa.int16()),
            "end_step": column(
                [each.end - 1 if in_time else last for each in clusters], pa.int16()
            ),
            "observed": column([each.observed for each in clusters], pa.int64()),
            "expected": column([each.expected for each in clusters], pa.float64()),
            "relative_risk": column([each.relative_risk for each in clusters], pa.float64()),
            "log_likelihood_ratio": column(
                [each.log_likelihood_ratio for each in clusters], pa.float64()
            ),
            "p_value": column([each.p_value for each in clusters], pa.float64()),
            "radius_km": column([each.radius for each in clusters], pa.float64()),
            "lng": pa.array(lng),
            "lat": pa.array(lat),
            "members": pa.array([cells.tolist() for cells in members], pa.list_(pa.int64())),
        }
    )
