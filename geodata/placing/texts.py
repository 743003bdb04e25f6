"""What a case says of where it is: one text that is asked, and how texts are told apart."""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from geodata.geocoding import find_place_phrases, normalise, parse_address
from geodata.geocoding.phrases import PhraseKind

TEXT_COLUMNS = (
    "address", "reported_place", "title", "content", "reported_district", "reported_township",
)  # fmt: skip
"""Columns that are read for texts."""

STATED = ("address", "reported_place")
"""Columns in which a case states where it is, the first filled one counts."""

_EXACTNESS: tuple[PhraseKind, ...] = (
    "address", "estate", "intersection", "community", "public", "road", "township",
)  # fmt: skip

KEPT_KEYS = 1 << 17
LONGEST_CONTENT = 2_000
"""Characters of a content that are searched for a place."""


@lru_cache(maxsize=KEPT_KEYS)
def text_key(text: str) -> str:
    """Return what tells a text from others: texts of one key mean one place.

    It is the address without building, unit and room (`geodata.geocoding.Address.key`), so that
    one decision serves a whole estate; the normalised text where no address is found in it.

    Examples
    --------
    >>> text_key("长宁路３９６弄5号302室") == text_key("长宁路396弄")
    True
    """
    plain = normalise(text)
    return parse_address(plain).key or plain


def questions_of(cases: pl.DataFrame) -> pl.Series:
    """Return the text of each case that is asked for a place; null where it has none.

    It is the address, else the reported place, else the first phrase of title or content that
    names a place.
    """
    stated = cases.select(stated_question()).to_series()
    silent = stated.is_null()
    if not silent.any():
        return stated.alias("question")
    rest = cases.filter(silent).select("title", "content")
    phrases = pl.Series([first_phrase(*row) for row in rest.iter_rows()], dtype=pl.String)
    return stated.scatter(silent.arg_true(), phrases).alias("question")


def stated_question() -> pl.Expr:
    """Return the address, else the reported place; null where a case states neither."""
    return pl.coalesce(*map(_filled, STATED)).alias("question")


def first_phrase(title: str | None, content: str | None) -> str | None:
    """Return the most exact phrase that names a place, of the title or else of the content.

    Examples
    --------
    >>> first_phrase("长宁路噪声扰民", "我住在长宁路396弄，楼下施工")
    '长宁路'
    >>> first_phrase("噪声扰民", "我住在长宁路396弄，楼下施工")
    '长宁路396弄'
    """
    for text in (title, content):
        found = find_place_phrases(text[:LONGEST_CONTENT]) if text else ()
        if found:
            return min(found, key=lambda phrase: _EXACTNESS.index(phrase.kind)).text
    return None


def _filled(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return pl.when(text.str.len_chars() > 1).then(text)
