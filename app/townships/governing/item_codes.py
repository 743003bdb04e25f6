"""Codes of what offices record of an item, each with its Chinese word: that of files and messages.

Pages say them in the reader's language (``governing/_details.html``).
"""

from __future__ import annotations

from collections.abc import Mapping

SUPPORT_LEVELS = {"city": "市级", "district": "区级", "township": "街乡镇级"}
"""Who is asked for support 支持级别."""

SUPPORT_KINDS = {
    "coordination": "协调支持", "policy": "政策支持", "project": "项目支持", "other": "其它支持",
}  # fmt: skip
"""For what kind of support."""

PRIORITIES = {"urban_renewal": "城市更新", "beautiful_village": "美丽乡村", "topic": "每月一题"}
"""Which other work of the city an item belongs to; an item of none has an empty text."""

PROGRESS_WORDS = {
    "solved": "基本解决",
    "scheduled": "有方案和时间表",
    "accelerating": "有方案加快推进",
    "other": "其它",
}
"""The offices' own words of progress, beside the state."""

CODED: Mapping[str, Mapping[str, str]] = {
    "support_level": SUPPORT_LEVELS,
    "support_kind": SUPPORT_KINDS,
    "priority": PRIORITIES,
    "progress_word": PROGRESS_WORDS,
}
"""Columns of items that hold a code or an empty text."""
