"""English names, where a word or a title announces them."""

from __future__ import annotations

import re

_CAPITAL = r"[A-Z][A-Za-z'’-]{0,20}\.?"
_NOT_A_NAME = r"(?:On|At|In|And|From|Phone|Tel|Address|Street|St|Is|Said|Called)\b"
_NAME = rf"{_CAPITAL}(?: (?!{_NOT_A_NAME}){_CAPITAL}){{0,2}}"

# Between Chinese and Latin letters, or after a digit, `\b` sees no border.
_START = r"(?<![A-Za-z])"

_LATIN = re.compile(r"[A-Za-z][A-Za-z]")
_TITLED = re.compile(rf"{_START}(M(?:rs|r|s|iss|x)\.?[ ]{{1,2}}){_NAME}")
_TITLES = re.compile(rf"{_START}M(?:rs|r|s|iss|x)(?![A-Za-z])")
_AFTER_COLON = re.compile(
    rf"((?:{_START}[Nn]ame|NAME|[Cc]aller|[Cc]ontact|[Cc]omplainant|[Rr]esident|[Oo]wner"
    r"|[Tt]enant)[ ]?[:：][ ]{0,2})"
    rf"{_NAME}"
)
# Who types in small letters writes the name so too.
_TOLD = re.compile(
    rf"{_START}([Mm]y (?:full )?name is |[Mm]y name's |[Tt]his is (?=[A-Z]))"
    rf"(?:{_NAME}|[a-z][a-z'’-]{{1,20}}(?: (?!(?:and|i|from|at|of|on|in|my|the|calling|living"
    rf"|a)\b)[a-z][a-z'’-]{{1,20}})?)"
)


def mask_english_names(text: str) -> str:
    """Hide names after ``Name:``, ``my name is``, ``Mr.`` and the like.

    Examples
    --------
    >>> mask_english_names("Mr. John O'Neil called. Name: Mary Ann Jones")
    'Mr. *** called. Name: ***'
    """
    if not is_latin(text):
        return text
    if _TITLES.search(text):
        text = _TITLED.sub(r"\1***", text)
    if ":" in text or "：" in text:
        text = _AFTER_COLON.sub(r"\1***", text)
    return _TOLD.sub(r"\1***", text) if " is " in text or "name's" in text else text


def is_latin(text: str) -> bool:
    """Tell whether a text has words in Latin letters; what is said in English needs a look then."""
    return _LATIN.search(text) is not None
