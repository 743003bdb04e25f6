"""One way of writing an address: width, marks, numbers, notes in brackets."""

from __future__ import annotations

import re
import unicodedata

from geodata.geocoding.numerals import unify_numbers

_BRACKETED = re.compile(
    r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|《([^《》]*)》"
)
_QUOTES = re.compile(r"[\"'“”‘’「」『』《》〈〉]")
_DASHES = re.compile(r"[‐‑‒–—―−~∼〜～]+|(?<=\d)(?:至|到)(?=\d)")
_HAN_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])|(?<=\d)\s+(?=[号弄栋])")
_STOPS = re.compile(r"[，。、；：！？,;:!?|·•]+")
_EDGE = re.compile(r"^[\s\-./\\_]+|[\s\-./\\_]+$")

_SAME_WORD = (
    (re.compile(r"[幢棟]|号楼(?=$|[^宇道])"), "栋"),
    (re.compile(r"(?<=\d)[#＃]"), "号"),
    (re.compile(r"(?<=\d)号院"), "号"),
    (re.compile(r"號"), "号"),
    (re.compile(r"衖"), "弄"),
    (re.compile(r"(?<=[一-鿿])(?:交叉路口|交叉口|交汇处|交汇口|交会处|交界处|交界口"
                r"|十字路口|路口处)"), "路口"),
)  # fmt: skip

_HAN = re.compile(r"[一-鿿]")


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters.

    Examples
    --------
    >>> is_chinese("长宁路396弄"), is_chinese("12 Main St")
    (True, False)
    """
    return _HAN.search(text) is not None


def normalise(text: str) -> str:
    """Return an address in one way of writing; doing it twice changes nothing more.

    Full-width letters and digits become half-width, notes in brackets go, marks become spaces or
    go, 幢 and 号楼 become 栋, numbers before 号, 弄, 栋 … are digits and those in names (九村,
    东四条) characters.

    Parameters
    ----------
    text : str
        Any text; what is no address comes back tidied all the same.

    Examples
    --------
    >>> normalise("长宁路 ３９６弄（住宅） 一幢")
    '长宁路396弄1栋'
    >>> normalise("123  N. Main St., Apt 4")
    '123 N. MAIN ST. APT 4'
    """
    previous, current = None, text
    # A bracket within a bracket, or marks that meet once a note is gone, need another round.
    while current != previous:
        previous, current = current, _normalise_once(current)
    return current


def _normalise_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).upper()
    text = _BRACKETED.sub(lambda match: match[1] or " ", text)
    text = _DASHES.sub("-", _QUOTES.sub("", text))
    text = _STOPS.sub(" ", text)
    if is_chinese(text):
        text = _HAN_SPACE.sub("", text)
        for pattern, word in _SAME_WORD:
            text = pattern.sub(word, text)
        text = unify_numbers(text)
    return _EDGE.sub("", " ".join(text.split()))
