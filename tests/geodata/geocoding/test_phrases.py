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
    ("请督促翠竹市场整改", [("翠竹市场", "estate")]),
    ("车辆进出荷坊小学很危险", [("荷坊小学", "public")]),
    ("红柳路翠竹家园二期漏水", [("红柳路", "road"), ("翠竹家园二期", "estate")]),
    ("红柳路小学门前", [("红柳路小学", "public")]),
    ("红柳大道路灯、红柳大道段积水", [("红柳大道", "road"), ("红柳大道", "road")]),
    ("红柳路上的井盖", [("红柳路", "road")]),
    ("和平路与向阳路", [("和平路", "road"), ("向阳路", "road")]),
    ("翠竹郡小区停电", [("翠竹郡小区", "estate")]),
    ("我是翠竹星城的业主", [("翠竹星城", "estate")]),
    ("到汽车西站的班车", [("汽车西站", "public")]),
    ("地铁九号线荷坊站施工", [("荷坊站", "public")]),
    ("荷坊附属中学食堂", [("荷坊附属中学", "public")]),
]
NOTHING = [
    "路口违停堵路",
    "建设单位占路施工",
    "大车堵路",
    "路灯不亮",
    "夜间施工扰民",
    "",
    "工资拖欠三个月",
    "老旧小区改造",
    "造成学校停课",
    "堵塞小区消防通道",
    "购买公寓能落户吗",
    "各大医院停车难",
    "小区门前的泥巴路",
    "普惠型幼儿园名额",
    "丁字路口没有红绿灯",
    "过马路不安全",
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
