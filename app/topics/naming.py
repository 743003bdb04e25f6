"""What states, marks, documents and parts of a score are called in the reader's language."""

from __future__ import annotations

from app.topics import course
from app.topics.checking import NO, YES
from app.topics.documents import (
    CHART,
    DUTY_LIST,
    PLAN,
    POLICIES,
    QUESTIONS,
    TABLE,
    TASKS,
)
from app.topics.figures import MID_YEAR, YEAR_END
from app.topics.marks import KEY, MODEL, PIONEER
from app.translation import _


def state_names() -> dict[str, str]:
    """Return the states of a topic."""
    return {
        course.PROPOSED: _("拟选"),
        course.ADOPTED: _("已选定"),
        course.UNDER_WAY: _("推进中"),
        course.ASSESSED: _("已评估"),
        course.WATCHED: _("持续监测"),
        course.CLOSED: _("已结束"),
    }


def mark_names() -> dict[str, str]:
    """Return the marks of townships."""
    return {KEY: _("重点"), MODEL: _("示范"), PIONEER: _("先行")}


def period_names() -> dict[str, str]:
    """Return when a third party assesses."""
    return {MID_YEAR: _("年中评估"), YEAR_END: _("年终评估")}


def answer_names() -> dict[str, str]:
    """Return what may be judged of a case."""
    return {YES: _("属于"), NO: _("不属于")}


def document_names() -> dict[str, str]:
    """Return the kinds of documents."""
    return {
        PLAN: _("工作方案"),
        TASKS: _("任务清单"),
        DUTY_LIST: _("责任清单"),
        POLICIES: _("政策清单"),
        TABLE: _("一表"),
        CHART: _("一图"),
        QUESTIONS: _("一问答"),
    }


def document_columns() -> dict[str, tuple[str, ...]]:
    """Return the columns of each kind of document, as many as `documents.N_COLUMNS` says."""
    return {
        PLAN: (_("章节"), _("内容")),
        TASKS: (_("任务"), _("责任单位"), _("完成时限"), _("完成标准")),
        DUTY_LIST: (_("职责"), _("牵头单位"), _("配合单位"), _("依据")),
        POLICIES: (_("政策"), _("出台单位"), _("要点")),
        TABLE: (_("事项"), _("标准"), _("办理单位"), _("办理时限")),
        CHART: (_("环节"), _("办理单位"), _("办理时限")),
        QUESTIONS: (_("问"), _("答")),
    }


def part_names() -> dict[str, str]:
    """Return the parts of a candidate's score."""
    return {
        "frequency": _("诉求件数"),
        "townships": _("街乡镇分布"),
        "handlers": _("部门分布"),
        "unresolved": _("未解决"),
        "repeated": _("重复诉求"),
        "overdue": _("超期"),
        "growth": _("增长"),
        "cross": _("跨层级"),
    }
