"""Take an address apart, by the script it is written in."""

from __future__ import annotations

from geodata.geocoding.address import Address
from geodata.geocoding.chinese import parse_chinese
from geodata.geocoding.english import parse_english
from geodata.geocoding.normalise import is_chinese, normalise


def parse_address(text: str) -> Address:
    """Normalise an address and take it apart.

    Examples
    --------
    >>> parse_address("长宁路３９６弄（住宅）").key, parse_address("12 main street").key
    ('长宁路396弄', '12 MAIN ST')
    """
    tidy = normalise(text)
    return parse_chinese(tidy) if is_chinese(tidy) else parse_english(tidy)
