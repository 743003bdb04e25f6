"""Words that a person must say."""

from __future__ import annotations

from app.errors import InvalidParameter


def required_words(text: str | None, english: str = "words", chinese: str = "文字说明") -> str:
    """Return what was said.

    Raises
    ------
    InvalidParameter
        Nothing was; names the field in both languages.
    """
    said = (text or "").strip()
    if not said:
        raise InvalidParameter(f"{english}: nothing is said", f"请填写{chinese}", field=english)
    return said
