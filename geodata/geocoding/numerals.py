"""Numbers as addresses write them: 一八二九弄 and 三十二号 in digits, 2村 and 4条 in characters."""

from __future__ import annotations

import re

_DIGITS = {
    "〇": 0, "○": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6,
    "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS = {"廿": "二十", "卅": "三十"}
_NUMERAL = "〇○零一二两三四五六七八九十百千廿卅"
_CHARACTERS = "零一二三四五六七八九"

_COUNTED = r"(?:号|弄|支弄|栋|单元|室|楼|层|组|队)"
"""What stands after a number that is counted, not named: written in digits."""

_NAMED = r"(?:村|区|里|坊|街|路|马路|横路|条|胡同|期|苑|院|社区)"
"""What stands after a number that is part of a name: written in characters (月浦9村, 东4条)."""

_COUNTED_NUMERAL = re.compile(rf"([{_NUMERAL}]+)(?={_COUNTED})")
_NAMED_DIGITS = re.compile(rf"(?<![0-9A-Z.\-])(\d{{1,2}})(?={_NAMED})(?!路公交|路车)")


def value_of_numeral(text: str) -> int | None:
    """Return the value of a Chinese numeral, positional or with units; None where it is none.

    Examples
    --------
    >>> value_of_numeral("一八二九"), value_of_numeral("一百零五"), value_of_numeral("廿三")
    (1829, 105, 23)
    >>> value_of_numeral("百一十百") is None
    True
    """
    for short, long in _TENS.items():
        text = text.replace(short, long)
    if not any(unit in text for unit in _UNITS):
        if not text or any(each not in _DIGITS for each in text):
            return None
        return int("".join(str(_DIGITS[each]) for each in text))
    total, digit, smallest = 0, None, 10_000
    for each in text:
        if each in _UNITS:
            unit = _UNITS[each]
            if unit >= smallest:
                return None
            total += unit * (1 if digit is None else digit)
            digit, smallest = None, unit
        elif each in _DIGITS and (digit is None or digit == 0):
            digit = _DIGITS[each]
        else:
            return None
    return total + (digit or 0)


def numeral_of_value(value: int) -> str:
    """Return a number below 100 as names write it.

    Examples
    --------
    >>> [numeral_of_value(value) for value in (4, 10, 13, 20, 45)]
    ['四', '十', '十三', '二十', '四十五']
    """
    tens, ones = divmod(value, 10)
    if not tens:
        return _CHARACTERS[ones]
    return ("" if tens == 1 else _CHARACTERS[tens]) + "十" + (_CHARACTERS[ones] if ones else "")


def unify_numbers(text: str) -> str:
    """Write counted numbers in digits and numbers within names in characters.

    Examples
    --------
    >>> unify_numbers("月浦9村三十二号"), unify_numbers("东4条一八二九弄")
    ('月浦九村32号', '东四条1829弄')
    """
    text = _COUNTED_NUMERAL.sub(_in_digits, text)
    return _NAMED_DIGITS.sub(_in_characters, text)


def _in_digits(match: re.Match[str]) -> str:
    value = value_of_numeral(match[1])
    return match[1] if value is None else str(value)


def _in_characters(match: re.Match[str]) -> str:
    digits = match[1]
    return digits if digits.startswith("0") else numeral_of_value(int(digits))
