"""The one door: every text of a case goes through here before anyone sees it."""

from __future__ import annotations

import re
from collections.abc import Callable

from geodata.privacy.accounts import mask_accounts
from geodata.privacy.english_names import mask_english_names
from geodata.privacy.names import mask_names
from geodata.privacy.numbers import mask_numbers, mask_spoken_numbers
from geodata.privacy.papers import mask_papers
from geodata.privacy.plates import mask_plates
from geodata.privacy.rooms import mask_rooms

_SOME_DIGITS = re.compile(r"\d\D{0,4}\d\D{0,4}\d")
"""All numbers that tell a person, plates too, have three digits near one another."""

_MOST_LOOKS = 8
"""Nearly all texts settle at the first look or the second; a bound is for what nobody wrote."""


def mask_text(text: str) -> str:
    """Hide numbers, accounts, papers, number plates and names that tell who a person is.

    Parameters
    ----------
    text : str
        Free text as a caller or an operator put it.

    Returns
    -------
    str
        The text with stars in place of what could tell who a person is. Names are found only
        where something announces them (姓名, 联系人, 我叫, 先生, Mr., …). What serves everyone
        stays: hotlines, 400 and 800 numbers, numbers of cases and of companies.

    Examples
    --------
    >>> mask_text("联系人：张三，电话13812345678，车牌京A12345")
    '联系人：***，电话138********，车牌京A·*****'
    >>> mask_text("王先生多次拨打12345和4008001234")
    '***先生多次拨打12345和4008001234'
    """
    return _until_settled(_mask_text_once, text)


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
    return _until_settled(lambda given: mask_rooms(_mask_text_once(given)), text)


def _mask_text_once(text: str) -> str:
    # Accounts first: the digits of a mail address are not taken for a telephone number.
    text = mask_accounts(text)
    # Names before numbers: a digit right after a name is where the name ends.
    text = mask_spoken_numbers(mask_english_names(mask_names(text)))
    return mask_numbers(mask_plates(mask_papers(text))) if _SOME_DIGITS.search(text) else text


def _until_settled(mask: Callable[[str], str], text: str) -> str:
    """Look again at what changed: a star may be the border that the value beside it lacked."""
    for _ in range(_MOST_LOOKS):
        masked = mask(text)
        if masked == text:
            break
        text = masked
    return text
