"""Values of criteria in words: alike on pages, in Word files and in what is read out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.cases.disclosure import written


@dataclass(frozen=True)
class Told:
    """A number as it is written, and its unit; a per cent sign is part of the number."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.number, self.unit)))


def told_value(criterion: Mapping[str, Any], value: float | None, *, exact: bool) -> Told:
    """Return a value in as many digits as it needs.

    Shares of counts that are told to the next five have no decimals: they would promise too much.

    Examples
    --------
    >>> str(told_value({"unit": "人"}, 20_000.0, exact=True))
    '20,000 人'
    >>> str(told_value({"unit": "%"}, 52.66, exact=True))
    '52.7%'
    """
    unit = criterion["unit"] or ""
    if value is None:
        return Told(written(None))
    if unit == "%":
        return Told(f"{value:.{1 if exact else 0}f}%")
    whole = float(value).is_integer()
    return Told(f"{value:,.{0 if whole else 2 if value < 1 else 1}f}", unit)


def told_values(
    criteria: tuple[dict[str, Any], ...], row: Mapping[str, Any], *, exact: bool
) -> dict[str, Told]:
    """Return the values of a township by criterion; its cases as the reader may know them."""
    told = {
        each["key"]: told_value(each, row["values"][each["key"]], exact=exact) for each in criteria
    }
    if "volume" in told:
        told["volume"] = Told(written(row["count"]), told["volume"].unit)
    return told
