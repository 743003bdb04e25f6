"""Periods of indicators, as yearbooks have them: a year, a half, a quarter, a month."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from app.cases.windows import Window

MONTHS_OF_A_YEAR = 12
_WRITTEN = re.compile(
    r"(\d{4})年?(?:度)?(?:-?(?:q([1-4])|h([12])|(0?[1-9]|1[0-2])月?)|(上|下)半年|第?([1-4一二三四])季度)?"
)
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True)
class IndicatorPeriod:
    """A period by its id: ``2024``, ``2024-H1``, ``2024-Q3`` or ``2024-07``.

    Attributes
    ----------
    id : str
    window : Window
        Its hours, local time.
    """

    id: str
    window: Window


def parse_period(text: str) -> IndicatorPeriod | None:
    """Return the period that a text means; None where it means none.

    Examples
    --------
    >>> [parse_period(each).id for each in ("2024年", "2024年第三季度", "2024上半年", "2024-7")]
    ['2024', '2024-Q3', '2024-H1', '2024-07']
    >>> str(parse_period("2024-Q4").window), parse_period("去年")
    ('2024-10-01..2025-01-01', None)
    """
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    found = _WRITTEN.fullmatch(plain)
    if found is None or not 1 <= int(found[1]) < datetime.max.year:
        return None
    year, quarter, half, month, named_half, named_quarter = found.groups()
    if named_quarter:
        quarter = str(_QUARTERS.get(named_quarter, named_quarter))
    if named_half:
        half = "1" if named_half == "上" else "2"
    if quarter:
        return _period(f"{year}-Q{quarter}", int(year), 3 * int(quarter) - 2, 3)
    if half:
        return _period(f"{year}-H{half}", int(year), 6 * int(half) - 5, 6)
    if month:
        return _period(f"{year}-{int(month):02}", int(year), int(month), 1)
    return _period(year, int(year), 1, MONTHS_OF_A_YEAR)


def _period(name: str, year: int, month: int, months: int) -> IndicatorPeriod:
    after = year * MONTHS_OF_A_YEAR + month - 1 + months
    end = datetime(after // MONTHS_OF_A_YEAR, after % MONTHS_OF_A_YEAR + 1, 1)
    return IndicatorPeriod(name, Window(datetime(year, month, 1), end))
