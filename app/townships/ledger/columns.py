"""The columns of the ledger's file, as offices keep their lists: headings in four groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BASIC, PROBLEM, MEASURES, PROGRESS = "基本情况", "问题", "措施", "进度"

Content = Literal["text", "long", "whole", "number", "day", "code", "unit", "units", "cases"]


@dataclass(frozen=True)
class Column:
    """A column of the file.

    Attributes
    ----------
    key : str
        Column of an item, or one of `OF_PLAN` and `READ_ONLY`.
    heading, group : str
        What stands above it.
    width : int
        In letters.
    content : str
        What its cells hold; ``code`` is a word of a list.
    others : tuple of str
        Headings that are read as well.
    """

    key: str
    heading: str
    group: str
    width: int
    content: Content = "text"
    others: tuple[str, ...] = ()


COLUMNS = (
    Column("id", "编号", BASIC, 8, "whole", ("事项编号",)),
    Column("row_version", "版本", BASIC, 6, "whole"),
    Column("plan_id", "方案编号", BASIC, 9, "whole"),
    Column("place", "街乡镇或区", BASIC, 14, "text", ("街乡镇", "街道（乡镇）", "属地", "区")),
    Column("year", "年度", BASIC, 7, "whole", ("年份",)),
    Column("kind", "清单", BASIC, 12, "code", ("清单类别", "清单名称")),
    Column("title", "事项", BASIC, 32, "text", ("事项名称", "任务名称", "标题")),
    Column("issue_type", "问题类型", BASIC, 14, "code"),
    Column("class_1", "问题分类", BASIC, 14),
    Column("priority", "结合的全市工作", BASIC, 15, "code"),
    Column("enterprises", "涉及企业", BASIC, 20),
    Column("property_manager", "物业单位", BASIC, 20, "text", ("物业公司", "物业企业")),
    Column("households", "涉及户数", BASIC, 10, "whole", ("户数",)),
    Column("area_m2", "面积（平方米）", BASIC, 14, "number", ("面积",)),
    Column("problem", "问题描述", PROBLEM, 40, "long", ("存在问题",)),
    Column("cause", "原因分析", PROBLEM, 40, "long", ("问题原因",)),
    Column("case_ids", "来源工单编号", PROBLEM, 24, "cases", ("工单编号", "来源工单")),
    Column("text", "具体内容", MEASURES, 40, "long"),
    Column("proposal", "解决建议", MEASURES, 40, "long", ("工作建议", "解决措施")),
    Column("support_level", "支持级别", MEASURES, 10, "code"),
    Column("support_kind", "支持类型", MEASURES, 12, "code"),
    Column("responsible_id", "责任单位", MEASURES, 18, "unit", ("牵头单位", "主责单位")),
    Column("cooperating", "配合单位", MEASURES, 24, "units", ("协办单位",)),
    Column("money_needed", "资金需求（万元）", MEASURES, 16, "number", ("资金需求",)),
    Column("money_sources", "资金来源", MEASURES, 20),
    Column("starts_on", "开始日期", PROGRESS, 12, "day", ("开始时间",)),
    Column("due_on", "完成期限", PROGRESS, 12, "day", ("完成时限", "计划完成时间")),
    Column("target_from", "现状（每月件数）", PROGRESS, 16, "number"),
    Column("target_to", "目标（每月件数）", PROGRESS, 16, "number"),
    Column("state", "状态", PROGRESS, 10, "code"),
    Column("since", "自何时起", PROGRESS, 12, "day"),
    Column("progress_word", "进展表述", PROGRESS, 18, "code"),
)

OF_PLAN = ("plan_id", "place", "year")
"""Columns that name the plan of a new item."""

READ_ONLY = ("since",)
"""Columns that are told and never read."""

KEY, VERSION, STATE, CASES = "id", "row_version", "state", "case_ids"

HEADINGS = {column.key: column.heading for column in COLUMNS}


def columns_for(*, may_read_cases: bool) -> tuple[Column, ...]:
    """Return the columns that somebody may see and fill in."""
    return tuple(each for each in COLUMNS if may_read_cases or each.key != CASES)
