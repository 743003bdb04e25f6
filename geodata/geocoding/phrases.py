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
_ROAD = r"(?:公路|大道|马路|大街|(?<![堵占修断拦挖封让走跑])路|街(?!道)|巷|胡同|里弄|弄)"
_PART = r"(?:[A-Z\d一二三四五六七八九十]+[期区栋])"
# Estates are also named 某某城 or 某某国际; what follows tells: 某某城的业主, 某某国际二期.
_OF_ESTATE = rf"(?={_PART}|小区|楼盘|住户|售楼|的|[，。、；：“”（）(),;:？！?! ])"
_ESTATE = (
    r"(?:小区|社区|新村|花园|家园|公寓|花苑|佳苑|嘉园|雅苑|山庄|花城|花都|湾畔|公馆|别墅|宿舍|名邸|名城|新城|豪庭|帝景|世家|"
    r"华府|华庭|府邸|国际城|广场|大厦|市场|商城|商贸城|中心城|工业园|产业园|科技园|苑(?!路|小区|社区)|湾(?!路|子|畔|镇)|郡|"
    rf"(?:城|国际|(?<!政)府){_OF_ESTATE})"
)
_PUBLIC = (
    r"(?:小学|中学|学校|大学|学院|幼儿园|医院|公园|车站|地铁站|公交车?站|火车[东南西北]?站|高铁[东南西北]?站|机场|体育馆|图书馆|"
    r"派出所|卫生院|博物馆|美术馆|文化馆|少年宫|体育场|敬老院|宾馆|垃圾中转站|菜市场|农贸市场|步行街|立交桥|跨线桥|[一二三四五]桥|大桥|隧道|水库|景区|校区|污水处理厂|邮局|"
    r"[一二三四五六七八九十][小中](?![时学孩区型心午间年旬队级])|湖(?![南北畔路湾小中学幼公社花新家广大]))"
)

_PARTING = re.compile(
    # Who asks for what, and what is wrong.
    "反映|投诉|举报|咨询|关于|建议|希望|呼吁|要求|请求|请问|询问|居民|业主|市民|领导|书记|尊敬|何时|什么|怎么|严重|违规|违法|长期|"
    "解决|施工|开发商|物业|部门|公共|政府|我们|学生|多次|上报|告知|上述|目前|进一步|现在|涉嫌|困扰|发现|号召|号令|虚假|资讯|回复|答复|反应|致电|享受|另外|活动|"
    # Where it is to a place that is named.
    "位于|地处|座落|坐落|附近|紧邻|横跨|旁边|门口|对面|周边|周围|四周|区域|街口|巷口|线路|铁路|农村|"
    # What is done with a place: 造成学校停课, 购买公寓, 督促高岭市场.
    "造成|导致|引起|影响|危害|破坏|污染|占用|占据|进出|出入|出行|通过|前往|开往|离开|连接|增加|迁入|进入|购买|回购|收购|购置|出租|"
    "出售|销售|交付|入住|开展|开设|开办|创办|创建|建成|办成|转成|改成|变成|换成|成为|修建|扩建|改造|拓宽|加快|加强|推进|督促|保证|"
    "保障|满足|提供|提高|缴纳|收取|宣传|张贴|公示|考虑|统筹|纳入|安装|打开|保养|拒绝|准备|上课|上班|下班|回家|上学|修好|建好|"
    # What tells one place of a kind from others, and names none: 老旧小区, 配套幼儿园.
    "老旧|开放式|封闭式|高档|平民|普通|大型|小型|部分|同一|唯一|两栋|全面|全市|全国|普惠|民办|公立|私立|配套|定点|挂牌|自然|流动|"
    "摊贩|商品房|安置|所属|同时|难道|复式|红绿灯|高速|一下|所有"
)
"""Words of two characters and more that no name holds: they part a text like a full stop."""

_STOP = (
    r"在|的|是|于|对|从|到|与|和(?!平|谐|[路街巷苑园府庭])|及|跟|由|把|被|向(?!阳|荣|东)|往|经(?![济开贸纬])|我|你|您|他|她|们|有|了|就|也|"
    r"都(?!市|会|汇|大厦|花园)|将|请|问|这|那|该|本|住|给|让|为|因|但|而|或|距|离|靠|近|沿|个|么|要|去|来|找|说|看|见|想|能|会|已|未|"
    r"还|不|没|无|并|又|附属(?![中小]学|医院|学校|幼儿园)|交叉|[A-Z]\d*[市区县]|道路|修路|决|议(?!会)|且|此|当|菜市场|查|旁|何|指|直(?=接|达)|其|每|者|后|前|等|很|更|用|"
    r"至(?!善)|述|届|送|[省市县区镇乡]|街道|路口|堵|过|购|买|卖|租|搬|做|接(?!龙|驾)|走(?!马)|各|条|片|几|年|着|处(?!女)|"
    r"新建(?![路街村])|职业(?=学校)|(?:泥巴|油子|水泥|柏油|沥青|砂石)(?=路)|满(?=大街)|临(?=街)|城(?=镇)|公交|丁字|十字|文化(?=市场)"
)
# No name begins with the end of 路口, 街道, 大道 or 公交.
_BEGIN = r"(?!(?<=[路街巷道])口|(?<=[街大])道|(?<=公)交)"
_HAN_NAME = rf"{_BEGIN}(?:(?!{_STOP})[一-鿿]){{2,{NAME_AT_MOST}}}?"
# A road before an estate is a place of its own, unless its name is the estate's: 人民路小学.
_SITE_NAME = (
    rf"{_BEGIN}(?:(?!{_STOP}|(?:大道|[路街巷])(?!{_ESTATE}|{_PUBLIC}))[一-鿿]){{2,{NAME_AT_MOST}}}?"
)
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
    ("estate", re.compile(rf"{_SITE_NAME}{_ESTATE}(?:小区|社区)?{_PART}*")),
    (
        "public",
        re.compile(
            rf"{_SITE_NAME}{_PUBLIC}|(?:汽车|火车|高铁)[东南西北]站|(?<=号线)[一-鿿]{{2,6}}?站"
        ),
    ),
    ("community", re.compile(rf"{_HAN_NAME}村(?!民|委|庄|镇|里|干|支)")),
    (
        "road",
        re.compile(rf"{_HAN_NAME}{_ROAD}(?!面|灯|况|(?<=路)段|过|人(?!行)|由|线|费|基|程|牌)"),
    ),
)


def find_place_phrases(text: str) -> tuple[PlacePhrase, ...]:
    """Return the place phrases of a free text, in their order, not overlapping.

    Examples
    --------
    >>> [(found.text, found.kind) for found in find_place_phrases("城南路12号的翠竹小区积水")]
    [('城南路12号', 'address'), ('翠竹小区', 'estate')]
    >>> [found.text for found in find_place_phrases("请督促翠竹市场给老旧小区修路")]
    ['翠竹市场']
    """
    found: list[PlacePhrase] = []
    rest = _PARTING.sub(_blank, text)
    for kind, pattern in _PATTERNS:
        spans = [each.span() for each in pattern.finditer(rest)]
        found += [PlacePhrase(text[begin:end], begin, end, kind) for begin, end in spans]
        # What is taken parts what is left, as a stop would.
        rest = pattern.sub(_blank, rest)
    return tuple(sorted(found, key=lambda phrase: phrase.start))


def _blank(match: re.Match[str]) -> str:
    return "。" * len(match[0])
