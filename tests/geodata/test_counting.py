"""Counts against a plain loop, by two engines."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl

from geodata.counting import count_by_month, count_cases


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
            "incident": pl.Series(
                [None if i == 0 else i for i in rng.integers(0, 90, n).tolist()], dtype=pl.Int64
            ),
        }
    )


def loop(frame: pl.DataFrame) -> dict[tuple[int, int], tuple[int, int, int]]:
    reports, callers, incidents = defaultdict(int), defaultdict(set), defaultdict(list)
    for row in frame.iter_rows(named=True):
        if row["cell"] is not None:
            group = row["cell"], row["step"]
            reports[group] += 1
            callers[group] |= {row["caller"]} - {None}
            # A report without an incident is one of its own.
            if row["incident"] is None or row["incident"] not in incidents[group]:
                incidents[group].append(row["incident"])
    return {group: (n, len(callers[group]), len(incidents[group])) for group, n in reports.items()}


def test_as_a_plain_loop() -> None:
    frame = sample()
    counted = count_cases(frame.lazy(), ["cell", "step"]).collect()
    found = {(cell, step): tuple(rest) for cell, step, *rest in counted.iter_rows()}
    assert counted.columns == ["cell", "step", "reports", "callers", "incidents"]
    assert found == loop(frame)


def test_without_incidents_the_rest_is_the_same() -> None:
    frame = sample()
    counted = count_cases(frame, ["cell"]).sort("cell")
    plain = count_cases(frame.drop("incident"), ["cell"]).sort("cell")
    assert plain.rows() == counted.drop("incidents").rows()


def test_another_engine_counts_the_same() -> None:
    frame = sample()
    polars = count_cases(frame, ["cell", "step"]).sort("cell", "step")
    pandas = count_cases(frame.to_pandas(), ["cell", "step"]).sort_values(["cell", "step"])
    assert polars.rows() == list(pandas.itertuples(index=False, name=None))


def test_no_cases() -> None:
    assert count_cases(sample(0), ["cell", "step"]).is_empty()


def test_month_by_month_counts_what_counting_at_once_counts() -> None:
    rows = sample().drop("incident").with_columns(month=pl.format("2024-0{}", pl.col("step") + 1))
    found = count_by_month(rows.drop("step").lazy(), ["cell"])
    expected = count_cases(rows, ["month", "cell"])
    assert found.sort("month", "cell").equals(expected.sort("month", "cell"))
    assert found["month"].is_sorted()
    assert count_by_month(rows.clear().lazy(), ["cell"]).is_empty()
