"""What is said of one point: its figures, and the sentence that says why it is on the map."""

from __future__ import annotations

from typing import Any

from app.hotspots.details import Detail, Told
from app.hotspots.figures import Figure, percent, rounded, said, said_q, signed
from app.hotspots.points.rules import run_rules
from app.translation import _
from app.web import language
from spatial.points.months import MONTHS_LOOKED_BACK

TREND_LEVEL = 0.05
"""Below this p-value a trend is called one."""

SMALLEST_TREND_P = 0.001
"""Smaller ones of a trend are said to be below it."""

MOST_OF_ONE_CALLER = 0.5
"""From this share on the sentence warns of a single caller."""


def point_title(detail: Detail) -> str:
    """Name of a place; of a cluster that it is one."""
    if detail.row["place"]:
        return detail.name
    if (detail.row["reach_m"] or 0) > 0:
        return _("60 米内的坐标点位 %(name)s", name=detail.name)
    return _("同一坐标点位 %(name)s", name=detail.name)


def point_numbers(detail: Detail) -> list[Figure]:
    """Return the figures in the order in which a card lists them."""
    row = detail.row
    looked_back = min(MONTHS_LOOKED_BACK, len(detail.run.steps))
    months = _("共 %(n)s 个月", n=looked_back)
    return [
        (_("诉求件数"), detail.total, _("件")),
        (_("全期件数"), row["reports"], _("件")),
        (_("全期问题数（合并诉求）"), row.get("incidents"), _("个问题")),
        (_("诉求人数"), detail.selected.callers, _("人")),
        (_("单一诉求人最高占比"), percent(detail.selected.top_caller_share), "%"),
        (_expected_label(row), rounded(row["expected"], 1), _("件")),
        (_("q 值"), said_q(row["q_value"]), None),
        (_("近期显著偏多的月数"), row.get("months_hot"), months),
        (_("近期达到高频规则的月数"), row["months_met"], months),
        (_("月度趋势"), _trend(row), None),
        (_("主要问题"), row["main_class"], None),
        *_registered(row),
    ]


def _registered(row: dict[str, Any]) -> list[Figure]:
    """Say how many of the cases were given the place that most of them have."""
    if row.get("case_place") is None:
        return []
    label = _("归到点位库“%(name)s”的诉求", name=row["case_place_name"])
    return [(label, percent(row["case_place_share"]), "%")]


def point_sentence(detail: Told) -> str:
    """Say who told of the point how often, which rules it met, and what was to be expected."""
    row = detail.row
    parts = [_told_by(row), *_rules_met(detail)]
    if row["unusually_high"]:
        parts.append(_unusual(row))
    parts.append(_one_caller(row))
    return "".join(parts)


def _one_caller(row: dict[str, Any]) -> str:
    if row["one_caller"]:
        return _("注意：全部诉求来自同一名诉求人。")
    if (row["top_caller_share"] or 0) >= MOST_OF_ONE_CALLER:
        return _("注意：一名诉求人占 %(share)s%%。", share=percent(row["top_caller_share"]))
    return ""


def _rules_met(detail: Told) -> list[str]:
    """Say of each rule what it is called, when it was first met, and how far."""
    row, rules = detail.row, run_rules(detail.run)
    days, largest = row["first_met"], row["largest_window"]
    if not isinstance(days, list):
        # Runs from before rules could be changed tell of their rule of repeats only.
        days, largest = [days] * len(row["rules"]), [largest] * len(row["rules"])
    return [
        _(
            "达到高频规则“%(rule)s”：最多 %(n)s 件，首次达到于 %(day)s。",
            rule=rules[name].title(language()) if name in rules else name,
            n=said(count),
            day=day,
        )
        for name, day, count in zip(row["rules"], days, largest, strict=True)
        if day is not None
    ]


def _expected_label(row: dict[str, Any]) -> str:
    labels = {
        "population": _("按人口应有（全期）"),
        "households": _("按户数应有（全期）"),
        "area": _("按面积应有（全期）"),
    }
    if row["expected"] is None:
        return _("应有（全期）：无人口、户数或面积")
    return labels[row.get("expected_by") or "population"]


def _unusual(row: dict[str, Any]) -> str:
    facts = {"expected": said(row["expected"], 1), "q": signed(row["q_value"])}
    texts = {
        "population": _("异常偏高：按人口应有 %(expected)s 件（q %(q)s）。", **facts),
        "households": _("异常偏高：按户数应有 %(expected)s 件（q %(q)s）。", **facts),
        "area": _("异常偏高：按面积应有 %(expected)s 件（q %(q)s）。", **facts),
    }
    return texts[row.get("expected_by") or "population"]


def _trend(row: dict[str, Any]) -> str | None:
    """Say whether the months rise or fall, by how much, and how surely."""
    p, s = row.get("trend_p_value"), row.get("trend_s")
    if p is None or s is None:
        return None
    if p >= TREND_LEVEL:
        return _("无明显升降（p %(p)s）", p=signed(p, SMALLEST_TREND_P))
    rising, sure = s > 0, signed(p, SMALLEST_TREND_P)
    slope = row["trend_slope"] or 0.0
    # With many equal months the median slope is 0 although most of the others rise.
    if not slope:
        return _("上升（p %(p)s）", p=sure) if rising else _("下降（p %(p)s）", p=sure)
    step = f"{slope:+.{1 if abs(slope) >= 1 else 2}f}"
    if rising:
        return _("上升，每月 %(slope)s 件（p %(p)s）", slope=step, p=sure)
    return _("下降，每月 %(slope)s 件（p %(p)s）", slope=step, p=sure)


def _told_by(row: dict[str, Any]) -> str:
    """Say how many reports a point has and of how many people, as far as they are known."""
    if row["callers"] is None:
        return _("全期 %(reports)s 件，诉求人未知。", reports=said(row["reports"]))
    facts = {
        "reports": said(row["reports"]),
        "callers": said(row["callers"]),
        "rest": said(row["without_caller"] or 0),
    }
    if row["without_caller"]:
        return _(
            "全期 %(reports)s 件，来自 %(callers)s 名诉求人，另有 %(rest)s 件诉求人未知。", **facts
        )
    return _("全期 %(reports)s 件，来自 %(callers)s 名诉求人。", **facts)
