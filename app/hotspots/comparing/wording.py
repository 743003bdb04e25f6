"""What a comparison says, in sentences with their numbers."""

from __future__ import annotations

from typing import Any

from app.hotspots.comparing.areas import FALLEN, RISEN
from app.hotspots.comparing.stored import StoredComparison
from app.hotspots.figures import Figure, rounded, said, said_q, signed
from app.hotspots.measures import measure_name, measure_unit
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.translation import _

INTERVAL = "95"
"""Per cent of the intervals, as `spatial.period_change` makes them by default."""


def city_sentence(found: StoredComparison) -> str:
    """Say how the whole city changed, which is taken out of every other figure."""
    city, record = found.record["city"], found.record
    return _(
        "全市（已定位）：本期 %(after)s %(unit)s，每天 %(rate)s；"
        "对比期 %(before)s %(unit)s，每天 %(other)s。"
        "每天的量是对比期的 %(ratio)s 倍；各处都与这一变化相比。",
        after=said(city["after"]),
        before=said(city["before"]),
        rate=said(city["after"] / record["days"], 1),
        other=said(city["before"] / record["with_days"], 1),
        ratio=said(city["ratio"], 2),
        unit=measure_unit(found.measure),
    )


def change_sentence(found: StoredComparison, row: dict[str, Any]) -> str:
    """Say of a cell with its neighbours what changed and whether that is more than chance."""
    if row["level"] == NOT_TESTED:
        return _("本单元及相邻单元两期都没有诉求，无从比较。")
    windows, record = found.windows, found.record
    before, after = row["neighbourhood_before"], row["neighbourhood_after"]
    facts = {
        "this": windows.this.label,
        "other": windows.other.label,
        "before": said(before),
        "after": said(after),
        "rate": said(after / record["days"], 2),
        "other_rate": said(before / record["with_days"], 2),
        "city": said(record["city"]["ratio"], 2),
        "total": said(before + after),
        "share": said(100 * row["expected"] / (before + after)),
        "expected": said(row["expected"], 1),
        "unit": measure_unit(found.measure),
    }
    counted = _(
        "连同相邻单元，%(this)s 有 %(after)s %(unit)s（每天 %(rate)s），"
        "%(other)s 有 %(before)s %(unit)s（每天 %(other_rate)s）。"
        "若与全市同步（%(city)s 倍），两期合计的 %(total)s %(unit)s 中应有 %(share)s%%"
        "即 %(expected)s %(unit)s在本期。",
        **facts,
    )
    return counted + _verdict(row)


def _verdict(row: dict[str, Any]) -> str:
    facts = {"ratio": ratio_words(row), "q": signed(row["q_value"])}
    if abs(row["level"]) < SIGNIFICANT_LEVEL:
        return _("变化是全市的 %(ratio)s：与随机波动无法区分（q %(q)s）。", **facts)
    if row["level"] > 0:
        return _("变化是全市的 %(ratio)s：显著上升，不像是偶然（q %(q)s）。", **facts)
    return _(
        "变化是全市的 %(ratio)s：显著下降，不像是偶然（q %(q)s）；下降不等于问题已解决。", **facts
    )


def ratio_words(row: dict[str, Any]) -> str:
    """Write a ratio with its interval; without cases before it has no upper bound."""
    low = said(row["low"], 2)
    if not row["neighbourhood_before"]:
        return _("%(low)s 倍以上（对比期为 0，%(level)s%% 区间下限）", low=low, level=INTERVAL)
    return _(
        "%(ratio)s 倍（%(level)s%% 区间 %(low)s 至 %(high)s）",
        ratio=said(row["ratio"], 2),
        low=low,
        high=said(row["high"], 2),
        level=INTERVAL,
    )


def change_numbers(found: StoredComparison, row: dict[str, Any]) -> list[Figure]:
    """Return the figures of a cell in the order in which a card lists them."""
    unit = measure_unit(found.measure)
    windows = found.windows
    expected = row["expected"]
    return [
        (_("本单元，%(period)s", period=windows.this.label), row["after"], unit),
        (_("本单元，%(period)s", period=windows.other.label), row["before"], unit),
        (_("连同相邻，%(period)s", period=windows.this.label), _whole(row, "after"), unit),
        (_("连同相邻，%(period)s", period=windows.other.label), _whole(row, "before"), unit),
        (_("与全市同步时本期应有"), rounded(expected, 1), unit),
        (_("q 值"), said_q(row["q_value"]), None),
    ]


def direction_word(direction: str) -> str:
    """Return rose or fell in the reader's language."""
    return {RISEN: _("上升"), FALLEN: _("下降")}[direction]


def notes(found: StoredComparison) -> list[str]:
    """Return how to read the comparison."""
    counts = found.record["counts"]
    unlocated = counts["this"]["unlocated"] + counts["with"]["unlocated"]
    lines = [
        _("计量：%(measure)s。", measure=measure_name(found.measure)),
        _(
            "每个单元连同相邻单元一起检验：给定两期合计，本期所占份额是否偏离全市的份额。"
            "各处的量本来就不同，这不影响检验。"
        ),
        _(
            "各处每期的量本来就会起伏，起伏的大小由变化平常的单元估计（离散参数 %(phi)s），"
            "已计入 p 值。",
            phi=said(found.record["dispersion"]["cells"], 3),
        ),
        _(
            "q 值对全部 %(n)s 个可检验单元做 Benjamini–Hochberg 校正；两期都没有诉求的不检验。",
            n=said(found.record["tested_cells"]),
        ),
    ]
    if unlocated:
        total = counts["this"]["all"] + counts["with"]["all"]
        lines.append(
            _(
                "两期共 %(all)s 件，其中 %(n)s 件未定位，不计入单元；"
                "仅知街乡镇的 %(only)s 件计入街乡镇。",
                all=said(total),
                n=said(unlocated),
                only=said(counts["this"]["township_only"] + counts["with"]["township_only"]),
            )
        )
    return lines


def _whole(row: dict[str, Any], side: str) -> float | None:
    return rounded(row[f"neighbourhood_{side}"], 0)
