"""What of an address may be sent to an online service: only what the parser recognised in it.

Everything else stays, since nobody can list all that tells a person: a text is cut where a name or
a sentence could go on, each piece is taken apart, and only roads, lanes and places are put together
again. A name that is written without any break before a rare road's name (王小明梅溪路) cannot be
told from a road's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from geodata.geocoding.address import Address, Part
from geodata.geocoding.english import is_street, parse_english
from geodata.geocoding.normalise import is_chinese, normalise
from geodata.geocoding.parse import parse_address
from geodata.privacy import SURNAMES, mask_address

_MASKED = re.compile(r"\w[A-Z]·\*+|[0-9*-]*\*[0-9*-]*")
"""What masking leaves in place of a number plate, a number, a name or a room."""

_LONG_NUMBER = re.compile(r"\d{6,}|[零〇一二三四五六七八九幺两0-9]{5,}")
"""Numbers that no house has, spoken ones too."""

_MARKS = re.compile(r"[，。、；：！？,;:!?|·•\n\r\t()\[\]【】{}<>《》\"'“”‘’「」/\\]+")
_BREAKS = re.compile(
    r"\s+|反映|投诉|举报|来电|来话|致电|表示|咨询|求助|建议|先生|女士|小姐|师傅|同志|老师|阿姨|大爷|大妈"
    r"|电话|手机|姓名|联系人|市民|居民(?!区)|村民|业主|住址|地址|家住|住在|位于|停在"
    r"|[的了我你他她是叫被称在]|住(?!宅)|(?<=[一-鿿])[-_~—]+(?=[一-鿿])"
)
"""Where a Chinese sentence goes on: a name beside these is no part of the address."""

_SPACE_IN_ADDRESS = re.compile(
    r"(?<=[路街道巷弄号村区])\s+(?=\d{1,5}(?:-\d{1,5})?\s*(?:号|弄|支弄))"
    r"|(?<=\d)\s+(?=号|弄|支弄)"
)

_NAME = re.compile(r"[一-鿿]{2,10}")
_SURNAME = rf"(?:欧阳|司马|上官|诸葛|司徒|夏侯|皇甫|尉迟|公孙|慕容|端木|令狐|[{SURNAMES}])"
_PERSON = re.compile(rf"{_SURNAME}[一-鿿]{{1,2}}")
_SURE_END = re.compile(r"(?:路|街|巷|弄|村|小区|花园|公寓|广场|大厦)$")
"""Endings that no person's name has."""

_BEFORE_COMMON_ROAD = re.compile(
    rf"^{_SURNAME}[一-鿿]{{1,2}}"
    r"(?=(?:人民|解放|中山|建设|和平|新华|胜利|幸福|光明|文化|建国|中华|友谊|团结|民主|青年|北京|南京|上海"
    r"|朝阳|东风|红旗|迎宾|长江|黄河|学府|延安)[东南西北中]?(?:路|街|大街|大道|巷)$)"
)
"""A name written together with one of the road names that every city has."""

MOST_HOUSE_NUMBER = 99_999

MOST_WORDS = 6
"""Of an English street's name, its type among them."""

_ENGLISH_NUMBER = re.compile(r"(?<!\S)\d{1,5}[A-Z]?(?= [A-Z0-9])")
_SENTENCE_WORD = re.compile(
    r"\b(?:ON|AT|IN|IS|LIVES?|LIVING|CALL(?:S|ED)?|FROM|TO|AND|OF|BY|REPORT(?:S|ED)|SAYS|SAID|HAS|HAD"
    r"|WAS|WHO|MY|HIS|HER|MRS?|MS|NAME|PHONE|NEAR|WITH|FOR)\b"
)

_CHINESE_AREA = re.compile(
    r"[一-鿿]{1,11}(?:区|县|市|旗|州|盟|镇|乡|街道|苏木|农场|林场|省)"
    r"(?<!小区|社区|园区|校区)"
)
_LATIN_AREA = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:[ -][A-Za-zÀ-ÖØ-öø-ÿ]+){0,4}")


def sent_text(text: str, district: str | None = None, township: str | None = None) -> str:
    """Return what would leave the machine of a text; empty where no address is recognised in it.

    Parameters
    ----------
    text : str
    district, township : str, optional
        Put before it where they are built like names of areas, else left out.

    Examples
    --------
    >>> sent_text("长宁路３９６弄5号302室，13812345678", "长宁区")
    '长宁区长宁路396弄'
    >>> sent_text("王小明 人民路12号", "东城区 张三"), sent_text("王小明")
    ('人民路12号', '')
    >>> sent_text("Mary Jones, 12 Main Street Apt 4")
    '12 MAIN ST'
    """
    masked = _MASKED.sub(" ", mask_address(unicodedata.normalize("NFKC", text)))
    plain = _LONG_NUMBER.sub(" ", masked)
    bare = _chinese(plain) if is_chinese(plain) else _english(plain)
    if not bare:
        return ""
    given = [(each or "").strip() for each in (district, township)]
    chinese = is_chinese(bare)
    around = [
        each
        for each in given
        if is_area_name(each) and is_chinese(each) == chinese and each not in bare
    ]
    return ("" if chinese else " ").join([*around, bare])


def is_area_name(text: str) -> bool:
    """Tell whether a text is built like the name of an area and says nothing else.

    Examples
    --------
    >>> is_area_name("东城区"), is_area_name("东城区 张三"), is_area_name("West Roxbury")
    (True, False, True)
    """
    return bool(_CHINESE_AREA.fullmatch(text) or _LATIN_AREA.fullmatch(text))


def _chinese(text: str) -> str:
    joined = _SPACE_IN_ADDRESS.sub("", _MARKS.sub(" ", text))
    pieces = (normalise(piece) for piece in _BREAKS.split(joined) if piece)
    told = [_told(parse_address(piece)) for piece in pieces if is_chinese(piece)]
    return "".join(dict.fromkeys(each for each in told if each))


def _told(address: Address) -> str:
    names = [(part, name) for part in address.parts if (name := _name_of(part))]
    if address.intersection:
        return "与".join(name for _, name in names) + "路口" if len(names) > 1 else ""
    return "".join(f"{name}{_number_of(part)}" for part, name in names)


def _name_of(part: Part) -> str:
    """Return the name of a part, empty where it may be something else than a place's."""
    name = _BEFORE_COMMON_ROAD.sub("", part.name)
    if part.kind == "name" or not _NAME.fullmatch(name):
        return ""
    return "" if _PERSON.fullmatch(name) and not _SURE_END.search(name) else name


def _number_of(part: Part) -> str:
    if part.number is None or part.number > MOST_HOUSE_NUMBER:
        return ""
    return f"{part.number}{part.unit}"


def _english(text: str) -> str:
    for piece in _MARKS.split(text):
        tidy = normalise(piece)
        if found := next(_streets(tidy), None):
            return found
    return ""


def _streets(text: str) -> Iterator[str]:
    """Give number and street from each number on that a street follows."""
    for number in _ENGLISH_NUMBER.finditer(text):
        for part in parse_english(text[number.start() :]).parts:
            words = part.name.split()
            fits = len(words) <= MOST_WORDS and not _SENTENCE_WORD.search(part.name)
            if part.number is not None and fits and is_street(part.name):
                yield f"{part.number} {part.name}"
