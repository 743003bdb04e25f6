"""Where cases are, and the one reason why not: rule by rule on a chequered city."""

from __future__ import annotations

import dataclasses

import h3
import numpy as np
import pyarrow as pa
import pytest
import shapely

from geodata.areas.area_names import AreaNames
from geodata.areas.boundaries import Boundaries
from geodata.coordinates import wgs84_to_bd09, wgs84_to_gcj02
from geodata.default_points import DefaultPoint
from geodata.errors import UnknownCrs
from geodata.locating import Area, locate
from geodata.schema import FLAGS, LOCATION_COLUMNS

WEST = shapely.box(116.05, 39.05, 116.15, 39.15)
EAST = shapely.box(116.15, 39.05, 116.25, 39.15)
SOUTH = shapely.box(116.05, 38.95, 116.25, 39.05)


def city() -> Boundaries:
    """Two 向阳 in different districts and one 河口."""
    areas = Boundaries.of(["01", "02", "03"], ["向阳街道", "向阳镇", "河口乡"], [WEST, EAST, SOUTH])
    return dataclasses.replace(
        areas,
        district_codes=np.array(["d1", "d2", "d2"], dtype=object),
        district_names=np.array(["东城区", "南郊县", "南郊县"], dtype=object),
    )


def districts() -> Boundaries:
    return Boundaries.of(["d1", "d2"], ["东城区", "南郊县"], [WEST, shapely.union(EAST, SOUTH)])


FULL = Area(city(), districts(), (DefaultPoint(116.1, 39.1, 99, 0.1, 80),))


def cases(
    *points: tuple[float | None, float | None], crs="WGS84", town=None, district=None
) -> pa.Table:
    n = len(points)
    crs = [crs] * n if isinstance(crs, str) else crs
    return pa.table(
        {
            "case_id": [str(i) for i in range(n)],
            "source_lng": pa.array([lng for lng, _ in points], pa.float64()),
            "source_lat": pa.array([lat for _, lat in points], pa.float64()),
            "source_crs": pa.array(crs, pa.string()),
            "reported_township": pa.array(town or [None] * n, pa.string()),
            "reported_district": pa.array(district or [None] * n, pa.string()),
        }
    )


@pytest.mark.parametrize(
    ("point", "flag"),
    [
        ((116.12, 39.12), None),
        ((116.15, 39.10), None),
        ((None, 39.12), "no_coordinates"),
        ((116.12, None), "no_coordinates"),
        ((0.0, 0.0), "zero"),
        ((116.0, 39.0), "whole_degree"),
        ((116.0, 39.01), "outside_area"),
        ((39.12, 116.12), "swapped"),
        ((116.5, 39.1), "outside_area"),
        ((-71.06, 42.36), "outside_area"),
        ((500.0, 900.0), "outside_area"),
        ((float("inf"), 39.1), "outside_area"),
        ((116.1, 39.1), "default_point"),
        ((116.1, 39.10001), None),
    ],
)
def test_each_point_has_its_one_reason(point, flag) -> None:
    (row,) = locate(cases(point), FULL).to_pylist()
    assert row["flags"] == ([] if flag is None else [flag])
    assert row["located"] is (flag is None)
    assert (row["cell"] is None) == (row["lng"] is None) == (flag is not None)
    assert flag is None or flag in FLAGS


def test_cells_and_townships_by_polygon() -> None:
    table = locate(cases((116.12, 39.12), (116.2, 39.1), (116.1, 39.0), (116.15, 39.1)), FULL)
    cells = [
        int(h3.latlng_to_cell(lat, lng, 11), 16)
        for lng, lat in zip(*[table[c].to_pylist() for c in ("lng", "lat")], strict=True)
    ]
    assert table["cell"].to_pylist() == cells
    assert table["township"].to_pylist() == ["01", "02", "03", "01"]
    assert table["district"].to_pylist() == ["d1", "d2", "d2", "d1"]
    assert table["location_quality"].to_pylist() == ["exact"] * 4
    assert table.column_names[-len(LOCATION_COLUMNS) :] == list(LOCATION_COLUMNS)


def test_margin_belongs_to_the_nearest() -> None:
    (row,) = locate(cases((116.1, 39.155)), FULL).to_pylist()
    assert (row["located"], row["township"], row["location_quality"]) == (True, "01", "margin")


def test_township_only() -> None:
    table = locate(
        cases(
            *[(None, None)] * 6,
            town=["河口", "向阳", "向阳", "向阳镇", "无此镇", None],
            district=[None, None, "南郊", None, "东城区", "东城"],
        ),
        FULL,
    )
    assert table["township"].to_pylist() == ["03", None, "02", "02", None, None]
    assert table["township_only"].to_pylist() == [True, False, True, True, False, False]
    assert table["district"].to_pylist() == ["d2", None, "d2", "d2", "d1", "d1"]
    assert not any(table["located"].to_pylist())


def test_usable_points_beat_reported_names() -> None:
    (row,) = locate(cases((116.2, 39.1), town=["河口"]), FULL).to_pylist()
    assert (row["township"], row["township_only"]) == ("02", False)


def test_rows_in_their_own_systems() -> None:
    there = [116.12], [39.12]
    gcj, bd = wgs84_to_gcj02(*there), wgs84_to_bd09(*there)
    points = [(116.12, 39.12), (gcj[0][0], gcj[1][0]), (bd[0][0], bd[1][0]), (116.12, 39.12)]
    table = locate(cases(*points, crs=["WGS84", "GCJ-02", "bd09", None]), FULL)
    assert table["lng"].to_pylist() == pytest.approx([116.12] * 4, abs=1e-7)
    assert len(set(table["cell"].to_pylist())) == 1
    with pytest.raises(UnknownCrs, match="mars"):
        locate(cases((1.0, 2.0), crs="mars"), FULL)


def test_projected_whole_metres_are_not_whole_degrees() -> None:
    (row,) = locate(cases((12925000.0, 4735000.0), crs="EPSG:3857"), Area()).to_pylist()
    assert row["flags"] == []


def test_without_boundaries() -> None:
    points = [(116.12, 39.12), (39.12, 116.12), (10.5, 10.5), (500.0, 0.0)]
    table = locate(cases(*points, town=["河口"] * 4), Area())
    assert table["flags"].to_pylist() == [[], ["swapped"], [], ["outside_area"]]
    assert table["township"].null_count == 4
    assert not any(table["township_only"].to_pylist())


def test_with_districts_alone() -> None:
    table = locate(
        cases((116.12, 39.12), (120.5, 30.5), district=["x", "南郊"]), Area(None, districts())
    )
    assert table["district"].to_pylist() == ["d1", "d2"]
    assert table["flags"].to_pylist() == [[], ["outside_area"]]


def test_locating_again_changes_nothing_and_empty_is_fine() -> None:
    once = locate(cases((116.12, 39.12), (None, None), town=["x", "河口"]), FULL)
    assert locate(once, FULL).equals(once)
    assert locate(cases(), FULL).num_rows == 0


def test_names_as_offices_write_them() -> None:
    box = shapely.box(0, 0, 1, 1)
    areas = Boundaries.of(
        ["110101001", "61", "3"], ["东华门街道", "NEW CITY", "张家口镇"], [box] * 3
    )
    areas = dataclasses.replace(areas, district_names=np.array(["东城区"] * 3, dtype=object))
    names = AreaNames(areas)
    order = {code: index for index, code in enumerate(areas.codes)}
    spellings = {
        "东华门": "110101001", "东华门街道办事处": "110101001", " 东华门 街道": "110101001",
        "东城区东华门街道": "110101001", "１１０１０１００１": "110101001", "61.0": "61",
        "New City": "61", "new city": "61", "张家口": "3",
    }  # fmt: skip
    found = names.find(list(spellings), [None] * len(spellings))
    assert found.tolist() == [order[code] for code in spellings.values()]
    assert names.find(["", "东", "口镇", None], [None] * 4).tolist() == [-1] * 4


def test_of_two_districts_that_begin_alike_the_longer_is_cut_off() -> None:
    box = shapely.box(0, 0, 1, 1)
    areas = Boundaries.of(["1", "2"], ["东河口镇", "河口镇"], [box] * 2)
    for districts in (["和平", "和平东"], ["和平东", "和平"]):
        named = dataclasses.replace(areas, district_names=np.array(districts, dtype=object))
        assert AreaNames(named).find(["和平东河口镇"], [None]).tolist() == [1]
    blank = dataclasses.replace(areas, district_names=np.array([" ", " "], dtype=object))
    assert AreaNames(blank).find(["北山镇"], [None]).tolist() == [-1]
