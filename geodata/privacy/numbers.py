"""Telephone numbers, identity numbers and bank cards: runs of digits told apart by their form.

One scan finds the runs; the forms then look at these few characters only. All repetitions within a
form are bounded, so that no text takes more than a fixed time a character.
"""

from __future__ import annotations

import re

_BETWEEN = r"[ \t\u3000.．·_—–－-]"
_RUN = re.compile(rf"[\d+＋(（](?:[\d()（）]|{_BETWEEN}){{5,}}[XxＸｘ]?")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９（）＋－．Ｘ", "0123456789()+-.X")
_EDGE, _END = r"(?<!\d)", r"(?!\d)"
_SEP = rf"{_BETWEEN}{{1,3}}"

_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
# Region, birth date, serial, check digit; the date keeps long order numbers out.
_IDENTITY = re.compile(
    rf"{_EDGE}[1-9]\d{{5}}{_BETWEEN}?((?:18|19|20)\d\d){_MONTH_DAY}{_BETWEEN}?\d{{3}}[\dXx]{_END}"
)
_OLD_IDENTITY = re.compile(rf"{_EDGE}[1-9]\d{{5}}\d\d{_MONTH_DAY}\d{{3}}{_END}")
_CARD = re.compile(
    rf"{_EDGE}(?=62|601382|9558|4|5[1-5]|35)\d{{4}}(?:{_BETWEEN}?\d{{4}}){{3}}(?:{_BETWEEN}?\d{{1,3}})?{_END}"
)
_MOBILE_GROUPS = "|".join(
    (
        r"\d{8}",
        rf"(?:{_SEP}\d{{4}}){{2}}",
        rf"{_SEP}\d{{8}}",
        rf"\d{{4}}{_SEP}\d{{4}}",
        rf"\d{_SEP}\d{{4}}{_SEP}\d{{3}}",
        rf"\d{_SEP}\d{{7}}",
        rf"{_SEP}\d{{3}}{_SEP}\d{{5}}",
        rf"\d\d{_SEP}\d{{6}}",
        rf"{_SEP}\d\d{_SEP}\d\d{_SEP}\d{{4}}",
        rf"{_SEP}\d{{4}}{_SEP}\d\d{_SEP}\d\d",
    )
)
_MOBILE = re.compile(
    rf"{_EDGE}(?:[+(]?(?:00)?86[)]?{_BETWEEN}{{0,2}})?"
    rf"(1[3-9]\d)(?:{_MOBILE_GROUPS}){_END}"
)
_SPELT_MOBILE = re.compile(rf"{_EDGE}1{_BETWEEN}[3-9](?:{_BETWEEN}\d){{9}}{_END}")
_TWO_MOBILES = re.compile(rf"{_EDGE}(1[3-9]\d)\d{{8}}1[3-9]\d{{9}}{_END}")
_LANDLINE = re.compile(
    rf"{_EDGE}(?:[+]?86{_BETWEEN}{{0,2}})?[(]?(0[1-9]\d{{1,2}})[)]?{_BETWEEN}{{0,3}}"
    rf"\d{{3,4}}{_BETWEEN}?\d{{4}}{_END}"
)
_AMERICAN = re.compile(
    rf"{_EDGE}(?:[+]?1[ .-]?)?(?![48]00)[(]?\d{{3}}[)]?[ .-]{{1,2}}\d{{3}}[ .-]\d{{4}}{_END}"
)
_FOREIGN = re.compile(rf"[+]\d{{1,3}}(?:{_BETWEEN}?\d){{6,12}}{_END}")

_PHONE_WORDS = (
    r"(?:电话|手机|座机|固话|联系方式|微信|微信同号|QQ|qq"
    r"|[Cc]all|[Pp]hone|[Tt]el|[Cc]ell|[Mm]obile)"
)
_CARD_WORDS = r"(?:卡号|账号|帐号|账户|帐户|银行卡|存折)"
_SAID = r"(?:号码?|号)?(?:是|为)?[ \t:：.\d、,，/或和及－-]{0,24}"
_AFTER_PHONE_WORD = re.compile(rf"{_PHONE_WORDS}{_SAID}$")
_AFTER_CARD_WORD = re.compile(rf"{_CARD_WORDS}{_SAID}$")
_AFTER_FILE_WORD = re.compile(
    r"(?:工单|单号|编号|案号|订单号?|流水号|受理号|凭证号?|批次|文号|[Cc]ase|[Oo]rder"
    r"|[Nn]o\.?)[ \t:：#]{0,3}$"
)
_CONTEXT = 32

_LOCAL = re.compile(rf"{_EDGE}\d{{3,6}}(?:{_BETWEEN}?\d{{3,6}}){{0,2}}{_END}")
_ACCOUNT = re.compile(rf"{_EDGE}\d(?:{_BETWEEN}?\d){{7,23}}{_END}")
# 95 and 96 numbers, 10000 to 12999, 400 and 800 serve everyone.
_SERVICE = re.compile(r"(?:9[56]\d{3,4}|1[0-2]\d{3,4}|[48]00\d{7})")

LEAST_PHONE_DIGITS = 6
MOST_PHONE_DIGITS = 12

RECENT_BIRTH = 2010
"""Dates from then on in a number are more often of the number itself (a case, an order) than of a
birth: it counts as an identity number only if its check digit is right or it is announced."""

# As dictated: mobile numbers, and landlines that begin with zero.
_SPOKEN = re.compile(
    r"(?:[一幺][三四五六七八九]|[零〇][一二三四五六七八九幺两])[零〇一二三四五六七八九幺两]{8,10}"
)


def mask_numbers(text: str) -> str:
    """Hide telephone, identity and bank card numbers; leave what serves everyone.

    Examples
    --------
    >>> mask_numbers("电话：138 1234 5678、8444-5555，市民热线12345")
    '电话：138********、********，市民热线12345'
    """
    return _RUN.sub(_mask_run, text)


def mask_spoken_numbers(text: str) -> str:
    """Hide telephone numbers that are written in words, digit by digit.

    Examples
    --------
    >>> mask_spoken_numbers("请打一三八零零零零一二三四")
    '请打***********'
    """
    return _SPOKEN.sub("*" * 11, text)


def _mask_run(found: re.Match[str]) -> str:
    plain = found[0].translate(_HALF_WIDTH)
    masked = _mask_forms(plain, found)
    return found[0] if masked == plain else masked


def _mask_forms(run: str, found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _CONTEXT) : found.start()]
    filed = _AFTER_FILE_WORD.search(before) is not None
    if not filed:
        run = _CARD.sub(_mask_card, _IDENTITY.sub(_mask_identity, run))
        run = _OLD_IDENTITY.sub("*" * 15, run)
    run = _TWO_MOBILES.sub(r"\1********、***********", run)
    run = _MOBILE.sub(r"\1********", run)
    run = _SPELT_MOBILE.sub("*" * 11, run)
    run = _LANDLINE.sub(r"\1-********", run)
    run = _AMERICAN.sub("***-***-****", run)
    run = _FOREIGN.sub("***********", run)
    if _AFTER_CARD_WORD.search(before):
        return _ACCOUNT.sub("*" * 16, run)
    if not filed and _AFTER_PHONE_WORD.search(before):
        return _LOCAL.sub(_mask_local, run)
    return run


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdecimal())


def _mask_identity(found: re.Match[str]) -> str:
    if int(found[1]) >= RECENT_BIRTH and not _is_checked_identity(found[0]):
        return found[0]
    return "*" * 18


def _is_checked_identity(number: str) -> bool:
    """Tell whether the last digit checks the others (GB 11643: ISO 7064, modulus 11-2)."""
    check = number[-1].upper()
    value = sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(_digits(number)[:17]))
    return "10X98765432"[value % 11] == check


def _mask_card(found: re.Match[str]) -> str:
    digits = _digits(found[0])
    # A second digit of two counts as the sum of its digits (Luhn).
    doubled = (int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits)))
    return "*" * 16 if sum(d - 9 * (d > 9) for d in doubled) % 10 == 0 else found[0]


def _mask_local(found: re.Match[str]) -> str:
    digits = _digits(found[0])
    if not LEAST_PHONE_DIGITS <= len(digits) <= MOST_PHONE_DIGITS or _SERVICE.fullmatch(digits):
        return found[0]
    return "********"
