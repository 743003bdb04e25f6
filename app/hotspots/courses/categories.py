"""The seventeen kinds of a cell's course over time: their words and what each means.

The rules are those of `spatial.emerging`; the Chinese words follow those of ArcGIS, with 聚集 and
偏低 for its hot and cold.
"""

from __future__ import annotations

from app.hotspots.significance import NOT_TESTED
from app.translation import _

NO_PATTERN = 0
NEW, CONSECUTIVE = 1, 2
"""Kinds of cells that became hot only of late."""

KEYS = {
    NEW: "new",
    CONSECUTIVE: "consecutive",
    3: "intensifying",
    4: "persistent",
    5: "diminishing",
    6: "sporadic",
    7: "oscillating",
    8: "historical",
}
"""Names of the hot categories in code; their cold mirrors have the same number below nought."""

CATEGORIES = (*KEYS, *(-code for code in KEYS), NO_PATTERN)
"""Every category in the order of a legend."""

BILINGUAL = {
    1: "新增聚集 new hot",
    2: "连续聚集 consecutive hot",
    3: "加强聚集 intensifying hot",
    4: "持续聚集 persistent hot",
    5: "减弱聚集 diminishing hot",
    6: "零星聚集 sporadic hot",
    7: "振荡聚集 oscillating hot",
    8: "历史聚集 historical hot",
    -1: "新增偏低 new low",
    -2: "连续偏低 consecutive low",
    -3: "加强偏低 intensifying low",
    -4: "持续偏低 persistent low",
    -5: "减弱偏低 diminishing low",
    -6: "零星偏低 sporadic low",
    -7: "振荡偏低 oscillating low",
    -8: "历史偏低 historical low",
    NO_PATTERN: "无明显类型 no pattern",
    NOT_TESTED: "未检验 not tested",
}
"""For pages that stand outside the application and speak both languages at once."""


def category_key(code: int) -> str:
    """Return the name of a category in code: ``new_hot`` … ``historical_cold``, ``no_pattern``."""
    if code == NO_PATTERN:
        return "no_pattern"
    return f"{KEYS[abs(code)]}_{'hot' if code > 0 else 'cold'}"


def category_name(code: int) -> str:
    """Return the word for a category in the reader's language."""
    names = {
        1: _("新增聚集"),
        2: _("连续聚集"),
        3: _("加强聚集"),
        4: _("持续聚集"),
        5: _("减弱聚集"),
        6: _("零星聚集"),
        7: _("振荡聚集"),
        8: _("历史聚集"),
        -1: _("新增偏低"),
        -2: _("连续偏低"),
        -3: _("加强偏低"),
        -4: _("持续偏低"),
        -5: _("减弱偏低"),
        -6: _("零星偏低"),
        -7: _("振荡偏低"),
        -8: _("历史偏低"),
        NO_PATTERN: _("无明显类型"),
        NOT_TESTED: _("未检验"),
    }
    return names[code]


def category_meaning(code: int) -> str:
    """Return the rule of a category in the reader's language."""
    if code == NO_PATTERN:
        return _("不符合其余十六类中的任何一类。")
    if code == NOT_TESTED:
        return _("周边没有已知人口，或没有相邻单元，未作检验。")
    return _hot_meaning(code) if code > 0 else _cold_meaning(-code)


def _hot_meaning(kind: int) -> str:
    return {
        1: _("只有最近一个月显著偏多，此前从未显著偏多。"),
        2: _(
            "到最近一个月为止连续至少两个月显著偏多，此前从未显著偏多，且显著偏多的月份不到九成。"
        ),
        3: _("九成以上的月份显著偏多，最近一个月也是，且整体呈显著上升趋势。"),
        4: _("九成以上的月份显著偏多，没有显著的升降趋势。"),
        5: _("九成以上的月份显著偏多，最近一个月也是，且整体呈显著下降趋势（ArcGIS：逐渐减少）。"),
        6: _(
            "最近一个月显著偏多，此前时有时无，显著偏多的月份不到九成，"
            "且从未显著偏少（ArcGIS：分散）。"
        ),
        7: _("最近一个月显著偏多，此前曾有月份显著偏少，显著偏多的月份不到九成。"),
        8: _("最近一个月不再显著偏多，但九成以上的月份曾显著偏多。"),
    }[kind]


def _cold_meaning(kind: int) -> str:
    return {
        1: _("只有最近一个月显著偏少，此前从未显著偏少。"),
        2: _(
            "到最近一个月为止连续至少两个月显著偏少，此前从未显著偏少，且显著偏少的月份不到九成。"
        ),
        3: _("九成以上的月份显著偏少，最近一个月也是，且偏少的程度显著加深。"),
        4: _("九成以上的月份显著偏少，没有显著的升降趋势。"),
        5: _("九成以上的月份显著偏少，最近一个月也是，且偏少的程度显著减轻（ArcGIS：逐渐减少）。"),
        6: _(
            "最近一个月显著偏少，此前时有时无，显著偏少的月份不到九成，"
            "且从未显著偏多（ArcGIS：分散）。"
        ),
        7: _("最近一个月显著偏少，此前曾有月份显著偏多，显著偏少的月份不到九成。"),
        8: _("最近一个月不再显著偏少，但九成以上的月份曾显著偏少。"),
    }[kind]
