"""Texts in the reader's language; the source texts are Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import g, has_app_context
from flask_babel import get_translations
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup


def _(text: str, **values: object) -> str:
    """Translate a text and fill in its values.

    A translation may choose a word by a value: ``%(n)s %(n:case|cases)s``. Chinese needs none.
    """
    told = str(_translations().ugettext(text))
    return told % Values(values) if values else told


class Values(Mapping[str, object]):
    """Values of a text by name, and words chosen by them.

    Examples
    --------
    >>> "%(n)s %(n:case|cases)s" % Values({"n": "1"}), "%(n:is|are)s" % Values({"n": 0})
    ('1 case', 'are')
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __getitem__(self, asked: str) -> object:
        name, _colon, words = asked.partition(":")
        value = self._values[name]
        if not words:
            return value
        one, _bar, many = words.partition("|")
        text = value.striptags() if isinstance(value, Markup) else str(value).strip()
        return one if text == "1" else many

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def set_up_templates(templates: Environment) -> None:
    """Let templates translate as `_` does; what is filled in is escaped, markup stays markup.

    Flask-Babel looks the language up for each of the thousand texts of a long list, which takes
    as long as all else in it.
    """
    templates.globals.update(gettext=_in_template, _=_in_template)


@pass_context
def _in_template(context: Context, text: str, /, **values: Any) -> str:
    told = _translations().ugettext(text)
    # Always a format, as a lone per cent sign must be doubled whether or not there are values.
    return (Markup(told) if context.eval_ctx.autoescape else told) % Values(values)  # noqa: S704


def _translations() -> Any:
    if not has_app_context():
        return get_translations()
    found = g.get("translations")
    if found is None:
        found = g.translations = get_translations()
    return found
