"""The list of cases: filtered, paged, masked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

import polars as pl

from app.accounts.areas import Area
from app.cases.case_numbers import case_numbers, with_numbers
from app.cases.forms import CaseFilter
from app.cases.handling import CALLBACKS, DUE, called_back, is_due
from app.cases.lives import Tell, marks_of
from app.cases.measures import Totals, total_of
from app.cases.quality import source_coordinates
from app.cases.reach import data_reach
from app.cases.selection import case_frame
from app.cases.versioned import of_version
from app.cases.windows import Window
from geodata.areas import boundary_version, load_boundaries
from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.home import Home
from geodata.places import names_of_places
from geodata.privacy import mask_address
from geodata.schema import FLAGS
from geodata.store import CaseStore

PAGE_SIZE = 50
LOCATIONS = ("located", "township_only", "unlocated")
REPEATS = {"exact_duplicates": "exact_duplicate", "repeated": "repeated"}
"""What may be asked of cases that do not stand alone → the column that marks them."""

CASE_COLUMNS = (
    "case_id",
    "month",
    "received_local",
    "class_1",
    "class_2",
    "title",
    "address",
    "township",
    "status",
    "located",
    "township_only",
    "flags",
    "location_method",
    "location_quality",
    "place",
)
LISTED_COLUMNS = (*CASE_COLUMNS, "caller")
"""Columns of the store that a page of cases is made of."""

_ROW_COLUMNS = (*CASE_COLUMNS, "exact_duplicate", "repeated")


Versions = tuple[int | str | None, ...]


@dataclass(frozen=True)
class CasePage:
    """One page of the list.

    Attributes
    ----------
    rows : tuple of dict
        Cases, newest first, texts masked.
    total : int
        Cases that the filter keeps.
    number, pages, size : int
        This page (from 1), how many there are, rows on a full page.
    totals : Totals
        The cases that the filter keeps, in the three measures.
    versions : tuple
        Of all that the page shows: cases, townships and places.
    """

    rows: tuple[dict[str, Any], ...]
    total: int
    number: int
    pages: int
    size: int = PAGE_SIZE
    totals: Totals = field(default_factory=Totals)
    versions: Versions = ()


def list_cases(home: Home, area: Area, chosen: CaseFilter) -> CasePage:
    """Return one page of the cases of an area that the filter keeps."""
    if not has_cases(home):
        return CasePage((), 0, 1, 1)
    versions = (
        CaseStore(home).version,
        boundary_version(home, "township"),
        current_version(home.places, PLACES_LAYER),
    )
    return _page(home, versions, area, chosen)


@lru_cache(maxsize=64)
def _page(home: Home, versions: Versions, area: Area, chosen: CaseFilter) -> CasePage:
    return replace(
        page_of(home, filtered_cases(home, area, chosen), chosen.page), versions=versions
    )


def page_of(home: Home, frame: pl.LazyFrame, page: int) -> CasePage:
    """Return one page of some cases, the newest first.

    Parameters
    ----------
    home : Home
    frame : LazyFrame
        `LISTED_COLUMNS`, and what `with_numbers` adds.
    page : int
        From 1; the last one where there are fewer.
    """
    # Sorting only keys and fetching one page keeps the texts of all others on disk.
    keys = frame.select("case_id", "month", "received_local", "caller", "incident").collect()
    pages = max(1, -(-keys.height // PAGE_SIZE))
    number = min(page, pages)
    wanted = keys.sort("received_local", "case_id", descending=[True, False]).slice(
        (number - 1) * PAGE_SIZE, PAGE_SIZE
    )
    rows = (
        frame.filter(
            pl.col("month").is_in(wanted["month"].unique().to_list()),
            pl.col("case_id").is_in(wanted["case_id"].to_list()),
        )
        .select(_ROW_COLUMNS)
        .collect()
        .sort("received_local", "case_id", descending=[True, False])
    )
    shown = show_rows(home, rows)
    return CasePage(shown, keys.height, number, pages, totals=total_of(keys.lazy()))


def show_rows(home: Home, rows: pl.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return stored cases as a list shows them, masked, with the mark of each one's address.

    Parameters
    ----------
    home : Home
    rows : DataFrame
        `CASE_COLUMNS` and perhaps others.
    """
    names = township_names(home)
    places = names_of_places(home, rows["place"].drop_nulls().unique().to_list())
    marks = marks_of(home, rows["case_id"].to_list())
    return tuple(
        {**_row(row, names, places), "mark": mark}
        for row, mark in zip(rows.iter_rows(named=True), marks, strict=True)
    )


def show_case(home: Home, row: dict[str, Any], tell: Tell = mask_address) -> dict[str, Any]:
    """Return one stored case as a page shows it."""
    wanted = {name: row[name] for name in (*CASE_COLUMNS, "class_3", "lead_handler")}
    places = names_of_places(home, [row["place"]] if row["place"] else [])
    shown = _row(wanted, township_names(home), places, tell)
    return {**shown, "content": tell(row["content"] or "")}


def choices(home: Home) -> dict[str, Any]:
    """Return what the filter offers."""
    version = CaseStore(home).version
    classes, months = ((), ()) if version is None else _classes_and_months(home, version)
    return {
        "class_1": classes,
        "months": months,
        "townships": sorted(township_names(home).items(), key=lambda pair: pair[1]),
        "flags": list(FLAGS),
        "locations": list(LOCATIONS),
        "repeats": list(REPEATS),
        "due": list(DUE),
        "callbacks": list(CALLBACKS),
    }


@lru_cache(maxsize=4)
def _classes_and_months(home: Home, version: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the classes by name and the months, newest first."""
    scanned = CaseStore(home).scan(version=version, columns=["class_1", "month"])
    found = scanned.unique().collect()
    classes = found["class_1"].drop_nulls().unique().sort()
    months = found["month"].unique().sort(descending=True)
    return tuple(classes), tuple(months)


def count_all(home: Home) -> dict[str, int]:
    """Count the whole store, in the three measures too.

    Returns
    -------
    dict
        ``cases, distinct_ids, located, township_only, unlocated, batches``, then ``callers``
        (distinct known ones, and one for each report of an unknown one), ``unknown_callers,
        incidents, exact_duplicates, repeated``. located + unlocated = cases; ``township_only`` is
        part of ``unlocated``.
    """
    version = CaseStore(home).version
    if version is None:
        nothing = ("callers", "unknown_callers", "incidents", "exact_duplicates", "repeated")
        return {**asdict(CaseStore(home).count()), **dict.fromkeys(nothing, 0)}
    return dict(_counts(home, version))


@lru_cache(maxsize=4)
def _counts(home: Home, _version: int) -> tuple[tuple[str, int], ...]:
    counts = of_version(home, "counts", lambda: _count(home)).row(0, named=True)
    return tuple((name, int(n)) for name, n in counts.items())


def _count(home: Home) -> pl.DataFrame:
    numbers = case_numbers(home)
    callers = CaseStore(home).scan(columns=["caller"]).select(
        known=pl.col("caller").drop_nulls().n_unique(), unknown=pl.col("caller").is_null().sum()
    ).collect(engine="streaming")  # fmt: skip
    known, unknown = int(callers["known"][0]), int(callers["unknown"][0])
    more = {
        "callers": known + unknown,
        "unknown_callers": unknown,
        "incidents": numbers["incident"].n_unique(),
        "exact_duplicates": int(numbers["exact_duplicate"].sum()),
        "repeated": int(numbers["repeated"].sum()),
    }
    return pl.DataFrame([{**asdict(CaseStore(home).count()), **more}])


def has_cases(home: Home) -> bool:
    """Tell whether anything was ever imported."""
    return CaseStore(home).version is not None


def township_names(home: Home) -> dict[str, str]:
    """Map the codes of the current townships to their names; empty before boundaries came in."""
    version = boundary_version(home, "township")
    return {} if version is None else dict(_township_names(home, version))


@lru_cache(maxsize=4)
def _township_names(home: Home, version: str) -> tuple[tuple[str, str], ...]:
    """Code and name of each township; a version never changes."""
    found = load_boundaries(home, "township", version)
    return tuple(zip(map(str, found.codes), map(str, found.names), strict=True))


def filtered_cases(home: Home, area: Area, chosen: CaseFilter) -> pl.LazyFrame:
    """Return the cases of an area that the filter keeps, with what `with_numbers` adds."""
    frame = with_numbers(home, area.keep_cases(case_frame(home)))
    for column in ("class_1", "township", "month", "batch", "place"):
        value = getattr(chosen, column)
        if value:
            frame = frame.filter(pl.col(column) == value)
    if chosen.flag:
        frame = frame.filter(pl.col("flags").list.contains(chosen.flag))
    if chosen.repeat:
        frame = frame.filter(REPEATS[chosen.repeat])
    if chosen.at:
        frame = frame.filter(_at(home, chosen.at))
    if chosen.location == "located":
        frame = frame.filter("located")
    elif chosen.location == "unlocated":
        frame = frame.filter(~pl.col("located"))
    elif chosen.location == "township_only":
        frame = frame.filter("township_only")
    return _handled(home, frame, chosen)


def _handled(home: Home, frame: pl.LazyFrame, chosen: CaseFilter) -> pl.LazyFrame:
    """Keep the cases received, due and called back as the filter says."""
    reach = data_reach(home)
    if reach is None:
        return frame
    if chosen.received:
        frame = frame.filter(Window.parse(chosen.received).received())
    if chosen.due:
        frame = frame.filter(is_due(chosen.due, reach.instant))
    if chosen.callback:
        frame = frame.filter(called_back(chosen.callback))
    if chosen.called_back:
        window = Window.parse(chosen.called_back)
        frame = frame.filter(window.holds("callback_at", reach.zone))
    return frame


def _at(home: Home, point: str) -> pl.Expr:
    """Cases whose file names one coordinate: at a false one they have no other."""
    lng, lat = (float(value) for value in point.split(","))
    named = source_coordinates(home, lng, lat)
    there = [
        (pl.col("source_lng") == x) & (pl.col("source_lat") == y) & (pl.col("source_crs") == crs)
        for x, y, crs in named.iter_rows()
    ]
    return pl.any_horizontal(there) if there else pl.lit(value=False)


def _row(
    row: dict[str, Any],
    names: dict[str, str],
    places: dict[str, str],
    tell: Tell = mask_address,
) -> dict[str, Any]:
    return {
        **row,
        "received": row["received_local"],
        "title": tell(row["title"] or ""),
        "address": tell(row["address"] or ""),
        "township_name": names.get(row["township"] or "", row["township"] or ""),
        "flags": row["flags"] or [],
        "place_name": places.get(row["place"] or "", ""),
    }
