"""Where the counts of a filter come from, in the lines that every file carries."""

from __future__ import annotations

from datetime import datetime

from app.cases.disclosure import SUPPRESSION_THRESHOLD, told
from app.cases.measures import measure_definition, measure_name, measure_unit
from app.takeaway.counted.question import Counted
from app.takeaway.counted.words import filter_lines
from app.takeaway.taken_layer import About
from app.translation import _
from geodata.counting import REPORTS


def about(question: Counted, made: datetime) -> About:
    """Return everything a file says of itself: what was asked, what it amounts to, how it counts.

    Parameters
    ----------
    question : Counted
    made : datetime
        The moment, with its zone.
    """
    return [
        (_("标题"), _("诉求聚集地图：按筛选统计")),
        *filter_lines(question),
        *_how(question),
        *_amounts(question),
        (_("数据版本"), str(question.narrowed.facts.version)),
        (_("生成时间"), made.isoformat(sep=" ", timespec="minutes")),
        (_("打开同一画面"), f"/hotspots?{question.chosen.query}"),
        *_cautions(question),
    ]


LONGEST_PART = 120
"""Letters of one part of a filter on a picture, which may name 500 cells."""


def about_picture(question: Counted) -> tuple[str, tuple[str, ...]]:
    """Return the title of a picture, and the lines below it."""
    chosen, lines = question.chosen, filter_lines(question)
    when = _shortened(_("、").join(chosen.periods)) or lines[0][1]
    title = _("按筛选统计：%(what)s（%(when)s）", what=measure_name(chosen.measure), when=when)
    parts = [
        _("%(label)s %(value)s", label=label, value=_shortened(value)) for label, value in lines
    ]
    return title, (
        _("筛选：%(parts)s", parts=_("；").join(parts)),
        _(
            "来源：诉源，数据版本 %(version)s；归属：%(by)s；%(how)s",
            version=question.narrowed.facts.version,
            by=_attribution_name(chosen.attribution),
            how=measure_definition(chosen.measure),
        ),
        _("颜色各级的数量大致相等，只说明多少，不检验是否异常。"),
    )


def _attribution_name(attribution: str) -> str:
    names = {"location": _("空间落点"), "reported": _("被反映地"), "handler": _("承办单位")}
    return names[attribution]


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_PART else f"{text[:LONGEST_PART]}…"


def _how(question: Counted) -> About:
    chosen = question.chosen
    step = {"day": _("日"), "half_month": _("半月"), "month": _("月"), "year": _("年")}
    under = {"population": _("人口（每万人）"), "none": _("不除")}
    lines = [
        (_("计量"), f"{measure_name(chosen.measure)} ({measure_unit(chosen.measure)})"),
        (_("怎样计数"), measure_definition(chosen.measure)),
        (_("归属口径"), _attribution_name(chosen.attribution)),
        (_("分母"), under[chosen.denominator]),
        (_("六边形精度"), f"H3 {chosen.drawn}"),
        (_("时间步长"), step[chosen.period]),
    ]
    if chosen.month_start != 1:
        lines.append((_("考核月起始日"), str(chosen.month_start)))
    return lines


def _amounts(question: Counted) -> About:
    total = question.views["total"]
    written = {
        name: _written(total[name]) for name in ("all", "located", "township_only", "unlocated")
    }
    unit = measure_unit(question.chosen.measure)
    return [
        (_("合计"), f"{_written(total['count'])} {unit}"),
        (
            _("件数"),
            _(
                "%(all)s 件 = 已定位 %(located)s 件 + 未定位 %(unlocated)s 件"
                "（其中仅知街乡镇 %(township_only)s 件）",
                **written,
            ),
        ),
    ]


def _written(count: int) -> str:
    return f"{count:,}" if count >= 0 else told(count)


def _cautions(question: Counted) -> About:
    lines = []
    if question.chosen.measure != REPORTS:
        lines.append(
            (_("不能相加"), _("同一人或同一问题在每一格各计一次，各单元、各时段之和不等于合计。"))
        )
    if not question.exact:
        lines.append(
            (
                _("小数目"),
                _(
                    "少于 %(least)s 的数目不显示，其余按 5 取整；各行之和与合计会有出入。",
                    least=SUPPRESSION_THRESHOLD,
                ),
            )
        )
    lines.append((_("注意"), _("数量只说明多少，不检验是否异常。")))
    return lines
