"""The page of each word: its rule or formula, an example, where it is used, words beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from app.errors import Missing
from app.home.terms import Term, terms
from app.translation import _

SOURCE = Path(__file__).with_name("term_pages.yaml")

PAGES = {
    "overview": "home.index",
    "map": "hotspots.map_view",
    "stability": "hotspots.sensitivity_view",
    "rules": "rules.list_view",
    "townships": "townships.candidates",
    "projects": "projects.list_view",
    "proactive": "proactive.list_view",
    "places": "places.list_view",
    "review": "review.queue",
    "cases": "cases.list_view",
    "quality": "cases.quality_view",
    "batches": "cases.batches_view",
    "import": "cases.import_view",
    "profiles": "profiles.list_view",
    "units": "units.list_view",
    "assessment": "assessment.show",
    "reconciliation": "ledgers.reconciliation",
    "closed_cycles": "closing.list_view",
    "exclusions": "exclusions.list_view",
    "published": "published.show",
    "indicators": "indicators.show",
    "governance": "governing.list_view",
    "desk": "desk.list_view",
    "warnings": "warnings.list_view",
    "talks": "talks.list_view",
    "orders": "orders.list_view",
    "whistles": "whistles.list_view",
    "duties": "duties.list_view",
    "follow_up": "following.show",
    "topics": "topics.list_view",
    "topic_callbacks": "topic_callbacks.show",
}
"""Name of a page in the file → its endpoint."""


@dataclass(frozen=True)
class TermPage:
    """What the page of a word says beyond its meaning.

    Attributes
    ----------
    rule_zh, rule_en : str
        Formula or rule.
    example_zh, example_en : str
    used : tuple of str
        Names of `PAGES`.
    see : tuple of str
        Keys of other words.
    """

    rule_zh: str
    rule_en: str
    example_zh: str
    example_en: str
    used: tuple[str, ...]
    see: tuple[str, ...]

    def rule(self, language: str) -> str:
        """Return the rule in the reader's language (``zh_Hans`` or ``en``)."""
        return self.rule_en if language == "en" else self.rule_zh

    def example(self, language: str) -> str:
        """Return the example in the reader's language (``zh_Hans`` or ``en``)."""
        return self.example_en if language == "en" else self.example_zh


@cache
def term_pages() -> dict[str, TermPage]:
    """Return the page of each word by its key."""
    entries = yaml.safe_load(SOURCE.read_text("utf-8"))
    return {
        key: TermPage(**{**entry, "used": tuple(entry["used"]), "see": tuple(entry["see"])})
        for key, entry in entries.items()
    }


def find_term(key: str) -> Term:
    """Return the word with a key.

    Raises
    ------
    Missing
        There is none.
    """
    found = next((term for term in terms() if term.key == key), None)
    if found is None:
        raise Missing(f"no term {key[:40]!r}", f"没有术语 {key[:40]!r}")
    return found


def page_names() -> dict[str, str]:
    """Return what the pages are called in the reader's language."""
    return {
        "overview": _("总览"),
        "map": _("地图"),
        "stability": _("热点稳定性"),
        "rules": _("高频规则"),
        "townships": _("候选街乡镇"),
        "projects": _("项目"),
        "proactive": _("主动治理"),
        "places": _("点位与地址"),
        "review": _("地址复核"),
        "cases": _("诉求"),
        "quality": _("数据质量"),
        "batches": _("导入记录"),
        "import": _("导入诉求"),
        "profiles": _("导入模板"),
        "units": _("单位"),
        "assessment": _("考核周期排名"),
        "reconciliation": _("口径对账"),
        "closed_cycles": _("关闭的周期与复算"),
        "exclusions": _("剔除规则"),
        "published": _("通报成绩"),
        "indicators": _("七有五性"),
        "governance": _("治理类街乡镇"),
        "desk": _("调度台"),
        "warnings": _("预警"),
        "talks": _("约谈"),
        "orders": _("督办单"),
        "whistles": _("吹哨报到"),
        "duties": _("职责清单"),
        "follow_up": _("退出后跟进"),
        "topics": _("每月一题"),
        "topic_callbacks": _("专项回访"),
    }
