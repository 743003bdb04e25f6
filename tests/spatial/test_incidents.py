"""Incidents against a slow reading of their wording, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial import find_incidents, find_sites

START = np.datetime64("2024-01-01T00:00:00", "s")
report = st.tuples(st.integers(-1, 2), st.integers(-1, 1), st.integers(0, 40 * 24))


def arrays(cases: list[tuple[int, int, int]]) -> tuple[np.ndarray, ...]:
    table = np.array(cases, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], START + table[:, 2] * 3600


def same_partition(one: np.ndarray, other: list[int]) -> bool:
    """Tell whether two numberings put the same rows together."""
    pairs = set(zip(one.tolist(), other, strict=True))
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def slowly(cases: list[tuple[int, int, int]], days: int) -> list[int]:
    """Join every two reports that may be joined, again and again until nothing changes."""
    group = list(range(len(cases)))
    changed = True
    while changed:
        changed = False
        for i, (site, kind, hour) in enumerate(cases):
            for j, (other_site, other_kind, other_hour) in enumerate(cases):
                alike = site == other_site != -1 and kind == other_kind != -1
                if alike and abs(hour - other_hour) <= 24 * days and group[i] != group[j]:
                    old = max(group[i], group[j])
                    new = min(group[i], group[j])
                    group = [new if each == old else each for each in group]
                    changed = True
    return group


@settings(deadline=None)
@given(st.lists(report, max_size=25), st.integers(1, 9))
def test_as_worded(cases: list[tuple[int, int, int]], days: int) -> None:
    found = find_incidents(*arrays(cases), days=days)
    assert same_partition(found.incident, slowly(cases, days))
    for number in range(found.reports.size):
        mine = arrays(cases)[2][found.incident == number]
        assert (found.first[number], found.last[number]) == (mine.min(), mine.max())
        assert found.reports[number] == mine.size


@settings(deadline=None)
@given(st.lists(report, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(cases: list[tuple[int, int, int]], random: object) -> None:
    order = list(range(len(cases)))
    random.shuffle(order)  # type: ignore[attr-defined]
    plain = find_incidents(*arrays(cases)).incident
    shuffled = find_incidents(*arrays([cases[i] for i in order])).incident
    assert same_partition(shuffled, plain[order].tolist())


@settings(deadline=None)
@given(st.lists(report, max_size=40))
def test_doubling_time_and_days_changes_nothing(cases: list[tuple[int, int, int]]) -> None:
    doubled = [(site, kind, 2 * hour) for site, kind, hour in cases]
    plain = find_incidents(*arrays(cases), days=4)
    assert find_incidents(*arrays(doubled), days=8).incident.tolist() == plain.incident.tolist()


def test_the_last_second_counts() -> None:
    first = np.datetime64("2024-05-01T12:00:00", "s")
    for seconds, incidents in ((7 * 86_400, 1), (7 * 86_400 + 1, 2)):
        found = find_incidents([1, 1], [2, 2], [first, first + seconds])
        assert found.reports.size == incidents


def test_a_place_goes_before_coordinates_and_nothing_stays_alone() -> None:
    place = [3, 3, -1, -1, -1, -1]
    lng, lat = [116.0, 117.0, 116.0, 116.0003, 116.01, np.nan], [40.0] * 5 + [np.nan]
    sites = find_sites(place, lng, lat)
    assert sites.tolist() == [3, 3, 4, 4, 5, -1]
    when = np.full(6, START)
    found = find_incidents(sites, np.zeros(6, int), when)
    assert found.incident.tolist() == [0, 0, 1, 1, 2, 3]
    far = find_sites(place, lng, lat, within_m=20.0)
    assert far.tolist() == [3, 3, 4, 5, 6, -1]


def test_nothing_gives_nothing_and_inputs_stay() -> None:
    none = find_incidents([], [], np.array([], "datetime64[s]"))
    assert (none.incident.size, none.reports.size) == (0, 0)
    assert find_sites([], [], []).size == 0
    place, lng, lat = np.array([-1, 2]), np.array([1.0, 1.0]), np.array([1.0, 1.0])
    find_sites(place, lng, lat)
    assert place.tolist() == [-1, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"when": np.array(["NaT"], "datetime64[s]")}, "when: every case needs a time"),
        ({"classes": [0, 1]}, "classes: expected as many entries as site"),
        ({"site": [-2]}, "site: codes must be -1 .unknown. or more, found -2"),
        ({"site": [1.5]}, "site: codes must be whole numbers, found 1.5"),
        ({"classes": [np.nan]}, "classes: every value must be finite, found nan"),
        ({"days": 0}, "days: must be 1 or more, found 0"),
    ],
)
def test_wrong_input_is_refused(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"site": [1], "classes": [0], "when": [START]} | change
    with pytest.raises(ValueError, match=message):
        find_incidents(**arguments)


def test_half_a_coordinate_is_refused() -> None:
    with pytest.raises(ValueError, match=r"both or none must be known, found 1\.0, nan at 0"):
        find_sites([-1], [1.0], [np.nan])
    with pytest.raises(ValueError, match="lng: expected as many entries as place"):
        find_sites([-1, 1], [1.0], [1.0])
