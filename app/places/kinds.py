"""Kinds of places in the reader's language; what is stored stays as it was delivered."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

KIND_NAMES: dict[str, Any] = {
    "小区": _l("小区"),
    "村": _l("村"),
    "道路门牌": _l("道路门牌"),
    "POI": _l("POI"),
    "公共空间": _l("公共空间"),
}
"""Stored kind → how pages call it; other kinds are shown as they are."""


def kind_name(kind: str | None) -> str:
    """Return how a page calls a kind."""
    return str(KIND_NAMES.get(kind or "", kind or ""))
