"""A polygon drawn by hand, as it rides in an address: Google's encoded polyline, five decimals.

A lasso selects the cells whose centre lies inside it, so what is counted is what lights up.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from app.errors import InvalidParameter
from spatial.grid import cell_centres

MOST_VERTICES = 100
_SCALE = 1e5
_FIRST, _LAST = 63, 127
_MORE, _FIVE_BITS, _SHIFT = 0x20, 0x1F, 5
_LONGEST_SHIFT = 30


def decode_lasso(text: str) -> shapely.Polygon:
    """Return the polygon of an encoded polyline (latitude first, as the format has it).

    Raises
    ------
    InvalidParameter
        The text is cut off, has other characters, leaves the Earth, or has not 3 to 100 vertices.

    References
    ----------
    "Encoded Polyline Algorithm Format", Google Maps Platform documentation.
    """
    numbers = _numbers(text)
    if len(numbers) % 2 or not 3 <= len(numbers) // 2 <= MOST_VERTICES:
        raise _invalid(f"{len(numbers) / 2:g} vertices, expected 3 to {MOST_VERTICES}")
    lat, lng = np.cumsum(np.array(numbers, dtype=float).reshape(-1, 2), axis=0).T / _SCALE
    if (np.abs(lat) > 90).any() or (np.abs(lng) > 180).any():
        raise _invalid("a vertex is not on Earth")
    return shapely.Polygon(np.column_stack([lng, lat]))


def cells_inside(lasso: shapely.Polygon, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which cells have their centre inside; a line that crosses itself encloses each loop."""
    lat, lng = cell_centres(cells)
    whole = shapely.make_valid(lasso)
    shapely.prepare(whole)
    return np.asarray(shapely.contains_xy(whole, lng, lat), dtype=bool)


def _numbers(text: str) -> list[int]:
    numbers: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - _FIRST
        if not 0 <= bits <= _LAST - _FIRST or shift > _LONGEST_SHIFT:
            raise _invalid("not an encoded polyline")
        value |= (bits & _FIVE_BITS) << shift
        shift += _SHIFT
        if bits < _MORE:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift:
        raise _invalid("cut off in the middle of a number")
    return numbers


def _invalid(reason: str) -> InvalidParameter:
    return InvalidParameter(
        f"lasso: {reason}", f"圈选范围无效：应为 3 到 {MOST_VERTICES} 个顶点的编码折线"
    )
