"""What requests, their subjects and states are called."""

from __future__ import annotations

from app.translation import _


def state_names() -> dict[str, str]:
    """Return the states in the reader's language."""
    return {
        "asked": _("待答复"),
        "adopted": _("已纳入计划"),
        "not_adopted": _("不纳入"),
        "withdrawn": _("已撤回"),
    }


def kind_names() -> dict[str, str]:
    """Return what requests may be about, in the reader's language."""
    return {"item": _("清单事项"), "class": _("高频问题"), "point": _("高频点位")}
