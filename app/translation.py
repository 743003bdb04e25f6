"""Texts in the reader's language; the source texts are Chinese."""

from __future__ import annotations

from flask_babel import gettext


def _(text: str, **values: object) -> str:
    """Translate a text and fill in its values."""
    return str(gettext(text, **values))
