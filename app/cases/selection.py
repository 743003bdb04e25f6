"""Cases of a window: the one scan that analyses, details and projects start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from app.accounts.areas import AREA_COLUMNS, Area
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.store import CaseStore

FIRST_CASES = 20
"""How many cases a detail shows."""

TOP_CLASSES = 8
"""How many classes a breakdown names; the rest are summed."""

LINE_COLUMNS = (
    "case_id", "received_local", "class_1", "class_2", "title", "address", "status",
    "location_method", "location_quality",
)  # fmt: skip
SUMMARY_COLUMNS = tuple(dict.fromkeys((*LINE_COLUMNS, "caller", *AREA_COLUMNS)))
"""What `summarise` needs of cases."""


@dataclass(frozen=True)
class CaseLine:
    """One case as a list shows it; texts are masked."""

    case_id: str
    received: str
    class_name: str
    title: str
    address: str
    status: str
    location_method: str = ""
    location_quality: str = ""

    def to_json(self) -> dict[str, str]:
        """As scripts read it."""
        line = asdict(self)
        line["class"] = line.pop("class_name")
        return line


@dataclass(frozen=True)
class Selected:
    """What a set of cases amounts to.

    Attributes
    ----------
    total : int
        Reports.
    callers : int or None
        Distinct known callers; None where no report has one.
    top_caller_share : float or None
        Share of the reports with a known caller that the most frequent one made.
    classes : tuple of (str, int)
        Most frequent first; the name is empty for cases without a class.
    cases : tuple of CaseLine
        The newest `FIRST_CASES` of the reader's area.
    """

    total: int
    callers: int | None
    top_caller_share: float | None
    classes: tuple[tuple[str, int], ...]
    cases: tuple[CaseLine, ...]


def case_frame(
    home: Home,
    *,
    start: date | None = None,
    end: date | None = None,
    classes: Sequence[str] = (),
    version: int | None = None,
    columns: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """Scan the cases received in a window of local dates.

    Parameters
    ----------
    home : Home
        Where the store is.
    start, end : date, optional
        First day, and the day after the last.
    classes : sequence of str
        Keep cases whose class of any level is one of these; empty keeps all.
    version : int, optional
        Version of the case store; the newest when not given.
    columns : sequence of str, optional
        Columns to keep; all when not given.
    """
    frame = CaseStore(home).scan(version=version)
    # The partition column lets whole months be skipped before a file is opened.
    if start is not None:
        frame = frame.filter(
            pl.col("month") >= f"{start:%Y-%m}", pl.col("received_local") >= _midnight(start)
        )
    if end is not None:
        frame = frame.filter(
            pl.col("month") <= f"{end:%Y-%m}", pl.col("received_local") < _midnight(end)
        )
    if classes:
        levels = [pl.col(f"class_{level}").is_in(list(classes)) for level in (1, 2, 3)]
        frame = frame.filter(pl.any_horizontal(levels).fill_null(value=False))
    return frame.select(columns) if columns is not None else frame


def summarise(frame: pl.LazyFrame, area: Area) -> Selected:
    """Count a set of cases, and show the newest of those in the reader's area."""
    cases = frame.select(SUMMARY_COLUMNS).collect()
    shown = area.keep_cases(cases.lazy()).collect()
    callers = cases["caller"].drop_nulls()
    return Selected(
        total=cases.height,
        callers=callers.n_unique() or None,
        top_caller_share=_top_share(callers),
        classes=_classes(cases["class_1"]),
        cases=tuple(
            case_line(row)
            for row in shown.sort("received_local", "case_id", descending=[True, False])
            .head(FIRST_CASES)
            .iter_rows(named=True)
        ),
    )


def case_line(row: dict[str, Any]) -> CaseLine:
    """Make the line of one stored case, masked."""
    names = [row[name] for name in ("class_1", "class_2") if row[name]]
    return CaseLine(
        case_id=row["case_id"],
        received=f"{row['received_local']:%Y-%m-%d %H:%M}",
        class_name=" / ".join(names),
        title=mask_address(row["title"] or ""),
        address=mask_address(row["address"] or ""),
        status=row["status"] or "",
        location_method=row["location_method"] or "",
        location_quality=row["location_quality"] or "",
    )


def _top_share(callers: pl.Series) -> float | None:
    if callers.is_empty():
        return None
    most = callers.value_counts()["count"].max()
    return float(most) / callers.len()  # type: ignore[arg-type]


def _classes(names: pl.Series) -> tuple[tuple[str, int], ...]:
    counted = (
        names.fill_null("")
        .alias("name")
        .value_counts()
        .sort("count", "name", descending=[True, False])
    )
    return tuple((str(name), int(count)) for name, count in counted.head(TOP_CLASSES).iter_rows())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
