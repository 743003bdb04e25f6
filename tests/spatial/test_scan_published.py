"""Every figure of SaTScan's reports on its sample data and on published ones."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spatial import expected_cases, person_time, scan

REPLICAS = 999


@dataclass(frozen=True)
class Reported:
    """One cluster of a SaTScan report."""

    members: tuple[str, ...]
    radius: float
    decimals_of_radius: int
    years: tuple[int, int] | None
    observed: int
    expected: float
    relative_risk: float
    ratio: float
    p_value: float


def read_report(file: Path) -> list[Reported]:
    text = file.read_text().split("CLUSTERS DETECTED")[1].split("PARAMETER SETTINGS")[0]
    return [_cluster(block) for block in re.split(r"\n\d+\.(?=Location)", text)[1:]]


def _cluster(block: str) -> Reported:
    # A value may go on in the next line, where nothing stands before it.
    joined = re.sub(r"\n {8,}(?=\S+)", " ", block)
    fields = dict(re.findall(r"^\s*([^.:\n][^:\n]*?)\.*: (.*)$", joined, flags=re.MULTILINE))
    radius = re.search(r"/ ([\d.]+)", fields["Coordinates / radius"])
    years = re.findall(r"(\d{4})/", fields.get("Time frame", ""))
    assert radius is not None
    return Reported(
        members=tuple(fields["Location IDs included"].replace(" ", "").split(",")),
        radius=float(radius[1]),
        decimals_of_radius=len(radius[1].partition(".")[2]),
        years=(int(years[0]), int(years[1])) if years else None,
        observed=int(fields["Number of cases"]),
        expected=float(fields["Expected cases"]),
        relative_risk=float(fields["Relative risk"]),
        ratio=float(fields["Log likelihood ratio"]),
        p_value=float(fields["P-value"]),
    )


def new_york(folder: Path) -> tuple[np.ndarray, dict[str, Any]]:
    cases, people, places = (
        np.loadtxt(folder / "ny_leukemia" / f"satscan_ny_{part}.txt")
        for part in ("cases", "pop", "coords")
    )
    tracts = [str(int(code)) for code in cases[:, 0]]
    return cases[:, 1], {"population": people[:, 2], "coordinates": places[:, 1:], "ids": tracts}


def pennsylvania(folder: Path, variant: str) -> tuple[np.ndarray, dict[str, Any]]:
    with (folder / "pennsylvania_lung" / "geo.csv").open() as file:
        places = {row["county"]: row for row in csv.DictReader(file)}
    with (folder / "pennsylvania_lung" / "data.csv").open() as file:
        rows = list(csv.DictReader(file))
    counties = {county: i for i, county in enumerate(places)}
    strata: dict[tuple[str, ...], int] = defaultdict(lambda: len(strata))
    cases, people = np.zeros((2, len(counties), 16))
    for row in rows:
        at = counties[row["county"]], strata[row["race"], row["gender"], row["age"]]
        cases[at] += float(row["cases"])
        people[at] += float(row["population"])
    if variant == "strata":
        at_risk = {"expected": expected_cases(cases, people)}
    else:
        at_risk = {"population": people.sum(axis=1)}
    model = {"model": "bernoulli" if variant == "bern" else "poisson"}
    return cases.sum(axis=1), {**_sphere(places), **at_risk, **model}


def _sphere(places: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "ids": list(places),
        "lat": [float(place["y"]) for place in places.values()],
        "lng": [float(place["x"]) for place in places.values()],
    }


def new_mexico(folder: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """Return cases by county and year, and what strata and a growing population let expect."""
    read = {
        part: [line.split() for line in (folder / "new_mexico_brain" / f"nm.{part}").open() if line]
        for part in ("geo", "cas", "pop")
    }
    places = {name: {"y": north, "x": east} for name, north, east in read["geo"]}
    counties = {county: i for i, county in enumerate(places)}
    strata: dict[tuple[str, str], int] = defaultdict(lambda: len(strata))
    for _, _, _, age, sex in read["pop"]:
        strata[age, sex]
    cases = np.zeros((len(counties), len(strata), 19))
    people = np.zeros((len(counties), len(strata), 3))
    for county, n, year, age, sex in read["cas"]:
        cases[counties[county], strata[age, sex], int(year) - 1973] += int(n)
    for county, year, n, age, sex in read["pop"]:
        people[counties[county], strata[age, sex], ["73", "82", "91"].index(year)] += float(n)
    known = [_day(f"{year}-07-01") for year in (1973, 1982, 1991)]
    years = [_day(f"{year}-01-01") for year in range(1973, 1993)]
    at_risk = person_time(people, known, years)
    assert at_risk.sum() / (years[-1] - years[0]) == pytest.approx(1344288, abs=1)
    return cases.sum(axis=1), {**_sphere(places), "expected": expected_cases(cases, at_risk)}


def _day(date: str) -> int:
    return int(np.datetime64(date).astype("datetime64[D]").astype(int))


def check(found: Any, reported: Reported, first_year: int = 0) -> None:
    assert set(found.members) == set(reported.members)
    assert found.observed == reported.observed
    assert round(found.expected, 2) == reported.expected
    assert round(found.relative_risk, 2) == reported.relative_risk
    assert round(found.log_likelihood_ratio, 6) == reported.ratio
    if found.members[0] == reported.members[0]:
        assert round(found.radius, reported.decimals_of_radius) in (
            reported.radius,
            # The report cuts plain radii to two digits that are not zero.
            float(f"{found.radius:.2g}"),
        )
        assert found.members == reported.members
    else:
        # The same areas, seen from a centre that needs a smaller circle.
        assert found.radius < reported.radius
    if reported.years is not None:
        assert (found.start + first_year, found.end - 1 + first_year) == reported.years


CASES = [
    ("ny_leukemia/ny_leuk.txt", new_york, {}),
    ("pennsylvania_lung/penn_bern.txt", lambda folder: pennsylvania(folder, "bern"), {}),
    ("pennsylvania_lung/penn_crude.txt", lambda folder: pennsylvania(folder, "crude"), {}),
    ("pennsylvania_lung/penn_strata.txt", lambda folder: pennsylvania(folder, "strata"), {}),
    ("new_mexico_brain/nm_spatial_std.txt", new_mexico, {"analysis": "spatial"}),
    ("new_mexico_brain/nm_st_std.txt", new_mexico, {}),
    ("new_mexico_brain/NM_spacetime_poisson_satscan10.3.2.txt", new_mexico, {}),
]


@pytest.mark.parametrize(("report", "read", "options"), CASES, ids=[case[0] for case in CASES])
def test_clusters_and_p_values_are_those_of_the_report(
    shared_reference: Path, report: str, read: Any, options: dict[str, Any]
) -> None:
    reported = read_report(shared_reference / report)
    assert len(reported) >= 3
    counts, arguments = read(shared_reference)
    rng = np.random.default_rng(20)
    tested = scan(counts, **arguments, **options, n_permutations=REPLICAS, rng=rng)
    found = scan(counts, **arguments, **options, n_permutations=0).clusters
    for cluster, expected in zip(found, reported, strict=False):
        check(cluster, expected, first_year=1973)
    for cluster, expected in zip(tested.clusters, reported, strict=False):
        # Both are Monte Carlo.
        spread = np.sqrt(2 * expected.p_value * (1 - expected.p_value) / REPLICAS)
        assert cluster.p_value == pytest.approx(expected.p_value, abs=3 * spread)
    # The report ends where no replica stays below; so do we, give or take chance.
    assert abs(len(tested.clusters) - len(reported)) <= 1


def test_new_york_with_at_most_a_tenth_of_the_population(shared_reference: Path) -> None:
    counts, arguments = new_york(shared_reference)
    rng = np.random.default_rng(20)
    first = scan(counts, **arguments, max_share=0.1, rng=rng).clusters[0]
    assert round(first.log_likelihood_ratio, 6) == 11.577255
    assert (first.observed, round(first.expected, 2)) == (85, 49.71)
    assert first.p_value == pytest.approx(0.001, abs=3 * np.sqrt(2 * 0.001 * 0.999 / REPLICAS))


def test_new_york_by_name(shared_reference: Path) -> None:
    """The figures as SOURCES words them, should a report ever be misread."""
    counts, arguments = new_york(shared_reference)
    first, second, third = scan(counts, **arguments, n_permutations=0).clusters[:3]
    assert first.members[0] == "52"
    assert len(first.members) == 28
    assert round(first.log_likelihood_ratio, 6) == 14.083511
    assert set(second.members) == {*map(str, range(84, 91)), "92"}
    assert round(second.log_likelihood_ratio, 6) == 9.019716
    assert round(third.log_likelihood_ratio, 6) == 6.114140
