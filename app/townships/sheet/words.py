"""Words and addresses of a township's history, which page and paper share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import get_template_attribute, url_for

from app.succession import Change
from app.townships.sheet.history import Event
from app.translation import _


def event_words(event: Event) -> str:
    """Return what happened, in the reader's language."""
    return {
        "decided": _("决策"),
        "designated": _("纳入治理类"),
        "planned": _("制定年度方案"),
        "exited": _("退出市级督导"),
        "withdrawn": _("撤销指定"),
        "closed": _("结束跟踪"),
        "warned": _("收到预警"),
        "talked": _("被约谈"),
        "ordered": _("收到督办单"),
        "order_closed": _("督办单销号"),
        "whistled": _("吹哨"),
        "rebounded": _("诉求反弹提醒"),
    }[event.key]


def state_words(state: str) -> str:
    """Return the name of a designation's state, as pages have it."""
    name = get_template_attribute("governing/_words.html", "state_name")
    return str(name(state).unescape().strip())


def parted_words(changes: Iterable[Change], names: Mapping[str, str]) -> list[str]:
    """Return a line of each split and merger, as pages have it; `names` are of the codes."""
    told = get_template_attribute("governing/_words.html", "parted_words")
    return [told(change, names).unescape().strip() for change in changes]


def event_link(event: Event) -> str:
    """Return the address of the record behind an event; who sees the event may read it."""
    if event.kind == "alert":
        return url_for("following.show")
    endpoint, name = {
        "decision": ("decisions.show", "number"),
        "designation": ("governing.show", "number"),
        "plan": ("plans.show", "plan_id"),
        "warning": ("warnings.show", "warning_id"),
        "talk": ("talks.show", "talk_id"),
        "order": ("orders.show", "order_id"),
        "whistle": ("whistles.show", "whistle_id"),
    }[event.kind]
    number: dict[str, Any] = {name: event.number}
    return url_for(endpoint, **number)
