"""Names that sound right and belong to no real city: townships, roads, 小区, 村, public places."""

# ruff: noqa: SIM905 -- lists of words read better without a quote around each

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

CITY_NAME = "安和市"

_DISTRICT_STEMS = "云桥 锦川 明渡 望湖 松岭 汀兰 青屿 瑞湾 鹤泉 桐溪 砚池 霁山 朔原 榆塬 麦川 芦汀"
DISTRICT_NAMES = tuple(f"{stem}区" for stem in _DISTRICT_STEMS.split())

_FIRST = "云松竹梅柳槐桐枫荷兰菊桂鹤雁鹭石玉金银青白紫丹翠霞雪月星晴晓安宁永和兴瑞嘉景文德"
_URBAN_SECOND = "桥坊巷亭阁台园苑井塔泉塘池溪渡汀"
_RURAL_SECOND = "沟峪岭坡川坪滩洼原店集堡寨湾渠林"

_ROAD_STEMS = (
    "文昌 永安 兴业 育才 建设 光华 朝晖 新民 康宁 富民 和顺 学府 科苑 滨河 临湖 迎宾 青松 翠竹 "
    "纺织 机床 印染 粮仓 水塔 电机 农科 花市 盐仓 驼铃 胡杨 红柳 沙枣 石榴 葡萄 杏园 果园 苇塘 "
    "北渠 南渠 东坝 西坝 长堤 钟楼 鼓楼 书院 邮电 铁路 锦绣 清风 明月 金穗 银杏 白杨 望山 观澜"
).split()
_ROAD_KINDS = "路 路 路 街 街 大街 东路 西路 南街 北街 巷".split()

_ESTATE_FIRST = (
    "锦绣 金桂 银河 翠堤 绿荫 幸福 和顺 永泰 安居 康乐 惠民 春晖 晨光 晚枫 听雨 观澜 临水 沁园 "
    "芳草 紫藤 丁香 海棠 玉兰 石榴 胡杨 红柳 沙枣 杏林 梧桐 白杨 育才 文苑 学林 书香 纺织 机床 "
    "粮油 电机 铁建 农垦 水利 地质 印染 轴承 东方 南苑 西湖 北斗 新城 丽景 蓝湾 星河 云水 山语 "
    "逸景 瑞景 嘉和 同心 祥和 福满"
).split()
_ESTATE_SECOND = (
    "小区 花园 家园 嘉园 雅苑 新村 公寓 华庭 名邸 苑 里 新苑 "
    "一区 二区 三区 东区 西区 北里 南里 家属院 宿舍 锦园 雅居 府"
).split()

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严金魏陶姜谢邹柏窦苏潘葛范彭鲁韦马苗方俞任袁柳"
)
_VILLAGE_SECOND = "家庄 家营 家屯 家沟 家店 家堡 家寨 家洼 家湾 家坡 家渠".split()
_VILLAGE_PREFIX = ("", "", "", *"东西南北上下前后大小")

PUBLIC_KINDS = "公园 农贸市场 文化广场 客运站 体育场 商业街 中心医院 批发市场".split()


def township_stems(kinds: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return a distinct two-character name for each township, by its kind.

    Examples
    --------
    >>> stems = township_stems(["街道", "镇", "乡"], np.random.default_rng(1))
    >>> [len(stem) for stem in stems]
    [2, 2, 2]
    """
    taken = {name.removesuffix("区") for name in DISTRICT_NAMES}
    urban = _shuffled([a + b for a, b in product(_FIRST, _URBAN_SECOND)], rng)
    rural = _shuffled([a + b for a, b in product(_FIRST, _RURAL_SECOND)], rng)
    pools = {True: iter(urban), False: iter(rural)}
    stems = []
    for kind in kinds:
        stem = next(name for name in pools[kind == "街道"] if name not in taken)
        taken.add(stem)
        stems.append(stem)
    return stems


def road_names(n: int, rng: np.random.Generator) -> list[str]:
    """Return `n` road names, distinct within one township.

    Examples
    --------
    >>> len(set(road_names(6, np.random.default_rng(1))))
    6
    """
    stems = _shuffled(_ROAD_STEMS, rng)[:n]
    return [stem + str(rng.choice(_ROAD_KINDS)) for stem in stems]


def estate_names(n: int, rng: np.random.Generator) -> list[str]:
    """Return `n` names of 小区, distinct within one township.

    Examples
    --------
    >>> len(set(estate_names(30, np.random.default_rng(1))))
    30
    """
    firsts = _shuffled(_ESTATE_FIRST, rng)
    return [
        firsts[i % len(firsts)] + second
        for i, second in enumerate(_cycled(_ESTATE_SECOND, n, rng, len(firsts)))
    ]


def village_names(n: int, rng: np.random.Generator) -> list[str]:
    """Return `n` names of 村, distinct within one township.

    Examples
    --------
    >>> all(name.endswith("村") for name in village_names(5, np.random.default_rng(1)))
    True
    """
    surnames = _shuffled(_SURNAMES, rng)
    names = []
    for i, second in enumerate(_cycled(_VILLAGE_SECOND, n, rng, len(surnames))):
        prefix = str(rng.choice(_VILLAGE_PREFIX))
        names.append(f"{prefix}{surnames[i % len(surnames)]}{second}村")
    return names


def public_names(stem: str, n: int, rng: np.random.Generator) -> list[str]:
    """Return `n` names of public places in the township with this stem.

    Examples
    --------
    >>> public_names("柳泉", 1, np.random.default_rng(1))[0].startswith("柳泉")
    True
    """
    return [stem + kind for kind in _shuffled(PUBLIC_KINDS, rng)[:n]]


def _shuffled(items: Sequence[str], rng: np.random.Generator) -> list[str]:
    return [items[i] for i in rng.permutation(len(items))]


def _cycled(items: Sequence[str], n: int, rng: np.random.Generator, round_length: int) -> list[str]:
    """Return `n` items such that the same position of two rounds never gets the same item."""
    start = rng.integers(len(items), size=round_length)
    return [items[(start[i % round_length] + i // round_length) % len(items)] for i in range(n)]
