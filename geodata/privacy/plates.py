"""Number plates of vehicles."""

from __future__ import annotations

import re

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_END = r"(?![A-Za-zＡ-Ｚａ-ｚ\d])"

# Ordinary plates have five characters after the letter, new-energy ones six, electric bicycles up
# to seven; among them are at least three digits, which words after 京A never have.
_CIVIL = re.compile(
    rf"([{_PROVINCE}][A-Za-zＡ-Ｚａ-ｚ])[ \t·•・．.—－-]{{0,2}}"
    r"(?=(?:[A-Za-zＡ-Ｚａ-ｚ]{0,4}\d){3})"
    rf"(?:[A-Za-zＡ-Ｚａ-ｚ\d]{{4}}[挂学警港澳领使试超]|[A-Za-zＡ-Ｚａ-ｚ\d]{{5,7}}{_END})"
)
_DIPLOMATIC = re.compile(rf"(?:(?:\d(?<!\d\d)\d{{5}})?使\d{{6}}|\d(?<!\d\d)\d{{5}}使){_END}")
_ANNOUNCED = re.compile(
    r"(车牌(?:号码?)?(?:是|为)?[ \t]{0,2}[:：]?[ \t]{0,2})[A-Za-z\d]{5,7}(?![A-Za-z\d])"
)
_ARMED = re.compile(
    rf"(?:WJ[ \t]?[{_PROVINCE}]?[ \t·•-]?(?=(?:[A-Z]{{0,2}}\d){{3}})[A-Z\d]{{4,5}}"
    rf"|[军空海北南兰沈济成广][A-Z][ \t·•-]?\d{{5}}){_END}"
)


def mask_plates(text: str) -> str:
    """Hide number plates but for province and office.

    Examples
    --------
    >>> mask_plates("京A·12345、粤ＢＤ１２３４５、京A1234学")
    '京A·*****、粤Ｂ·*****、京A·*****'
    """
    text = _CIVIL.sub(r"\1·*****", text)
    if "车牌" in text:
        text = _ANNOUNCED.sub(r"\1*****", text)
    if "使" in text:
        text = _DIPLOMATIC.sub("使******", text)
    return _ARMED.sub("***", text)
