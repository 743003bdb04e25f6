"""Requests as an Excel workbook."""

from __future__ import annotations

from collections.abc import Sequence

from app.excel_files import Sheet
from app.townships.adopting.listing import Line, Share
from app.townships.adopting.wording import kind_names, state_names
from app.translation import _


def workbook(lines: Sequence[Line], departments: Sequence[Share]) -> list[Sheet]:
    """Return a sheet of the requests and one of what each department did."""
    return [
        Sheet(_("纳入工作计划"), _headings(), [_row(line) for line in lines]),
        _shares(departments),
    ]


def _headings() -> list[str]:
    return [
        _("编号"), _("提请事由"), _("对象"), _("街乡镇或区"), _("提请部门"), _("提请日期"),
        _("答复期限"), _("状态"), _("逾期天数"), _("纳入年度"), _("纳入的项目"), _("理由"),
        _("答复日期"),
    ]  # fmt: skip


def _row(line: Line) -> list[object]:
    request = line.request
    return [
        request.id,
        request.title,
        kind_names()[request.source_kind],
        request.area_name,
        line.unit.name,
        str(request.asked_on),
        str(request.due_on),
        state_names()[request.state],
        line.overdue or None,
        request.year,
        request.project,
        request.reason,
        str(request.answered_on) if request.answered_on else None,
    ]


def _shares(departments: Sequence[Share]) -> Sheet:
    headings = [
        _("部门"),
        _("提请"),
        _("已纳入计划"),
        _("不纳入"),
        _("待答复"),
        _("逾期"),
        _("纳入率（％）"),
    ]
    rows = [
        [each.unit.name, each.asked, each.adopted, each.not_adopted, each.waiting, each.overdue,
         None if each.share is None else round(each.share, 1)]
        for each in departments
    ]  # fmt: skip
    return Sheet(_("各部门纳入情况"), headings, rows)
