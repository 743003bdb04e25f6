"""Outlines that the map draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from app.hotspots.layers import merge_districts
from geodata.areas.boundaries import Boundaries


@pytest.fixture
def row_of_four() -> Boundaries:
    """Four townships side by side: two of one district, one of another, one of none."""
    squares = [shapely.box(83 + i * 0.05, 39, 83 + (i + 1) * 0.05, 39.05) for i in range(4)]
    made = Boundaries.of(list("abcd"), list("甲乙丙丁"), squares)
    return replace(
        made,
        district_codes=np.array(["D1", "D1", "D2", None], dtype=object),
        district_names=np.array(["东区", "东区", "西区", None], dtype=object),
    )


def test_districts_are_their_townships_together(row_of_four: Boundaries) -> None:
    merged = merge_districts(row_of_four)
    assert list(zip(merged["code"], merged["name"], strict=True)) == [
        ("D1", "东区"),
        ("D2", "西区"),
    ]
    first = shapely.union_all(row_of_four.geometry[:2])
    assert merged.geometry[0].symmetric_difference(first).area < 1e-8
    assert len(merged.geometry[0].interiors) == 0
    labels = shapely.points(merged["lng"], merged["lat"])
    assert shapely.contains(merged.geometry.to_numpy(), labels).all()


def test_no_district_is_made_up(row_of_four: Boundaries) -> None:
    unknown = replace(row_of_four, district_codes=np.full(4, None), district_names=np.full(4, None))
    assert merge_districts(unknown).empty
