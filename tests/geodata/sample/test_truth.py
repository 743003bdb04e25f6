"""What is said to be planted is there, of the strength that is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geodata.sample import make_city
from tests.geodata.sample.sample_cities import planted_city


def records(kind: str | None = None) -> list[dict[str, Any]]:
    """Return the planted hot points, of one kind if named."""
    return [p for p in planted_city().truth["hot_points"] if kind in {None, p["kind"]}]


def cases_at(point: dict[str, Any], start: str, end: str) -> int:
    """Count by the names in the rows, not by position; nameless rows are made up for."""
    cases = planted_city().cases
    when = cases["received_at"].to_numpy().astype("M8[D]")
    names = planted_city().layout.names
    township = names[planted_city().layout.codes.index(point["township_code"])]
    here = cases["reported_place"].to_numpy() == point["place_name"]
    here &= cases["reported_township"].to_numpy() == township
    named = 1 - 0.04 * 0.3
    return round(
        (here & (when >= np.datetime64(start)) & (when < np.datetime64(end))).sum() / named
    )


def test_there_is_enough_to_find() -> None:
    truth = planted_city().truth
    assert len(records("strong")) >= 12
    assert len(records("weak")) >= 8
    assert len(records("single_caller")) >= 3
    assert len(truth["projects"]) >= 40
    assert {kind: len(found) for kind, found in truth["townships"].items()} == {
        "worst": 6,
        "rising": 8,
        "falling": 8,
    }
    for point in records("strong"):
        assert point["rate_ratio"] >= 3
        assert point["expected"] >= 30


def test_hot_points_are_as_hot_as_said() -> None:
    for point in records("strong") + records("weak"):
        wanted = point["rate_ratio"] * point["expected"]
        # Repeats and duplicates come in clusters: twice Poisson's spread.
        assert cases_at(point, point["from"], point["to"]) == pytest.approx(
            wanted, abs=4 * np.sqrt(2 * wanted)
        )


def test_a_single_caller_makes_most_of_its_point() -> None:
    cases = planted_city().cases
    callers, counts = np.unique(cases["caller"].to_numpy(), return_counts=True)
    busiest = dict(zip(callers[counts > 80], counts[counts > 80], strict=True))
    assert len(busiest) == len(records("single_caller"))
    for point, calls in zip(
        sorted(records("single_caller"), key=lambda p: p["calls"]),
        sorted(busiest.values()),
        strict=True,
    ):
        assert calls == pytest.approx(point["calls"], abs=10)


@pytest.mark.parametrize("effect", [0.5, 0.6, 1.0])
def test_projects_change_what_they_are_said_to_change(effect: float) -> None:
    """Pooled, against the whole city's course: counts after over before, double ratio."""
    city = planted_city()
    when = city.cases["received_at"].to_numpy().astype("M8[D]")
    projects = [
        project
        for project in city.truth["projects"]
        if project["effect"] == effect and project["township_course"] is None
    ]
    after = usual = 0.0
    for project in projects:
        span = city.truth["span"]
        finished = np.datetime64(project["finished"])
        course = (when >= finished).sum() / (when < finished).sum()
        before = cases_at(project, span["from"], project["finished"])
        after += cases_at(project, project["finished"], span["to"])
        usual += before * course
    assert len(projects) >= 6
    assert after / usual == pytest.approx(effect, rel=0.09)


def test_townships_take_their_course() -> None:
    city = planted_city()
    when = city.cases["received_at"].to_numpy().astype("M8[Y]").astype(int) + 1970
    name = city.cases["reported_township"].to_numpy()
    for kind, least, most in (("rising", 1.2, 1.9), ("falling", 0.5, 0.83), ("worst", 0.85, 1.15)):
        for township in city.truth["townships"][kind]:
            here = name == township["name"]
            change = (here & (when == 2025)).sum() / (here & (when == 2024)).sum()
            assert least < change / ((when == 2025).sum() / (when == 2024).sum()) < most


def test_worst_townships_solve_less() -> None:
    city = planted_city()
    name = city.cases["reported_township"].to_numpy()
    resolved = city.cases["resolved"].to_numpy(zero_copy_only=False)
    asked = np.array([answer is not None for answer in resolved])
    worst = np.isin(name, [township["name"] for township in city.truth["townships"]["worst"]])
    share = [np.mean(resolved[asked & group].astype(bool)) for group in (worst, ~worst)]
    assert share[0] < share[1] - 0.12


def test_too_little_for_the_plants_is_refused() -> None:
    with pytest.raises(ValueError, match="months: plants need 12 or more, found 6"):
        make_city(1, months=6)
    with pytest.raises(ValueError, match=r"cases: .* are planted, found only 100"):
        make_city(1, cases=100)
    with pytest.raises(ValueError, match="months: expected 1 or more, found 0"):
        make_city(1, months=0, plants=False)
