"""What is known by name: addresses, roads, estates and aliases, each with a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.object_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Rows of known addresses, place names and aliases; several rows may mean one place.

    Attributes
    ----------
    texts : ndarray of object, shape (n,)
        Address, name or alias, as people write it.
    lng, lat : ndarray of float, shape (n,)
        WGS84 degrees.
    place, township, district, kind : ndarray of object, shape (n,)
        Code of the place, names of its areas and its kind; None where not known.

    Examples
    --------
    >>> known = Gazetteer.of(["Main St 1", "Main St 9"], [0.0, 0.1], [0.0, 0.0], place=["a", None])
    >>> len(known), known.place.tolist()
    (2, ['a', None])
    """

    texts: Texts
    lng: Floats
    lat: Floats
    place: Texts
    township: Texts
    district: Texts
    kind: Texts

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        lng: Any,
        lat: Any,
        *,
        place: Sequence[Any] | None = None,
        township: Sequence[Any] | None = None,
        district: Sequence[Any] | None = None,
        kind: Sequence[Any] | None = None,
    ) -> Gazetteer:
        """Return a gazetteer; rows without text or coordinates are left out.

        Raises
        ------
        ValueError
            Where the columns differ in length.
        """
        n = len(texts)
        columns = [_texts(values, n) for values in (texts, place, township, district, kind)]
        lng, lat = (np.array(values, dtype=float) for values in (lng, lat))
        if len(lng) != n or len(lat) != n:
            raise ValueError(f"{n} texts but {len(lng)} longitudes and {len(lat)} latitudes")
        usable = np.isfinite(lng) & np.isfinite(lat)
        usable &= np.array([bool(text) for text in columns[0]], dtype=bool)
        name, code, town, area, sort = (column[usable] for column in columns)
        return cls(name, lng[usable], lat[usable], code, town, area, sort)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.texts)

    def take(self, rows: NDArray[np.int64]) -> Gazetteer:
        """Return some rows, in the given order."""
        return Gazetteer(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def _texts(values: Sequence[Any] | None, n: int) -> Texts:
    texts = np.full(n, None, dtype=object)
    if values is None:
        return texts
    if len(values) != n:
        raise ValueError(f"{n} texts but a column of {len(values)}")
    # NaN is what pandas has where there is nothing.
    texts[:] = [None if value is None or value != value else str(value) for value in values]
    return texts
