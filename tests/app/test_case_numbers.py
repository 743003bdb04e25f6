"""Incidents, repeated reports and duplicates against a plain reading of their rules."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts.areas import EVERYWHERE
from app.cases.case_numbers import case_numbers, number_cases
from app.cases.counting import count_by, count_in
from app.cases.forms import CaseFilter
from app.cases.listing import count_all, list_cases
from geodata.home import Home
from geodata.store import CaseStore

T0 = datetime(2025, 1, 1, tzinfo=UTC)
FAR = 0.01
"""Degrees between the spots of these tests: about a kilometre, so that clusters are plain."""

COLUMNS = {
    "case_id": pl.String, "month": pl.String, "received_at": pl.Datetime("us", "UTC"),
    "lng": pl.Float64, "lat": pl.Float64, "place": pl.String, "class_1": pl.String,
    "class_2": pl.String, "class_3": pl.String, "caller": pl.String, "title": pl.String,
    "content": pl.String, "address": pl.String, "source_lng": pl.Float64, "source_lat": pl.Float64,
}  # fmt: skip

record = st.fixed_dictionaries(
    {
        "hours": st.integers(0, 24 * 30),
        "place": st.sampled_from([None, "p1", "p2"]),
        "spot": st.sampled_from([None, 1, 2]),
        "class_1": st.sampled_from([None, "a", "b"]),
        "class_2": st.sampled_from([None, "a", "c"]),
        "caller": st.sampled_from([None, "x", "y"]),
        "title": st.sampled_from([None, "", "灯不亮"]),
        "address": st.sampled_from([None, "大路1号"]),
    }
)


def table(records: list[dict]) -> pl.DataFrame:
    rows = []
    for number, each in enumerate(records):
        at = None if each.get("spot") is None else 116 + each["spot"] * FAR
        lat = None if at is None else 39.9
        rows.append(
            {
                **dict.fromkeys(COLUMNS),
                **{name: each.get(name) for name in COLUMNS if name in each},
                "case_id": f"c{number:03d}",
                "month": "2025-01",
                "received_at": T0 + timedelta(hours=each["hours"]),
                "lng": at,
                "lat": lat,
                "source_lng": at,
                "source_lat": lat,
            }
        )
    return pl.DataFrame(rows, schema=COLUMNS)


def chains(rows: list[dict], key, longest: timedelta) -> dict[str, int]:
    """Number chains by reading reports one after another; those without a key stand alone."""
    last: dict[object, tuple[datetime, int]] = {}
    found, numbers = {}, 0
    for row in sorted(rows, key=lambda each: (each["received_at"], each["case_id"])):
        what = key(row)
        when, chain = last.get(what, (None, -1))
        if what is None or when is None or row["received_at"] - when > longest:
            chain, numbers = numbers, numbers + 1
        found[row["case_id"]] = chain
        if what is not None:
            last[what] = row["received_at"], chain
    return found


def site(row: dict) -> object:
    return row["place"] or (None if row["lng"] is None else ("at", row["lng"]))


def kind(row: dict) -> str | None:
    return row["class_2"] if row["class_2"] is not None else row["class_1"]


def incident_key(row: dict) -> object:
    return None if site(row) is None or kind(row) is None else (site(row), kind(row))


def repeated_key(row: dict) -> object:
    key = incident_key(row)
    return None if key is None or row["caller"] is None else (key, row["caller"])


def duplicate_key(row: dict) -> object:
    where = site(row) or row["address"]
    says = row["title"] or None
    known = row["caller"] is not None
    if not ((known and (says or where)) or (says and where)):
        return None
    return row["caller"], where, row["class_1"], row["class_2"], says


def groups(numbers: dict[str, int]) -> set[frozenset[str]]:
    by_number: dict[int, set[str]] = {}
    for name, number in numbers.items():
        by_number.setdefault(number, set()).add(name)
    return {frozenset(names) for names in by_number.values()}


@settings(max_examples=60, deadline=None)
@given(st.lists(record, min_size=1, max_size=40))
def test_every_number_follows_its_rule(records: list[dict]) -> None:
    cases = table(records)
    found = number_cases(cases.lazy())
    rows = cases.to_dicts()
    week, day = timedelta(days=7), timedelta(days=1)
    incidents = dict(found.select("case_id", "incident").rows())
    assert groups(incidents) == groups(chains(rows, incident_key, week))
    order = sorted(rows, key=lambda each: (each["received_at"], each["case_id"]))
    for column, key, longest in (
        ("repeated", repeated_key, week),
        ("exact_duplicate", duplicate_key, day),
    ):
        expected, seen = set(), set()
        numbers = chains(rows, key, longest)
        for row in order:
            if numbers[row["case_id"]] in seen:
                expected.add(row["case_id"])
            seen.add(numbers[row["case_id"]])
        assert set(found.filter(column)["case_id"]) == expected


def test_sixty_metres_make_one_site_and_a_place_goes_before() -> None:
    step = 50 / (111_195 * math.cos(math.radians(39.9)))
    near = table([{"hours": h, "spot": 1, "class_1": "a"} for h in (0, 1, 2)]).with_columns(
        lng=pl.Series([116.0, 116.0 + step, 116.0 + 3 * step])
    )
    assert number_cases(near.lazy())["incident"].n_unique() == 2
    placed = near.with_columns(place=pl.lit("p1"))
    assert number_cases(placed.lazy())["incident"].n_unique() == 1
    nowhere = placed.with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("lng", "lat"))
    assert number_cases(nowhere.lazy())["incident"].n_unique() == 1


def test_the_order_of_rows_does_not_matter() -> None:
    cases = table([{"hours": h % 7 * 30, "spot": h % 2, "class_1": "a"} for h in range(30)])
    one = number_cases(cases.lazy()).sort("case_id")
    other = number_cases(cases.reverse().lazy()).sort("case_id")
    assert one.equals(other)


def test_counts_in_three_measures_close(city_home: Path) -> None:
    home = Home.at(city_home)
    counts = count_all(home)
    numbers = case_numbers(home)
    stored = CaseStore(home).scan().collect()
    assert counts["cases"] == stored.height == numbers.height
    assert counts["incidents"] == numbers["incident"].n_unique() < counts["cases"]
    assert counts["callers"] == stored["caller"].drop_nulls().n_unique() + counts["unknown_callers"]
    for measure in ("callers", "incidents"):
        whole = count_in(home, measure)
        assert whole["count"] == counts[measure]
        assert whole["located"] <= whole["count"] <= whole["located"] + whole["unlocated"]
    assert sum(count_by(home, "reports", "month").values()) == counts["cases"]
    assert sum(count_by(home, "incidents", "month").values()) >= counts["incidents"]
    month = stored["month"][0]
    page = list_cases(home, EVERYWHERE, CaseFilter(month=month))
    assert page.totals.reports == page.total == count_by(home, "reports", "month")[month]
    assert page.totals.callers == count_by(home, "callers", "month")[month]
    assert page.totals.incidents == count_by(home, "incidents", "month")[month]


def test_figures_of_earlier_versions_are_deleted(city_home: Path, tmp_path: Path) -> None:
    from app.cases.uploads import import_file

    home = Home.at(tmp_path / "home")
    assert count_all(home)["incidents"] == 0
    file = tmp_path / "a.csv"
    for ids in (range(3), range(5)):
        lines = [f"c{i},2025-01-0{i + 1} 08:00:00,噪声,116.1,39.9" for i in ids]
        file.write_text("case_id,received_at,class_1,lng,lat\n" + "\n".join(lines), "utf-8")
        import_file(home, file, "suyuan")
        counts = count_all(home)
        assert (counts["cases"], counts["incidents"]) == (len(ids), 1)
        assert counts["callers"] == counts["unknown_callers"] == len(ids)
        kept = [path.name for path in (home.path / "cache").iterdir()]
        assert len([name for name in kept if name.startswith("numbers")]) == 1


@pytest.mark.parametrize("repeat", ["exact_duplicates", "repeated"])
def test_repeats_are_listed_and_counted_alike(city_home: Path, repeat: str) -> None:
    home = Home.at(city_home)
    assert list_cases(home, EVERYWHERE, CaseFilter(repeat=repeat)).total == count_all(home)[repeat]
