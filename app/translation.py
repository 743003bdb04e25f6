"""Texts in the reader's language; the source texts are Chinese."""

from __future__ import annotations

from typing import Any

from flask import g, has_app_context
from flask_babel import get_translations
from jinja2 import Environment


def _(text: str, **values: object) -> str:
    """Translate a text and fill in its values."""
    told = str(_translations().ugettext(text))
    return told % values if values else told


def set_up_templates(templates: Environment) -> None:
    """Let templates look the reader's language up as `_` does, once a request.

    Flask-Babel does so for each of the thousand texts of a long list, which takes as long as all
    else in it.
    """
    templates.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _translations().ugettext(text),
        lambda one, many, n: _translations().ungettext(one, many, n),
        newstyle=True,
    )


def _translations() -> Any:
    if not has_app_context():
        return get_translations()
    found = g.get("translations")
    if found is None:
        found = g.translations = get_translations()
    return found
