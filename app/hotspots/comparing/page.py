"""What the pages of comparisons are given."""

from __future__ import annotations

from typing import Any

from app.hotspots.comparing.areas import finite
from app.hotspots.comparing.stored import (
    TOWNSHIPS,
    StoredComparison,
    list_comparisons,
    load_comparison,
    read_changes,
)
from app.hotspots.comparing.windows import usual_windows
from app.hotspots.comparing.wording import city_sentence, direction_word, notes, ratio_words
from app.hotspots.figures import said_q
from app.hotspots.measures import measure_name, measure_unit
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.translation import _
from geodata.home import Home

AREAS_SHOWN = 100
"""Changed areas that the table lists."""

TOWNSHIPS_SHOWN = 15
"""Townships that stand open; the others, less sure, unfold."""


def asking_page(home: Home) -> dict[str, Any]:
    """Return the context of the form's page."""
    words = {
        "month": _("最近一个整月，与前一个月比"),
        "year": _("最近一个月（到最后一件诉求为止），与去年同期比"),
    }
    return {
        "comparisons": list_comparisons(home),
        "usual": [
            {
                "words": words[name],
                "label": f"{windows.this.label} / {windows.other.label}",
                "query": {
                    "start": windows.this.start,
                    "end": windows.this.end,
                    "with_start": windows.other.start,
                    "with_end": windows.other.end,
                },
            }
            for name, windows in usual_windows(home).items()
        ],
    }


def comparison_page(home: Home, comparison_id: str) -> dict[str, Any]:
    """Return the context of the page of one comparison.

    Raises
    ------
    Missing
        There is none of this id.
    """
    found = load_comparison(home, comparison_id)
    areas, townships = found.record["areas"], _townships(home, found)
    return {
        "found": found,
        "comparisons": list_comparisons(home),
        "city": city_sentence(found),
        "notes": notes(found),
        "measure": {"name": measure_name(found.measure), "unit": measure_unit(found.measure)},
        "areas": [_area(area) for area in areas[:AREAS_SHOWN]],
        "all_areas": len(areas),
        "townships": townships[:TOWNSHIPS_SHOWN],
        "other_townships": townships[TOWNSHIPS_SHOWN:],
        "config": {
            "base": f"/hotspots/compare/{found.id}",
            "unit": measure_unit(found.measure),
        },
    }


def _area(area: dict[str, Any]) -> dict[str, Any]:
    names = area["townships"]
    where = _("、").join(names[:2]) if names else _("区划之外")
    return {
        **area,
        "where": where,
        "word": direction_word(area["direction"]),
        "q": said_q(area["q_value"]),
        "ratio_words": _ratio(area),
    }


def _ratio(area: dict[str, Any]) -> str:
    before = 0 if area["ratio"] is None else 1
    return ratio_words({**area, "neighbourhood_before": before, "neighbourhood_after": 1})


def _townships(home: Home, found: StoredComparison) -> list[dict[str, Any]]:
    """Return the townships, the surest changes first; those not tested last."""
    rows = [
        {
            **row,
            "ratio_words": ratio_words(row) if row["level"] != NOT_TESTED else None,
            "q": said_q(finite(row["q_value"])),
            "verdict": _verdict(row["level"]),
            "direction": "risen" if row["level"] > 0 else "fallen",
            "significant": SIGNIFICANT_LEVEL <= abs(row["level"]) != NOT_TESTED,
        }
        for row in read_changes(home, found.id, TOWNSHIPS).to_pylist()
    ]
    return sorted(
        rows,
        key=lambda row: (
            row["level"] == NOT_TESTED,
            2.0 if row["p_value"] is None else row["p_value"],
            row["code"],
        ),
    )


def _verdict(level: int) -> str:
    if level == NOT_TESTED:
        return _("未检验")
    if abs(level) < SIGNIFICANT_LEVEL:
        return _("不显著")
    return _("上升") if level > 0 else _("下降")
