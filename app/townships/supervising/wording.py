"""What kinds and states of talks, and sources and levels of orders are called; why a talk is."""

from __future__ import annotations

from app.cases.disclosure import disclosed, written
from app.townships.supervising.models import Talk
from app.translation import _


def talk_kinds() -> dict[str, str]:
    """Return the kinds of talks in the reader's language."""
    return {
        "last": _("末位约谈"),
        "collective": _("集体约谈"),
        "warning": _("预警约谈"),
        "other": _("其他约谈"),
    }


def talk_states() -> dict[str, str]:
    """Return the states of talks, and that of being overdue, in the reader's language."""
    return {
        "proposed": _("待确认"),
        "confirmed": _("已确认"),
        "held": _("已约谈"),
        "rechecked": _("已复查"),
        "dropped": _("不约谈"),
        "overdue": _("到期未复查"),
    }


def talk_reason(talk: Talk, *, exact: bool) -> str:
    """Return why a talk was proposed or arranged, in figures.

    Parameters
    ----------
    talk : Talk
    exact : bool
        Whether the reader sees counts as they are, and scores.
    """
    facts = talk.facts
    if talk.rule is None:
        return str(facts["reason"])
    if talk.rule == "warning":
        cases = written(facts["cases"] if exact else disclosed(facts["cases"]))
        return _("全量诉求 %(n)s 件，居全市第 %(rank)s 位，未被确定为治理街乡镇",
                 n=cases, rank=facts["rank"])  # fmt: skip
    if talk.rule == "slow_township":
        return _("清单事项完成 %(done)s%%，应完成 %(due)s%%，逾期最长 %(days)s 天",
                 done=written(facts["done_share"]), due=written(facts["scheduled_share"]),
                 days=facts["longest_overdue"])  # fmt: skip
    if not exact:
        return _("综合得分居 %(n)s 个单位中第 %(rank)s 位", n=facts["of"], rank=facts["rank"])
    told = _("综合得分 %(score)s，%(n)s 个单位中第 %(rank)s 位",
             score=written(facts["score"], 2), n=facts["of"], rank=facts["rank"])  # fmt: skip
    return told + _("（并列）") if facts.get("tied") else told


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
