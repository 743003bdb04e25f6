"""The columns of the fact table: what of a case can be asked for, and in how many bytes.

A case takes 35 bytes or so. Grouping the same facts beforehand would save little: at cells of
resolution 10, days, classes, channels and units nearly every case is a group of its own. So the
facts themselves are kept, in codes, and every answer over any filter is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LAYOUT = 1
"""Raised when columns change what they mean: files of another layout are made anew."""

FACT_RESOLUTION = 10
"""Finest H3 resolution that is counted at; coarser cells are parents of these."""

HOURS_A_DAY, SECONDS_AN_HOUR = 24, 3_600
SLOTS_A_MONTH = 31 * HOURS_A_DAY

NONE = 0
"""Code of "no value" in every column of codes, and of callers who are not known."""

CODED: dict[str, tuple[str, ...]] = {
    "class": ("class_1", "class_2", "class_3"),
    "channel": ("channel",),
    "kind": ("kind",),
    "status": ("status",),
    "handler": ("lead_handler", "assisting_handler", "handler"),
    "area": ("district", "township"),
    "reported": ("reported_district", "reported_township"),
    "place": ("place",),
}
"""Column of codes → columns of the store whose values together make one entry of its list."""


def unit_of(handlers: Sequence[str | None]) -> str | None:
    """Return the unit that a case is with; sources that know only one write it in either column."""
    lead, _, handler = handlers
    return handler or lead


LOCATED, TOWNSHIP_ONLY, UNLOCATED = range(3)
"""Codes of ``state``. Both of the last two are unlocated in the sense of the pages."""

ANSWERS = ("满意", "基本满意", "一般", "不满意")
"""Answers about satisfaction that say something, in the order of their codes from 1."""

NOT_VALID = 0
"""Code of ``answer`` for a case without a valid callback."""

_YES_NO_NONE = 3
_SATISFACTIONS = len(ANSWERS) + 1

N_ANSWERS = 1 + _YES_NO_NONE * _YES_NO_NONE * _SATISFACTIONS


@dataclass(frozen=True)
class Answer:
    """What a valid callback said; None where it did not say.

    Attributes
    ----------
    responded, resolved : bool or None
    satisfaction : str or None
        One of `ANSWERS`.
    """

    responded: bool | None
    resolved: bool | None
    satisfaction: str | None


def answer_codes(
    valid: NDArray[np.bool_],
    responded: NDArray[np.int64],
    resolved: NDArray[np.int64],
    satisfaction: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return one code for all that a callback says.

    Parameters
    ----------
    valid : ndarray of bool
    responded, resolved : ndarray of int
        0 not said, 1 no, 2 yes.
    satisfaction : ndarray of int
        0 not said, else 1 + place in `ANSWERS`.
    """
    said = (responded * _YES_NO_NONE + resolved) * _SATISFACTIONS + satisfaction
    return np.where(valid, 1 + said, NOT_VALID).astype(np.uint8)


def answer_of(code: int) -> Answer | None:
    """Return what a code of `answer_codes` says; None where there was no valid callback."""
    if code == NOT_VALID:
        return None
    both, satisfaction = divmod(code - 1, _SATISFACTIONS)
    responded, resolved = divmod(both, _YES_NO_NONE)
    said = (None, False, True)
    return Answer(
        said[responded], said[resolved], ANSWERS[satisfaction - 1] if satisfaction else None
    )
