"""Random questions about the varied city, as query strings have them."""

from __future__ import annotations

from datetime import date

import h3
import shapely
from hypothesis import strategies as st

from tests.app.filtered.varied_city import SIDE, SOUTH, TOWNSHIPS, WEST

PLACES = st.tuples(
    st.floats(WEST - SIDE, WEST + 5 * SIDE), st.floats(SOUTH - SIDE, SOUTH + 2 * SIDE)
)


def some(*values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def encoded(vertices: list[tuple[float, float]]) -> str:
    """Vertices (lng, lat) as an encoded polyline, by the published steps."""
    text, before = "", (0, 0)
    for lng, lat in vertices:
        now = (round(lat * 1e5), round(lng * 1e5))
        for new, old in zip(now, before, strict=True):
            value = (new - old) << 1
            value = ~value if new < old else value
            while value >= 0x20:
                text += chr((0x20 | (value & 0x1F)) + 63)
                value >>= 5
            text += chr(value + 63)
        before = now
    return text


@st.composite
def windows(draw):
    days = st.dates(date(2022, 12, 1), date(2026, 3, 1))
    first, last = sorted(draw(st.lists(days, min_size=2, max_size=2, unique=True)))
    both = {"from": first.isoformat(), "to": last.isoformat()}
    return {name: both[name] for name in draw(some("from", "to"))}


@st.composite
def lassos(draw):
    (west, south), (east, north) = draw(PLACES), draw(PLACES)
    vertices = [(west, south), (east, south), (east, north), (west, north)]
    rounded = [(round(lng, 5), round(lat, 5)) for lng, lat in vertices]
    return {"lasso": encoded(rounded), "polygon": shapely.make_valid(shapely.Polygon(rounded))}


def cell_names(place):
    lng, lat = place
    return st.integers(6, 10).map(lambda level: h3.latlng_to_cell(lat, lng, level))


PARTS = {
    "class": some(
        "噪声",
        "噪声/施工",
        "噪声/~",
        "噪声/施工/夜间",
        "噪声%2F振动",
        "供水",
        "供水/水压/~",
        "~",
        "无此类",
    ),
    "channel": some("电话", "网站", "~"),
    "kind": some("投诉", "~"),
    "status": some("已办结", "办理中"),
    "handler": some("东街道办事处", "市水务局", "中街道", "~"),
    "place": some("P1", "~"),
    "township": some(*TOWNSHIPS, "~"),
    "district": some("D1", "D2", "~"),
    "attribution": st.sampled_from(["location", "reported", "handler"]),
    "hours": st.lists(st.integers(0, 167), min_size=1, max_size=60).map(
        lambda hours: ",".join(map(str, hours))
    ),
    "cells": st.lists(PLACES.flatmap(cell_names), min_size=1, max_size=4).map(",".join),
    "resolution": st.sampled_from([8, 9, 10]),
}


@st.composite
def questions(draw):
    """A query of up to four parts, beside how to count."""
    named = draw(st.lists(st.sampled_from([*PARTS, "window", "lasso"]), max_size=4, unique=True))
    query = {"measure": draw(st.sampled_from(["reports", "callers", "incidents"]))}
    query["period"] = draw(st.sampled_from(["month", "half_month", "year", "day"]))
    query["month_start"] = draw(st.sampled_from([1, 1, 19, 28]))
    for name in named:
        if name == "window":
            query |= draw(windows())
        elif name == "lasso":
            query |= draw(lassos())
        else:
            query[name] = draw(PARTS[name])
    return query
