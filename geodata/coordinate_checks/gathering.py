"""The coordinates of many cases, read once and kept as whole numbers.

All rules for false coordinates ask the same: how many cases share a coordinate, how many decimals
there are, which different coordinates there are in their order. One pass over the cases answers it
for each coordinate system: a coordinate becomes one whole number, eight bytes, and sorted they tell
the rest. Of more cases than `GATHERED_AT_ONCE` a slice of longitudes is read and sorted at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geodata.coordinate_checks.decimals import (
    COARSE_DECIMALS,
    LARGEST_DEG,
    MOST_DECIMALS,
    are_near,
    decimals_of_points,
    whole_numbers,
    without_zeros,
)
from geodata.coordinates import Floats, is_geographic
from geodata.default_points import (
    COORDINATE_DECIMALS,
    KEYS_A_DEGREE,
    SEVERAL,
    CountedCoordinates,
    count_coordinates,
    with_keys,
)

GATHERED_AT_ONCE = 1 << 25
"""Coordinates that are sorted at once: 256 MB."""
MOST_FAR = 1 << 20
"""Coordinates of no place on this Earth that are kept to be counted with the others."""

_BLOCK = 1 << 16
"""Coordinates looked at together: their arrays fit a core's cache."""
_FEW_AT_ONCE = 1 << 20
_SAMPLED_EVERY = 1 << 12
_TOLD_LATER = MOST_DECIMALS + 1
_LNG_BITS = 32
_HALF = 1 << (_LNG_BITS - 1)

Keys = NDArray[np.int64]


def gather(cases: pl.LazyFrame, at_once: int = GATHERED_AT_ONCE) -> dict[str, Gathered]:
    """Read the coordinates of cases, by the coordinate system that they are declared in.

    Parameters
    ----------
    cases : LazyFrame
        ``source_lng, source_lat, source_crs``.
    at_once : int
        Coordinates held in memory; of more, a part at a time is read again.

    Returns
    -------
    dict of str to Gathered
        In the order of their names.

    Examples
    --------
    >>> cases = pl.LazyFrame({"source_lng": [116.41] * 6, "source_lat": [39.9123] * 6})
    >>> gather(cases.with_columns(source_crs=pl.lit("WGS84")))["WGS84"].count(cases).total
    6
    """
    columns = cases.select("source_lng", "source_lat", "source_crs")
    rows = int(cases.select(pl.len()).collect(engine="streaming").item())
    found: dict[str, Gathered] = {}
    for crs, lng, lat in _pieces(columns):
        if crs not in found:
            found[crs] = Gathered(crs, columns, rows, at_once)
        found[crs].add(lng, lat)
    for gathered in found.values():
        gathered.finish()
    return {crs: found[crs] for crs in sorted(found)}


class Gathered:
    """The coordinates of one system that may be good: neither missing, zero nor whole degrees.

    Attributes
    ----------
    decimals : ndarray of int64, shape (MOST_DECIMALS + 1,)
        How many coordinates have so many decimals; none where coordinates are no degrees.
    """

    def __init__(self, crs: str, cases: pl.LazyFrame, rows: int, at_once: int) -> None:
        self.decimals = np.zeros(MOST_DECIMALS + 1, dtype=np.int64)
        self._is_exact = True
        self._crs, self._cases = crs, cases
        self._in_degrees = is_geographic(crs)
        self._is_kept = rows <= at_once
        self._slices = -(-rows // at_once)
        # Pages that are never written to take no memory.
        self._keys = np.empty(rows if self._is_kept else 0, dtype=np.int64)
        self._near = self._far = 0
        self._sampled: list[Keys] = []
        self._odd, self._odd_rows = [(_NO_DEGREES, _NO_DEGREES)], 0
        self._few = [_table(_NO_DEGREES, _NO_DEGREES)]
        self._far_points = [_table(_NO_DEGREES, _NO_DEGREES)]

    def add(self, lng: Floats, lat: Floats) -> None:
        """Take coordinates as a file has them; NaN where it has none."""
        if not self._in_degrees:
            return
        near = are_near(lng, lat)
        if near is not True:
            self._add_far(*_usable(lng[~near], lat[~near]))
            lng, lat = lng[near], lat[near]
        east, north, exact = whole_numbers(lng, lat, COORDINATE_DECIMALS)
        decimals = without_zeros(east, north, COORDINATE_DECIMALS)
        if not decimals.all():
            good = decimals > 0
            good[~good] = ~_are_whole(lng[~good], lat[~good])
            lng, lat, east, north = lng[good], lat[good], east[good], north[good]
            exact, decimals = exact[good], decimals[good]
        self._add_keys(_key(east, north))
        odd = np.flatnonzero(~exact)
        if odd.size:
            self._is_exact = False
            self._add_odd(lng[odd], lat[odd])
            decimals[odd] = _TOLD_LATER
        self._add_decimals(lng, lat, decimals)

    def _add_far(self, lng: Floats, lat: Floats) -> None:
        self._far += len(lng)
        if self._far <= MOST_FAR:
            self._far_points.append(_table(lng, lat))
        self._add_odd(lng, lat)

    def _add_odd(self, lng: Floats, lat: Floats) -> None:
        """Take coordinates whose decimals are told at length, many at once."""
        self._odd.append((lng, lat))
        self._odd_rows += len(lng)
        if self._odd_rows >= _BLOCK:
            self._add_decimals_of_odd()

    def _add_decimals_of_odd(self) -> None:
        lng, lat = (np.concatenate(each) for each in zip(*self._odd, strict=True))
        self._odd, self._odd_rows = [(_NO_DEGREES, _NO_DEGREES)], 0
        self._add_decimals(lng, lat, decimals_of_points(lng, lat))

    def _add_decimals(self, lng: Floats, lat: Floats, decimals: NDArray[np.int8]) -> None:
        rarer = decimals[decimals != COORDINATE_DECIMALS]
        self.decimals += np.bincount(rarer, minlength=_TOLD_LATER + 1)[:_TOLD_LATER]
        self.decimals[COORDINATE_DECIMALS] += len(decimals) - len(rarer)
        few = np.flatnonzero(decimals <= COARSE_DECIMALS)
        if few.size:
            self._few.append(_table(lng[few], lat[few]))
            if sum(each.height for each in self._few[1:]) >= _FEW_AT_ONCE:
                self._few = [pl.concat(self._few).unique()]

    def _add_keys(self, keys: Keys) -> None:
        if self._is_kept:
            self._keys[self._near : self._near + len(keys)] = keys
        else:
            self._sampled.append(keys[::_SAMPLED_EVERY].copy())
        self._near += len(keys)

    def finish(self) -> None:
        """Settle what waits when all were taken."""
        self._add_decimals_of_odd()
        self._keys = self._keys[: self._near]
        self._keys.sort()

    def count(self, cases: pl.LazyFrame) -> CountedCoordinates:
        """Count the cases at each coordinate; `cases` are those of this system, to be asked again.

        They are where coordinates are no degrees, and too far from any to be whole numbers here.
        """
        if not self._in_degrees or self._far > MOST_FAR:
            return count_coordinates(cases)
        found = [_shared(keys) for keys in self._sorted()]
        far = count_coordinates(pl.concat(self._far_points).lazy())
        return CountedCoordinates(self._near + far.total, pl.concat([*found, far.shared]))

    def different_few(self) -> NDArray[np.int64]:
        """Count the different coordinates with so many decimals, up to `COARSE_DECIMALS`."""
        lng, lat = _arrays(pl.concat(self._few).unique())
        return np.bincount(decimals_of_points(lng, lat), minlength=COARSE_DECIMALS + 1)

    @property
    def is_whole(self) -> bool:
        """Whether `sample` can be asked: the keys tell all coordinates exactly."""
        return self._is_exact and not self._far

    def sample(self, beyond: int, most: int) -> tuple[Floats, Floats]:
        """Return every so-manieth of the different coordinates, `most` or fewer, in their order.

        Parameters
        ----------
        beyond : int
            Coordinates with this many decimals or fewer are left out.
        """
        different = sum(len(keys) for keys in self._different(beyond))
        step = -(-different // most) or 1
        chosen, before = [_NO_KEYS], 0
        for keys in self._different(beyond):
            chosen.append(keys[-before % step :: step])
            before += len(keys)
        return _degrees(np.concatenate(chosen))

    def may_lie_on_lines(self, beyond: int, most: int, share: float) -> bool:
        """Tell whether so large a share of a sample as `sample` takes may share its longitudes.

        True says nothing; False is certain, for coordinates of any decimals: of every `step`-th of
        different coordinates, sorted, three share a longitude only where at least ``2 * step + 1``
        do, and of `n` such the sample holds ``1.5 * n / step`` at most.
        """
        least = sum(map(_count_different, self._sorted()))
        least -= int(self.decimals[: beyond + 1].sum())
        shared_by = 2 * max(1, -(-least // most)) + 1 - self._most_far_at_one_lng()
        # Where keys tell all, cases at one coordinate are one point.
        pieces = map(_only_different, self._sorted()) if self._is_exact else self._sorted()
        sharing = sum(_at_most_on_lines(keys, shared_by) for keys in pieces)
        return 1.5 * (sharing + self._far) >= share * least

    def _most_far_at_one_lng(self) -> int:
        """Count the far ones that may be in one line with near ones, at most."""
        if self._far > MOST_FAR:
            return self._far
        far = with_keys(pl.concat(self._far_points).lazy())
        beside = far.filter(pl.col("lng").abs() <= LARGEST_DEG).collect()["lng_key"]
        return max(beside.value_counts()["count"].to_list(), default=0)

    def _different(self, beyond: int) -> Iterator[Keys]:
        """Give different keys in their order, without those of few decimals."""
        for different in itertools.chain.from_iterable(map(_blocks_of_different, self._sorted())):
            if beyond < 0:
                yield different
            else:
                yield different[decimals_of_points(*_degrees(different)) > beyond]

    def _sorted(self) -> Iterator[Keys]:
        """Give all keys in their order, a slice of longitudes at a time.

        The memory of a slice is that of the next one.
        """
        if self._is_kept:
            yield self._keys
            return
        cuts = _cuts(np.concatenate([_NO_KEYS, *self._sampled]), self._slices)
        room = np.empty(self._near, dtype=np.int64)
        for low, high in pairwise(cuts):
            size = 0
            for crs, lng, lat in _pieces(self._cases):
                if crs == self._crs:
                    inside = _keys_between(lng, lat, low, high)
                    room[size : size + len(inside)] = inside
                    size += len(inside)
            room[:size].sort()
            yield room[:size]


_NO_KEYS: Keys = np.empty(0, dtype=np.int64)
_NO_DEGREES: Floats = np.empty(0)


def _pieces(cases: pl.LazyFrame) -> Iterator[tuple[str, Floats, Floats]]:
    """Give coordinates some at a time, each time of one system; NaN where there are none."""
    for batch in cases.collect_batches(engine="streaming"):
        for crs, rows in _by_system(batch):
            lng, lat = _arrays(rows, "source_")
            for start in range(0, len(lng), _BLOCK):
                yield crs, lng[start : start + _BLOCK], lat[start : start + _BLOCK]


def _by_system(batch: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    names = batch["source_crs"]
    if names.null_count() == 0 and (names == names[0]).all():
        yield names[0], batch
        return
    for crs in names.drop_nulls().unique():
        yield crs, batch.filter(pl.col("source_crs") == crs)


def _usable(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    usable = np.isfinite(lng) & np.isfinite(lat) & ~_are_whole(lng, lat)
    return lng[usable], lat[usable]


def _are_whole(lng: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Which are whole degrees, rounded beyond use; zeros are whole too."""
    whole: NDArray[np.bool_] = (lng == np.rint(lng)) & (lat == np.rint(lat))
    return whole


def _table(lng: Floats, lat: Floats) -> pl.DataFrame:
    return pl.DataFrame({"lng": lng, "lat": lat})


def _arrays(points: pl.DataFrame, prefix: str = "") -> tuple[Floats, Floats]:
    return points[f"{prefix}lng"].to_numpy(), points[f"{prefix}lat"].to_numpy()


def _key(east: Floats, north: Floats) -> Keys:
    """One whole number for each coordinate, in the order of longitudes, then latitudes."""
    keys = east.astype(np.int64)
    keys <<= _LNG_BITS
    keys += north.astype(np.int64)
    return keys


def _parts(keys: Keys) -> tuple[Keys, Keys]:
    lng = (keys + _HALF) >> _LNG_BITS
    return lng, keys - (lng << _LNG_BITS)


def _degrees(keys: Keys) -> tuple[Floats, Floats]:
    lng, lat = _parts(keys)
    return lng / KEYS_A_DEGREE, lat / KEYS_A_DEGREE


def _keys_between(lng: Floats, lat: Floats, low: int, high: int) -> Keys:
    near = are_near(lng, lat)
    if near is not True:
        lng, lat = lng[near], lat[near]
    good = ~_are_whole(lng, lat)
    east, north, _ = whole_numbers(lng[good], lat[good], COORDINATE_DECIMALS)
    inside = (east >= low) & (east < high)
    return _key(east[inside], north[inside])


def _cuts(sampled: Keys, slices: int) -> list[int]:
    """Longitudes that cut coordinates into slices of about one size."""
    lng = np.sort(_parts(sampled)[0])
    inner = [int(lng[len(lng) * each // slices]) for each in range(1, slices)] if len(lng) else []
    return [-_HALF, *inner, _HALF]


def _shared(keys: Keys) -> pl.DataFrame:
    """Count at the keys that at least `SEVERAL` of sorted ones are equal to."""
    starts = [np.empty(0, dtype=np.int64)]
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK + SEVERAL - 1]
        equal = np.flatnonzero(block[SEVERAL - 1 :] == block[: 1 - SEVERAL]) + start
        starts.append(equal[(equal == 0) | (keys[equal - 1] != keys[equal])])
    first = np.concatenate(starts)
    lng, lat = _parts(keys[first])
    cases = np.searchsorted(keys, keys[first], side="right") - first
    return pl.DataFrame({"lng_key": lng, "lat_key": lat, "cases": cases.astype(np.uint32)})


def _blocks_of_different(keys: Keys) -> Iterator[Keys]:
    """Give the different ones of sorted keys, some at a time."""
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        is_new = np.empty(len(block), dtype=bool)
        is_new[0] = not start or keys[start - 1] != block[0]
        np.not_equal(block[1:], block[:-1], out=is_new[1:])
        yield block[is_new]


def _only_different(keys: Keys) -> Keys:
    return np.concatenate([_NO_KEYS, *_blocks_of_different(keys)])


def _count_different(keys: Keys) -> int:
    """Count the different ones of sorted keys."""
    starts = range(0, len(keys), _BLOCK)
    blocks = (keys[max(0, start - 1) : start + _BLOCK] for start in starts)
    changes = sum(int(np.count_nonzero(block[1:] != block[:-1])) for block in blocks)
    return changes + (len(keys) > 0)


def _at_most_on_lines(keys: Keys, shared_by: int) -> int:
    """Count how many of sorted keys share their longitude with so many, or somewhat more.

    Of so many in a row, two of every ``shared_by // 2``-th are.
    """
    every = shared_by // 2
    if every < 1:
        return len(keys)
    lng = _parts(keys[::every])[0]
    ends = np.flatnonzero(np.append(lng[1:] != lng[:-1], True))
    lengths = np.diff(ends, prepend=-1)
    return int((lengths[lengths > 1] + 1).sum()) * every
