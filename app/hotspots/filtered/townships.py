"""Townships ranked by their cases, with how they changed and how many cases 10,000 people have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.hotspots.filtered.counting import CodeAxis
from app.hotspots.filtered.forms import NO_VALUE
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.periods import Step
from app.hotspots.township_counts import PER


def township_axis(narrowed: Narrowed) -> CodeAxis:
    """Return the axis of the townships; the last group is that of cases of none of them."""
    attributed = narrowed.attributed
    n = len(attributed.codes)
    group = np.where(attributed.township < 0, n, attributed.township).astype(np.int32)
    return CodeAxis(attributed.column, group, n + 1)


@dataclass(frozen=True)
class Latest:
    """The last period of the window and the one before it, as far as the store reaches.

    Attributes
    ----------
    step, before : Step or None
        None where the store has no such days.
    """

    step: Step | None = None
    before: Step | None = None

    @classmethod
    def of(cls, narrowed: Narrowed) -> Latest:
        """Find the last of the periods that are shown."""
        if not narrowed.steps or narrowed.facts.days is None:
            return cls()
        last = narrowed.steps[-1]
        before = narrowed.calendar.before(last)
        first_day = narrowed.facts.days[0]
        if before.end <= first_day:
            return cls(last)
        return cls(last, Step(before.label, max(before.start, first_day), before.end))

    @property
    def steps(self) -> tuple[Step, ...]:
        """Both, the earlier one first."""
        return tuple(step for step in (self.before, self.step) if step is not None)

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "latest": self.step and self.step.to_json(),
            "previous": self.before and self.before.to_json(),
        }


def townships_json(
    narrowed: Narrowed, counts: NDArray[np.int32], latest: Latest, lately: NDArray[np.int32]
) -> dict[str, Any]:
    """Return the ranking.

    Parameters
    ----------
    narrowed : Narrowed
    counts : ndarray of int, shape (townships + 1,)
        Of the window, by `township_axis`.
    latest : Latest
    lately : ndarray of int, shape (townships + 1, steps of `latest`)

    Returns
    -------
    dict
        ``rows``: ``rank, code, name, district, count, latest, previous, change`` (of the daily
        count, against the period before; None where there was none), ``population, rate`` (by
        `PER` people; None where the people are not known). ``none``: the same counts of cases that
        belong to no township. ``per``, ``latest``, ``previous`` (the periods), ``populated``: how
        many townships' people are known.
    """
    attributed = narrowed.attributed
    recent = [_recent(latest, each) for each in lately.tolist()]
    rows = [
        {
            "code": attributed.codes[at],
            "name": attributed.names[at],
            "district": attributed.districts[at],
            "count": int(counts[at]),
            **recent[at],
            **_rate(int(counts[at]), float(attributed.population[at])),
        }
        for at in _asked_for(narrowed)
    ]
    rows.sort(key=lambda row: (-row["count"], row["code"]))
    above = [row["count"] for row in rows]
    for row in rows:
        row["rank"] = above.index(row["count"]) + 1
    return {
        "rows": rows,
        "none": {"count": int(counts[-1]), **recent[-1]},
        "per": PER,
        "populated": sum(row["population"] is not None for row in rows),
        **latest.to_json(),
    }


def _asked_for(narrowed: Narrowed) -> list[int]:
    """Return the townships that the filter and the area allow, whether they have cases or not."""
    attributed, chosen, area = narrowed.attributed, narrowed.chosen, narrowed.scope.area

    def is_asked_for(at: int) -> bool:
        code, district = attributed.codes[at], attributed.districts[at]
        return (
            (not chosen.townships or code in chosen.townships)
            and (not chosen.districts or (district or NO_VALUE) in chosen.districts)
            and area.has_township(code)
        )

    return [at for at in range(len(attributed.codes)) if is_asked_for(at)]


def _recent(latest: Latest, counts: list[int]) -> dict[str, Any]:
    by_label = dict(zip((step.label for step in latest.steps), counts, strict=True))
    now = by_label.get(latest.step.label) if latest.step else None
    before = by_label.get(latest.before.label) if latest.before else None
    change = None
    if now is not None and before and latest.step and latest.before:
        change = now / latest.step.days / (before / latest.before.days) - 1
    return {"latest": now, "previous": before, "change": change}


def _rate(count: int, population: float) -> dict[str, Any]:
    if math.isnan(population) or population <= 0:
        return {"population": None, "rate": None}
    return {"population": round(population), "rate": count / population * PER}
