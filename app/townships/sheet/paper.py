"""The sheet of a township as a paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.cases.disclosure import written
from app.townships.assessment.lines import Share
from app.townships.assessment.rates import QUESTIONS
from app.townships.sheet.course import Month
from app.townships.sheet.page import Sheet
from app.townships.sheet.words import event_words, parted_words, state_words
from app.translation import _
from app.word_files import Paper, Section, Table

ABSENT = "—"


def paper_of(page: dict[str, Any], *, exact: bool) -> Paper:
    """Return the paper of what the page shows (see `views.township`), without single cases.

    Parameters
    ----------
    page : dict
    exact : bool
        Whether its reader sees small counts.
    """
    sheet, detail, candidate = page["sheet"], page["detail"], page["candidate"]
    run, place = page["run"], page["place"]
    sections = [
        _standing(sheet, detail, candidate, page["board"], page["names"]),
        _months(sheet.months),
        _points(sheet, detail),
        _classes(detail),
        _history(sheet),
    ]
    if candidate is not None:
        sections.insert(1, _reasons(candidate, page["board"].criteria))
    source = (
        _("分析批次：%(label)s（%(id)s）", label=run.label, id=run.id)
        if run
        else _("还没有分析结果。")
    )
    rated = _("三率为系统测算，不是通报成绩；没有有效回访就没有得分，不计为 0。")
    title = detail["title"] if detail else place.name
    sources = [source, rated]
    if not exact:
        sources.append(_("小于 5 的数不显示（写作 <5），其余按 5 取整，合计因此未必相等。"))
    return Paper(title, place.district, tuple(sections), tuple(sources))


def _standing(
    sheet: Sheet, detail: Any, candidate: Any, board: Any, names: Mapping[str, str]
) -> Section:
    lines = [detail["sentence"] if detail else _nothing_of_run()]
    lines += parted_words(sheet.parts, names)
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
    if not sheet.inside:
        lines.append(_("不在您的辖区内，不显示清单进展。"))
    return Section(_("基本情况"), tuple(lines))


def _reasons(candidate: Any, criteria: Sequence[Any]) -> Section:
    rows = tuple(
        (
            each["label"],
            str(candidate["told"][each["key"]]),
            written(candidate["contributions"].get(each["key"]), 1),
        )
        for each in criteria
    )
    header = (_("指标"), _("数值"), _("得分"))
    return Section(_("得分从何而来"), table=Table(header, rows, (2, 1.5, 1), (1, 2)))


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
    return Section(_("近一年考核"), table=Table(header, rows, (2.6, 1.2, *(1,) * 6), range(1, 8)))


def _points(sheet: Sheet, detail: Any) -> Section:
    rows = tuple(
        (each["name"] or each["id"], written(each["reports"]), each["main_class"] or ABSENT)
        for each in sheet.points
    )
    if not sheet.inside:
        return Section(_("高频点位"), (_("不在您的辖区内，不显示点位。"),))
    if not rows:
        nothing = _("这次分析没有高频点位。") if detail else _nothing_of_run()
        return Section(_("高频点位"), (nothing,))
    header = (_("点位"), _("件数"), _("主要问题"))
    return Section(_("高频点位"), table=Table(header, rows, (2, 1, 2), (1,)))


def _classes(detail: Any) -> Section:
    if not detail:
        return Section(_("问题分类"), (_nothing_of_run(),))
    rows = tuple(
        (each["name"] or _("未分类"), written(each["count"])) for each in detail["classes"]
    )
    return Section(_("问题分类"), table=Table((_("问题分类"), _("件数")), rows, (3, 1), (1,)))


def _history(sheet: Sheet) -> Section:
    hidden = _("不在您的辖区内，只显示决策、纳入和退出，其他经历不显示。")
    lines = () if sheet.inside else (hidden,)
    if not sheet.events:
        return Section(_("经历"), lines or (_("还没有预警、约谈、督办或治理记录。"),))
    rows = tuple((str(event.on), event_words(event), event.title) for event in sheet.events)
    return Section(
        _("经历"), lines, table=Table((_("日期"), _("事项"), _("说明")), rows, (1, 1.5, 3))
    )


def _nothing_of_run() -> str:
    return _("没有这部分数字：还没有分析结果，或分析所用的边界里没有这个街乡镇。")


def _share(share: Share) -> str:
    return written(share.value, 1)
