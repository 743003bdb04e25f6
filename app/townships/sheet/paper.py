"""The sheet of a township as a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cases.disclosure import written
from app.townships.assessment.lines import Share
from app.townships.assessment.rates import QUESTIONS
from app.townships.sheet.course import Month
from app.townships.sheet.page import Sheet
from app.townships.sheet.words import event_words, state_words
from app.translation import _
from app.word_files import Paper, Section, Table

ABSENT = "—"


def paper_of(page: dict[str, Any]) -> Paper:
    """Return the paper of what the page shows (see `views.township`), without single cases."""
    sheet, detail, candidate = page["sheet"], page["detail"], page["candidate"]
    run = page["run"]
    sections = [
        _standing(sheet, detail, candidate, page["board"]),
        _months(sheet.months),
        _points(sheet.points),
        _classes(detail["classes"]),
        _history(sheet),
    ]
    if candidate is not None:
        sections.insert(1, _reasons(candidate, page["board"].criteria))
    sources = (
        _("分析批次：%(label)s（%(id)s）", label=run.label, id=run.id),
        _("三率为系统测算，不是通报成绩；没有有效回访就没有得分，不计为 0。"),
    )
    return Paper(detail["title"], (candidate or {}).get("district") or "", tuple(sections), sources)


def _standing(sheet: Sheet, detail: Any, candidate: Any, board: Any) -> Section:
    lines = [detail["sentence"]]
    if candidate is not None:
        place = _("候选名次 %(rank)s / %(n)s，得分 %(score)s。", rank=candidate["rank"],
                  n=len(board.candidates), score=written(candidate["score"], 1))  # fmt: skip
        lines.append(place)
    if sheet.designation is not None:
        state = state_words(sheet.designation.state)
        since = sheet.designation.designated_on or ABSENT
        lines.append(_("治理类街乡镇：%(state)s，纳入日期 %(day)s。", state=state, day=since))
    if sheet.progress is not None and sheet.progress.total:
        lines.append(
            _("清单共 %(n)s 项，已办结 %(done)s 项，按期应办结 %(due)s 项，逾期 %(late)s 项。",
              n=sheet.progress.total, done=sheet.progress.done, due=sheet.progress.scheduled,
              late=sheet.progress.overdue)
        )  # fmt: skip
    return Section(_("基本情况"), tuple(lines))


def _reasons(candidate: Any, criteria: Sequence[Any]) -> Section:
    rows = tuple(
        (
            each["label"],
            f"{written(candidate['values'][each['key']], 1)} {each['unit'] or ''}".strip(),
            written(candidate["contributions"].get(each["key"]), 1),
        )
        for each in criteria
    )
    header = (_("指标"), _("数值"), _("得分"))
    return Section(_("得分从何而来"), table=Table(header, rows, (2, 1.5, 1)))


def _months(months: Sequence[Month]) -> Section:
    header = (_("考核月"), _("名次"), _("综合得分"), _("响应率"), _("解决率"), _("满意率"),
              _("有效回访"), _("来电诉求"))  # fmt: skip
    rows = tuple(
        (
            f"{month.cycle.first_day} – {month.cycle.last_day}",
            f"{month.line.rank or ABSENT} / {month.ranked}",
            _share(month.line.score),
            *(_share(month.line.rates[name]) for name in QUESTIONS),
            written(month.line.valid),
            written(month.line.cases),
        )
        for month in months
    )
    return Section(_("近一年考核"), table=Table(header, rows, (2.6, 1.2, 1, 1, 1, 1, 1, 1)))


def _points(points: Sequence[dict[str, Any]]) -> Section:
    rows = tuple(
        (each["name"] or each["id"], written(each["reports"]), each["main_class"] or ABSENT)
        for each in points
    )
    if not rows:
        return Section(_("高频点位"), (_("这次分析没有高频点位。"),))
    header = (_("点位"), _("件数"), _("主要问题"))
    return Section(_("高频点位"), table=Table(header, rows, (2, 1, 2)))


def _classes(classes: Sequence[dict[str, Any]]) -> Section:
    rows = tuple((each["name"] or _("未分类"), written(each["count"])) for each in classes)
    return Section(_("问题分类"), table=Table((_("问题分类"), _("件数")), rows, (3, 1)))


def _history(sheet: Sheet) -> Section:
    if not sheet.events:
        return Section(_("经历"), (_("还没有预警、约谈、督办或治理记录。"),))
    rows = tuple((str(event.on), event_words(event), event.title) for event in sheet.events)
    return Section(_("经历"), table=Table((_("日期"), _("事项"), _("说明")), rows, (1, 1.5, 3)))


def _share(share: Share) -> str:
    return written(share.value, 1)
