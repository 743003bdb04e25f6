"""The methods of a forecast check in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.translation import _
from spatial.backtesting.backtest import PICKED


def method_name(name: str) -> str:
    """Return what people call a method."""
    names = {
        "last_365_days": _("近 365 天总量"),
        "last_28_days": _("上月（近 28 天）"),
        "same_28_days_last_year": _("去年同期 28 天"),
        "exponential_decay": _("指数衰减"),
        "decay_kernel": _("指数衰减 + 平滑"),
        "power_decay": _("幂次衰减"),
        "power_decay_kernel": _("幂次衰减 + 微平滑"),
        "seasonal": _("年均量 + 季节"),
        "gi_star": _("Gi* 排序"),
        "local_empirical_bayes": _("局部经验贝叶斯"),
        PICKED: _("逐期择优"),
    }
    return names.get(name, name)


def method_note(name: str) -> str:
    """Return what a method does, in one line."""
    notes = {
        "last_365_days": _("最近一年来得最多的地方排在前面；比较的基准。"),
        "last_28_days": _("最近 28 天来得最多的地方排在前面。"),
        "same_28_days_last_year": _("一年（365 天）前的同一段日子。"),
        "exponential_decay": _("越近的诉求权重越大，每过一个半衰期减半。"),
        "decay_kernel": _("先按指数衰减，再与三步以内的相邻单元做高斯加权平均。"),
        "power_decay": _("权重为 1 + 天数/28 的 −0.7 次方：既记住新近的突发，也不忘长期水平。"),
        "power_decay_kernel": _("幂次衰减后，每个相邻单元占本单元权重的 1.7％。"),
        "seasonal": _("近 365 天平均，再掺入往年同季。"),
        "gi_star": _("按单元与相邻单元合计的 Gi* 值排序，即强平滑。"),
        "local_empirical_bayes": _("近 365 天件数向周边平均收缩。"),
        PICKED: _("每个窗口都用此前窗口中表现最好的方法和参数：照此行事实际会得到的结果。"),
    }
    return notes.get(name, "")


def parameter_words(parameters: Mapping[str, float]) -> str:
    """Return chosen parameters with their units; empty where there is nothing to choose."""
    words = {
        "half_life": lambda value: _("半衰期 %(n)s 天", n=value),
        "bandwidth": lambda value: _("带宽 %(n)s 步", n=value),
        "exponent": lambda value: _("指数 %(n)s", n=value),
        "season_share": lambda value: _("季节占 %(n)s％", n=f"{100 * value:.0f}"),
        "reach": lambda value: _("范围 %(n)s", n=value),
        "days": lambda value: _("近 %(n)s 天", n=value),
    }
    return " · ".join(words[name](value) for name, value in parameters.items() if name in words)
