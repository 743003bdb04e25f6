"""The colours that the map and its export share."""

from __future__ import annotations

import numpy as np

from app.hotspots.palette import LEVEL_COLOURS
from app.hotspots.significance import NOT_TESTED, levels


def test_every_level_that_a_test_can_give_has_a_colour_of_its_own() -> None:
    q = np.array([0.001, 0.03, 0.07, 0.5, np.nan])
    none = np.where(np.isnan(q), np.nan, 1.0)
    given = {*levels(q, none).tolist(), *levels(none, q).tolist()}
    assert given == set(LEVEL_COLOURS)
    assert NOT_TESTED in given
    assert len(set(LEVEL_COLOURS.values())) == len(LEVEL_COLOURS)
