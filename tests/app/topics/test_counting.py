"""What a definition counts, against the rows themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from app.cases.windows import Window
from app.topics.counting import count_cycles, count_townships
from app.topics.matching import CaseRule
from app.townships.assessment.cycles import Calendar, find_cycle
from geodata.home import Home
from tests.app.topics.topic_city import rows

Row = dict[str, str]
LIFT_CLASS = (("物业管理", "电梯"),)

RULES: list[tuple[CaseRule, Callable[[Row], bool]]] = [
    (CaseRule(classes=LIFT_CLASS), lambda r: r["class_2"] == "电梯"),
    (CaseRule(classes=(("物业管理",),)), lambda r: r["class_1"] == "物业管理"),
    (CaseRule(keywords=("电梯",)), lambda r: "电梯" in r["title"] + r["content"]),
    (CaseRule(classes=LIFT_CLASS, keywords=("电梯",)), lambda r: r["class_2"] == "电梯"),
    (CaseRule(classes=(("噪声",),), keywords=("电梯",)), lambda r: r["title"] == "电梯井响"),
    (CaseRule(classes=LIFT_CLASS, keywords=("酒吧",), widens=True),
     lambda r: r["class_2"] == "电梯" or "酒吧" in r["title"]),
    (CaseRule(tags=("电梯安全",)), lambda r: r["class_2"] == "电梯"),
    (CaseRule(tags=("电梯",)), lambda _r: False),
    (CaseRule(keywords=("电梯",), excluded_classes=(("噪声", "设备噪声"),)),
     lambda r: r["class_2"] == "电梯"),
    (CaseRule(classes=(("物业管理",),), excluded_keywords=("漏水",)),
     lambda r: r["class_2"] == "电梯"),
    (CaseRule(), lambda _r: False),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "oracle"), RULES)
def test_a_rule_counts_what_it_says(
    made_city: Path, rule: CaseRule, oracle: Callable[[Row], bool]
) -> None:
    cycles = [find_cycle(f"half_month-2025-{m:02}-{h}", Calendar())
              for m in (2, 3) for h in (1, 2)]  # fmt: skip
    counted = count_cycles(Home.at(made_city), rule, cycles)
    expected = [
        sum(oracle(row) and str(c.first_day) <= row["received_at"][:10] < str(c.end_day)
            for row in rows())
        for c in cycles
    ]  # fmt: skip
    assert counted.tolist() == expected


def test_half_months_that_the_data_lack_are_not_told(made_city: Path) -> None:
    ids = ("half_month-2023-12-2", "half_month-2025-06-2", "half_month-2025-07-1")
    cycles = [find_cycle(each, Calendar()) for each in ids]
    counted = count_cycles(Home.at(made_city), CaseRule(classes=LIFT_CLASS), cycles)
    assert np.isnan(counted).tolist() == [True, False, True]
    assert counted[1] == 15


def test_a_case_of_two_rules_counts_once(made_city: Path) -> None:
    window = Window.parse("2025-03-01..2025-03-16")
    lifts, all_of_it = CaseRule(classes=LIFT_CLASS), CaseRule(classes=(("物业管理",),))
    both = count_townships(Home.at(made_city), [lifts, all_of_it], window)
    # A lift and a leak a day.
    assert sum(both.values()) == 30
    assert both == count_townships(Home.at(made_city), [all_of_it], window)
    assert count_townships(Home.at(made_city), [], window) == {}


def test_townships_add_up(made_city: Path) -> None:
    window = Window.parse("2025-03-01..2025-03-16")
    counted = count_townships(Home.at(made_city), [CaseRule(classes=LIFT_CLASS)], window)
    days = [date(2025, 3, day) for day in range(1, 16)]
    expected = {f"T{1 + part}": sum(day.toordinal() % 3 == part for day in days)
                for part in range(3)}  # fmt: skip
    assert counted == expected
