"""Numbers of passports, permits and foreign identity cards; all of them begin with letters."""

from __future__ import annotations

import re

_END = r"(?![A-Za-z\d])"
_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])"

_PAPERS = re.compile(
    # What stands before is looked at from the first letter on: a search leaps to letters.
    r"[A-Z](?<![A-Za-z\d].)"
    # Chinese passports, E with a second letter since 2017; E20250101 is a number with a date.
    rf"(?:(?<=[EG])(?!{_DATE})\d{{8}}|(?<=E)[A-HJ-NP-Z]\d{{7}}"
    # Permits of people from Hong Kong and Macao, cards of Hong Kong and Taiwan.
    rf"|(?<=[HM])(?!{_DATE})(?:\d{{10}}|\d{{8}})|[A-Z]?\d{{6}}[(（][\dA][)）]|[12]\d{{8}}){_END}"
)
_ANNOUNCED = re.compile(
    r"((?:身份证|身份号|证件|护照|通行证|回乡证|台胞证|居住证|军官证|社保卡|医保卡|驾驶证|[Pp]assport)"
    r"(?:号码|号| [Nn]o\.?| number)?(?:是|为)?[ \t]{0,2}[:：]?[ \t]{0,2})"
    r"(?=[A-Za-z]{0,4}\d)[A-Za-z\d]{6,20}"
)
_OFFICER = re.compile(r"([军警武]字?第)[ \t]?\d{5,9}(?=号)")


def mask_papers(text: str) -> str:
    """Hide numbers of identity papers, of any form where the paper is named.

    Examples
    --------
    >>> mask_papers("护照E12345678，回乡证：H1234567801")
    '护照*********，回乡证：*********'
    """
    text = _ANNOUNCED.sub(r"\1*********", text)
    text = _PAPERS.sub("*********", text)
    return _OFFICER.sub(r"\1*******", text) if "字第" in text or "军第" in text else text
