"""What of an address tells a household: the number of the room, whatever way it is written."""

from __future__ import annotations

import re

_DIGITS = "0-9０-９"
_SPOKEN = "零〇一二三四五六七八九十"
_NUMBER = rf"[A-Za-zＡ-Ｚ]?[{_DIGITS}{_SPOKEN}]{{1,6}}(?:[-－—][{_DIGITS}]{{1,5}}){{0,2}}[A-Ha-hＡ-Ｈ]?"

# 室 and 房 are also what a flat consists of (两室一厅), and 房 begins other words.
_ROOM = (
    rf"(?:室(?![{_DIGITS}一二三四两][厅卫厨])"
    rf"|房(?![{_DIGITS}一二三四两][厅卫厨]|产|屋|间|地|价|贷|租|东|子|企|源|管|客|改|型|款))"
)
# 户 also counts households; where nothing says so (影响200户, 3户居民) it may be a flat.
_COUNTED = rf"(?<![响及共约近有达过计余多数等剩总超仅每租造置迁{_DIGITS}{_SPOKEN}])(?<!租房)(?<!屋)"
_HOUSEHOLDS = r"户(?!居民|村民|住户|业主|商户|人家|家庭|群众|型|数|均|外|口)"
# No door has a number of full hundreds.
_HUNDREDS = rf"(?!0?[{_DIGITS}]{{1,3}}[0０][0０]户)"
_ROOM_NUMBER = re.compile(
    rf"{_NUMBER}(?={_ROOM})|{_COUNTED}{_HUNDREDS}{_NUMBER}(?={_HOUSEHOLDS})"
)
_ANY_ROOM = re.compile("[室房户]")

_PAUSE = r"(?=$|[，,。；;、：:\s（()）！!]|的|业主|住户|家|反映|漏水|居民|租户)"
# 12-3-402: building, entrance, room; a year in the first or last place makes it a date.
_TRIPLE = re.compile(
    rf"(?<![\d-])(\d{{1,3}}[-－—]\d{{1,2}}[-－—])(?!(?:19|20)\d\d(?!\d))\d{{3,4}}(?![\d-])"
)
_AFTER_BUILDING = re.compile(
    r"(?<=[号栋幢座楼元弄])(?:\d{1,2}(?:单元|门|[-－—])[-－—]?)?"
    rf"(?:[A-Za-z]?[-－—]?\d{{3,4}}|\d{{1,2}}[A-H]){_PAUSE}"
)
# 花园3-402: after a name of a place; 5-100 after anything else is a range.
_AFTER_ESTATE = re.compile(
    r"(?<=[苑园里庄府庭厦寓区湾郡院])(\d{1,2}(?:[-－—]\d{1,2})?[-－—])\d{3,4}(?![\d元米人个号路])"
)
_AFTER_WORD = re.compile(
    r"((?:房间号|房号|门牌号|室号|门号|房间)(?:是|为)?[ \t]?[:：]?[ \t]?)[A-Za-z]?\d{1,5}(?:-\d{1,5}){0,2}[A-Ha-h]?"
)
_ENGLISH = re.compile(
    r"(?<![A-Za-z])((?:[Aa]pt|APT|[Aa]partment|APARTMENT|[Uu]nit|UNIT|[Ff]lat|[Rr]oom|ROOM|[Rr]m|[Ss]uite|STE)\.?"
    r"[ ]?(?:[Nn]o\.?[ ])?#?[ ]?)(?:\d{1,5}-?[A-Za-z]?|[A-Za-z]-?\d{1,4}|[A-Z])(?![A-Za-z\d])"
)
_HASH = re.compile(r"#[ ]?(?:\d{1,2}[A-Za-z]|\d{3,4}|[A-Z]-?\d{1,4})(?![A-Za-z\d])")


def mask_rooms(text: str) -> str:
    """Hide numbers of rooms and flats; building and entrance stay, as the place of the case.

    Examples
    --------
    >>> mask_rooms("3号楼2单元402室"), mask_rooms("花园小区12-3-402"), mask_rooms("两室一厅")
    ('3号楼2单元***室', '花园小区12-3-***', '两室一厅')
    >>> mask_rooms("12 Main St Apt 4B")
    '12 Main St Apt ***'
    """
    if _ANY_ROOM.search(text):
        text = _AFTER_WORD.sub(r"\1***", _ROOM_NUMBER.sub("***", text))
    if "-" in text or "－" in text or "—" in text:
        text = _AFTER_ESTATE.sub(r"\1***", _TRIPLE.sub(r"\1***", text))
    text = _AFTER_BUILDING.sub("***", text)
    if "#" in text:
        text = _HASH.sub("#***", text)
    return _ENGLISH.sub(r"\1***", text)
