"""Amounts of money: whole fen inside, yuan where people write, 万元 where they compare."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

FEN = Decimal(100)
WAN = 10_000
"""Yuan in a 万元."""

LARGEST_YUAN = 100_000_000_000
"""One line holds at most a thousand 亿元: more is a slip of the unit."""

ROUNDING = Decimal("0.000001")
"""Yuan that a workbook's binary numbers may be off."""

_MARKS = re.compile(r"[\s,¥￥]|元$")


class NoAmountError(ValueError):
    """A text is no amount; says why in English and in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.english, self.chinese = english, chinese


@dataclass(frozen=True)
class Amounts:
    """Planned 计划, allocated 下达 and spent 支出, in fen.

    Examples
    --------
    >>> Amounts(100, 50, 20) + Amounts(1, 2, 3)
    Amounts(planned=101, allocated=52, spent=23)
    """

    planned: int = 0
    allocated: int = 0
    spent: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        """Return both together."""
        return Amounts(
            self.planned + other.planned,
            self.allocated + other.allocated,
            self.spent + other.spent,
        )

    def parts(self) -> dict[str, int]:
        """Return the three by name."""
        return {"planned": self.planned, "allocated": self.allocated, "spent": self.spent}


def read_amount(text: str, unit: int = 1) -> int:
    """Read an amount as people write it; returns fen.

    Parameters
    ----------
    text : str
    unit : int
        Yuan in the unit that it is written in.

    Raises
    ------
    NoAmountError
        It is no number, negative, finer than a fen or too large.

    Examples
    --------
    >>> read_amount("1,234.5"), read_amount("0.3", WAN)
    (123450, 300000)
    """
    bare = _MARKS.sub("", unicodedata.normalize("NFKC", text))
    try:
        written = Decimal(bare)
    except InvalidOperation:
        raise NoAmountError("is no amount of money", "不是金额") from None
    if not written.is_finite():
        raise NoAmountError("is no amount of money", "不是金额")
    if written < 0:
        raise NoAmountError("is negative; expected 0 or more", "为负数，金额不能小于 0")
    # Before it is multiplied: a number of a million digits would overflow.
    if written > LARGEST_YUAN or written * unit > LARGEST_YUAN:
        raise NoAmountError(
            f"is more than {LARGEST_YUAN:,} yuan; check the unit",
            f"超过 {LARGEST_YUAN // 10**8} 亿元，请核对单位",
        )
    yuan = written * unit
    rounded = yuan.quantize(Decimal("0.01"))
    if abs(rounded - yuan) > ROUNDING:
        raise NoAmountError("is finer than a fen", "精确到分即可，小数位数过多")
    return int(rounded * FEN)


def in_yuan(fen: int) -> str:
    """Return an amount in yuan, exactly, as a form shows it.

    Examples
    --------
    >>> in_yuan(123450), in_yuan(100)
    ('1234.5', '1')
    """
    return _plain(Decimal(fen) / FEN, 0)


def in_wan(fen: int) -> str:
    """Return an amount in 万元, exactly: two decimals or as many as it takes.

    Examples
    --------
    >>> in_wan(123_000_000), in_wan(123_456_701), in_wan(0)
    ('123.00', '123.456701', '0.00')
    """
    return _plain(Decimal(fen) / FEN / WAN, 2)


def per_head(fen: int, people: int | None) -> str | None:
    """Return yuan a head to the fen; None where nobody knows how many people there are."""
    if not people:
        return None
    return f"{Decimal(fen) / FEN / people:,.2f}"


def share(part: int, whole: int) -> float | None:
    """Return a share in per cent; None of nothing."""
    return 100 * part / whole if whole else None


def _plain(amount: Decimal, least: int) -> str:
    whole, _point, decimals = f"{amount:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    grouped = f"{int(whole):,}" if least else whole
    return f"{grouped}.{decimals}" if decimals else grouped
