"""Place phrases in free text: roads with their numbers, estates, villages, crossings, townships.

There is no dictionary of the city here: a phrase ends with a word that says what it is (路, 小区,
村, …) and begins where the words before it cannot belong to a name any more (在, 反映, 关于, …).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PhraseKind = Literal["intersection", "address", "road", "estate", "community", "township", "public"]

NAME_AT_MOST = 8
"""Characters of a name before the word that says what it is."""


@dataclass(frozen=True)
class PlacePhrase:
    """A stretch of text that names a place.

    Attributes
    ----------
    text : str
        As it stands in the text.
    start, end : int
        Where it stands, in characters.
    kind : str
        One of `PhraseKind`.
    """

    text: str
    start: int
    end: int
    kind: PhraseKind


# What is done to a road makes no name of it: 堵路, 占路, 修路.
_ROAD = r"(?:公路|大道|马路|大街|(?<![堵占修断拦挖封让走])路|街(?!道)|巷|胡同|里弄|弄)"
_ESTATE = (
    r"(?:小区|社区|新村|花园|家园|公寓|花苑|佳苑|嘉园|雅苑|山庄|花城|湾畔|公馆|别墅|宿舍|名邸|名城|新城|豪庭|"
    r"华府|华庭|府邸|国际城|广场|大厦|市场|商城|中心城|苑(?!路|小区|社区)|湾(?!路|子|畔|镇)|郡|城(?=[A-Z一二三四五六七八九十\d]*[期区栋]))"
)
_PUBLIC = (
    r"(?:小学|中学|学校|大学|学院|幼儿园|医院|公园|车站|地铁站|火车[东南西北]?站|高铁[东南西北]?站|机场|体育馆|图书馆|派出所|卫生院|"
    r"菜市场|农贸市场|步行街|立交桥|大桥|隧道|水库|景区|校区)"
)
_STOP = (
    r"在|的|是|于|对|从|到|与|和|及|跟|由|把|被|向|往|经|我|你|您|他|她|们|有|了|就|也|都|将|请|问|这|那|该|本|住|"
    r"给|让|为|因|但|而|或|距|离|靠|近|沿|个|么|要|去|来|找|说|看|见|想|能|会|已|未|还|不|没|无|并|又|"
    r"反映|投诉|举报|咨询|关于|建议|希望|呼吁|要求|请求|请问|询问|位于|地处|座落|坐落|附近|旁边|门口|对面|"
    r"交叉|居民|业主|市民|领导|书记|尊敬|何时|什么|怎么|严重|违规|违法|长期|解决|施工|开发商|物业|[A-Z]\d*[市区县]|"
    r"道路|线路|铁路|修路|农村|解决|决|建议|议(?!会)|上报|告知|上述|目前|进一步|现在|且|此|当|部门|公共|周边|一下|"
    r"菜市场|查|旁|何|指|我们|多次|政府|直(?=接|达)|其|每|所有|附(?=近|属)|学生|者|后|前|等|很|更|用|至(?!善)|连接|增加|迁入|进入|述|届|送|"
    r"[省市县区镇乡]|街道|路口"
)
# No name begins with the end of 路口.
_HAN_NAME = rf"(?!(?<=[路街巷道])口)(?:(?!{_STOP})[一-鿿]){{2,{NAME_AT_MOST}}}?"
_NUMBER = r"(?:\d+(?:-\d+)?(?:号(?!线)|弄|巷)(?:院|楼)?(?:\d+(?:栋|幢|单元|室|号))*)"
_PATTERNS: tuple[tuple[PhraseKind, re.Pattern[str]], ...] = (
    (
        "township",
        re.compile(rf"{_HAN_NAME}(?:街道|镇(?!政|长|上|里)|乡(?!镇|下|村|里|政))"),
    ),
    (
        "intersection",
        re.compile(
            rf"{_HAN_NAME}{_ROAD}(?:和|与|跟|及|到|、|/|-)?[“”\"]?{_HAN_NAME}{_ROAD}[“”\"]?的?"
            r"(?:交叉路?口|交汇处?|交界处?|路口|十字路口)"
        ),
    ),
    ("address", re.compile(rf"{_HAN_NAME}{_ROAD}(?:[东南西北]?段)?{_NUMBER}")),
    ("estate", re.compile(rf"{_HAN_NAME}{_ESTATE}(?:[A-Z\d一二三四五六七八九十]+[期区栋])*")),
    ("public", re.compile(rf"{_HAN_NAME}{_PUBLIC}")),
    ("community", re.compile(rf"{_HAN_NAME}村(?!民|委|庄|镇|里|干|支)")),
    ("road", re.compile(rf"{_HAN_NAME}{_ROAD}(?!面|灯|况|段|过|人|边|上|由|线|口|费|基|程|牌)")),
)


def find_place_phrases(text: str) -> tuple[PlacePhrase, ...]:
    """Return the place phrases of a free text, in their order, not overlapping.

    Examples
    --------
    >>> [(found.text, found.kind) for found in find_place_phrases("城南路12号的翠竹小区积水")]
    [('城南路12号', 'address'), ('翠竹小区', 'estate')]
    """
    found: list[PlacePhrase] = []
    rest = text
    for kind, pattern in _PATTERNS:
        found += [PlacePhrase(each[0], *each.span(), kind) for each in pattern.finditer(rest)]
        # What is taken parts what is left, as a stop would.
        rest = pattern.sub(lambda match: "。" * len(match[0]), rest)
    return tuple(sorted(found, key=lambda phrase: phrase.start))
