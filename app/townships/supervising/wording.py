"""What kinds of talks, and sources and levels of orders are called."""

from __future__ import annotations

from app.translation import _


def talk_kinds() -> dict[str, str]:
    """Return the kinds of talks in the reader's language."""
    return {
        "last": _("末位约谈"),
        "collective": _("集体约谈"),
        "warning": _("预警约谈"),
        "other": _("其他约谈"),
    }


def order_sources() -> dict[str, str]:
    """Return where orders come from, in the reader's language."""
    return {
        "media": _("媒体反映"),
        "frequent": _("高频共性问题"),
        "monthly": _("每月一题"),
    }


def order_levels() -> dict[str, str]:
    """Return by whom orders are issued, in the reader's language."""
    return {"city": _("市督查室"), "district": _("区督查室")}
