"""The sample city as files, as an office would hand them over."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from geodata.coordinates import wgs84_to_gcj02
from geodata.sample.city import City
from geodata.sample.ground import GCJ02_DISTRICT
from geodata.sample.layout import Layout
from geodata.sample.plane import COORDINATE_DECIMALS
from geodata.sample.settlements import Settlements

WORK_ORDER_HEADERS = {
    "case_id": "工单编号", "kind": "工单类型", "received_at": "来电时间", "channel": "受理渠道",
    "class": "问题分类", "title": "标题", "content": "主要内容", "caller": "来电人电话/账号",
    "caller_kind": "来电主体", "reported_district": "被反映区",
    "reported_township": "被反映街乡镇", "reported_community": "村/社区",
    "reported_place": "小区点位", "address": "详细地址", "tags": "标签", "lead_handler": "主办单位",
    "assisting_handler": "会办单位", "handler": "承办单位", "time_limit_hours": "办理时限",
    "due_at": "办理截止时间", "closed_at": "办结时间", "updated_at": "更新时间",
    "status": "工单状态", "callback_at": "回访时间", "callback_channel": "回访方式",
    "valid": "是否有效回访", "responded": "是否联系", "resolved": "是否解决",
    "satisfaction": "是否满意", "effect": "办理效果", "attitude": "办理态度",
    "assessed": "是否纳入考核", "unreasonable": "是否不合理诉求", "overdue": "是否超期",
    "lng": "经度", "lat": "纬度",
}  # fmt: skip
"""Column → header of the district's own export; `class` joins the three levels."""

UNREADABLE_TIMES = ("2024年13月40日", "昨天上午", "二〇二四年", "2099/1/1 8:00")
"""Rows with these times follow the district's cases; an import must reject them and go on."""


class Export(NamedTuple):
    """A file of cases, with the profile and the coordinate system to import it by."""

    path: Path
    profile: str
    crs: str


@dataclass(frozen=True)
class SampleFiles:
    """Paths of what was written."""

    townships: Path
    districts: Path
    places: Path
    roads: Path
    exports: tuple[Export, ...]
    truth: Path


def write_city(city: City, folder: Path) -> SampleFiles:
    """Write a city's boundaries, places, roads, exports and truth.

    Parameters
    ----------
    city : City
    folder : Path
        Made if absent; files of the same names are replaced.

    Returns
    -------
    SampleFiles
        The same city gives the same bytes.
    """
    map_files = write_map(city, folder)
    found = SampleFiles(
        **map_files._asdict(),
        exports=(
            Export(folder / "cases.parquet", "suyuan", "WGS84"),
            Export(folder / "cases-gcj02.csv", "workorder12345", "GCJ-02"),
        ),
        truth=folder / "truth.json",
    )
    own, rest = _split(city)
    pq.write_table(rest, found.exports[0].path, compression="zstd")
    _write_work_orders(found.exports[1].path, own)
    found.truth.write_text(json.dumps(city.truth, ensure_ascii=False, indent=1), encoding="utf-8")
    return found


class MapFiles(NamedTuple):
    """Paths of a city's boundaries, places and roads."""

    townships: Path
    districts: Path
    places: Path
    roads: Path


class Mapped(Protocol):
    """A city that has a map, of whatever size."""

    @property
    def layout(self) -> Layout: ...

    @property
    def settlements(self) -> Settlements: ...


def write_map(city: Mapped, folder: Path) -> MapFiles:
    """Write a city's boundaries, places and roads.

    Parameters
    ----------
    city : City or LargeCity
    folder : Path
        Made if absent; files of the same names are replaced.

    Returns
    -------
    MapFiles
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = MapFiles(*(folder / f"{name}.geojson" for name in MapFiles._fields))
    _write_features(found.townships, _township_features(city))
    _write_features(found.districts, _district_features(city))
    _write_features(found.places, _place_features(city))
    _write_features(found.roads, _road_features(city))
    return found


def _split(city: City) -> tuple[pa.Table, pa.Table]:
    """Return the cases that name the district with an export of its own, and all others."""
    name = city.layout.district_names[GCJ02_DISTRICT]
    own = pc.fill_null(pc.equal(city.cases["reported_district"], name), fill_value=False)
    return city.cases.filter(own), city.cases.filter(pc.invert(own))


def _township_features(city: Mapped) -> Iterable[tuple[Any, dict[str, Any]]]:
    layout, people = city.layout, city.settlements.township_people
    for i, outline in enumerate(layout.outlines):
        district = int(layout.district[i])
        yield (
            outline,
            {
                "code": layout.codes[i],
                "name": layout.names[i],
                "district_code": layout.district_codes[district],
                "district": layout.district_names[district],
                "population": int(people[i]),
            },
        )


def _district_features(city: Mapped) -> Iterable[tuple[Any, dict[str, Any]]]:
    layout, people = city.layout, city.settlements.township_people
    for i, outline in enumerate(layout.district_outlines):
        yield (
            outline,
            {
                "code": layout.district_codes[i],
                "name": layout.district_names[i],
                "population": int(people[layout.district == i].sum()),
            },
        )


def _place_features(city: Mapped) -> Iterable[tuple[Any, dict[str, Any]]]:
    settlements = city.settlements
    for i, footprint in enumerate(settlements.footprints):
        yield (
            footprint,
            {
                "code": settlements.codes[i],
                "name": settlements.names[i],
                "kind": settlements.kinds[i],
                "community": settlements.communities[i],
                "households": int(settlements.households[i]),
                "population": int(settlements.people[i]),
                "township_code": city.layout.codes[int(settlements.township[i])],
            },
        )


def _road_features(city: Mapped) -> Iterable[tuple[Any, dict[str, Any]]]:
    settlements = city.settlements
    for i, line in enumerate(settlements.road_lines):
        township = city.layout.codes[int(settlements.road_township[i])]
        yield line, {"name": settlements.road_names[i], "township_code": township}


def _write_features(path: Path, features: Iterable[tuple[Any, dict[str, Any]]]) -> None:
    rows = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": json.loads(shapely.to_geojson(geometry)),
        }
        for geometry, properties in features
    ]
    collection = {"type": "FeatureCollection", "features": rows}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")


def _write_work_orders(path: Path, cases: pa.Table) -> None:
    """Write a district's export with its habits: one column of classes, 是/否, GCJ-02, GB18030."""
    rows = cases.num_rows
    columns = {name: _as_written(cases[name]) for name in cases.column_names}
    columns["lng"], columns["lat"] = _as_gcj02(cases)
    classes = zip(columns["class_1"], columns["class_2"], columns["class_3"], strict=True)
    columns["class"] = ["/".join(path_) for path_ in classes]
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(WORK_ORDER_HEADERS.values())
        writer.writerows(zip(*(columns[name] for name in WORK_ORDER_HEADERS), strict=True))
        for i, when in enumerate(UNREADABLE_TIMES[:rows]):
            row = {name: columns[name][i] for name in WORK_ORDER_HEADERS}
            writer.writerow({**row, "case_id": f"AHX{i + 1:06d}", "received_at": when}.values())


def _as_written(column: pa.ChunkedArray) -> list[str]:
    if pa.types.is_boolean(column.type):
        return ["" if flag is None else "是" if flag else "否" for flag in column.to_pylist()]
    if pa.types.is_timestamp(column.type):
        text = pc.strftime(column, format="%Y/%m/%d %H:%M:%S")
        return ["" if when is None else when for when in text.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _as_gcj02(cases: pa.Table) -> tuple[list[str], list[str]]:
    lng, lat = (cases[name].to_numpy() for name in ("lng", "lat"))
    # Zeros and whole degrees are slips of the office, not places: nothing moves them.
    slips = (lng == lng.round()) & (lat == lat.round())
    moved = (
        np.where(slips, given, offset)
        for given, offset in zip((lng, lat), wgs84_to_gcj02(lng, lat), strict=True)
    )
    return tuple(  # type: ignore[return-value]
        ["" if np.isnan(value) else f"{value:.{COORDINATE_DECIMALS}f}" for value in axis.tolist()]
        for axis in moved
    )
