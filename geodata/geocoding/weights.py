"""What speaks for an answer where the register is too small to tell by itself.

Rounded from the weights that leave-one-out gave on a city of some 9,000 addresses; a register of
that size finds its own, and these are forgotten.
"""

from __future__ import annotations

import numpy as np

from geodata.geocoding.drafts import MEASURES
from geodata.geocoding.index import Floats
from geodata.geocoding.pairs import FEATURES

_FEATURES = {
    "same_road": 2.5, "same_estate": 2.0, "same_community": 2.0, "same_locality": 1.0,
    "part_of_name": -1.5, "alike": -4.0, "likeness": 3.5, "ratio": 2.0, "seat": -3.0,
    "words": 0.3, "closeness": 0.4, "relative_closeness": 0.5, "rank": 0.5, "nearest": 0.3,
    "same_unit": 0.2, "same_side": 0.3, "both_plain": 0.2, "same_district": 2.0,
    "other_district": 2.0, "same_township": 1.5, "other_township": 1.5, "same_postcode": 1.5,
    "same_key": 4.0, "around": 0.2,
}  # fmt: skip

_TOWNSHIP = {
    "certainty": 0.3, "margin": 1.0, "between": -0.15, "is_between": 1.0, "gap": -0.25,
    "numbered": 1.8, "part_of_name": -0.8, "alike": -1.6, "likeness": 1.5, "ratio": 1.5,
    "same_district": 1.0, "other_district": 1.0, "same_township": 0.5, "same_key": 4.0,
}  # fmt: skip
_TOWNSHIP_ONE = -1.9

_NEAR = {**_TOWNSHIP, "spread": -0.4}
_NEAR_ONE = 0.0


def _row(names: tuple[str, ...], weights: dict[str, float], one: float | None = None) -> Floats:
    row = [weights.get(name, 0.0) for name in names]
    return np.array(row if one is None else [one, *row])


CHOICE = _row(FEATURES, _FEATURES)
TOWNSHIP_RIGHT = _row(MEASURES, _TOWNSHIP, _TOWNSHIP_ONE)
POINT_NEAR = _row(MEASURES, _NEAR, _NEAR_ONE)
