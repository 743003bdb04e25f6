"""Numbers and cycles as cells of tables write them."""

from __future__ import annotations

import math
import re
import unicodedata

from app.townships.assessment.cycles import Cycle, Tiling

_CHINESE_CYCLE = re.compile(r"(\d{4})年(?:(\d{1,2})月)?(?:份)?(上|下)?(半月|半年)?(?:度)?")


def number_of(text: str) -> float | None:
    """Return the number that a cell writes, with or without a sign of per cent; None for none.

    Examples
    --------
    >>> number_of("９５.３％"), number_of("1,024"), number_of("好"), number_of("nan")
    (95.3, 1024.0, None, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("%").replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def cycle_of(text: str, tiling: Tiling) -> Cycle:
    """Return the cycle that a cell names, by its id or as offices write it.

    Raises
    ------
    InvalidParameter
        It names none.

    Examples
    --------
    >>> from app.townships.assessment.cycles import Calendar
    >>> [cycle_of(text, Calendar()).id for text in ("month-2025-01", "2025年1月", "2025年上半年")]
    ['month-2025-01', 'month-2025-01', 'half_year-2025-1']
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return tiling.find(_id_of(plain) or plain)


def _id_of(text: str) -> str | None:
    found = _CHINESE_CYCLE.fullmatch(text)
    if found is None:
        return None
    year, month, half, kind = found.groups()
    if bool(half) != bool(kind) or (kind and (kind == "半月") != bool(month)):
        return None
    which = {"上": "-1", "下": "-2", None: ""}[half]
    if month:
        return f"{'half_month' if half else 'month'}-{year}-{int(month):02}{which}"
    return f"{'half_year' if half else 'year'}-{year}{which}"
