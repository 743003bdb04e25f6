"""What each column of a taken table means, and in which unit: the files say it themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.hotspots.measures import DEFAULT_MEASURE, measure_unit


@dataclass(frozen=True)
class FieldNote:
    """A column: how a table for people calls it, its unit, what it means."""

    title: Any
    meaning: Any
    unit: Any = ""


_CASES, _PEOPLE, _MONTHS = _l("件"), _l("人"), _l("个月")

NOTES: dict[str, FieldNote] = {
    "cell": FieldNote(_l("单元"), _l("H3 六边形的编号（十六进制）")),
    "code": FieldNote(_l("代码"), _l("街乡镇在边界文件中的代码")),
    "id": FieldNote(_l("点位编号"), _l("点位在这次分析中的编号")),
    "name": FieldNote(_l("名称"), _l("街乡镇或点位的名称")),
    "township": FieldNote(_l("街乡镇"), _l("中心所在的街乡镇；在区划之外的为空")),
    "district": FieldNote(_l("区"), _l("街乡镇所属的区")),
    "period": FieldNote(_l("时段"), _l("各数值所指的月份，或全时段的首末月份")),
    "count": FieldNote(_l("数量"), _l("时段内的数量，按所示计量")),
    "expected": FieldNote(_l("应有量"), _l("按人口等分摊的应有数量；不知道的为空")),
    "neighbourhood_count": FieldNote(_l("邻域数量"), _l("本单元与相邻六个单元合计，检验所用")),
    "neighbourhood_expected": FieldNote(_l("邻域应有量"), _l("邻域合计的应有数量")),
    "z": FieldNote(_l("z 值"), _l("Getis–Ord Gi* 的标准化值；未检验的为空")),
    "p_hot": FieldNote(_l("偏多 p 值"), _l("偏多一侧，未校正")),
    "p_cold": FieldNote(_l("偏少 p 值"), _l("偏少一侧，未校正")),
    "q_hot": FieldNote(_l("偏多 q 值"), _l("偏多一侧，Benjamini–Hochberg 校正后")),
    "q_cold": FieldNote(_l("偏少 q 值"), _l("偏少一侧，Benjamini–Hochberg 校正后")),
    "level": FieldNote(
        _l("显著性级别"), _l("±3 为 q < 0.01，±2 为 q < 0.05，±1 为 q < 0.10，负为偏低，127 未检验")
    ),
    "category": FieldNote(_l("类型代码"), _l("时空演变类型的代码，正为聚集，负为偏低，127 未检验")),
    "kind": FieldNote(_l("演变类型"), _l("时空演变类型，全时段")),
    "hot_steps": FieldNote(_l("聚集月数"), _l("显著聚集的月数"), _MONTHS),
    "cold_steps": FieldNote(_l("偏低月数"), _l("显著偏低的月数"), _MONTHS),
    "tested_steps": FieldNote(_l("检验月数"), _l("作了检验的月数"), _MONTHS),
    "trend_z": FieldNote(_l("趋势 z 值"), _l("Mann–Kendall 趋势检验的标准化值")),
    "trend_p": FieldNote(_l("趋势 p 值"), _l("Mann–Kendall 趋势检验，双侧")),
    "located": FieldNote(_l("已定位件数"), _l("有坐标、计入六边形的件数"), _CASES),
    "township_only": FieldNote(_l("仅到街乡镇件数"), _l("只知道街乡镇的件数"), _CASES),
    "callers": FieldNote(_l("诉求人数"), _l("不同诉求人的人数；未知的不计"), _PEOPLE),
    "incidents": FieldNote(_l("问题数"), _l("合并同一问题后的个数"), _l("个问题")),
    "population": FieldNote(_l("人口"), _l("常住人口；不知道的为空"), _PEOPLE),
    "rate": FieldNote(_l("万人诉求比"), _l("经验贝叶斯收缩后"), _l("件/万人")),
    "score": FieldNote(_l("候选得分"), _l("候选街乡镇各项得分之和，全时段"), _l("分")),
    "rank": FieldNote(_l("位次"), _l("得分或扫描聚集区强弱的位次，1 为最前")),
    "first_month": FieldNote(_l("起始月"), _l("聚集区时段的第一个月")),
    "last_month": FieldNote(_l("末月"), _l("聚集区时段的最后一个月")),
    "observed": FieldNote(_l("区内数量"), _l("聚集区时段内的数量，按所示计量")),
    "relative_risk": FieldNote(_l("相对风险"), _l("区内与区外数量同应有量之比的比值"), _l("倍")),
    "p_value": FieldNote(_l("p 值"), _l("与各次模拟的全市最大值比较")),
    "radius_km": FieldNote(_l("半径"), _l("扫描圆的半径"), _l("公里")),
    "reports": FieldNote(_l("诉求件数"), _l("全时段的件数"), _CASES),
    "top_caller_share": FieldNote(
        _l("单一诉求人最高占比"), _l("件数最多的一名诉求人所占份额，0 至 1")
    ),
    "main_class": FieldNote(_l("主要分类"), _l("件数最多的问题分类")),
    "rules": FieldNote(_l("达到的规则"), _l("达到的高频规则，用顿号分开")),
    "q_value": FieldNote(_l("q 值"), _l("异常偏高的检验，Benjamini–Hochberg 校正后")),
    "unusually_high": FieldNote(_l("异常偏高"), _l("q < 0.05：件数显著多于应有件数")),
    "lng": FieldNote(_l("经度"), _l("WGS84；单元为中心，街乡镇为标注点"), _l("度")),
    "lat": FieldNote(_l("纬度"), _l("WGS84；单元为中心，街乡镇为标注点"), _l("度")),
}

_IN_MEASURE = {
    "cells": ("count", "expected", "neighbourhood_count", "neighbourhood_expected"),
    "clusters": ("observed", "expected"),
}
"""Columns that follow the measure of the run, by layer; the others count reports."""

_IN_REPORTS = ("count", "expected")


def field_note(name: str, layer: str, measure: str) -> FieldNote:
    """Return what a column of a layer means in a run of some measure."""
    note = NOTES[name]
    if name in _IN_MEASURE.get(layer, ()):
        return FieldNote(f"{note.title}", f"{note.meaning}", measure_unit(measure))
    if name in _IN_REPORTS:
        return FieldNote(note.title, note.meaning, measure_unit(DEFAULT_MEASURE))
    return note


def heading(note: FieldNote) -> str:
    """Return the head of a column with its unit."""
    return f"{note.title} ({note.unit})" if str(note.unit) else str(note.title)
