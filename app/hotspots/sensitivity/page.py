"""The page on how stable the hot areas of a run are, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app.errors import InvalidParameter
from app.hotspots.measures import measure_name, measure_unit
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import chosen_run, list_runs, load_run
from app.hotspots.sensitivity.assessing import (
    StoredSensitivity,
    at_other_resolutions,
    load_sensitivity,
)
from app.hotspots.sensitivity.resolutions import OtherResolutions
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.translation import _
from geodata.home import Home
from spatial.grid import cell_from_name, cell_resolution
from spatial.sensitivity import HOT, NOT_HOT, VERDICTS

NAMED_TOWNSHIPS = 2
"""Townships that an area's name lists; the others are counted."""


def sensitivity_page(home: Home, run_id: str | None, step: int) -> dict[str, Any]:
    """Return the context of the page.

    Raises
    ------
    Missing
        There is no such run.
    InvalidParameter
        The run has no such step.
    """
    run = chosen_run(home, run_id)
    page: dict[str, Any] = {"runs": list_runs(home), "run": run, "found": None, "step": step}
    if run is None:
        return page
    if step >= len(run.steps):
        raise InvalidParameter(
            f"step: {step} is not in -1 to {len(run.steps) - 1}",
            f"参数 step 的值 {step} 不在 -1 到 {len(run.steps) - 1} 之间",
        )
    page["steps"] = [{"index": WHOLE_SPAN, "label": _("全时段")}] + [
        {"index": each.index, "label": each.label} for each in run.steps
    ]
    page["measure"] = {"name": measure_name(run.measure), "unit": measure_unit(run.measure)}
    found = load_sensitivity(home, run.id)
    if found is not None:
        page |= _results(found, step)
    return page


def cell_stability(home: Home, run_id: str, cell: str, step: int) -> list[dict[str, Any]]:
    """Return the figure that a hot cell's panel adds: the verdict on its area, where one is known.

    Parameters
    ----------
    home : Home
    run_id : str
    cell : str
        Name of the cell.
    step : int
        Of the panel; −1 for the whole span.

    Returns
    -------
    list of dict
        ``label, value, unit``; empty for a cell that is not hot, or a run that nobody examined.
    """
    found = load_sensitivity(home, run_id)
    if found is None:
        return []
    return [
        {
            "label": _("聚集区稳定性"),
            "value": verdict_words()[area["verdict"]]["word"],
            "unit": None,
        }
        for area in found.areas(step)
        if cell in area["cells"]
    ]


def cell_resolutions(home: Home, run_id: str, cell: str, step: int) -> list[dict[str, Any]]:
    """Return the figures on a cell one resolution coarser and finer, where a run was examined.

    Parameters
    ----------
    home, run_id, cell, step
        As for `cell_stability`.

    Returns
    -------
    list of dict
        ``label, value, unit``. Each resolution is judged by its own q over its own cells.
    """
    level = load_run(home, run_id).resolution
    # Cells of other sizes, which a map shows from afar or near, were not examined.
    own = cell_resolution(cell_from_name(cell)) == level
    found = at_other_resolutions(home, run_id, cell, step) if own else None
    if found is None:
        return []
    parent = {"label": _("大一级六边形（H3 %(level)s）", level=level - 1), "unit": None}
    children = {"label": _("小一级六边形（H3 %(level)s）", level=level + 1), "unit": None}
    return [
        {**parent, "value": _level_word(found.coarser)},
        {**children, "value": _children_words(found)},
    ]


def _level_word(level: int) -> str:
    if level == NOT_TESTED:
        return _("未检验")
    if abs(level) < SIGNIFICANT_LEVEL:
        return _("不显著")
    return _("显著聚集") if level > 0 else _("显著偏低")


def _children_words(found: OtherResolutions) -> str:
    if not found.finer_tested:
        return _("未检验")
    counted = {"n": found.finer_tested, "hot": found.finer_hot, "low": found.finer_low}
    if found.finer_low:
        return _("%(n)s 个中 %(hot)s 个显著聚集，%(low)s 个显著偏低", **counted)
    return _("%(n)s 个中 %(hot)s 个显著聚集", **counted)


def verdict_words() -> dict[str, dict[str, str]]:
    """Return each verdict's word and what it means, in the reader's language."""
    words = {
        "stable": (_("稳定"), _("能检验的每一种重算中都是聚集区。")),
        "local": (
            _("只在局部"),
            _("换计量、换六边形大小都是聚集区，按街乡镇合计则看不出：适合按点位治理。"),
        ),
        "measure": (
            _("取决于计量方式"),
            _("换六边形大小仍是聚集区，换一种计量就不是：先看是不是少数人或同一件事反复来电。"),
        ),
        "scale": (
            _("取决于尺度"),
            _("换计量仍是聚集区，换六边形大小就不是：范围怎样划定要到现场核对。"),
        ),
        "both": (
            _("取决于计量方式和尺度"),
            _("换计量、换六边形大小都有不再是聚集区的：证据最弱。"),
        ),
        "untested": (_("未能检验"), _("没有一种重算能检验这个连片聚集区。")),
    }
    return {key: {"word": word, "text": text} for key, (word, text) in words.items()}


def variant_names(found: StoredSensitivity) -> list[dict[str, Any]]:
    """Return each variant with its name, and why it was not made where it was not."""
    return [
        {
            "key": variant["name"],
            "label": _variant_label(variant),
            "reason": _reason(variant["reason"]),
            "hot": variant["hot"],
            "elsewhere": variant["elsewhere"],
            "needed": variant["needed"],
        }
        for variant in found.record["variants"]
    ]


def area_name(area: dict[str, Any]) -> str:
    """Name an area by its townships, those with most of its cells first."""
    names = [township["name"] for township in area["townships"]]
    if not names:
        return _("区划之外")
    shown = _("、").join(names[:NAMED_TOWNSHIPS])
    if len(names) <= NAMED_TOWNSHIPS:
        return shown
    return _("%(names)s等 %(n)s 个街乡镇", names=shown, n=len(names))


def _results(found: StoredSensitivity, step: int) -> dict[str, Any]:
    columns = [
        {**column, "beyond": _beyond(column["key"], column["elsewhere"], step - WHOLE_SPAN)}
        for column in variant_names(found)
    ]
    words = verdict_words()
    counted = found.verdicts(step)
    return {
        "found": found,
        "columns": columns,
        "verdicts": [
            {"key": key, **words[key], "count": counted[key]}
            for key in VERDICTS
            if counted[key] or key != "untested"
        ],
        "areas": [
            {
                **area,
                "name": area_name(area),
                "size": len(area["cells"]),
                "word": words[area["verdict"]]["word"],
                "columns": [_outcome(area["variants"][column["key"]]) for column in columns],
            }
            for area in found.areas(step)
        ],
    }


def _beyond(key: str, elsewhere: Sequence[int], row: int) -> str | None:
    """Say how many units only this variant finds, and of which kind; None where it was not made."""
    if row >= len(elsewhere):
        return None
    n = f"{elsewhere[row]:,}"
    return {
        "coarser": _("更大的单元：%(n)s", n=n),
        "finer": _("更小的单元：%(n)s", n=n),
        "townships": _("街乡镇：%(n)s", n=n),
    }.get(key, _("六边形单元：%(n)s", n=n))


def _outcome(outcome: dict[str, Any]) -> dict[str, Any]:
    word = {HOT: _("聚集"), NOT_HOT: _("不聚集")}.get(outcome["status"], _("未检验"))
    key = {HOT: "hot", NOT_HOT: "lost"}.get(outcome["status"], "untested")
    return {"key": key, "word": word, "share": shown_share(outcome["share"])}


def shown_share(share: float | None) -> str | None:
    """Write a share in per cent, cut and not rounded: 49.9 % is less than half."""
    if share is None:
        return None
    digits = 0 if share >= 0.1 or share == 0 else 1
    return f"{math.floor(share * 100 * 10**digits + 1e-9) / 10**digits:.{digits}f}%"


def _variant_label(variant: dict[str, Any]) -> str:
    level = variant["resolution"]
    if variant["kind"] == "measure":
        return {
            "reports": _("按件数计"),
            "callers": _("按人数计"),
            "incidents": _("按问题数计"),
        }[variant["measure"]]
    if variant["name"] == "coarser":
        return _("六边形大一级（H3 %(level)s）", level=level)
    if variant["name"] == "finer":
        return _("六边形小一级（H3 %(level)s）", level=level)
    return _("按街乡镇")


def _reason(reason: str | None) -> str | None:
    if reason is None:
        return None
    return {
        "too_many_cells": _("单元太多，未做"),
        "no_finer_cells": _("诉求的位置没有这么细，未做"),
        "no_callers": _("没有诉求人信息，未做"),
        "nothing_compared": _("没有可比较的人口，未做"),
    }[reason]
