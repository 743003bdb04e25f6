"""Numbers with their names, and the sentence that says why a thing has its colour."""

from __future__ import annotations

from typing import Any

from app.cases.disclosure import HIDDEN, SUPPRESSED, told
from app.hotspots.courses.wording import (
    cluster_numbers,
    cluster_period,
    cluster_sentence,
    cluster_title,
    course_json,
)
from app.hotspots.details import Detail, Told
from app.hotspots.figures import Figure, percent, rounded, said, said_q, signed
from app.hotspots.measures import DEFAULT_MEASURE, measure_name, measure_unit
from app.hotspots.points.wording import point_numbers, point_sentence, point_title
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.translation import _
from geodata.counting import CALLERS


def detail_json(detail: Detail, language: str) -> dict[str, Any]:
    """Return a detail as the map reads it, in the reader's language."""
    return {
        "kind": detail.kind,
        "code": detail.code,
        "name": detail.name,
        "title": title(detail),
        "step": detail.step.index if detail.step else -1,
        "period": cluster_period(detail),
        "period_steps": [step.index for step in detail.period] if detail.period else None,
        "sentence": sentence(detail),
        "numbers": numbers(detail),
        "course": course_json(detail),
        "series": [point.to_json() for point in detail.series],
        "classes": [
            {"name": name or _("未分类"), "count": count} for name, count in detail.classes
        ],
        "cases": [line.to_json() for line in detail.cases],
        "total": detail.total,
        "counted": measure_name(_measure(detail)),
        "unit": measure_unit(_measure(detail)),
        "score": detail.candidate["score"] if detail.candidate else None,
        "rank": detail.candidate["rank"] if detail.candidate else None,
        "contributions": contributions(detail, language),
        "lng": detail.lng,
        "lat": detail.lat,
        "township": _township(detail),
        "registered": _registered(detail),
    }


def _measure(detail: Detail) -> str:
    """Return what the series counts: only cells follow the measure of their run."""
    return detail.run.measure if detail.kind == "cell" else DEFAULT_MEASURE


def title(detail: Detail) -> str:
    """Name of the thing for a heading."""
    if detail.kind == "cell":
        return cell_title(detail.township)
    if detail.kind == "cluster":
        return cluster_title(detail)
    if detail.kind == "point":
        return point_title(detail)
    return detail.name


def cell_title(township: tuple[str, str] | None) -> str:
    """Name a cell by the township, code and name, in which its centre lies."""
    return _("%(township)s的分析单元", township=township[1] if township else _("区划之外"))


def sentence(detail: Told) -> str:
    """Say in one sentence why the thing has its colour, with its numbers."""
    by_kind = {
        "cell": _cell_sentence,
        "township": _township_sentence,
        "cluster": cluster_sentence,
        "point": point_sentence,
    }
    return by_kind[detail.kind](detail)


def numbers(detail: Detail) -> list[dict[str, Any]]:
    """Return the figures in the order in which a card lists them."""
    by_kind = {
        "cell": _cell_numbers,
        "township": _township_numbers,
        "cluster": cluster_numbers,
        "point": point_numbers,
    }
    return [
        {"label": label, "value": _told(value), "unit": unit}
        for label, value, unit in by_kind[detail.kind](detail)
    ]


def _told(value: Any) -> Any:
    return told(value) if value in (SUPPRESSED, HIDDEN) else value


def contributions(detail: Detail, language: str) -> list[dict[str, Any]] | None:
    """Return what each criterion gave to a township's score."""
    if detail.candidate is None:
        return None
    column = "zh" if language.startswith("zh") else "en"
    return [
        {"label": each[column], "points": detail.candidate[f"points_{each['key']}"]}
        for each in detail.run.record.get("criteria", [])
    ]


def when(detail: Told) -> str:
    """Name the step, or the whole window."""
    if detail.step:
        return detail.step.label
    return _(
        "%(first)s 至 %(last)s", first=detail.run.steps[0].label, last=detail.run.steps[-1].label
    )


def _cell_numbers(detail: Detail) -> list[Figure]:
    row, measure = detail.row, detail.run.measure
    unit = measure_unit(measure)
    counted = [] if measure == DEFAULT_MEASURE else [(measure_name(measure), row["count"], unit)]
    people = [] if measure == CALLERS else [(_("诉求人数"), detail.selected.callers, _("人"))]
    return [
        (_("诉求件数"), detail.total, _("件")),
        *counted,
        (_("按人口应有"), rounded(row["expected"], 1), unit),
        *people,
        (_("单一诉求人最高占比"), percent(detail.selected.top_caller_share), "%"),
        (_("z 值"), rounded(row["z"], 2), None),
        (_("q 值"), said_q(_smaller(row["q_hot"], row["q_cold"])), None),
        (_("单月显著聚集的月数"), detail.months["hot"], _("共 %(n)s 个月", n=detail.months["all"])),
    ]


def _township_numbers(detail: Detail) -> list[Figure]:
    row = detail.row
    return [
        (_("诉求件数"), row["count"], _("件")),
        (_("其中已定位"), row["located"], _("件")),
        (_("其中仅到街乡镇"), row["township_only"], _("件")),
        (_("人口"), rounded(row["population"], 0), _("人")),
        (_("万人诉求比"), rounded(row["rate"], 1), _("件/万人")),
        (_("诉求人数"), row.get("callers", detail.selected.callers), _("人")),
        (_("问题数"), row.get("incidents"), _("个问题")),
        (_("单一诉求人最高占比"), percent(detail.selected.top_caller_share), "%"),
    ]


def _cell_sentence(detail: Told) -> str:
    row = detail.row
    level = row["level"]
    unit = measure_unit(detail.run.measure)
    facts = {"when": when(detail), "count": said(row["count"]), "unit": unit}
    if level == NOT_TESTED:
        return _("%(when)s 共 %(count)s %(unit)s；周边没有已知人口，未作检验。", **facts)
    neighbourhood = {
        "observed": said(row["neighbourhood_count"]),
        "expected": said(row["neighbourhood_expected"], 1),
    }
    if abs(level) < SIGNIFICANT_LEVEL:
        return _(
            "%(when)s 本单元 %(count)s %(unit)s，连同相邻单元 %(observed)s %(unit)s，"
            "应有 %(expected)s %(unit)s：与随机波动无法区分（q %(q)s）。",
            **facts,
            **neighbourhood,
            q=signed(_smaller(row["q_hot"], row["q_cold"])),
        )
    if level > 0:
        return _(
            "%(when)s 本单元 %(count)s %(unit)s，连同相邻单元 %(observed)s %(unit)s，"
            "应有 %(expected)s %(unit)s：显著偏多（q %(q)s）。",
            **facts,
            **neighbourhood,
            q=signed(row["q_hot"]),
        )
    return _(
        "%(when)s 本单元 %(count)s %(unit)s，连同相邻单元 %(observed)s %(unit)s，"
        "应有 %(expected)s %(unit)s："
        "显著偏少（q %(q)s）；偏少不等于更好。",
        **facts,
        **neighbourhood,
        q=signed(row["q_cold"]),
    )


def _township_sentence(detail: Told) -> str:
    row = detail.row
    text = _(
        "%(when)s 共 %(count)s 件，其中 %(only)s 件只知道街乡镇。",
        when=when(detail),
        count=said(row["count"]),
        only=said(row["township_only"]),
    )
    if row["rate"] is None:
        return text + _("没有人口数据，不计算万人诉求比。")
    return text + _("万人诉求比 %(rate)s（经验贝叶斯收缩后）。", rate=said(row["rate"], 1))


def _township(detail: Detail) -> dict[str, str] | None:
    if detail.kind == "township":
        return {"code": detail.code, "name": detail.name}
    if detail.township is None:
        return None
    return {"code": detail.township[0], "name": detail.township[1]}


def _smaller(first: float | None, second: float | None) -> float | None:
    return min((each for each in (first, second) if each is not None), default=None)


def _registered(detail: Detail) -> dict[str, str] | None:
    if detail.registered is None:
        return None
    return {"code": detail.registered[0], "name": detail.registered[1]}
