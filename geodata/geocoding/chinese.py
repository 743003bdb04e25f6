"""A Chinese address taken apart: from province and district down to building, unit and room."""

from __future__ import annotations

import re
from typing import Literal

from geodata.geocoding.address import Address, Kind, Part, Unit

_PROVINCE = re.compile(r"^(?:中国)?[一-鿿]{2,8}?(?:省|自治区|特别行政区)(?=.{3})")
_CITY = re.compile(
    r"^(?:[一-鿿]{2}|[一-鿿]{3,7}?)(?:市|自治州|地区|盟)(?!场|民|区|政|政府|委)(?=.{2})"
)
_DISTRICT = re.compile(
    r"^([A-Z]\d[区县市]|[一-鿿]{1,6}?(?:新区|开发区|高新区|经开区|自治县|自治旗|区|县|旗)"
    r"|[一-鿿]{2,3}市)(?=.{2})(?!公路|大道|路|街|域|间)"
)
_NOT_DISTRICT = re.compile(r"(?:小区|社区|园区|库区|片区|校区|景区|[一二三四五六七八九十]区)$")
_TOWNSHIP = re.compile(
    r"^([一-鿿]{1,6}?(?:街道办事处|地区办事处|街道|镇|乡)|[一-鿿]{2,3}地区)(?=.{2})"
    r"(?!路|街|公路|政府|中心|[东南西北中]路|[东南西北中]街|宁路|坪路|安路|海路|江路)"
)

_ROAD_WORD = r"(?:公路|大道|马路|大街|路|街|道|巷|胡同|条|弄|渠|堤)"
_NUMBERED = re.compile(
    r"([^\d]*)(\d+)(?:-\d+)*(支弄|弄|号|巷)?(?:(?:[甲乙丙丁戊](?![^\d号])|[附之]\d+)号?)?"
)
_TAIL = re.compile(
    r"(?:(?<=\d弄)(?P<door>\d+)号)?"
    r"(?:(?P<building>\d+|[A-Z]\d*|[甲乙丙丁东西南北])(?:栋|座))?"
    r"(?:(?P<unit>\d+|[A-Z甲乙丙丁])单元)?(?:[A-Z]?\d+[层楼])?"
    r"(?:(?P<room>[A-Z]?\d{1,5}(?:-\d+)*)(?:室|房|户)|(?<=[元栋座层楼])(?P<bare>\d{3,4}))?$"
)
_NEAR = re.compile(
    r"(?:附近|旁边?|边上|周边|周围|一带|门口|门前|门外|内|里面|侧|沿线|路段|段|[东西南北]侧|往[东西南北].{0,6}|处)$"
)
_OPPOSITE = re.compile(r"(?:正?对面|对过|斜对面)$")
_CROSSING = re.compile(
    r"(.{1,10}?(?:路|街|道|巷|胡同|条|弄))(?:和|与|跟|及|到|/|-|、|&|近|靠近|的)?"
    r"(.{1,10}?(?:路|街|道|巷|胡同|条|弄))(?:的)?(?:路口|口|交叉|交汇|交界)"
)

_VILLAGE = re.compile(
    r"^(.{1,8}?(?:社区|居委会?|村委会|新村|(?<![一二三四五六七八九十])村|[一二三四五六七八九十]村))"
    r"(?=.)(?!路|街|道|公路|支路|[东南西北中]路|[东南西北中]街|公园|[一二三四五六七八九十]+[路街])"
)
_SECTION = re.compile(r"^(.{2,6}?(?:小区|花园|公寓|家园|花苑))(?=.{3,}(?:路|街|道)$)")
_LOCALITY_END = re.compile(r"(?:宅|队|组|圈|浜|湾|桥|塘|堂|埭|门|厍|庄|屯|自然村|灶)$")
_ROAD_END = re.compile(rf"{_ROAD_WORD}$")
_COMMUNITY_END = re.compile(r"(?:村|社区|居委会?|居民区)$")
_ESTATE_VILLAGE_END = re.compile(r"(?:新村|[一二三四五六七八九十]村)$")
_ESTATE_END = re.compile(
    r"(?:小区|新村|[一二三四五六七八九十]村|花园|家园|公寓|苑|园|城|府|里|坊|庭|湾|郡|邸|居|墅|广场|大厦|中心|"
    r"[一二三四五六七八九十]期|[一二三四五六七八九十]区|宿舍|工房|大楼|楼|院)$"
)
_WORKSITE = re.compile(r"(?:工地生活区|工地宿舍|工地|生活区)$")


def parse_chinese(text: str) -> Address:
    """Take a normalised Chinese address apart.

    Parameters
    ----------
    text : str
        From `geodata.geocoding.normalise`.

    Examples
    --------
    >>> found = parse_chinese("上海市长宁区长宁路396弄5号302室")
    >>> found.district, found.road, found.lane, found.room, found.key
    ('长宁区', '长宁路', 396, '302', '长宁路396弄')
    >>> crossing = parse_chinese("人民路与解放街路口")
    >>> crossing.intersection, crossing.names
    (True, ('人民路', '解放街'))
    """
    district, township, rest = _cut_prefixes(text)
    rest, relation = _cut_relation(rest)
    rest = _WORKSITE.sub("", rest) or rest
    crossing = _CROSSING.search(rest)
    if crossing and not re.search(r"\d+(?:号|弄)", rest[: crossing.end()]):
        parts = [Part(_road_name(crossing[each]), "road") for each in (1, 2)]
        key = "×".join(sorted(part.name for part in parts))
        return Address(key, tuple(parts), district, township, intersection=True, relation=relation)
    building, unit, room, rest = _cut_tail(rest)
    parts = _parts(rest)
    key = "".join(f"{part.name}{part.number or ''}{part.unit}" for part in parts)
    return Address(key, tuple(parts), district, township, building, unit, room, relation=relation)


def _cut_prefixes(text: str) -> tuple[str | None, str | None, str]:
    district = township = None
    text = _PROVINCE.sub("", text)
    for _ in range(2):  # 上海市上海市…
        if not _ROAD_END.search(text[:4]):
            text = _CITY.sub("", text)
    found = _DISTRICT.match(text)
    if (
        found
        and not _NOT_DISTRICT.search(found[1])
        and not re.search(r"路|街(?!道)|弄|\d.*\d", found[1])
    ):
        district, text = found[1], text[found.end() :]
    found = _TOWNSHIP.match(text)
    if found and not re.search(r"路.*镇|\d", found[1]):
        township, text = found[1], text[found.end() :]
    return district, township, text


def _cut_relation(text: str) -> tuple[str, Literal["at", "near", "opposite"]]:
    cut = _OPPOSITE.sub("", text)
    if cut and cut != text:
        return cut, "opposite"
    cut = _NEAR.sub("", text)
    return (cut, "near") if len(cut) > 1 and cut != text else (text, "at")


def _cut_tail(text: str) -> tuple[str | None, str | None, str | None, str]:
    found = _TAIL.search(text)
    if found is None or not found[0] or found.start() == 0:
        return None, None, None, text
    building = found["building"] or found["door"]
    return building, found["unit"], found["room"] or found["bare"], text[: found.start()]


def _parts(text: str) -> list[Part]:
    parts: list[Part] = []
    position = 0
    for found in _NUMBERED.finditer(text):
        if found.start() > position:
            break
        position = found.end()
        name = found[1]
        if not name:
            continue  # 396弄5号: the door within the lane; the lane is the place
        parts += _named(name, int(found[2]) if len(found[2]) < 7 else None, found[3])
    rest = text[position:].strip("- ")
    if len(rest) > 1 or (rest and not parts):
        parts += _named(rest, None, None)
    return parts


def _named(name: str, number: int | None, sign: str | None) -> list[Part]:
    parts = []
    name = name.strip("- ")
    while (found := _VILLAGE.match(name) or _SECTION.match(name)) is not None:
        parts.append(Part(found[1], _kind_of(found[1], numbered=False)))
        name = name[found.end() :]
    if name:
        unit: Unit = "弄" if sign in ("弄", "支弄", "巷") else "号" if number is not None else ""
        parts.append(Part(name, _kind_of(name, numbered=number is not None), number, unit))
    return parts


def _kind_of(name: str, *, numbered: bool) -> Kind:
    if _ROAD_END.search(name):
        return "road"
    if _ESTATE_VILLAGE_END.search(name):
        return "estate"
    if _COMMUNITY_END.search(name):
        return "community"
    if _ESTATE_END.search(name):
        return "estate"
    if _LOCALITY_END.search(name) and not numbered:
        return "locality"
    return "name"


def _road_name(text: str) -> str:
    return re.sub(r"^.*(?:街道|社区|小区)", "", text)
