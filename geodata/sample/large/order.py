"""What is ordered: how many cases of which city, and in which files."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.errors import InvalidOrder
from geodata.sample.layout import MOST_DISTRICTS, MOST_TOWNSHIPS, N_DISTRICTS, N_TOWNSHIPS, Size

PARQUET, CSV = "parquet", "csv"
FORMATS = (PARQUET, CSV)

LONGEST_MONTHS = 24
"""The calendar begins in January 2024; later cases would lie in the future."""

MOST_CASES = 2_000_000_000
"""Twenty years of a large province; products of two such numbers fit 64 bits."""

MOST_FAULTS, FEWEST_WITH_FAULTS = 0.25, 1_000
"""Largest share of bad rows, and fewest cases: each has a good neighbour whose id it can repeat."""


@dataclass(frozen=True)
class Order:
    """One sample to be written.

    Attributes
    ----------
    cases : int
        Rows in all, bad ones among them.
    seed : int
    months : int
        From January 2024.
    districts, townships : int
    format : {"parquet", "csv"}
    by_month : bool
        One file a month, else one file.
    faults : float
        Share of bad rows, 0 to `MOST_FAULTS`.
    updates : float
        Share of the good rows that come again, closed and called back, in a second file.

    Raises
    ------
    InvalidOrder
        A value is out of its range.

    Examples
    --------
    >>> Order(1_000_000, faults=0.001).n_faults
    1000
    """

    cases: int
    seed: int = 1
    months: int = LONGEST_MONTHS
    districts: int = N_DISTRICTS
    townships: int = N_TOWNSHIPS
    format: str = PARQUET
    by_month: bool = False
    faults: float = 0.0
    updates: float = 0.0

    def __post_init__(self) -> None:
        _check("cases", self.cases, FEWEST_WITH_FAULTS if self.faults else 1, MOST_CASES)
        _check("seed", self.seed, 0, 2**32 - 1)
        _check("months", self.months, 1, LONGEST_MONTHS)
        _check("districts", self.districts, 1, MOST_DISTRICTS)
        _check("townships", self.townships, 4 * self.districts, MOST_TOWNSHIPS)
        _check("faults", self.faults, 0.0, MOST_FAULTS)
        _check("updates", self.updates, 0.0, 1.0)
        if self.format not in FORMATS:
            raise InvalidOrder(
                f"format: expected one of {', '.join(FORMATS)}, found {self.format!r}",
                f"format：应为 {'、'.join(FORMATS)} 之一，实为“{self.format}”",
            )

    @property
    def size(self) -> Size:
        """Size of the city."""
        return Size(self.districts, self.townships)

    @property
    def n_faults(self) -> int:
        """Bad rows."""
        return int(self.cases * self.faults)

    @property
    def n_updates(self) -> int:
        """Rows of the second file."""
        return int((self.cases - self.n_faults) * self.updates)


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InvalidOrder(
            f"{name}: expected {least:,} to {most:,}, found {value:,}",
            f"{name}：应在 {least:,} 到 {most:,} 之间，实为 {value:,}",
        )
