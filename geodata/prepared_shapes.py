"""Shapes that several threads may ask at once.

GEOS gives a prepared shape its indexes when it is first asked, one for each kind of question, and
takes no lock: two threads that ask first together free the same memory twice. Here each kind is
asked before anybody else can. Other questions (`covers`, `intersects`, …) write to the index every
time, so they are for shapes that are not prepared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely
from numpy.typing import NDArray

_ASKED = 3
"""Times that each question is put: the first is answered without an index."""


def prepare_for_threads(shapes: Sequence[shapely.Geometry] | NDArray[Any]) -> NDArray[Any]:
    """Return prepared copies of shapes, for `intersects_xy` and `distance` and nothing else.

    Examples
    --------
    >>> (box,) = prepare_for_threads([shapely.box(0, 0, 1, 1)])
    >>> bool(shapely.is_prepared(box)), bool(shapely.intersects_xy(box, 0.5, 1.0))
    (True, True)
    """
    copies: NDArray[Any] = shapely.from_wkb(shapely.to_wkb(shapes))
    shapely.prepare(copies)
    inner = shapely.point_on_surface(copies)
    x, y = shapely.get_x(inner), shapely.get_y(inner)
    outer = shapely.points(shapely.bounds(copies)[:, 0] - 1, y)
    for _ in range(_ASKED):
        shapely.intersects_xy(copies, x, y)
        shapely.distance(copies, outer)
    return copies
