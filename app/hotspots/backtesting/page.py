"""What the page of forecast checks is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.cases.listing import has_cases
from app.hotspots.backtesting.forms import BacktestState
from app.hotspots.backtesting.stored import StoredBacktest, list_backtests, load_backtest
from app.hotspots.backtesting.wording import method_name, method_note, parameter_words
from app.translation import _
from geodata.home import Home
from spatial.backtesting.backtest import PICKED

PERCENT = 100.0
FORMS = {"hit_rate": ".2f", "pai": ".1f", "pei": ".3f", "rri": ".2f", "gain": "+.1f"}
"""The figures of a method and how each is written."""


@dataclass(frozen=True)
class Figure:
    """A figure as the table shows it; None where it is not known.

    Attributes
    ----------
    shown, interval : str or None
        The figure, and from where to where it may lie.
    value : float or None
        The figure itself, in the unit shown.
    """

    shown: str | None
    interval: str | None
    value: float | None


@dataclass(frozen=True)
class Row:
    """One method at one share of the area; rates and gain in per cent."""

    name: str
    label: str
    note: str
    figures: dict[str, Figure]
    is_baseline: bool
    is_next: bool


def backtest_page(home: Home, state: BacktestState) -> dict[str, Any]:
    """Return the context of the page for a state of its URL.

    Raises
    ------
    Missing
        The state names a check that does not exist.
    """
    checks = list_backtests(home)
    found = load_backtest(home, state.check) if state.check else next(iter(checks), None)
    if found is None:
        return {"checks": checks, "found": None, "has_cases": has_cases(home)}
    rows = _rows(found, state.share)
    return {
        "checks": checks,
        "found": found,
        "share": state.share,
        "shares": [PERCENT * share for share in found.record["parameters"]["shares"]],
        "rows": rows,
        "next_label": method_name(found.record["next"]["method"]),
        "next_parameters": parameter_words(found.record["next"]["parameters"]),
        "why": _why(found, state.share),
        "cautions": _cautions(found),
        "chart": _chart(rows),
    }


def _rows(found: StoredBacktest, share: int) -> list[Row]:
    methods = {**found.methods, PICKED: found.record["picked"]}
    return [
        Row(
            name=name,
            label=method_name(name),
            note=method_note(name),
            figures={each: _figure(each, method[each][share]) for each in FORMS},
            is_baseline=name == found.record["baseline"],
            is_next=name == found.record["next"]["method"],
        )
        for name, method in methods.items()
    ]


def _figure(name: str, figure: dict[str, float | None]) -> Figure:
    factor = PERCENT if name in ("hit_rate", "gain") else 1.0
    form = FORMS[name]

    def shown(part: str) -> str | None:
        number = figure[part]
        return None if number is None else _written(factor * number, form)

    value, low, high = figure["value"], shown("low"), shown("high")
    return Figure(
        shown=shown("value"),
        interval=None if low is None else _("%(low)s 至 %(high)s", low=low, high=high),
        value=None if value is None else factor * value,
    )


def _written(number: float, form: str) -> str:
    """Write a number; what rounds to nought bears no sign."""
    text = format(number, form)
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


def _why(found: StoredBacktest, share: int) -> list[str]:
    """Return why the method was picked, and what picking brought, each in a sentence."""
    record = found.record
    warm_up, windows = record["parameters"]["warm_up"], record["windows"]
    lines = [
        _(
            "选法：在全部 %(n)s 个窗口（含只用于择优的前 %(warm)s 个）里，"
            "三种面积份额的 PEI 平均最高。",
            n=len(windows) + warm_up,
            warm=warm_up,
        )
    ]
    gain = _figure("gain", record["picked"]["gain"][share])
    if gain.shown is not None:
        percent = f"{PERCENT * record['parameters']['shares'][share]:g}"
        lines.append(_compared(gain, record["picked"]["gain"][share], percent))
    often = Counter(window["picked"] for window in windows).most_common(1)[0]
    values = {"all": len(windows), "n": often[1], "method": method_name(often[0])}
    if often[0] == record["next"]["method"]:
        lines.append(
            _(
                "如果每期都按此前最好的方法做，%(all)s 个窗口中有 %(n)s 个会用“%(method)s”。",
                **values,
            )
        )
    else:
        lines.append(
            _(
                "如果每期都按此前最好的方法做，%(all)s 个窗口中有 %(n)s 个会用“%(method)s”；"
                "下一期选的不是它，因为各期只看得到当时之前的窗口，下一期看全部窗口的平均。",
                **values,
            )
        )
    return lines


def _compared(gain: Figure, known: Mapping[str, float | None], percent: str) -> str:
    """Say in one sentence whether picking beat the baseline; ``known`` is the gain as kept."""
    low, high, value = known["low"], known["high"], known["value"] or 0.0
    words = {"share": percent, "interval": gain.interval}
    if low is None or high is None:
        return _(
            "照此逐期择优，在面积的 %(share)s％ 里，命中数与近 365 天总量相差 %(gain)s％；"
            "窗口太少，给不出区间，还分不出高下。",
            share=percent,
            gain=gain.shown,
        )
    if low <= 0 <= high:
        return _(
            "照此逐期择优，在面积的 %(share)s％ 里，与近 365 天总量分不出高下"
            "（命中数相差 %(gain)s％，95％ 区间 %(interval)s）。",
            gain=gain.shown,
            **words,
        )
    size = (gain.shown or "").lstrip("+−")
    if value > 0:
        return _(
            "照此逐期择优，在面积的 %(share)s％ 里，比近 365 天总量多命中 %(size)s％"
            "（差别的 95％ 区间 %(interval)s）。",
            size=size,
            **words,
        )
    return _(
        "照此逐期择优，在面积的 %(share)s％ 里，比近 365 天总量少命中 %(size)s％"
        "（差别的 95％ 区间 %(interval)s）。",
        size=size,
        **words,
    )


def _cautions(found: StoredBacktest) -> list[str]:
    """Return what to mind when reading the figures."""
    record, cautions = found.record, []
    if record["short_history"]:
        cautions.append(
            _("历史不满一年：“近 365 天总量”在这里是截至当时的全部诉求，结论只供参考。")
        )
    if record["left_out"]:
        names = " · ".join(method_name(name) for name in record["left_out"])
        cautions.append(_("因历史太短没有参加比较的方法：%(names)s。", names=names))
    unlocated = record["counts"]["unlocated"]
    if unlocated:
        cautions.append(
            _(
                "时间范围内共 %(all)s 件，其中 %(n)s 件没有定位到单元，不参加检验。",
                all=f"{record['counts']['all']:,}",
                n=f"{unlocated:,}",
            )
        )
    return cautions


def _chart(rows: list[Row]) -> dict[str, Any]:
    """Return hit rates as the bar chart takes them."""
    values = [row.figures["hit_rate"].value for row in rows]
    return {
        "rows": [
            {"label": row.label, "points": round(value, 2)}
            for row, value in zip(rows, values, strict=True)
            if value is not None
        ],
        "unit": "%",
    }
