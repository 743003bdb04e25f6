"""What can be wrong with one cell; each mutation takes a text and returns another."""

from __future__ import annotations

import random
from collections.abc import Callable

Mutation = Callable[[str, random.Random], str]

TOO_LONG = 1_000_001
"""Bytes of a text just over what one field may hold."""

LONG = 50_000
"""Characters of a text that is long and yet taken."""

_DATES = (
    "2025-03-19 08:05:00", "2025/3/19 8:05", "2025年3月19日 8时5分", "20250319080500", "下午3:20",
    "45735.5", "2025-02-30", "2025-13-01", "0000-01-01", "9999-12-31", "9999-12-31 23:59:59",
    "1900-01-00", "31/12/2024", "12/31/2024 11:59:59 PM", "2024-02-29T24:00:00Z",
    "2011-03-13 02:30",
    "2025-03-19T08:05:00+99:99", "2025-03-19 08:05:00 +0800", "-2025-01-01", "60", "0", "1e9",
    "99999999999999999999", "2025-3-19 25:61:61", "昨天", "2025年", "00:00", "253402300800000000",
)  # fmt: skip
_NUMBERS = (
    "NaN", "nan", "inf", "-inf", "Infinity", "1e400", "1.23E+10", "1,234.5", "１１６.４", "0x1F",
    "--5", "+.5", "1_000", "٣", "½", "181", "-91", "0", "39.9", "116.4", "1e-320", "9" * 400,
    "1.2.3",
)  # fmt: skip
_NOTHING = ("", " ", "\t", "　", "\u00a0", "NULL", "null", "None", "N/A", "\\N", "-", "--", "NaN")
_FORMULAS = (
    '=HYPERLINK("http://x","y")', "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1",
    "\n=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)", " =1+1", "\x00=1+1", "\ufeff=1+1",
    "=cmd|'/C calc'!A0",
)  # fmt: skip
_MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "${7*7}", "%s%n%x",
    "'; DROP TABLE cases; --", "../../etc/passwd", "]]>", "&amp;&#0;",
)  # fmt: skip
_MARKS = (
    "\u202e", "\u200f", "\u200b", "\u2060", "\ufeff", "\u0301", "\u2028", "\u2029", "\x85",
    "\ufffe",
    "\uffff", "\ud7ff", "\U0010ffff", "\u00ad",
)  # fmt: skip
_CONTROLS = "\x01\x02\x07\x08\x0b\x0c\x0e\x1a\x1b\x1c\x1d\x1e\x1f\x7f"
_EMOJI = ("👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇨🇳", "e\u0301", "𠮷", "龘")


def _insert(text: str, piece: str, rng: random.Random) -> str:
    place = rng.randint(0, len(text))
    return text[:place] + piece + text[place:]


def _one_of(pieces: tuple[str, ...] | str) -> Mutation:
    return lambda text, rng: _insert(text, rng.choice(pieces), rng)


def _instead(pieces: tuple[str, ...]) -> Mutation:
    return lambda _, rng: rng.choice(pieces)


def _full_width(text: str, _: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _any_case(text: str, rng: random.Random) -> str:
    return rng.choice([text.upper(), text.lower(), text.swapcase(), f"  {text}\t", f"　{text}"])


def _long(text: str, rng: random.Random) -> str:
    return ((text or "路") * rng.choice([50, 500, 5_000]))[:LONG]


def _too_long(text: str, _: random.Random) -> str:
    return (text or "x").ljust(TOO_LONG, "x")


def _cut(text: str, rng: random.Random) -> str:
    return text[: rng.randint(0, len(text))]


CELL_MUTATIONS: dict[str, Mutation] = {
    "quotes": _one_of(('"', '""', "'", "“", '"a"', '",', '"\n', '\\"')),
    "delimiters": _one_of((",", "\t", ";", "|", "，", ",,")),
    "line_breaks": _one_of(("\n", "\r", "\r\n", "\n\n", "\n,")),
    "nul": _one_of("\x00"),
    "control": _one_of(_CONTROLS),
    "marks": _one_of(_MARKS),
    "emoji": _one_of(_EMOJI),
    "full_width": _full_width,
    "case_and_spaces": _any_case,
    "long": _long,
    "date": _instead(_DATES),
    "number": _instead(_NUMBERS),
    "nothing": _instead(_NOTHING),
    "formula": _instead(_FORMULAS),
    "markup": _instead(_MARKUP),
    "cut": _cut,
}
"""Name → mutation; all equally likely."""

RARE_MUTATION = ("too_long", _too_long)
"""A megabyte each: used for one row in some thousands."""
