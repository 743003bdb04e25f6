"""Words of a township's history, which page and paper share."""

from __future__ import annotations

from app.townships.designations.models import (
    CLOSED,
    DECLINED,
    DESIGNATED,
    EXIT_PROPOSED,
    EXITED,
    GOVERNED,
    PROPOSED,
)
from app.townships.sheet.history import Event
from app.translation import _


def event_words(event: Event) -> str:
    """Return what happened, in the reader's language."""
    return {
        "designated": _("纳入治理类"),
        "exited": _("退出市级督导"),
        "closed": _("结束跟踪"),
        "warned": _("收到预警"),
        "talked": _("被约谈"),
        "ordered": _("收到督办单"),
        "order_closed": _("督办单销号"),
        "whistled": _("吹哨"),
        "rebounded": _("诉求反弹提醒"),
    }[event.key]


def state_words(state: str) -> str:
    """Return the name of a designation's state."""
    return {
        PROPOSED: _("建议纳入"),
        DECLINED: _("未采纳"),
        DESIGNATED: _("已纳入"),
        GOVERNED: _("治理中"),
        EXIT_PROPOSED: _("建议退出"),
        EXITED: _("已退出市级督导"),
        CLOSED: _("已结束跟踪"),
    }[state]
