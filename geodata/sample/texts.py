"""What callers say and where they say it is, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.sample.demand import REPEAT, Calls, Integers
from geodata.sample.layout import Layout
from geodata.sample.names import CITY_NAME
from geodata.sample.settlements import ESTATE, VILLAGE, Settlements
from geodata.sample.taxonomy import subjects

OPENINGS = (
    "市民来电反映：",
    "居民反映：",
    "来电人称，",
    "您好，",
    "群众反映：",
    "反映如下：",
    "",
    "",
)
AGAIN = (
    "此事已反映过，至今没有解决。",
    "再次来电：",
    "之前答复已处理，实际没有变化。",
    "第三次反映此事。",
)
ASKS = (
    "希望尽快处理。",
    "请求相关部门核实解决。",
    "希望有人上门查看。",
    "请给出明确答复。",
    "盼回复。",
    "请督促整改。",
    "希望{township}协调解决。",
    "请告知处理时限。",
)
SINCE = ("近半个月", "这一个多月", "连续多日", "近两周", "这段时间", "入住以来", "上周以来")
_SIDES = ("东门", "南门", "西侧", "北侧", "入口处", "停车场")


@dataclass(frozen=True)
class Origins:
    """Names of where calls come from: every place, then the scattered people of each township.

    Attributes
    ----------
    township : ndarray of int64, shape (n,)
    names, roads, communities, kinds : list of str, length n
        Scattered people have the name of a road and no community.
    """

    township: Integers
    names: list[str]
    roads: list[str]
    communities: list[str]
    kinds: list[str]

    @classmethod
    def of(cls, layout: Layout, settlements: Settlements) -> Origins:
        """Return the origins in the order in which calls number them."""
        n_townships = len(layout.codes)
        first_road = np.searchsorted(settlements.road_township, np.arange(n_townships))
        roads = [settlements.road_names[road] for road in first_road]
        return cls(
            township=np.concatenate([settlements.township, np.arange(n_townships)]),
            names=[*settlements.names, *(f"{road}沿线" for road in roads)],
            roads=[*settlements.roads, *roads],
            communities=[*settlements.communities, *("" for _ in roads)],
            kinds=[*settlements.kinds, *("" for _ in roads)],
        )


@dataclass(frozen=True)
class Texts:
    """Title, content and address of every call; lists of length n."""

    titles: list[str]
    contents: list[str]
    addresses: list[str]


def write_texts(calls: Calls, layout: Layout, origins: Origins, rng: np.random.Generator) -> Texts:
    """Word every call.

    Parameters
    ----------
    calls : Calls
    layout : Layout
    origins : Origins
    rng : numpy Generator

    Returns
    -------
    Texts
    """
    n = len(calls.origin)
    details = spot_details(calls, origins)
    number = rng.integers(2, 7, n).tolist()
    since = _picked(SINCE, rng, n)
    which = rng.integers(0, 60, n).tolist()
    openings = _openings(calls, rng)
    asks = _picked(ASKS, rng, n)
    titles, contents, addresses = [], [], []
    for i, (origin, subject) in enumerate(
        zip(calls.origin.tolist(), calls.subject.tolist(), strict=True)
    ):
        told = subjects()[subject]
        township = layout.names[origins.township[origin]]
        words = {
            "place": origins.names[origin],
            "road": origins.roads[origin],
            "building": details[i][0],
            "since": since[i],
            "n": number[i],
            "township": township,
        }
        titles.append(told.titles[which[i] % len(told.titles)].format_map(words))
        body = told.bodies[which[i] % len(told.bodies)]
        contents.append(f"{openings[i]}{body}。{asks[i]}".format_map(words))
        addresses.append(address_of(layout, origins, origin, details[i]))
    return Texts(titles, contents, addresses)


def spot_details(calls: Calls, origins: Origins) -> list[tuple[str, str, int]]:
    """Return for each call the building as said, as in the address, and the house number.

    Calls of one incident from one spot name the same building, so it follows from the position.
    """
    spot = (np.abs(calls.position).sum(axis=1) * 1e6).round().astype(np.int64)
    building, unit = spot % 23 + 1, spot // 23 % 5 + 1
    house = spot // 7 % 198 + 2
    side = (spot % len(_SIDES)).tolist()
    found = []
    for origin, b, u, h, s in zip(
        calls.origin.tolist(), building.tolist(), unit.tolist(), house.tolist(), side, strict=True
    ):
        kind = origins.kinds[origin]
        if kind == ESTATE:
            found.append((f"{b}号楼", f"{b}号楼{u}单元", h))
        elif kind == VILLAGE:
            found.append((f"{u}组", f"{u}组{b}号", h))
        else:
            found.append((_SIDES[s], _SIDES[s], h))
    return found


def address_of(layout: Layout, origins: Origins, origin: int, detail: tuple[str, str, int]) -> str:
    """Return the full address of a spot, its details as `spot_details` gives them."""
    township = origins.township[origin]
    district = layout.district_names[layout.district[township]]
    area = f"{CITY_NAME}{district}{layout.names[township]}"
    _, building, house = detail
    if not origins.kinds[origin]:
        return f"{area}{origins.roads[origin]}{house}号"
    if origins.kinds[origin] == VILLAGE:
        return f"{area}{origins.names[origin]}{building}"
    return f"{area}{origins.roads[origin]}{house}号{origins.names[origin]}{building}"


def _openings(calls: Calls, rng: np.random.Generator) -> list[str]:
    first = np.array(OPENINGS)[rng.integers(0, len(OPENINGS), len(calls.origin))]
    again = np.array(AGAIN)[rng.integers(0, len(AGAIN), len(calls.origin))]
    opened: NDArray[np.str_] = np.where(calls.relation == REPEAT, again, first)
    return [str(text) for text in opened.tolist()]


def _picked(items: tuple[str, ...], rng: np.random.Generator, n: int) -> list[str]:
    return [items[i] for i in rng.integers(0, len(items), n).tolist()]
