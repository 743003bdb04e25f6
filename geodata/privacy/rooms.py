"""What of an address tells a household: the number of the room, whatever way it is written."""

from __future__ import annotations

import re

from geodata.privacy.english_names import is_latin

_DIGITS = "0-9０-９"
_SPOKEN = "零〇一二三四五六七八九十"
_NUMERAL = f"{_DIGITS}{_SPOKEN}"
# Read whole and once (possessive): a search does not try again from within a number.
_NUMBER = (
    rf"(?:[A-Za-zＡ-Ｚ](?=[{_NUMERAL}])|[{_NUMERAL}](?<![{_NUMERAL}].))"
    rf"[{_NUMERAL}]{{0,6}}+(?:[-－—][{_DIGITS}]{{1,5}}){{0,2}}+[A-Ha-hＡ-Ｈ]?+"
)

# 室 and 房 are also what a flat consists of (两室一厅), and 房 begins other words.
_ROOM = rf"[室房](?![{_DIGITS}一二三四两][厅卫厨])"
_WORD_OF_HOUSES = re.compile("房[产屋间地价贷租东子企源管客改型款]")
_LEAST_DIGITS = 3
"""Of a room's number before such a word: 20房间 are rooms, 304房东 is an owner."""
# 户 also counts households; where nothing says so (影响200户, 3户居民) it may be a flat.
_COUNTED = re.compile(r"(?:[响及共约近有达过计余多数等剩总超仅每租造置迁屋]|租房)$")
_HOUSEHOLDS = r"户(?!居民|村民|住户|业主|商户|人家|家庭|群众|型|数|均|外|口)"
# No door has a number of full hundreds.
_HUNDREDS = ("00", "００")
_ROOM_NUMBER = re.compile(rf"{_NUMBER}(?:(?={_ROOM})|(?={_HOUSEHOLDS}))")

_DIGIT_PAIR = re.compile(r"\d[\dA-Z]")
_PAUSE = r"(?=$|[，,。；;、：:\s（()）！!]|的|业主|住户|家|反映|漏水|居民|租户)"
# 12-3-402: building, entrance, room; a year in the first or last place makes it a date.
_TRIPLE = re.compile(
    r"(\d(?<![\d-].)\d{0,2}[-－—]\d{1,2}[-－—])(?!(?:19|20)\d\d(?!\d))\d{3,4}(?![\d-])"
)
_AFTER_BUILDING = re.compile(
    r"(?<=[号栋幢座楼元弄])(?<![编文证单账案型字]号)(?:\d{1,2}(?:单元|门|[-－—])[-－—]?)?"
    rf"(?:[A-Za-z]?[-－—]?\d{{3,4}}|\d{{1,2}}[A-H]){_PAUSE}"
)
# 花园3-402: after a name of a place; 5-100 after anything else is a range.
_AFTER_ESTATE = re.compile(
    r"(?<=[苑园里庄府庭厦寓区湾郡院])(\d{1,2}(?:[-－—]\d{1,2})?[-－—])\d{3,4}(?![\d元米人个号路])"
)
_AFTER_WORD = re.compile(
    r"((?:房间号|房号|门牌号|室号|门号|房间)(?:是"
    r"|为)?[ \t]?[:：]?[ \t]?)[A-Za-z]?\d{1,5}(?:-\d{1,5}){0,2}[A-Ha-h]?"
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
    if "室" in text or "房" in text or "户" in text:
        text = _AFTER_WORD.sub(r"\1***", _ROOM_NUMBER.sub(_mask_room, text))
    if "-" in text or "－" in text or "—" in text:
        text = _AFTER_ESTATE.sub(r"\1***", _TRIPLE.sub(r"\1***", text))
    if _DIGIT_PAIR.search(text):
        text = _AFTER_BUILDING.sub("***", text)
    if "#" in text:
        text = _HASH.sub("#***", text)
    return _ENGLISH.sub(r"\1***", text) if is_latin(text) else text


def _mask_room(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    if text[end] != "户":
        counted = len(found[0]) < _LEAST_DIGITS and _WORD_OF_HOUSES.match(text, end)
        return found[0] if counted else "***"
    if found[0].endswith(_HUNDREDS) or _COUNTED.search(text[max(0, start - 2) : start]):
        return found[0]
    return "***"
