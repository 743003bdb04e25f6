"""Users' errors in both languages: each names the place, the value and the rule."""

import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geodata.areas import import_boundaries, load_boundaries
from geodata.coordinates import parse_crs
from geodata.errors import MissingColumn, UserError
from geodata.home import Home
from geodata.places import import_places
from geodata.profiles import load_profile
from geodata.reading import read_cases

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(path: Path, content: bytes, profile: str = "workorder12345", **others: str) -> None:
    path.write_bytes(content)
    list(read_cases(path, profile, caller_key=b"k" * 32, now=NOW, **others))


def bring_boundaries(folder: Path, shapes: list[shapely.Polygon], codes: list[str | None]) -> None:
    frame = gpd.GeoDataFrame({"code": codes, "name": ["东街", "西街"]}, geometry=shapes, crs=4326)
    frame.to_file(folder / "areas.geojson")
    import_boundaries(
        Home.at(folder / "home"),
        folder / "areas.geojson",
        level="township",
        code_field="code",
        name_field="name",
    )


def own_profile(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    load_profile(path)


LEFT, RIGHT = shapely.box(0, 0, 1, 1), shapely.box(0.5, 0, 2, 1)
COLUMNS = "columns: {case_id: [id], received_at: [time]}"

MISTAKES: list[tuple[Callable[[Path], object], tuple[str, ...]]] = [
    (lambda f: read(f / "a.csv", b""), ("a.csv", "空")),
    (lambda f: read(f / "a.csv", b"%PDF-1.7"), ("a.csv", "PDF")),
    (lambda f: read(f / "a.csv", b"<html><table>"), ("a.csv", "网页")),
    (lambda f: read(f / "a.csv", b'{"a": 1}'), ("a.csv", "case_id")),
    (lambda f: read(f / "a.csv", b"one\ntwo\n"), ("a.csv", "***", "逗号")),
    (lambda f: read(f / "a.csv", b"x,y,z\n1,2,3\n"), ("a.csv", "case_id", "“工单编号”", "“x”")),
    (lambda f: read(f / "a.csv", b"\xff\x81" * 40), ("a.csv", "第 1 行", "编码")),
    (lambda f: read(f / "a.csv", "工单编号,来电时间\n".encode()), ("a.csv", "第 1 行", "没有数据")),
    (lambda f: read(f / "a.parquet", b"PAR1broken"), ("a.parquet", "损坏")),
    (lambda f: read(f / "a.xlsx", b"PK\x03\x04broken"), ("a.xlsx", "工作簿")),
    (lambda f: read(f / "a.csv", b"a", zone="Mars/Base"), ("Mars/Base", "时区")),
    (lambda f: read_cases(f / "no.csv", "suyuan", caller_key=b"", now=NOW), ("no.csv", "没有")),
    (lambda _: load_profile("nobody"), ("nobody", "workorder12345", "导入方案")),
    (lambda f: own_profile(f / "p.yaml", "- 1"), ("p.yaml", "导入方案")),
    (lambda f: own_profile(f / "p.yaml", f"name: p\n{COLUMNS}"), ("p.yaml", "zone", "缺少")),
    (lambda f: own_profile(f / "p.yaml", f"name: p\nzone: Mars\n{COLUMNS}"), ("Mars", "时区")),
    (lambda _: parse_crs("mars"), ("mars", "坐标系", "EPSG")),
    (lambda f: load_boundaries(Home.at(f), "township"), ("街乡镇边界",)),
    (lambda f: load_boundaries(Home.at(f), "township", "township-0"), ("township-0", "版本")),
    (lambda f: bring_boundaries(f, [LEFT, RIGHT], ["1", "2"]), ("东街与西街", "重叠", "平方公里")),
    (lambda f: bring_boundaries(f, [LEFT, RIGHT], ["1", "1"]), ("编码重复", "东街、西街")),
    (lambda f: bring_boundaries(f, [LEFT, RIGHT], ["1", None]), ("没有编码", "2")),
    (
        lambda f: import_places(Home.at(f), f / "no.shp", code_field="a", name_field="b"),
        ("no.shp", "没有这个文件"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "told"), MISTAKES)
def test_both_languages_name_place_value_and_rule(
    mistake: Callable[[Path], object], told: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(UserError) as refusal:
        mistake(tmp_path)
    error = refusal.value
    assert str(error) == error.english != error.chinese
    assert all(part in error.chinese for part in told), error.chinese
    assert "\n" not in error.english + error.chinese
    bare = re.sub("“[^”]*”|（[^）]*）", "", error.chinese)
    assert not re.search(r"[\u4e00-\u9fff] ?[,;:?!()]|[,;:?!()] ?[\u4e00-\u9fff]", bare), bare


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(MissingColumn("no column", "没有这一列")))
    assert (type(error), error.english, error.chinese) == (MissingColumn, "no column", "没有这一列")
