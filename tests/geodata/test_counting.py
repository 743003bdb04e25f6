"""Counts against a plain loop, by two engines."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

import h3
import numpy as np
import polars as pl
import pytest

from geodata.counting import cell_steps, count_cases
from spatial.grid import cells_of_points

EDGES = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]


def sample(n: int = 2000) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    lat, lng = rng.uniform(39.90, 39.92, n), rng.uniform(116.30, 116.33, n)
    located = rng.random(n) < 0.9
    cells = [
        int(c) if ok else None for c, ok in zip(cells_of_points(lat, lng, 11), located, strict=True)
    ]
    start = datetime(2024, 12, 20)
    return pl.DataFrame(
        {
            "cell": pl.Series(cells, dtype=pl.Int64),
            "located": located,
            "received_local": [start + timedelta(hours=int(h)) for h in rng.integers(0, 2600, n)],
            "caller": [None if c == 0 else f"c{c}" for c in rng.integers(0, 40, n)],
            "class_1": pl.Series(rng.choice(["市容", "噪声"], n).tolist(), dtype=pl.String),
            "class_2": pl.Series(rng.choice(["渣土", None], n).tolist(), dtype=pl.String),
            "class_3": pl.Series([None] * n, dtype=pl.String),
        }
    )


def loop(frame: pl.DataFrame, resolution: int, classes: set[str]) -> dict:
    reports, callers = defaultdict(int), defaultdict(set)
    for row in frame.iter_rows(named=True):
        step = sum(row["received_local"].date() >= edge for edge in EDGES) - 1
        wanted = not classes or classes & {row["class_1"], row["class_2"], row["class_3"]}
        if row["cell"] is None or not 0 <= step < len(EDGES) - 1 or not wanted:
            continue
        group = int(h3.cell_to_parent(f"{row['cell']:x}", resolution), 16), step
        reports[group] += 1
        callers[group] |= {row["caller"]} - {None}
    return {group: (n, len(callers[group])) for group, n in reports.items()}


@pytest.mark.parametrize(
    ("resolution", "classes"), [(9, ()), (8, ("渣土",)), (11, ("噪声", "渣土"))]
)
def test_as_a_plain_loop(resolution: int, classes: tuple[str, ...]) -> None:
    frame = sample()
    steps = cell_steps(frame.lazy(), EDGES, resolution=resolution, classes=classes)
    counted = count_cases(steps, ["cell", "step"]).collect()
    found = {(cell, step): (n, callers) for cell, step, n, callers in counted.iter_rows()}
    assert found == loop(frame, resolution, set(classes))


def test_another_engine_counts_the_same() -> None:
    frame = cell_steps(sample().lazy(), EDGES, resolution=9).collect()
    polars = count_cases(frame, ["cell", "step"]).sort("cell", "step")
    pandas = count_cases(frame.to_pandas(), ["cell", "step"]).sort_values(["cell", "step"])
    assert polars.rows() == list(pandas.itertuples(index=False, name=None))


def test_no_cases_and_bad_edges() -> None:
    empty = count_cases(cell_steps(sample(0).lazy(), EDGES, resolution=9), ["cell", "step"])
    assert empty.collect().is_empty()
    for edges in ([], EDGES[:1], EDGES[::-1], [EDGES[0], EDGES[0]]):
        with pytest.raises(ValueError, match="edges: at least two dates"):
            cell_steps(sample(0).lazy(), edges, resolution=9)
