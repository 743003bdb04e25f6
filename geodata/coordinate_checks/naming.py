"""Which area or place a case itself names: in its own field, or else in its address."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geodata.areas import OUTSIDE, AreaNames, Boundaries, Places

SHORTEST_AREA = 2
SHORTEST_PLACE = 3
"""Characters of a name that is looked for in addresses: shorter ones are parts of other words."""


class AreaNaming:
    """Tells the area that a case names.

    Examples
    --------
    >>> import shapely
    >>> areas = Boundaries.of(["1", "2"], ["东风街道", "西河镇"], [shapely.box(0, 0, 1, 1)] * 2)
    >>> AreaNaming(areas).find(["东风", None, None], [None] * 3, ["", "西河镇大路1号", "大路1号"])
    array([ 0,  1, -1])
    """

    def __init__(self, areas: Boundaries) -> None:
        self._names = AreaNames(areas)
        words = {str(name) for name in areas.names if len(str(name)) >= SHORTEST_AREA}
        longest_first = sorted(words, key=lambda word: (-len(word), word))
        self._in_text = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def find(
        self,
        names: Sequence[str | None],
        districts: Sequence[str | None],
        addresses: Sequence[str],
    ) -> NDArray[np.int64]:
        """Return the index of the area that each case names, `OUTSIDE` where it names none."""
        found = self._names.find(names, districts)
        silent = np.flatnonzero(found == OUTSIDE)
        said = [self._in_text.search(addresses[int(row)]) for row in silent]
        speaking = [(int(row), word[0]) for row, word in zip(silent, said, strict=True) if word]
        rows = [row for row, _ in speaking]
        words = [word for _, word in speaking]
        found[rows] = self._names.find(words, [districts[row] for row in rows])
        return found


def named_places(
    names: Sequence[str | None], addresses: Sequence[str], places: Places
) -> NDArray[np.int64]:
    """Return the index of the place that each case names, `OUTSIDE` where it names none.

    Names that several places bear name none of them.
    """
    index = pl.DataFrame({"name": [str(name) for name in places.names]}).with_row_index("at")
    single = index.filter(
        ~pl.col("name").is_duplicated(), pl.col("name").str.len_chars() >= SHORTEST_PLACE
    )
    known = dict(zip(single["name"], single["at"], strict=True))
    texts = pl.Series([*addresses], dtype=pl.String)
    words = list(known)
    said = (
        texts.str.extract_many(words, leftmost=True).list.first()
        if words
        else pl.Series([None] * len(texts), dtype=pl.String)
    )
    meant = [known.get(name or "", known.get(word or "", OUTSIDE))
             for name, word in zip(names, said, strict=True)]  # fmt: skip
    return np.array(meant, dtype=np.int64)
