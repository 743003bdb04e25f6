"""New high-frequency problems against a slow count over the file; what a plan knows is not new."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.cases.uploads import import_file
from app.townships.assessment.governance_rules import DeskRules
from app.townships.desk.problems import (
    SOURCE,
    Problem,
    frequent_problems,
    known_before,
    new_since,
    newest_window,
    not_in_plan,
    problems_shown,
    with_counts_before,
)
from app.townships.governing.models import CANCELLED, TO_DO, ListItem
from geodata.home import Home
from geodata.places import import_places
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.app.townships.governed_city import TOWNSHIPS, make_areas

END = datetime(2025, 7, 1)
DESK = DeskRules()
WINDOW_DAYS = DESK.window_days
START = END - timedelta(days=WINDOW_DAYS)
PLACES = {f"P{i}": (1 + i % 3, 0.1 + 0.08 * i) for i in range(9)}
"""Township and height of each place."""

CLASSES = ("物业管理", "噪声", "市容环卫", "停车", "供水", "违建", "道路")


def position(township: int, up: float) -> tuple[float, float]:
    return WEST + (township - 0.5) * SIDE, SOUTH + up * SIDE


def case(
    number: int, place: str | None, when: datetime, kind: str, township: int = 1
) -> dict[str, object]:
    lng, lat = position(*PLACES[place]) if place else position(township, 0.95)
    name, _district = TOWNSHIPS[f"T{PLACES[place][0] if place else township}"]
    return {
        "case_id": f"C{number}",
        "received_at": f"{when:%Y-%m-%d %H:%M:%S}",
        "class_1": kind,
        "title": "反映问题",
        "reported_township": name,
        "lng": lng,
        "lat": lat,
    }


def made_cases() -> list[dict[str, object]]:
    """Cases of half a year: many at few places in the newest days, few before."""
    rng = np.random.default_rng(11)
    rows = [case(0, None, END - timedelta(minutes=30), CLASSES[0])]
    names = [*PLACES, None, None, None]
    for number in range(1, 420):
        newest = number < 260
        span = WINDOW_DAYS * 24 * 60 if newest else 150 * 24 * 60
        until = END if newest else START
        when = until - timedelta(minutes=int(rng.integers(40, span)))
        place = names[int(rng.choice(len(names), p=np.r_[[0.02] * 6, [0.05] * 3, [0.73 / 3] * 3]))]
        kind = CLASSES[int(rng.choice(len(CLASSES), p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05]))]
        rows.append(case(number, place, when, kind, int(rng.integers(1, 4))))
    return rows


def make_busy_city(folder: Path) -> Home:
    """Make a home of three townships with nine places and half a year of cases."""
    home = make_areas(folder)
    lines = [
        f"{name},{name}小区,小区,{','.join(map(str, position(*at)))}" for name, at in PLACES.items()
    ]
    (folder / "places.csv").write_text("\n".join(["code,name,kind,lng,lat", *lines]), "utf-8")
    import_places(home, folder / "places.csv")
    pd.DataFrame(made_cases()).to_csv(folder / "cases.csv", index=False)
    import_file(home, folder / "cases.csv", "suyuan")
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_busy_city(tmp_path_factory.mktemp("problems"))


def within(
    rows: list[dict[str, object]], start: datetime, end: datetime
) -> list[dict[str, object]]:
    return [row for row in rows if start <= datetime.fromisoformat(str(row["received_at"])) < end]


def place_of(row: dict[str, object]) -> str | None:
    return next(
        (name for name, at in PLACES.items() if position(*at) == (row["lng"], row["lat"])), None
    )


def township_of(row: dict[str, object]) -> str:
    return f"T{1 + int((float(str(row['lng'])) - WEST) / SIDE)}"


def test_points_and_classes_agree_with_a_slow_count(home: Home) -> None:
    newest = within(made_cases(), START, END)
    by_place = Counter(place_of(row) for row in newest)
    by_place.pop(None)
    points = {}
    for place, count in by_place.items():
        own = [row for row in newest if place_of(row) == place]
        times = [(datetime.fromisoformat(str(row["received_at"])), row["class_1"]) for row in own]
        repeats = any(
            sum(
                kind == other and timedelta(0) <= at - then < timedelta(days=7)
                for then, other in times
            )
            >= 3
            for at, kind in times
        )
        # Nine places: all with three cases are among the first twenty.
        if repeats or count >= 3:
            points["T" + str(PLACES[str(place)][0]), place] = (count, repeats, count >= 3)
    classes = {}
    for township in ("T1", "T2", "T3"):
        counts = Counter(row["class_1"] for row in newest if township_of(row) == township)
        last = sorted(counts.values(), reverse=True)[DESK.class_top - 1]
        for kind, count in counts.items():
            if count >= max(last, DESK.class_least):
                classes[township, kind] = count
    found = frequent_problems(home, DESK)
    repeat, top = "same_class_3_in_7_days", "monthly_top_20_least_3"
    assert {
        (each.township, each.key): (each.count, repeat in each.rules, top in each.rules)
        for each in found
        if each.kind == "point"
    } == points
    assert {(e.township, e.key): e.count for e in found if e.kind == "class"} == classes
    assert len(points) > 2
    assert {repeats for _count, repeats, _top in points.values()} == {True, False}
    assert len(classes) > 6
    assert [each.count for each in found] == sorted((each.count for each in found), reverse=True)


def frequent_slowly(rows: list[dict[str, object]], desk: DeskRules) -> set[tuple[str, str]]:
    """Township and source of what is high-frequency in a window, counted one by one."""
    found = set()
    for place, (township_number, _up) in PLACES.items():
        own = [row for row in rows if place_of(row) == place]
        times = [(datetime.fromisoformat(str(row["received_at"])), row["class_1"]) for row in own]
        week = timedelta(days=7)
        repeats = any(
            sum(kind == other and timedelta(0) <= at - then < week for then, other in times) >= 3
            for at, kind in times
        )
        if repeats or len(own) >= 3:
            found.add((f"T{township_number}", f"point:{place}"))
    for township in ("T1", "T2", "T3"):
        counts = Counter(str(row["class_1"]) for row in rows if township_of(row) == township)
        ranked = sorted(counts.values(), reverse=True)
        least = ranked[min(desk.class_top, len(ranked)) - 1] if ranked else 0
        found |= {
            (township, f"class:{kind}")
            for kind, count in counts.items()
            if count >= max(least, desk.class_least)
        }
    return found


@pytest.mark.parametrize(
    ("since", "desk"),
    [
        (date(2025, 5, 20), DeskRules(class_least=2)),
        (date(2025, 6, 25), DeskRules(class_least=3, before_windows=3)),
        (date(2025, 4, 1), DeskRules(class_least=2, class_top=2, window_days=10)),
    ],
)
def test_new_is_what_was_frequent_in_no_window_before(
    home: Home, since: date, desk: DeskRules
) -> None:
    days = timedelta(days=desk.window_days)
    # A designation within the newest window: that window is not of the time before it.
    end = min(datetime.combine(since, datetime.min.time()), END - days)
    known = set()
    for n in range(desk.before_windows):
        rows = within(made_cases(), end - (n + 1) * days, end - n * days)
        known |= frequent_slowly(rows, desk)
    now = frequent_slowly(within(made_cases(), END - days, END), desk)
    assert known & now
    assert now - known
    for township in ("T1", "T2", "T3"):
        own = {source for code, source in known if code == township}
        assert known_before(home, (township,), since, desk) == own
        problems = [each for each in frequent_problems(home, desk) if each.township == township]
        new, others = new_since(home, problems, (township,), since, desk)
        assert {(township, each.source_id) for each in new} == {
            each for each in now - known if each[0] == township
        }
        assert sorted([*new, *others], key=lambda each: each.source_id) == sorted(
            problems, key=lambda each: each.source_id
        )


def test_the_window_is_of_whole_days(home: Home) -> None:
    window = newest_window(home, DESK)
    assert window is not None
    assert (window.start, window.end) == (START, END)


def test_no_cases_no_problems(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    assert newest_window(home, DESK) is None
    assert frequent_problems(home, DESK) == ()
    assert known_before(home, ("T1",), date(2025, 1, 1), DESK) == frozenset()


@pytest.mark.parametrize("since", [date(2025, 5, 1), date(2025, 6, 16), date(2024, 1, 1)])
def test_counts_before_are_of_as_many_days(home: Home, since: date) -> None:
    end = datetime.combine(since, datetime.min.time())
    before = within(made_cases(), end - timedelta(days=WINDOW_DAYS), end)
    own = [each for each in frequent_problems(home, DESK) if each.township == "T1"]
    for each in with_counts_before(home, own, ("T1",), since, WINDOW_DAYS, exact=True):
        expected = sum(
            township_of(row) == "T1" and each.key in (place_of(row), row["class_1"])
            for row in before
        )
        assert each.before == expected
    for each in with_counts_before(home, own, ("T1",), since, WINDOW_DAYS, exact=False):
        assert each.before is not None
        assert each.before == -1 or each.before % 5 == 0


POINT = Problem("point", "T1", "P1", "花园小区", 4, "物业管理")
CLASS = Problem("class", "T1", "噪声", "噪声", 40, "噪声")


@pytest.mark.parametrize(
    ("item", "left"),
    [
        (None, [POINT, CLASS]),
        ({"title": "整治噪声", "class_1": "噪声"}, [POINT]),
        ({"title": "花园小区电梯"}, [CLASS]),
        ({"title": "老旧小区", "text": "含花园小区、东苑"}, [CLASS]),
        ({"title": "改了标题", "source_kind": SOURCE, "source_id": "point:P1"}, [CLASS]),
        ({"title": "改了标题", "source_kind": "meeting", "source_id": "point:P1"}, [POINT, CLASS]),
        ({"title": "花园小区", "state": CANCELLED}, [POINT, CLASS]),
        ({"title": "整治噪声"}, [POINT, CLASS]),
    ],
)
def test_what_a_plan_knows_is_not_new(item: dict[str, str] | None, left: list[Problem]) -> None:
    empty = {"text": "", "source_kind": "", "source_id": "", "class_1": None, "state": TO_DO}
    items = [] if item is None else [ListItem(**{**empty, **item})]
    assert not_in_plan([POINT, CLASS], items) == left


def test_small_problems_are_not_told_to_viewers() -> None:
    assert [(each.name, each.count) for each in problems_shown([POINT, CLASS], exact=False)] == [
        ("噪声", 40),
    ]  # fmt: skip
    assert problems_shown([POINT, CLASS], exact=True) == [POINT, CLASS]
