"""Personal data in texts are masked before anyone sees them."""

from __future__ import annotations

import re

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
"""The most common ones."""

_NUMBER_EDGE = r"(?<![\d０-９])"
_NUMBER_END = r"(?![\d０-９])"

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII), "***@***"),
    # Identity card: region, birth date, serial, check digit; the date keeps long order numbers out.
    (
        re.compile(
            _NUMBER_EDGE + r"([1-9]\d{5})(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
            r"\d{3}[\dXxＸｘ]" + _NUMBER_END
        ),
        r"\1************",
    ),
    (
        re.compile(
            _NUMBER_EDGE
            + r"([1-9]\d{5})\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"
            + _NUMBER_END
        ),
        r"\1*********",
    ),
    (
        re.compile(
            _NUMBER_EDGE + r"(?:[+＋]?86[\s-]?)?(1[3-9]\d)[\s-]?\d{4}[\s-]?\d{4}" + _NUMBER_END
        ),
        r"\1********",
    ),
    (re.compile(_NUMBER_EDGE + r"(0\d{2,3})[\s\-—）)]{0,2}\d{7,8}" + _NUMBER_END), r"\1-********"),
    (
        re.compile(
            _NUMBER_EDGE + r"(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}" + _NUMBER_END
        ),
        "***-***-****",
    ),
    (
        re.compile(
            r"((?:电话|手机|座机|联系方式|微信|QQ)(?:号码?)?(?:是|为)?\s*[:：]?\s*)\d{6,12}", re.I
        ),
        r"\1********",
    ),
    (
        re.compile(
            r"((?:微信|WeChat|QQ)(?:账?号码?(?:是|为)?\s*[:：]?|(?:ID)?\s*[:：])\s*)"
            r"[a-z][a-z0-9_-]{5,19}",
            re.I,
        ),
        r"\1********",
    ),
    (
        re.compile(
            r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z])"
            r"[\s·•.-]?[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳](?![A-Za-z0-9])"
        ),
        r"\1·*****",
    ),
    (
        re.compile(r"((?:姓名|联系人|来电人|反映人|诉求人|投诉人)\s*[:：]\s*)[一-鿿·]{2,4}"),
        r"\1***",
    ),
    (
        re.compile(
            r"((?:姓名|联系人|我叫|本人叫|我是|名叫)\s*(?:是|为|叫)?)"
            rf"[{SURNAMES}][一-鿿]{{1,2}}(?=$|[^一-鿿]|电话|手机|住|家|身份证|先生|女士)"
        ),
        r"\1***",
    ),
    # A name between the word for the caller and what the caller does.
    (
        re.compile(
            r"((?:来电人|反映人|诉求人|投诉人|举报人|市民|居民|村民|业主))"
            rf"[{SURNAMES}][一-鿿]{{1,2}}(?=来电|来话|致电|反映|表示|投诉|举报|咨询|求助|建议)"
        ),
        r"\1***",
    ),
)


_SHAPE_LENGTH = 80


def shape_of(text: str) -> str:
    """Keep how a line is built and nothing of what it says.

    Where it cannot be told which cell is a name, nothing could be masked reliably.

    Examples
    --------
    >>> shape_of("张三,13812345678,road 5")
    '**,00000000000,**** 0'
    """
    return re.sub(r"[^\W\d]", "*", re.sub(r"\d", "0", text[:_SHAPE_LENGTH]))


def mask_text(text: str) -> str:
    """Hide phone numbers, identity numbers, e-mail, number plates and names in a text.

    Parameters
    ----------
    text : str
        Free text as a caller or an operator put it.

    Returns
    -------
    str
        The text with stars in place of what could tell who a person is. Names are found only
        where something announces them (姓名, 联系人, 我叫, …).

    Examples
    --------
    >>> mask_text("联系人：张三，电话13812345678，车牌京A12345")
    '联系人：***，电话138********，车牌京A·*****'
    """
    for pattern, stars in _MASKS:
        text = pattern.sub(stars, text)
    return text


_NUMBER_OF_ROOM = r"[A-Za-zＡ-Ｚ]?[0-9０-９一二三四五六七八九十]{1,6}(?:[-－—][0-9０-９]{1,5})?"
# 户 also counts households; where nothing says so (影响200户, 3户居民) it may be a flat.
_COUNTED = r"(?<![响及共约近有达过计0-9０-９一二三四五六七八九十])"
_HOUSEHOLDS = r"户(?!居民|村民|住户|业主|商户|人家|家庭|群众)"
_ROOM = re.compile(rf"{_NUMBER_OF_ROOM}(?=室|房)|{_COUNTED}{_NUMBER_OF_ROOM}(?={_HOUSEHOLDS})")
_FLAT = re.compile(r"(?<=[号栋幢座楼元弄])([A-Za-z]?[0-9０-９]{3,4})(?=$|[，,。；;\s（(])")


def mask_address(text: str) -> str:
    """Hide what tells a household: the room, and all that `mask_text` hides.

    Every text of a case that is shown goes through it, title and content too: callers name their
    rooms anywhere.

    Examples
    --------
    >>> mask_address("长宁路396弄5号302室"), mask_address("花园小区3号楼1201")
    ('长宁路396弄5号***室', '花园小区3号楼***')
    >>> mask_address("花园小区301户反映，影响200户")
    '花园小区***户反映，影响200户'
    """
    return _FLAT.sub("***", _ROOM.sub("***", mask_text(text)))
