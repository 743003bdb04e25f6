"""Place phrases in invented texts, and what is no place though it looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.geocoding import find_place_phrases

FOUND = [
    ("城南路12号的翠竹小区积水", [("城南路12号", "address"), ("翠竹小区", "estate")]),
    ("我在长宁路396弄住", [("长宁路396弄", "address")]),
    ("明月北街与红柳路路口违停堵路", [("明月北街与红柳路路口", "intersection")]),
    ("口岸路积水", [("口岸路", "road")]),
    ("荷坊街道办事处反映无人", [("荷坊街道", "township")]),
    ("关于上吕家坡村自来水的问题", [("上吕家坡村", "community")]),
]
NOTHING = [
    "路口违停堵路",
    "建设单位占路施工",
    "大车堵路",
    "路灯不亮",
    "夜间施工扰民",
    "",
    "工资拖欠三个月",
]


@pytest.mark.parametrize(("text", "phrases"), FOUND)
def test_phrases_are_found(text: str, phrases: list[tuple[str, str]]) -> None:
    assert [(each.text, each.kind) for each in find_place_phrases(text)] == phrases


@pytest.mark.parametrize("text", NOTHING)
def test_words_that_name_no_place(text: str) -> None:
    assert find_place_phrases(text) == ()


@given(st.text(alphabet="城南路12号弄翠竹小区的在街道村与口和园", max_size=40))
def test_phrases_stand_where_they_say_and_do_not_overlap(text: str) -> None:
    end = 0
    for phrase in find_place_phrases(text):
        assert text[phrase.start : phrase.end] == phrase.text
        assert phrase.start >= end
        end = phrase.end
