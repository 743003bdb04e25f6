"""What people of the sample city call about, when, and who answers (`taxonomy.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from geodata.sample.settlements import ESTATE, PUBLIC, VILLAGE

SCATTERED = "散户"
"""Kind of where scattered people live, beside the kinds of places."""

PLACE_KINDS = (ESTATE, VILLAGE, PUBLIC, SCATTERED)

SEASONS = {
    "flat": (1.0,) * 12,
    "heating": (3.0, 1.8, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.5, 2.8, 2.9),
    "summer": (0.5, 0.5, 0.7, 0.9, 1.2, 1.6, 1.8, 1.8, 1.3, 0.8, 0.5, 0.4),
    "rain": (0.5, 0.5, 0.6, 0.8, 1.0, 1.5, 2.2, 2.1, 1.1, 0.7, 0.5, 0.5),
    "spring": (0.7, 0.8, 1.5, 1.6, 1.5, 1.1, 0.8, 0.8, 0.9, 0.9, 0.8, 0.6),
    "warm": (0.5, 0.6, 1.0, 1.2, 1.3, 1.3, 1.3, 1.2, 1.2, 1.1, 0.8, 0.5),
    "autumn": (0.5, 0.4, 0.6, 0.6, 0.6, 1.0, 0.7, 0.7, 1.8, 2.6, 1.7, 0.8),
    "winter": (1.6, 1.4, 1.0, 0.8, 0.7, 0.7, 0.7, 0.7, 0.8, 1.0, 1.2, 1.4),
    "yearend": (2.4, 1.2, 0.7, 0.7, 0.7, 0.7, 0.7, 0.8, 0.8, 0.9, 1.1, 1.3),
    "school": (0.6, 0.7, 1.1, 1.2, 1.4, 1.3, 1.0, 1.5, 1.4, 0.7, 0.6, 0.5),
}
"""How often a class is called about in each month, January first, 1 on average or nearly."""

_DAY = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 11, 9, 11, 14, 14, 12, 9, 7, 6, 5, 4, 3, 2)
_EVENING = (2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 7, 7, 7, 8, 8, 9, 12, 15, 17, 15, 11, 7, 4)
_NIGHT = (14, 9, 6, 4, 4, 8, 6, 5, 6, 6, 5, 4, 5, 5, 5, 5, 5, 5, 6, 7, 9, 13, 17, 18)
HOURS = {"day": _DAY, "evening": _EVENING, "night": _NIGHT}
"""Calls in each hour of the day, relative."""

ELSEWHERE = 0.06
"""How often a class is called about where it does not belong."""

_BELONGS = {
    "小区": {ESTATE},
    "村庄": {VILLAGE, SCATTERED},
    "公共空间": {PUBLIC},
    "城区": {ESTATE, PUBLIC},
    "各处": set(PLACE_KINDS),
}


@dataclass(frozen=True)
class Subject:
    """One third-level class and what goes with it; fields as in `taxonomy.yaml`."""

    class_1: str
    class_2: str
    class_3: str
    weight: float
    where: str
    season: str
    hours: str
    handler: str
    limit: float
    solved: float
    titles: tuple[str, ...]
    bodies: tuple[str, ...]


@lru_cache(maxsize=1)
def subjects() -> tuple[Subject, ...]:
    """Return all third-level classes.

    Examples
    --------
    >>> len({subject.class_1 for subject in subjects()}), len(subjects()) > 50
    (9, True)
    """
    text = files("geodata.sample").joinpath("taxonomy.yaml").read_text(encoding="utf-8")
    return tuple(
        Subject(class_1, class_2, class_3, **_as_tuples(details))
        for class_1, second in yaml.safe_load(text).items()
        for class_2, third in second.items()
        for class_3, details in third.items()
    )


def subject_shares(kind: str | None) -> NDArray[np.float64]:
    """Return the share of each subject in each month of the year at one kind of place.

    Parameters
    ----------
    kind : str or None
        One of `PLACE_KINDS`; None for all places alike.

    Returns
    -------
    ndarray of float, shape (12, subjects)
        Every row sums to 1.

    Examples
    --------
    >>> subject_shares("小区").sum(axis=1).round(6).tolist() == [1.0] * 12
    True
    """
    season = np.array([SEASONS[subject.season] for subject in subjects()]).T
    weight = np.array([subject.weight for subject in subjects()])
    belongs = [kind is None or kind in _BELONGS[subject.where] for subject in subjects()]
    shares: NDArray[np.float64] = season * weight * np.where(belongs, 1.0, ELSEWHERE)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _as_tuples(details: dict[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in details.items()
    }
