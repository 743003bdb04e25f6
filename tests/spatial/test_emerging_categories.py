"""The seventeen words: each boundary by hand, and all courses against the rules read aloud."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from spatial.emerging.categories import EmergingCategory, categorise

HOT_ORDER = [
    "NEW",
    "CONSECUTIVE",
    "INTENSIFYING",
    "PERSISTENT",
    "DIMINISHING",
    "SPORADIC",
    "OSCILLATING",
    "HISTORICAL",
]
LEVEL = {"h": 1, "c": -1, ".": 0}


def word(course: str, trend: int = 0) -> str:
    """Return the category of a course written as h (hot), c (cold) and . (neither)."""
    code = categorise([[LEVEL[step] for step in course]], [trend])[0]
    return EmergingCategory(int(code)).name


def mirrored(course: str) -> str:
    return course.translate(str.maketrans("hc", "ch"))


@pytest.mark.parametrize(
    ("course", "trend", "expected"),
    [
        # New: hot at the last step only.
        ("...........h", 0, "NEW_HOT"),
        ("..h", 0, "NEW_HOT"),
        ("h.........h.", 0, "NO_PATTERN"),
        # Cold steps do not matter to new, which comes before oscillating.
        ("cc.........h", 0, "NEW_HOT"),
        ("cccccccccch", -1, "NEW_HOT"),
        # Consecutive: exactly two final steps are enough, never hot before them.
        ("..........hh", 0, "CONSECUTIVE_HOT"),
        ("cc........hh", 0, "CONSECUTIVE_HOT"),
        ("h.........hh", 0, "SPORADIC_HOT"),
        # One run of just below and of exactly 90 %.
        ("...hhhhhhhhhhhhhhhhh", 0, "CONSECUTIVE_HOT"),
        ("..hhhhhhhhhhhhhhhhhh", 0, "PERSISTENT_HOT"),
        (".hhhhhhhhh", 0, "PERSISTENT_HOT"),
        ("..hhhhhhhhh", 0, "CONSECUTIVE_HOT"),
        # Intensifying, persistent and diminishing part by the trend at 90 % and more.
        ("hhhhhhhhhhhh", 1, "INTENSIFYING_HOT"),
        ("hhhhhhhhhhhh", 0, "PERSISTENT_HOT"),
        ("hhhhhhhhhhhh", -1, "DIMINISHING_HOT"),
        ("h.hhhhhhhh", 1, "INTENSIFYING_HOT"),
        ("h.hhhhhhhh", -1, "DIMINISHING_HOT"),
        ("c.hhhhhhhhhhhhhhhhhh", 1, "INTENSIFYING_HOT"),
        ("chhhhhhhhh", 0, "PERSISTENT_HOT"),
        # Below 90 % a trend decides nothing.
        ("h..hhhhhhhh", 1, "SPORADIC_HOT"),
        ("h..hhhhhhhh", -1, "SPORADIC_HOT"),
        # Persistent does not ask for the last step, the two with a trend do.
        ("hhhhhhhhh.", 0, "PERSISTENT_HOT"),
        ("hhhhhhhhh.", 1, "HISTORICAL_HOT"),
        ("hhhhhhhhh.", -1, "HISTORICAL_HOT"),
        # Sporadic: on and off, never cold; one cold step makes it oscillating.
        ("h.h.h.h.h.h.h", 0, "SPORADIC_HOT"),
        ("h..........h", 0, "SPORADIC_HOT"),
        ("hc.........h", 0, "OSCILLATING_HOT"),
        ("c..h......hh", 0, "OSCILLATING_HOT"),
        ("chhhhhhhhh.h", 0, "OSCILLATING_HOT"),
        # Historical: last step not hot, still 90 % hot.
        ("hhhhhhhhhhhhhhhhhh..", 1, "HISTORICAL_HOT"),
        ("hhhhhhhhhhhhhhhhh...", 1, "NO_PATTERN"),
        ("hhhhhhhh..", 0, "NO_PATTERN"),
        # Where a hot and a cold word fit, the order decides: new before persistent and historical.
        ("hhhhhhhhhc", 0, "NEW_COLD"),
        ("hhhhhhhhhc", 1, "NEW_COLD"),
        ("h" * 18 + "cc", 0, "CONSECUTIVE_COLD"),
        # Cold before as well: neither new nor consecutive, and persistent before oscillating.
        ("hhhhhhhhhc" + "h" * 19 + "c", 0, "PERSISTENT_HOT"),
        ("hhhhhhhhhc" + "h" * 19 + "c", 1, "OSCILLATING_COLD"),
        ("............", 0, "NO_PATTERN"),
        ("............", 1, "NO_PATTERN"),
        ("h.h.h.h.h...", 0, "NO_PATTERN"),
    ],
)
def test_boundaries(course: str, trend: int, expected: str) -> None:
    assert word(course, trend) == expected
    swapped = {"HOT": "COLD", "COLD": "HOT"}
    stem, _, side = expected.rpartition("_")
    assert word(mirrored(course), -trend) == (
        f"{stem}_{swapped[side]}" if side in swapped else expected
    )


def read_aloud(course: str, trend: int) -> str:
    """Return the category by the rules as sentences, hot and cold alike."""

    def fitting(side: str, other: str, rising: int) -> list[int]:
        steps, last = len(course), course[-1] == side
        share = course.count(side) / steps
        most = round(share, 9) >= 0.9
        final_run = len(course) - len(course.rstrip(side))
        before_run = course[: steps - final_run]
        rules = [
            last and side not in course[:-1],
            final_run >= 2 and side not in before_run and not most,
            most and last and rising == 1,
            most and rising == 0,
            most and last and rising == -1,
            last and not most and other not in course,
            last and not most and other in course[:-1],
            not last and most,
        ]
        return [kind for kind, holds in enumerate(rules) if holds]

    found = [(kind, "HOT") for kind in fitting("h", "c", trend)]
    found += [(kind, "COLD") for kind in fitting("c", "h", -trend)]
    if not found:
        return "NO_PATTERN"
    kind, side = min(found)
    return f"{HOT_ORDER[kind]}_{side}"


@pytest.mark.parametrize("steps", [3, 5, 7])
def test_every_short_course(steps: int) -> None:
    courses = list(map("".join, product("h.c", repeat=steps)))
    levels = [[LEVEL[step] for step in course] for course in courses]
    for trend in (-1, 0, 1):
        codes = categorise(levels, [trend] * len(courses))
        found = [EmergingCategory(int(code)).name for code in codes]
        assert found == [read_aloud(course, trend) for course in courses]


def test_long_courses_of_every_kind() -> None:
    rng = np.random.default_rng(11)
    seen = set()
    for _ in range(3_000):
        steps = int(rng.integers(8, 41))
        shares = rng.dirichlet([0.3, 0.3, 0.3])
        course = list(rng.choice(list("h.c"), steps, p=shares))
        tail = int(rng.integers(0, 4))
        if tail:
            course[-tail:] = [rng.choice(list("h.c"))] * tail
        trend = int(rng.integers(-1, 2))
        name = word("".join(course), trend)
        assert name == read_aloud("".join(course), trend)
        seen.add(name)
    assert len(seen) == 17


def test_untested_steps_are_no_part_of_the_share() -> None:
    levels = np.array([[1] * 9 + [0] * 3, [0] * 12])
    tested = np.ones((2, 12), dtype=bool)
    tested[0, 10:], tested[1] = False, False
    found = categorise(levels, [0, 0], tested)
    assert found.tolist() == [EmergingCategory.PERSISTENT_HOT, EmergingCategory.NOT_TESTED]


def test_codes_are_stable() -> None:
    hot = [EmergingCategory[f"{name}_HOT"].value for name in HOT_ORDER]
    cold = [EmergingCategory[f"{name}_COLD"].value for name in HOT_ORDER]
    assert hot == list(range(1, 9))
    assert cold == [-code for code in hot]
    assert (EmergingCategory.NO_PATTERN, EmergingCategory.NOT_TESTED) == (0, 127)
    assert len(EmergingCategory) == 17 + 1


@pytest.mark.parametrize(
    ("levels", "trend", "message"),
    [
        ([1, 0, 1], [0], "levels: expected cells x steps"),
        ([[1, 0, 1]], [0, 0], "trend: expected as many entries"),
        ([[1, 0, 2]], [0], "levels: expected -1, 0 or 1, found 2"),
        ([[1, 0, 1]], [3], "trend: expected -1, 0 or 1, found 3"),
    ],
)
def test_bad_input_is_named(levels: object, trend: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        categorise(levels, trend)  # type: ignore[arg-type]
