"""What is said of a cell's course over time and of a scan cluster, with the numbers behind it."""

from __future__ import annotations

from typing import Any

from app.hotspots.cell_tests import NO_POPULATION_NULL
from app.hotspots.courses.categories import NO_PATTERN, category_name
from app.hotspots.details import Detail, Told
from app.hotspots.figures import Figure, said_q, signed
from app.hotspots.measures import DEFAULT_MEASURE, measure_name, measure_unit
from app.hotspots.significance import NOT_TESTED
from app.translation import _
from spatial.grid import cell_areas_km2

RECENT_STEPS = 6


def course_json(detail: Detail) -> dict[str, Any] | None:
    """Return a cell's kind of course as the map reads it; None where the run has none."""
    row = detail.course
    if row is None:
        return None
    return {
        "category": row["category"],
        "name": category_name(row["category"]),
        "sentence": course_sentence(detail, row),
        "steps": row["levels"],
    }


def course_sentence(detail: Told, row: dict[str, Any]) -> str:
    """Say why a cell has its kind: months hot and low, the latest ones, the trend."""
    if row["category"] == NOT_TESTED:
        return _("周边没有已知人口，或没有相邻单元，未作检验。")
    text = _(
        "连同相邻单元和上月合计，%(all)s 个月中 %(hot)s 个月显著偏多、%(cold)s 个月显著偏少。",
        all=row["tested_steps"],
        hot=row["hot_steps"],
        cold=row["cold_steps"],
    )
    if row["category"] != NO_PATTERN or row["hot_steps"] or row["cold_steps"]:
        text += _recent(detail, row["levels"])
    return text + _trend(detail, row)


def _recent(detail: Told, levels: list[int]) -> str:
    """Say which of the latest months were hot or low."""
    latest = levels[-RECENT_STEPS:]
    labels = [step.label for step in detail.run.steps][-RECENT_STEPS:]
    hot = [label for label, level in zip(labels, latest, strict=True) if level > 0]
    cold = [label for label, level in zip(labels, latest, strict=True) if level < 0]
    n = len(latest)
    if not hot and not cold:
        return _("最近 %(n)s 个月都不显著。", n=n)
    comma = _("、")
    if hot and cold:
        return _(
            "最近 %(n)s 个月中，%(hot)s 偏多，%(cold)s 偏少。",
            n=n,
            hot=comma.join(hot),
            cold=comma.join(cold),
        )
    if len(hot) == n:
        return _("最近 %(n)s 个月都偏多。", n=n)
    if len(cold) == n:
        return _("最近 %(n)s 个月都偏少。", n=n)
    if hot:
        return _("最近 %(n)s 个月中，%(hot)s 偏多。", n=n, hot=comma.join(hot))
    return _("最近 %(n)s 个月中，%(cold)s 偏少。", n=n, cold=comma.join(cold))


def _trend(detail: Told, row: dict[str, Any]) -> str:
    z, p = row["trend_z"], row["trend_p"]
    if z is None or p is None:
        return _("各月数量没有差异，无法判断趋势。")
    alpha = detail.run.record["emerging"]["trend_alpha"]
    facts = {"z": f"{z:.2f}", "p": signed(p)}
    if p > alpha:
        return _("没有显著的升降趋势（z = %(z)s，p %(p)s）。", **facts)
    if z > 0:
        return _("呈显著上升趋势（z = %(z)s，p %(p)s）。", **facts)
    return _("呈显著下降趋势（z = %(z)s，p %(p)s）。", **facts)


def cluster_title(detail: Detail) -> str:
    """Name a cluster for a heading."""
    where = detail.township[1] if detail.township else _("区划之外")
    return _("第 %(rank)s 位扫描聚集区（%(township)s）", rank=detail.name, township=where)


def cluster_period(detail: Told) -> str | None:
    """Name the months of a cluster; None for things without a period of their own."""
    if detail.period is None:
        return None
    first, last = detail.period
    if first == last:
        return first.label
    return _("%(first)s 至 %(last)s", first=first.label, last=last.label)


def cluster_sentence(detail: Told) -> str:
    """Say what makes a cluster one."""
    row = detail.row
    facts = {
        "when": cluster_period(detail),
        "cells": f"{row['cells']:,}",
        "extent": _extent(detail),
        "observed": f"{row['observed']:,}",
        "expected": f"{row['expected']:,.1f}",
        "unit": measure_unit(detail.run.measure),
        "p": signed(row["p_value"]),
    }
    if detail.run.null == NO_POPULATION_NULL:
        return _(
            "%(when)s，这里（%(extent)s，%(cells)s 个单元）有 %(observed)s %(unit)s；"
            "若时间与地点互不相干，应有 %(expected)s %(unit)s。"
            "全市任意地点、时段的偶然最大值很少达到这一程度（p %(p)s）。",
            **facts,
        )
    return _(
        "%(when)s，这里（%(extent)s，%(cells)s 个单元）有 %(observed)s %(unit)s，"
        "按人口应有 %(expected)s %(unit)s，相对风险 %(risk)s 倍。"
        "全市任意地点、时段的偶然最大值很少达到这一程度（p %(p)s）。",
        **facts,
        risk=f"{row['relative_risk']:.2f}",
    )


def _single(row: dict[str, Any]) -> bool:
    """Tell whether a cluster is one unit of the scan, whose circle has no radius."""
    return len(row["members"]) == 1


def _extent(detail: Told) -> str:
    """Say how large a cluster is."""
    row = detail.row
    if not _single(row):
        return _("半径 %(radius)s 公里", radius=f"{row['radius_km']:.1f}")
    area = float(cell_areas_km2(row["members"])[0])
    return _(
        "单个扫描单位 H3-%(resolution)s，约 %(area)s 平方公里",
        resolution=detail.run.record["scan"]["unit_resolution"],
        area=f"{float(f'{area:.2g}'):,g}",
    )


def cluster_numbers(detail: Detail) -> list[Figure]:
    """Return a cluster's figures."""
    row, measure = detail.row, detail.run.measure
    unit = measure_unit(measure)
    by_population = detail.run.null != NO_POPULATION_NULL
    counted = [] if measure == DEFAULT_MEASURE else [(measure_name(measure), row["observed"], unit)]
    risk = [(_("相对风险"), f"{row['relative_risk']:.2f}", _("倍"))] if by_population else []
    radius = [] if _single(row) else [(_("半径"), round(row["radius_km"], 1), _("公里"))]
    return [
        (_("诉求件数"), detail.total, _("件")),
        *counted,
        (_("应有"), round(row["expected"], 1), unit),
        *risk,
        (_("p 值"), said_q(row["p_value"]), None),
        (_("对数似然比"), round(row["log_likelihood_ratio"], 1), None),
        *radius,
        (_("分析单元"), row["cells"], _("个")),
        (_("诉求人数"), detail.selected.callers, _("人")),
        (_("单一诉求人最高占比"), _share(detail.selected.top_caller_share), "%"),
    ]


def _share(share: float | None) -> float | None:
    return None if share is None else round(100 * share, None if share >= 0.1 else 1)
