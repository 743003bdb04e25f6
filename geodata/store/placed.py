"""Where some cases are: how many have a cell, how many only a township, and why not."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from geodata.schema import FLAGS

PLACED_BY = ("located", "township_only", "flags")
"""Columns that tell where a case is."""


@dataclass(frozen=True)
class Placed:
    """Where some cases are; located + unlocated = all of them."""

    located: int
    township_only: int
    unlocated: int
    flags: dict[str, int]

    @classmethod
    def nowhere(cls) -> Placed:
        """Return the counts of no case."""
        return cls(0, 0, 0, dict.fromkeys(FLAGS, 0))

    def __add__(self, other: Placed) -> Placed:
        return Placed(
            self.located + other.located,
            self.township_only + other.township_only,
            self.unlocated + other.unlocated,
            {flag: self.flags[flag] + other.flags[flag] for flag in FLAGS},
        )


def count_placed(cases: pl.LazyFrame) -> Placed:
    """Count where the cases of a frame with ``located, township_only, flags`` are."""
    wanted = cases.select(
        pl.len(),
        pl.col("located", "township_only").sum(),
        *(pl.col("flags").list.contains(flag).sum().alias(flag) for flag in FLAGS),
    )
    counts = wanted.collect(engine="streaming").row(0, named=True)
    return Placed(
        located=counts["located"],
        township_only=counts["township_only"],
        unlocated=counts["len"] - counts["located"],
        flags={flag: counts[flag] for flag in FLAGS},
    )
