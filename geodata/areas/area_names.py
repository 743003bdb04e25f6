"""Areas by the names that offices write: with or without 街道, 镇 or 乡, any width, or code."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from geodata.areas.boundaries import OUTSIDE, Boundaries

_TOWNSHIP_SUFFIX = re.compile(r"(?<=..)(?:街道办事处|地区办事处|办事处|街道|地区|民族乡|镇|乡)$")
_DISTRICT_SUFFIX = re.compile(r"(?<=..)(?:新区|区|县|市)$")
_WHOLE_NUMBER = re.compile(r"0*(\d+)(?:\.0+)?")


class AreaNames:
    """Index of areas by code, name and short name.

    A name that several areas bear is decided by the district reported with it; undecided, it
    names none of them.

    Parameters
    ----------
    areas : Boundaries
        Townships or districts.

    Examples
    --------
    >>> import shapely
    >>> box = shapely.box(0, 0, 1, 1)
    >>> names = AreaNames(Boundaries.of(["1", "2"], ["东风街道", "西河镇"], [box, box]))
    >>> names.find(["东风", "西河镇", "2.0", "南山", None], [None] * 5)
    array([ 0,  1,  1, -1, -1])
    """

    def __init__(self, areas: Boundaries) -> None:
        self._by_key: dict[str, set[int]] = defaultdict(set)
        self._district_keys: list[set[str]] = []
        for index, (code, name) in enumerate(zip(areas.codes, areas.names, strict=True)):
            for key in {_plain(code), _plain(name)}:
                self._by_key[key].add(index)
        self._by_short: dict[str, set[int]] = defaultdict(set)
        for index, name in enumerate(areas.names):
            self._by_short[_short(name)].add(index)
        for code, name in zip(areas.district_codes, areas.district_names, strict=True):
            self._district_keys.append({_short(text) for text in (code, name) if text})
        named = {_plain(text) for text in areas.district_names if text} - {""}
        # Longest first, so that of 和平 and 和平东 the one that is meant is cut off; a set alone
        # would be gone through in another order in every process.
        self._districts = sorted(named, key=lambda text: (-len(text), text))

    def find(
        self, names: Sequence[str | None], districts: Sequence[str | None]
    ) -> NDArray[np.int64]:
        """Return the area that each name means.

        Parameters
        ----------
        names, districts : sequence of str or None, length n
            Names as reported, and the district reported with each.

        Returns
        -------
        ndarray of int64, shape (n,)
            Index of the area, `OUTSIDE` (-1) where the name is missing, unknown or ambiguous.
        """
        pairs = list(zip(names, districts, strict=True))
        meanings = {pair: self._find(*pair) for pair in set(pairs)}
        return np.array([meanings[pair] for pair in pairs], dtype=np.int64)

    def _find(self, name: str | None, district: str | None) -> int:
        key = _plain(name) if name else ""
        if not key:
            return OUTSIDE
        for candidates in self._candidates(key):
            chosen = self._in_district(candidates, district) if len(candidates) > 1 else candidates
            if len(chosen) == 1:
                return next(iter(chosen))
        return OUTSIDE

    def _candidates(self, key: str) -> Iterable[set[int]]:
        yield self._by_key.get(key, set())
        yield self._by_short.get(_short(key), set())
        for district in self._districts:
            if key.startswith(district):
                yield from self._candidates(key.removeprefix(district))

    def _in_district(self, candidates: set[int], district: str | None) -> set[int]:
        reported = _short(district) if district else None
        return {index for index in candidates if reported in self._district_keys[index]}


def _plain(text: str) -> str:
    folded = "".join(unicodedata.normalize("NFKC", str(text)).casefold().split())
    number = _WHOLE_NUMBER.fullmatch(folded)
    return number[1] if number else folded


def _short(text: str) -> str:
    plain = _plain(text)
    return _DISTRICT_SUFFIX.sub("", _TOWNSHIP_SUFFIX.sub("", plain))
