"""Addresses as people write them, in one way of writing and taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.geocoding import normalise, parse_address
from geodata.geocoding.numerals import numeral_of_value, value_of_numeral

LETTERS = (
    "长宁路街弄巷号村一二十廿百〇三12９3栋幢单元室（）()[]【】-－~到 　,，、#＃ABab.&ST区镇《》"
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("翠柏路　１２８号", "翠柏路128号"),
        ("翠柏路一二八号（临街）", "翠柏路128号"),
        ("翠柏路一百二十八號", "翠柏路128号"),
        ("清溪小区（东门[南侧]）3幢", "清溪小区3栋"),
        ("清溪小区3号楼", "清溪小区3栋"),
        ("青藤5村", "青藤五村"),
        ("青藤第五村", "青藤第五村"),
        ("纬3路18#", "纬三路18号"),
        ("“月桂苑”，12栋。", "月桂苑12栋"),
        ("翠柏路12～18号", "翠柏路12-18号"),
        ("翠柏路、银杏街交叉口", "翠柏路银杏街路口"),
        ("12  Oak  St.,  Apt 4", "12 OAK ST. APT 4"),
    ],
)
def test_ways_of_writing(written: str, normal: str) -> None:
    assert normalise(written) == normal


@settings(deadline=None)
@given(st.text(alphabet=LETTERS, max_size=24))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    assert parse_address(text).key is not None


@settings(deadline=None)
@given(st.integers(1, 99))
def test_numerals_are_read_as_they_are_written(value: int) -> None:
    assert value_of_numeral(numeral_of_value(value)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("甲省乙川市丙山区丁河街道翠柏路128号",
         {"district": "丙山区", "township": "丁河街道", "road": "翠柏路", "number": 128}),
        ("翠柏路128弄5号302室",
         {"road": "翠柏路", "lane": 128, "number": None, "building": "5", "room": "302"}),
        ("翠柏路128弄16支弄7号", {"road": "翠柏路", "lane": 128, "key": "翠柏路128弄"}),
        ("清溪小区3栋2单元1204",
         {"estate": "清溪小区", "building": "3", "unit": "2", "room": "1204"}),
        ("青藤五村46号甲", {"estate": "青藤五村", "number": 46}),
        ("下洼村李家宅", {"community": "下洼村", "names": ("下洼村", "李家宅")}),
        ("青藤五村翠柏路128弄", {"estate": "青藤五村", "road": "翠柏路", "lane": 128}),
        ("新村路41号", {"road": "新村路", "number": 41}),
        ("镇北街9弄", {"road": "镇北街", "township": None, "lane": 9}),
        ("柳条胡同7号", {"road": "柳条胡同", "number": 7}),
        ("竹竿弄18号", {"road": "竹竿弄", "number": 18, "building": None}),
        ("翠柏路128号对面", {"relation": "opposite", "number": 128}),
        ("翠柏路128号附近", {"relation": "near", "number": 128}),
        ("翠柏路与银杏街交叉口东北角", {"intersection": True, "names": ("翠柏路", "银杏街")}),
        ("翠柏路银杏街路口", {"intersection": True, "names": ("翠柏路", "银杏街")}),
        ("翠柏路12号银杏街30弄", {"names": ("翠柏路", "银杏街"), "number": 12, "lane": 30}),
        ("41 North Oak Street Apt 2B", {"road": "N OAK ST", "number": 41, "room": "2B"}),
        ("41-45 Oak Ave, Rivertown, MA 01234",
         {"road": "OAK AVE", "number": 41, "township": "RIVERTOWN", "postcode": "01234"}),
        ("7 East Third Street", {"road": "E 3RD ST", "number": 7}),
        ("INTERSECTION of Oak St & Elm Avenue  Rivertown  MA  ",
         {"intersection": True, "names": ("OAK ST", "ELM AVE"), "township": "RIVERTOWN"}),
        ("Oak St and Elm Ave", {"intersection": True, "names": ("OAK ST", "ELM AVE")}),
        ("", {"names": (), "key": ""}),
    ],
)  # fmt: skip
def test_what_an_address_says(text: str, said: dict[str, object]) -> None:
    address = parse_address(text)
    assert {name: getattr(address, name) for name in said} == said
