"""A filter in words, as a person would read it out."""

from __future__ import annotations

from collections.abc import Sequence

from app.accounts.permissions import Permission
from app.hotspots.filtered.forms import NO_VALUE
from app.hotspots.filtered.options import district_names
from app.takeaway.counted.fields import span_text
from app.takeaway.counted.question import Counted
from app.takeaway.taken_layer import About
from app.translation import _
from geodata.places import current_places

HOURS_A_DAY = 24


def filter_lines(question: Counted) -> About:
    """Return what the filter keeps: one line for each of its parts that is set."""
    chosen, span = question.chosen, question.narrowed.span
    parts = [
        (_("时段"), [span_text(*span) if span else _("没有数据")]),
        (_("所选时段"), list(chosen.periods)),
        (_("问题分类"), [_class_name(path) for path in chosen.classes]),
        (_("受理渠道"), _named(chosen.channels)),
        (_("诉求类型"), _named(chosen.kinds)),
        (_("承办单位"), _named(chosen.handlers)),
        (_("区"), _named(_districts(question))),
        (_("街乡镇"), _named(_townships(question))),
        (_("办理状态"), _named(chosen.statuses)),
        (_("点位"), _named(_places(question))),
        (_("钟点"), _hours(chosen.hours)),
        (_("所选单元"), list(chosen.cells)),
        (_("圈选范围"), [_("地图上所画")] if chosen.lasso else []),
    ]
    return [(label, _("、").join(values)) for label, values in parts if values]


def _named(values: Sequence[str]) -> list[str]:
    return [_("（无）") if value == NO_VALUE else value for value in values]


def _class_name(path: str) -> str:
    levels = (_("未细分") if level == NO_VALUE else level for level in path.split("/"))
    return " / ".join(levels)


def _districts(question: Counted) -> list[str]:
    codes = list(question.chosen.districts)
    names = district_names(question.narrowed, codes)
    return [name or code for code, name in zip(codes, names, strict=True)]


def _townships(question: Counted) -> list[str]:
    attributed = question.narrowed.attributed
    names = dict(zip(attributed.codes, attributed.names, strict=True))
    return [names.get(code, code) for code in question.chosen.townships]


def _places(question: Counted) -> list[str]:
    """Name places of the person's area; of others the code stands, as on the page."""
    codes = list(question.chosen.places)
    register = current_places(question.narrowed.home) if codes else None
    if register is None:
        return codes
    area, at = question.access.area(Permission.READ), register.positions()
    return [
        str(register.names[at[code]])
        if code in at and area.has_township(register.township[at[code]])
        else code
        for code in codes
    ]


def _hours(hours: Sequence[int]) -> list[str]:
    """Name hours of the week, those of a day together."""
    days = [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]
    lines = []
    for number, day in enumerate(days):
        own = sorted({hour % HOURS_A_DAY for hour in hours if hour // HOURS_A_DAY == number})
        if own:
            lines.append(_("%(day)s %(hours)s 时", day=day, hours=" ".join(map(str, own))))
    return lines
