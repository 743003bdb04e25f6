"""Counts against a plain loop, by two engines."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl

from geodata.counting import count_cases


def sample(n: int = 2000) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    return pl.DataFrame(
        {
            "cell": pl.Series(
                [None if c == 0 else c for c in rng.integers(0, 30, n).tolist()], dtype=pl.Int64
            ),
            "step": rng.integers(0, 4, n),
            "caller": pl.Series(
                [None if c == 0 else f"c{c}" for c in rng.integers(0, 40, n)], dtype=pl.String
            ),
        }
    )


def loop(frame: pl.DataFrame) -> dict[tuple[int, int], tuple[int, int]]:
    reports, callers = defaultdict(int), defaultdict(set)
    for row in frame.iter_rows(named=True):
        if row["cell"] is not None:
            group = row["cell"], row["step"]
            reports[group] += 1
            callers[group] |= {row["caller"]} - {None}
    return {group: (n, len(callers[group])) for group, n in reports.items()}


def test_as_a_plain_loop() -> None:
    frame = sample()
    counted = count_cases(frame.lazy(), ["cell", "step"]).collect()
    found = {(cell, step): (n, callers) for cell, step, n, callers in counted.iter_rows()}
    assert found == loop(frame)


def test_another_engine_counts_the_same() -> None:
    frame = sample()
    polars = count_cases(frame, ["cell", "step"]).sort("cell", "step")
    pandas = count_cases(frame.to_pandas(), ["cell", "step"]).sort_values(["cell", "step"])
    assert polars.rows() == list(pandas.itertuples(index=False, name=None))


def test_no_cases() -> None:
    assert count_cases(sample(0), ["cell", "step"]).is_empty()
