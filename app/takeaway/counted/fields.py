"""What the columns of counts by a filter mean: periods and measure are those of the filter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.hotspots.measures import measure_name, measure_unit
from app.takeaway.counted.question import Counted
from app.takeaway.fields import NOTES, FieldNote
from app.translation import _
from geodata.counting import REPORTS


def cell_notes(question: Counted) -> dict[str, FieldNote]:
    """Return the notes of cells: one column for each period beside the whole window."""
    unit, name = _measure(question)
    return {
        "cell": FieldNote(
            NOTES["cell"].title, _("H3 六边形的编号（十六进制）；没有坐标的合为一行")
        ),
        "resolution": FieldNote(_("H3 精度"), _("六边形的级别，数字大的较小")),
        "township": NOTES["township"],
        "lng": NOTES["lng"],
        "lat": NOTES["lat"],
        "count": FieldNote(_("合计"), _whole_meaning(question), unit),
        **{
            step.label: FieldNote(
                step.label,
                _("%(what)s，%(days)s", what=name, days=span_text(step.start, step.end)),
                unit,
            )
            for step in question.narrowed.steps
        },
    }


def township_notes(question: Counted) -> dict[str, FieldNote]:
    """Return the notes of townships."""
    unit, name = _measure(question)
    told = question.views["townships"]
    latest, previous = (_days_of(told[each]) for each in ("latest", "previous"))
    return {
        "rank": FieldNote(_("位次"), _("按合计排列，1 为最多；相同的位次相同")),
        "code": NOTES["code"],
        "name": NOTES["name"],
        "district": NOTES["district"],
        "count": FieldNote(_("合计"), _whole_meaning(question), unit),
        "latest": FieldNote(_("最近一期"), _("%(what)s，%(days)s", what=name, days=latest), unit),
        "previous": FieldNote(_("上一期"), _("%(what)s，%(days)s", what=name, days=previous), unit),
        "change": FieldNote(_("日均环比"), _("最近一期每日平均比上一期增减的份额，0.1 为多一成")),
        "population": NOTES["population"],
        "rate": FieldNote(
            _("每万人"),
            _("合计除以常住人口，未作收缩；人口不知道的为空"),
            _("%(unit)s/万人", unit=unit),
        ),
        "lng": NOTES["lng"],
        "lat": NOTES["lat"],
    }


def span_text(start: date, end: date) -> str:
    """Return a span with both of its days in it."""
    return _(
        "%(first)s 至 %(last)s", first=start.isoformat(), last=(end - timedelta(1)).isoformat()
    )


def _days_of(period: dict[str, Any] | None) -> str:
    if period is None:
        return _("没有数据")
    return span_text(date.fromisoformat(period["from"]), date.fromisoformat(period["to"]))


def _measure(question: Counted) -> tuple[str, str]:
    measure = question.chosen.measure
    return measure_unit(measure), measure_name(measure)


def _whole_meaning(question: Counted) -> str:
    if question.chosen.measure == REPORTS:
        return _("所选各时段的诉求件数")
    return _("所选各时段合在一起的数量；跨时段的只计一次，所以不是各时段之和")
