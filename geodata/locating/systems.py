"""Coordinates of rows, and the systems that they are in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import in_one
from geodata.coordinates import WGS84, Floats, LngLat, is_geographic, to_wgs84


class RowSystems:
    """Coordinate systems of a table's rows; rows that name none are in WGS84."""

    def __init__(self, names: pa.ChunkedArray) -> None:
        encoded = in_one(names).dictionary_encode()
        self._names: list[str] = encoded.dictionary.to_pylist()
        unnamed = self._names.index(WGS84) if WGS84 in self._names else len(self._names)
        if encoded.null_count and unnamed == len(self._names):
            self._names.append(WGS84)
        self._which = encoded.indices.fill_null(unnamed).to_numpy(zero_copy_only=False)

    @property
    def in_degrees(self) -> NDArray[np.bool_]:
        geographic = np.array([is_geographic(name) for name in self._names], dtype=bool)
        return np.asarray(geographic[self._which], dtype=bool)

    def to_wgs84(self, lng: Floats, lat: Floats, only: NDArray[np.int64] | None = None) -> LngLat:
        """Convert coordinates of all rows, or of `only` some."""
        which = self._which if only is None else self._which[only]
        if len(self._names) == 1:
            return to_wgs84(lng, lat, self._names[0])
        converted = np.full(len(lng), np.nan), np.full(len(lng), np.nan)
        for number, name in enumerate(self._names):
            rows = which == number
            converted[0][rows], converted[1][rows] = to_wgs84(lng[rows], lat[rows], name)
        return converted


def floats(column: pa.ChunkedArray) -> Floats:
    """Return a column as floats of its own; NaN for null."""
    return np.array(column.cast(pa.float64()).to_numpy(), dtype=float)
