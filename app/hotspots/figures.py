"""How numbers are said, in figures and in sentences alike."""

from __future__ import annotations

import math

from app.cases.disclosure import HIDDEN, SUPPRESSED, told

SMALLEST_SHOWN = 0.0001

Figure = tuple[str, "float | int | str | None", "str | None"]
"""Label, value and unit of one line on a card."""


def rounded(value: float | None, digits: int) -> float | None:
    """Round a figure; to a whole number where no digits are asked for."""
    return None if value is None else round(value, digits) if digits else round(value)


def said(value: float | None, digits: int = 0) -> str:
    """Write a number as the figures beside a sentence are written; a count not told as such."""
    if value is None:
        return "—"
    return told(int(value)) if value in (SUPPRESSED, HIDDEN) else f"{value:,.{digits}f}"


def percent(share: float | None) -> float | None:
    """Per cent; a small share keeps a decimal, for it is small and not nothing."""
    return None if share is None else round(100 * share, None if share >= 0.1 else 1)


def said_q(value: float | None) -> str | None:
    """Write a q-value for a card; one too small to print as below the smallest that is."""
    return None if value is None else signed(value).removeprefix("= ")


def signed(value: float | None, smallest: float = SMALLEST_SHOWN) -> str:
    """Write a p- or q-value with its sign: ``= 0.0123``, ``< 0.0001``; a dash where unknown."""
    if value is None:
        return "= —"
    if value < smallest:
        return f"< {smallest:g}"
    return f"= {value:.{round(-math.log10(smallest))}f}"
