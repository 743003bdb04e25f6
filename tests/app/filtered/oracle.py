"""What the counts must be, told case by case from the store with plain loops."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

import h3
import shapely

from app.cases.case_numbers import with_numbers
from app.cases.selection import case_frame
from geodata.home import Home
from tests.app.filtered.varied_city import TOWNSHIPS

Case = dict[str, Any]
CODES = {name: code for code, (name, _) in TOWNSHIPS.items()}
DISTRICTS = {"甲区": "D1", "乙县": "D2"}


class Oracle:
    def __init__(self, home: Home) -> None:
        self.cases = with_numbers(home, case_frame(home)).collect().to_dicts()
        received = [case["received_local"] for case in self.cases]
        self.first, self.end = min(received).date(), max(received).date() + timedelta(1)

    def kept(self, query: dict[str, Any]) -> list[Case]:
        """The cases that a query keeps."""
        return [case for case in self.of_all_times(query) if self.in_window(case, query)]

    def of_all_times(self, query: dict[str, Any]) -> list[Case]:
        return [case for case in self.cases if keeps(case, query)]

    def in_window(self, case: Case, query: dict[str, Any]) -> bool:
        day = case["received_local"].date().isoformat()
        periods = query.get("periods")
        return (
            ("from" not in query or day >= query["from"])
            and ("to" not in query or day < query["to"])
            and (not periods or period_of(case, query) in periods.split(","))
        )


def keeps(case: Case, query: dict[str, Any]) -> bool:
    """Whether a case meets all but the times."""
    township, district = area_of(case, query.get("attribution", "location"))
    handler = case["handler"] or case["lead_handler"]
    plain = [("channel", case["channel"]), ("kind", case["kind"]), ("status", case["status"]),
             ("handler", handler), ("place", case["place"]), ("township", township),
             ("district", district)]  # fmt: skip
    if not all((value or "~") in query[name] for name, value in plain if name in query):
        return False
    if "class" in query and not set(class_paths(case)) & set(query["class"]):
        return False
    hour = case["received_local"].weekday() * 24 + case["received_local"].hour
    if "hours" in query and str(hour) not in query["hours"].split(","):
        return False
    if "cells" in query:
        wanted = query["cells"].split(",")
        if not any(cell_of(case, h3.get_resolution(name)) == name for name in wanted):
            return False
    if "lasso" in query:
        cell = cell_of(case, query.get("resolution", 10))
        if cell is None or not query["polygon"].contains(centre(cell)):
            return False
    return True


def area_of(case: Case, attribution: str) -> tuple[str | None, str | None]:
    """Code of the township and of the district that a case belongs to."""
    if attribution == "location":
        return case["township"], case["district"]
    if attribution == "handler":
        unit = (case["handler"] or case["lead_handler"] or "").replace("办事处", "")
        code = CODES.get(unit)
        return code, TOWNSHIPS[code][1] if code else None
    code = CODES.get(case["reported_township"])
    own = TOWNSHIPS[code][1] if code else None
    return code, own or DISTRICTS.get(case["reported_district"])


def class_paths(case: Case) -> list[str]:
    """The paths of all levels that the class of a case has, up to the first gap."""
    paths, path = [], ""
    for level in (1, 2, 3):
        name = case[f"class_{level}"]
        written = "~" if not name else name.replace("/", "%2F")
        path = f"{path}/{written}" if path else written
        paths.append(path)
        if not name:
            break
    return paths


def cell_of(case: Case, resolution: int) -> str | None:
    if not case["located"]:
        return None
    return h3.cell_to_parent(h3.int_to_str(case["cell"]), resolution)


def centre(cell: str) -> shapely.Point:
    lat, lng = h3.cell_to_latlng(cell)
    return shapely.Point(lng, lat)


def period_of(case: Case, query: dict[str, Any]) -> str:
    return label(case["received_local"], query)


def label(moment: date | datetime, query: dict[str, Any]) -> str:
    """The name of the period that a day is in."""
    period, start = query.get("period", "month"), query.get("month_start", 1)
    if period == "year":
        return f"{moment:%Y}"
    if period == "half_month":
        return f"{moment:%Y-%m}-{'01' if moment.day < 16 else '16'}"
    if period == "month" and start == 1:
        return f"{moment:%Y-%m}"
    if period == "month":
        while moment.day != start:
            moment -= timedelta(1)
    return f"{moment:%Y-%m-%d}"


def measured(cases: Iterable[Case], measure: str) -> int:
    """How many cases, people or incidents there are."""
    listed = list(cases)
    if measure == "reports":
        return len(listed)
    if measure == "incidents":
        return len({case["incident"] for case in listed})
    known = {case["caller"] for case in listed if case["caller"] is not None}
    return len(known) + sum(case["caller"] is None for case in listed)


def grouped(
    cases: Iterable[Case], key: Callable[[Case], Any], measure: str = "reports"
) -> dict[Any, int]:
    """Count by a key; cases of which it is None are left out."""
    groups = defaultdict(list)
    for case in cases:
        if key(case) is not None:
            groups[key(case)].append(case)
    return {name: measured(group, measure) for name, group in groups.items()}


def by_class(cases: Iterable[Case], measure: str) -> dict[str, int]:
    groups = defaultdict(list)
    for case in cases:
        for path in class_paths(case):
            groups[path].append(case)
    return {path: measured(group, measure) for path, group in groups.items()}


def rates(cases: Iterable[Case]) -> dict[str, float | int | None]:
    valid = [case for case in cases if case["valid"] is True]

    def share(field: str, worth: dict[Any, float]) -> float | None:
        told = [case[field] for case in valid if case[field] not in (None, "未评价")]
        return sum(worth.get(each, 0) for each in told) / len(valid) if told else None

    return {
        "valid": len(valid),
        "response": share("responded", {True: 1}),
        "resolution": share("resolved", {True: 1}),
        "satisfaction": share("satisfaction", {"满意": 1, "基本满意": 0.9}),
    }


def top_caller(cases: Iterable[Case]) -> int:
    return max(Counter(c["caller"] for c in cases if c["caller"]).values(), default=0)
