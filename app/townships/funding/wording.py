"""What sources, amounts and warnings of funding are called."""

from __future__ import annotations

from app.translation import _


def source_names() -> dict[str, str]:
    """Return the sources in the reader's language."""
    return {
        "city": _("市级"),
        "district": _("区级"),
        "township": _("街乡镇"),
        "social": _("社会资本"),
        "other": _("其他"),
    }


def warning_names() -> dict[str, str]:
    """Return what is odd about a line, in the reader's language."""
    return {
        "overspent": _("支出大于下达"),
        "overallocated": _("下达大于计划"),
        "early": _("年度早于方案年度"),
    }
