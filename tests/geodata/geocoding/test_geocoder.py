"""The geocoder on a small city of the tests' own: what it places, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest

from geodata.geocoding import LEVELS, Gazetteer, Geocoder

ROADS = ("翠柏路", "银杏街", "丹桂路", "青枫路", "芦苇街")
STEP = 0.0002
"""Degrees between two house numbers: about 20 m."""


def small_city() -> Gazetteer:
    """Five parallel roads of forty numbers, each half in another township, and some estates."""
    texts, lng, lat, township, place = [], [], [], [], []
    for at, road in enumerate(ROADS):
        for number in range(2, 82, 2):
            texts.append(f"{road}{number}号")
            lng.append(100 + number * STEP)
            lat.append(30 + at * 0.01)
            township.append("东河街道" if number <= 40 else "西河镇")
            place.append(f"{road}-{number}")
    for name, where, code in (
        ("清溪小区", 0.001, "qx"), ("清溪花园", 0.001, "qx"), ("青藤五村", 0.012, "qt"),
    ):  # fmt: skip
        texts.append(name)
        lng.append(100 + where)
        lat.append(30.005)
        township.append("东河街道" if where < 0.008 else "西河镇")
        place.append(code)
    return Gazetteer.of(
        texts, lng, lat, place=place, township=township, district=["南山区"] * len(texts)
    )


@pytest.fixture(scope="module")
def geocoder() -> Geocoder:
    return Geocoder(small_city())


def test_known_texts_are_their_places(geocoder: Geocoder) -> None:
    found = geocoder.geocode(
        ["南山区翠柏路１２号", "清溪花园3幢2单元", "青藤5村", "银杏街四十二号"], ["南山区"] * 4
    )
    assert found.place.tolist() == ["翠柏路-12", "qx", "qt", "银杏街-42"]
    assert found.level.tolist() == ["number", "estate", "estate", "number"]
    assert found.township.tolist() == ["东河街道", "东河街道", "西河镇", "西河镇"]
    assert found.accepted.all()


def test_a_number_between_known_ones_lies_between_them(geocoder: Geocoder) -> None:
    found = geocoder.geocode(["丹桂路21号"], ["南山区"])
    assert found.place[0] is None
    assert found.lng[0] == pytest.approx(100 + 21 * STEP, abs=1e-6)
    assert found.lat[0] == pytest.approx(30.02, abs=1e-6)


def test_an_alias_is_the_same_place(geocoder: Geocoder) -> None:
    found = geocoder.geocode(["清溪小区", "清溪花园"])
    assert found.place.tolist() == ["qx", "qx"]


@pytest.mark.parametrize("text", [None, "", "   ", "不清楚", "？？？", "电话联系", "12345", "..."])
def test_what_names_no_place_gives_nothing(geocoder: Geocoder, text: str | None) -> None:
    found = geocoder.geocode([text], ["南山区"])
    assert not found.accepted[0]
    assert found.place[0] is None
    assert np.isnan(found.lng[0])


def test_a_township_alone_has_no_point(geocoder: Geocoder) -> None:
    found = geocoder.geocode(["西河镇"])
    assert (found.township[0], found.level[0]) == ("西河镇", "township")
    assert np.isnan(found.lng[0])


def test_a_wrong_report_does_not_hide_a_known_address(geocoder: Geocoder) -> None:
    found = geocoder.geocode(["翠柏路12号"], ["北海区"], ["西河镇"])
    assert found.place[0] == "翠柏路-12"


def test_answers_depend_on_neither_order_nor_company(geocoder: Geocoder) -> None:
    texts = ["翠柏路13号", "青枫路40号", "清溪家园", "芦荻街5号", "西河镇银杏街77号", "杜鹃路9号"]
    together = geocoder.geocode(texts, ["南山区"] * len(texts))
    known = small_city()
    order = np.random.default_rng(3).permutation(len(known))
    shuffled = Geocoder(known.take(order))
    assert shuffled.threshold == geocoder.threshold
    for at, text in enumerate(texts):
        alone = shuffled.geocode([text], ["南山区"])
        for name in ("place", "township", "level", "score", "matched"):
            assert getattr(alone, name)[0] == getattr(together, name)[at], (text, name)
        np.testing.assert_array_equal(alone.lng[0], together.lng[at])


def test_candidates_are_ranked_and_distinct(geocoder: Geocoder) -> None:
    found = geocoder.candidates("丹桂路21号", district="南山区", limit=4)
    assert [each.name for each in found[:2]] == ["丹桂路20号", "丹桂路22号"] or [
        each.name for each in found[:2]
    ] == ["丹桂路22号", "丹桂路20号"]
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert len({each.place for each in found}) == len(found) <= 4
    assert all(each.level in LEVELS for each in found)
    assert geocoder.candidates("") == ()


def test_an_intersection_lies_where_its_roads_meet() -> None:
    texts = [f"纵横路{n}号" for n in range(1, 21)] + [f"经纬街{n}号" for n in range(1, 21)]
    along = np.arange(20) * 0.001
    crossing = Geocoder(
        Gazetteer.of(texts, [*(100 + along), *([100.010] * 20)], [*([30.0] * 20), *(29.99 + along)])
    )
    found = crossing.geocode(["纵横路与经纬街交叉口"])
    best = crossing.candidates("纵横路与经纬街交叉口")
    assert best[0].level == "intersection"
    if not np.isnan(found.lng[0]):
        assert (found.lng[0], found.lat[0]) == pytest.approx((100.010, 30.0), abs=1e-4)


def test_an_empty_gazetteer_places_nothing() -> None:
    found = Geocoder(Gazetteer.of([], [], [])).geocode(["翠柏路1号", None])
    assert found.level.tolist() == [None, None]


def test_columns_of_other_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 texts"):
        Gazetteer.of(["a", "b"], [1.0], [1.0])
