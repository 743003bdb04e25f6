"""Profiles: what is shipped, what is refused, how headers are matched."""

import json
from pathlib import Path

import polars as pl
import pytest

from geodata.errors import InvalidProfile, UnknownProfile
from geodata.profiles import INPUT_FIELDS, known_profiles, load_profile
from geodata.reading.headers import find_header, match_header, normalise_header

CONTRACTED_HEADERS = {
    "工单编号": "case_id", "来电时间": "received_at", "问题分类": "class_path",
    "主要内容": "content", "被反映区": "reported_district", "被反映街乡镇": "reported_township",
    "村/社区": "reported_community", "小区点位": "reported_place", "承办单位": "handler",
    "办结时间": "closed_at", "是否有效回访": "valid", "是否联系": "responded",
    "是否解决": "resolved", "是否满意": "satisfaction", "经度": "source_lng", "纬度": "source_lat",
}  # fmt: skip


def test_every_field_can_come_in_suyuans_own_format() -> None:
    assert set(load_profile("suyuan").columns) == set(INPUT_FIELDS)


@pytest.mark.parametrize("name", known_profiles())
def test_shipped_profiles_name_themselves_and_share_no_header(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert set(profile.title) == {"zh", "en"}
    headers = [normalise_header(h, keep_notes=True) for hs in profile.columns.values() for h in hs]
    assert len(headers) == len(set(headers))


@pytest.mark.parametrize("header", CONTRACTED_HEADERS)
def test_work_order_headers_are_known_however_they_are_typed(header: str) -> None:
    profile = load_profile("workorder12345")
    field = CONTRACTED_HEADERS[header]
    half = len(header) // 2
    for spelling in (
        header, f"  {header}：", f"{header[:half]}\n{header[half:]}", f"{header}（必填）",
        f"\ufeff{header}", f"{header[:half]} {header[half:]}*",
    ):  # fmt: skip
        assert match_header([spelling], profile) == {field: 0}


def test_preferred_synonym_and_exact_note_win() -> None:
    profile = load_profile("workorder12345")
    assert match_header(["创建时间", "来电时间", "工单号"], profile)["received_at"] == 1
    assert match_header(["来电人", "联系电话"], profile)["caller"] == 1
    assert match_header(["承办单位（二级）", "承办单位"], profile)["handler"] == 1


def test_header_is_found_below_titles_and_not_in_the_data() -> None:
    profile = load_profile("workorder12345")
    rows = [["诉求月报", None], [], ["工单编号", "来电时间"], ["1", "2025-01-01"]]
    header = find_header(rows, profile)
    assert header is not None
    assert (header.row, header.columns) == (3, {"case_id": 0, "received_at": 1})
    assert find_header([["x"]] * 20 + rows, profile) is None


def test_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(UnknownProfile, match=r"beijing.*known profiles: boston311, chicago311"):
        load_profile("beijing")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: [", "not readable as YAML"),
        ("just words", "expected 'name: value' lines"),
        ("name: x\nzone: Mars/Olympus\ncolumns: {case_id: [a], received_at: [b]}", "Mars/Olympus"),
        ("name: x\nzone: UTC\ncolumns: {case_id: [a]}", "'received_at' has no headers"),
        ("name: x\nzone: UTC\ncolumns: {case_nr: [a]}", "no field is called 'case_nr'"),
        ("name: x\nzone: UTC\nshape: y\ncolumns: {case_id: [a], received_at: [b]}", "shape"),
        (
            "name: x\nzone: UTC\ntrue_words: [1]\ncolumns: {case_id: [a], received_at: [b]}",
            "put it in quotes",
        ),
    ],
)
def test_bad_profiles_are_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidProfile, match=told) as refusal:
        load_profile(path)
    assert "own.yaml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_boston_names_lead_to_polygons_or_stay_as_they_are(shared_data: Path) -> None:
    polygons = json.loads((shared_data / "boston_neighborhoods.geojson").read_text("utf-8"))
    names = {feature["properties"]["neighborhood"] for feature in polygons["features"]}
    reported = pl.read_parquet(shared_data / "boston_311_2011H2.parquet")["neighborhood"]
    mapping = load_profile("boston311").values["reported_township"]
    assert set(mapping) <= set(reported)
    assert set(mapping.values()) <= names
    assert not set(mapping) & names
