"""The sample city's drawing board: a plane in kilometres, laid over an empty desert.

Everything is drawn in kilometres east and north of the city's centre and turned into degrees at
the end. One constant scale serves the whole city (its 60 km span 0.7 % of difference), so shares
of area are the same on the board and in degrees.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

CENTRE_LNG = 83.0
CENTRE_LAT = 39.0
"""Degrees; the Taklamakan, where nobody lives."""

KM_PER_DEGREE_LNG = 86.63
KM_PER_DEGREE_LAT = 111.01
"""Kilometres in a degree at 39° N on the WGS84 ellipsoid."""

COORDINATE_DECIMALS = 6
"""About 0.1 m: what exports carry, and what keeps shared borders shared."""

Points = NDArray[np.float64]
"""Shape (n, 2): east and north in kilometres, or longitude and latitude in degrees."""


def to_degrees(points: Points) -> Points:
    """Turn kilometres east and north of the centre into rounded longitude and latitude.

    Examples
    --------
    >>> import numpy as np
    >>> to_degrees(np.array([[0.0, 0.0], [86.63, -111.01]]))
    array([[83., 39.],
           [84., 38.]])
    """
    scale = np.array([KM_PER_DEGREE_LNG, KM_PER_DEGREE_LAT])
    degrees: Points = points / scale + np.array([CENTRE_LNG, CENTRE_LAT])
    return degrees.round(COORDINATE_DECIMALS)


def to_kilometres(points: Points) -> Points:
    """Turn longitude and latitude into kilometres east and north of the centre.

    Examples
    --------
    >>> import numpy as np
    >>> to_kilometres(np.array([[84.0, 39.0]])).round(2)
    array([[86.63,  0.  ]])
    """
    scale = np.array([KM_PER_DEGREE_LNG, KM_PER_DEGREE_LAT])
    kilometres: Points = (points - np.array([CENTRE_LNG, CENTRE_LAT])) * scale
    return kilometres


def geometry_to_degrees(geometries: NDArray[Any]) -> NDArray[Any]:
    """Turn shapely geometries in kilometres into WGS84 ones, equal corners staying equal.

    Examples
    --------
    >>> geometry_to_degrees(np.array([shapely.Point(0, 0)]))[0].wkt
    'POINT (83 39)'
    """
    return np.asarray(shapely.transform(geometries, to_degrees))
