"""Where the figures of a file come from, in the few lines that every file carries."""

from __future__ import annotations

from datetime import timedelta

from app.hotspots.definitions import layer_definitions
from app.hotspots.measures import measure_name
from app.hotspots.runs import RunSummary
from app.takeaway.features import Asked
from app.translation import _


def title(question: Asked, layers: tuple[str, ...]) -> str:
    """Return what is shown, and of when."""
    named = layer_definitions(question.run)
    shown = _("、").join(named[layer]["title"] for layer in layers)
    return _("%(layers)s（%(period)s）", layers=shown, period=question.period)


def source_line(run: RunSummary) -> str:
    """Return run, last day of the data and measure."""
    return _(
        "来源：诉源分析 %(run)s；数据截至 %(day)s；%(measure)s",
        run=run.id,
        day=(run.end - timedelta(days=1)).isoformat(),
        measure=measure_name(run.measure),
    )


def method_line(run: RunSummary, layer: str) -> str:
    """Return how a layer came about, in one line."""
    definition = layer_definitions(run)[layer]
    return _("方法：%(title)s——%(how)s", title=definition["title"], how=definition["text"])


def about(question: Asked, layers: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return everything a file says of itself: labels and lines."""
    run = question.run
    named = layer_definitions(run)
    lines = [
        (_("标题"), title(question, layers)),
        (_("分析编号"), run.id),
        (_("时段"), question.period),
        (_("数据截至"), (run.end - timedelta(days=1)).isoformat()),
        (_("计量"), measure_name(run.measure)),
        (
            _("件数"),
            _(
                "%(all)s 件 = 已定位 %(located)s 件 + 未定位 %(unlocated)s 件",
                **{name: f"{n:,}" for name, n in run.counts.items()},
            ),
        ),
    ]
    for layer in layers:
        definition = named[layer]
        lines.append((definition["title"], definition["text"]))
        lines += [(each["label"], each["value"]) for each in definition["facts"]]
        lines += [(_("注意"), note) for note in definition["notes"]]
    return lines
