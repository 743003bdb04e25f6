"""Default points: coordinates that software filled in when it could not find the address.

A default point makes the strongest hotspot of a map and means nothing. It is told from a busy real
place by what its cases say of where they are:

* one exact coordinate holds at least `LEAST_CASES` cases and `LEAST_SHARE` of all that have
  coordinates, and
* either they name at least `LEAST_STREETS` different streets or estates (the address without house
  numbers) of which none is named by half of them, or almost none of them has an address
  while elsewhere most have.

A housing estate whose cases all carry the estate's own point has many addresses too, but half of
them share a word that is rare elsewhere: its name. Coordinates already unusable (zero, whole
degrees) take no part.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

LEAST_CASES = 30
LEAST_SHARE = 0.01
LEAST_STREETS = 20
COMMON_WORD_SHARE = 0.5
"""A word in this share of a point's addresses may be the name of a real place …"""
RARE_WORD_RATIO = 5.0
"""… when it is this many times as frequent there as in the other addresses."""
BLANK_SHARE = 0.95
"""Share of cases without address that makes a point suspicious …"""
USUAL_BLANK_SHARE = 0.5
"""… where at most this share of the other cases has none."""
SAMPLED_ADDRESSES = 5_000
"""Addresses compared on either side; evenly spaced ones stand for longer lists."""
COORDINATE_DECIMALS = 6
"""Coordinates that agree to this many decimals of a degree (0.1 m) are one point."""

SEVERAL = 5
"""Cases from which a coordinate counts as shared."""
COUNTED_AT_ONCE = 1 << 23
"""Cases whose coordinates are told apart at once: some 500 MB."""

KEYS_A_DEGREE = 10**COORDINATE_DECIMALS
_KEYS_APART = 1_000 * KEYS_A_DEGREE
"""Wider than any latitude's key, so that two coordinates never share one number."""
_LATIN_WORD = re.compile(r"[^\W\d_㐀-鿿]{2,}")
_CHINESE_RUN = re.compile(r"[㐀-鿿]+")
# 小区, 社区, 园区 … end in 区 without being districts.
_PREFIX = re.compile(r"^(?:[㐀-鿿]{1,8}?(?:省|自治区|市|县|(?<![小社园校厂院景])区|街道|镇|乡))+")
_NUMBERS = re.compile(r"\S*\d\S*")


@dataclass(frozen=True)
class DefaultPoint:
    """A coordinate that stands for nowhere.

    Attributes
    ----------
    lng, lat : float
        WGS84 degrees.
    cases : int
        Cases at it when it was found.
    share : float
        Of all cases with coordinates in that file.
    addresses : int
        Different addresses among them.
    """

    lng: float
    lat: float
    cases: int
    share: float
    addresses: int


class Coordinate(Protocol):
    """Anything at one coordinate; WGS84 degrees."""

    @property
    def lng(self) -> float: ...

    @property
    def lat(self) -> float: ...


def find_default_points(
    lng: ArrayLike, lat: ArrayLike, address: ArrayLike
) -> tuple[DefaultPoint, ...]:
    """Find the coordinates that hold implausibly many cases from many addresses.

    Parameters
    ----------
    lng, lat : array_like of float, shape (n,)
        WGS84 degrees; NaN where a case has no usable coordinates.
    address : array_like of str or None, shape (n,)

    Returns
    -------
    tuple of DefaultPoint
        Most cases first.

    Examples
    --------
    >>> streets = [f"{chr(97 + i % 26)}{chr(98 + i // 26)} street" for i in range(200)]
    >>> lng = [116.4] * 60 + [116.0 + i / 1000 for i in range(140)]
    >>> find_default_points(lng, [39.9] * 200, streets)
    (DefaultPoint(lng=116.4, lat=39.9, cases=60, share=0.3, addresses=60),)
    """
    columns = {"lng": np.asarray(lng, float), "lat": np.asarray(lat, float)}
    frame = pl.DataFrame(columns).with_columns(
        pl.Series("address", list(np.asarray(address, dtype=object)), dtype=pl.String)
    )
    return default_points_of(frame.lazy())


def default_points_of(
    cases: pl.LazyFrame, counted: CountedCoordinates | None = None
) -> tuple[DefaultPoint, ...]:
    """Find default points in a frame with columns ``lng``, ``lat`` (WGS84) and ``address``.

    Only addresses of the few crowded points are brought to memory whole. `counted` is what
    `count_coordinates` gives, where it was asked for already.
    """
    usable = _usable(cases).select(
        "lng", "lat", "lng_key", "lat_key", pl.col("address").str.strip_chars().replace("", None)
    )
    counts = count_coordinates(cases) if counted is None else counted
    total = counts.total
    crowded = counts.shared.filter(
        (pl.col("cases") >= LEAST_CASES) & (pl.col("cases") >= LEAST_SHARE * total)
    ).sort("cases", "lng_key", "lat_key", descending=[True, False, False])
    judge = partial(_judge, usable, total)
    points = [judge(*row) for row in crowded.iter_rows()]
    return tuple(point for point in points if point is not None)


@dataclass(frozen=True)
class CountedCoordinates:
    """How many cases have coordinates, and which coordinates several of them share.

    Attributes
    ----------
    total : int
    shared : polars.DataFrame
        ``lng_key, lat_key, cases``: coordinates, named by whole numbers, with at least `SEVERAL`.
    """

    total: int
    shared: pl.DataFrame


def count_coordinates(cases: pl.LazyFrame) -> CountedCoordinates:
    """Count the cases at each coordinate, in bounded memory: a slice of all coordinates at once."""
    usable = _usable(cases)
    total = int(usable.select(pl.len()).collect(engine="streaming").item())
    slices = max(1, -(-total // COUNTED_AT_ONCE))
    keys = pl.struct("lng_key", "lat_key").hash() % slices
    found = [
        (usable.filter(keys == number) if slices > 1 else usable)
        .group_by("lng_key", "lat_key")
        .len("cases")
        .filter(pl.col("cases") >= SEVERAL)
        .collect(engine="streaming")
        for number in range(slices)
    ]
    return CountedCoordinates(total, pl.concat(found))


def with_keys(cases: pl.LazyFrame) -> pl.LazyFrame:
    """Add ``lng_key, lat_key``: coordinates that are one point have the same."""
    return cases.with_columns(_grid("lng"), _grid("lat"))


def _usable(cases: pl.LazyFrame) -> pl.LazyFrame:
    return with_keys(cases).drop_nulls(["lng_key", "lat_key"])


def is_default_point(
    lng: NDArray[np.float64], lat: NDArray[np.float64], points: Sequence[Coordinate]
) -> NDArray[np.bool_]:
    """Return which coordinates are one of the points; NaN is none.

    Examples
    --------
    >>> here = DefaultPoint(116.4, 39.9, 60, 0.3, 60)
    >>> is_default_point(np.array([116.4, 116.5, np.nan]), np.array([39.9] * 3), (here,))
    array([ True, False, False])
    """
    if not points:
        return np.zeros(len(lng), dtype=bool)
    finite = (np.where(np.isfinite(values), values, -999.0) for values in (lng, lat))
    east, north = (np.rint(values * KEYS_A_DEGREE).astype(np.int64) for values in finite)
    return np.isin(east * _KEYS_APART + north, _keys(points))


def at_default_point(points: Sequence[Coordinate]) -> pl.Expr:
    """Return the expression that is true where columns ``lng``, ``lat`` are one of the points."""
    if not points:
        return pl.lit(value=False)
    there: pl.Expr = (_grid("lng") * _KEYS_APART + _grid("lat")).is_in(_keys(points).tolist())
    return there


def _keys(points: Sequence[Coordinate]) -> NDArray[np.int64]:
    """One whole number for each coordinate."""
    east, north = (
        np.rint(np.array(values) * KEYS_A_DEGREE).astype(np.int64)
        for values in ([p.lng for p in points], [p.lat for p in points])
    )
    keys: NDArray[np.int64] = east * _KEYS_APART + north
    return keys


def merge_default_points(
    known: tuple[DefaultPoint, ...], found: tuple[DefaultPoint, ...]
) -> tuple[DefaultPoint, ...]:
    """Return the known points followed by those found that are new."""
    new = [
        point
        for point in found
        if not is_default_point(np.array([point.lng]), np.array([point.lat]), known)[0]
    ]
    return (*known, *new)


def _grid(column: str) -> pl.Expr:
    # A number from a wrong cell may be larger than any grid: it lies nowhere, like a missing one.
    key: pl.Expr = (pl.col(column) * KEYS_A_DEGREE).round().cast(pl.Int64, strict=False)
    return key.alias(f"{column}_key")


def _judge(
    usable: pl.LazyFrame, total: int, lng_key: int, lat_key: int, cases: int
) -> DefaultPoint | None:
    """Return the point if it is a default point, None if a real place may be that busy."""
    here = (pl.col("lng_key") == lng_key) & (pl.col("lat_key") == lat_key)
    at_point = usable.filter(here).collect(engine="streaming")
    addresses = at_point["address"].drop_nulls().sort()
    rest = usable.filter(~here).select("address")
    if len(addresses) < (1 - BLANK_SHARE) * cases:
        blank = rest.select(pl.col("address").is_null().mean()).collect(engine="streaming").item()
        suspicious = blank is not None and blank <= USUAL_BLANK_SHARE
    else:
        suspicious = _are_many_places(addresses, rest)
    if not suspicious:
        return None
    return DefaultPoint(
        lng=float(at_point["lng"].min()),  # type: ignore[arg-type]
        lat=float(at_point["lat"].min()),  # type: ignore[arg-type]
        cases=cases,
        share=cases / total,
        addresses=addresses.n_unique(),
    )


def _are_many_places(addresses: pl.Series, rest: pl.LazyFrame) -> bool:
    """Whether sorted addresses at one point name many streets and no place in common."""
    streets = Counter(map(street_of, _evenly(addresses)))
    asked = streets.total()
    if len(streets) < LEAST_STREETS or max(streets.values()) >= COMMON_WORD_SHARE * asked:
        return False
    shared = {
        word: count / asked
        for word, count in word_counts(streets).items()
        if count >= COMMON_WORD_SHARE * asked
    }
    elsewhere = rest.drop_nulls().collect(engine="streaming")["address"].sort()
    others = Counter(map(street_of, _evenly(elsewhere)))
    frequency = word_counts(others)
    return not any(
        share > RARE_WORD_RATIO * frequency[word] / max(others.total(), 1)
        for word, share in shared.items()
    )


def _evenly(values: pl.Series) -> list[str]:
    step = -(-len(values) // SAMPLED_ADDRESSES) or 1
    return values.gather_every(step).to_list()


def street_of(address: str) -> str:
    """Return an address without house numbers and the names of the areas it begins with.

    Examples
    --------
    >>> street_of("安和市云山区北河街道长青路12号"), street_of("12 School St")
    ('长青路号', 'school st')
    """
    text = unicodedata.normalize("NFKC", address).casefold()
    text = _PREFIX.sub("", text)
    if _CHINESE_RUN.search(text):
        return re.sub(r"[\d\s]+", "", text)
    return " ".join(_NUMBERS.sub(" ", text).split())


def word_counts(streets: Counter[str]) -> Counter[str]:
    """Count in how many addresses each word occurs; of Chinese text, each pair of characters.

    Examples
    --------
    >>> sorted(word_counts(Counter({"school st": 2, "park st": 1})).items())
    [('park', 1), ('school', 2), ('st', 3)]
    """
    counts: Counter[str] = Counter()
    for street, times in streets.items():
        words = set(_LATIN_WORD.findall(street))
        for run in _CHINESE_RUN.findall(street):
            words |= {run[i : i + 2] for i in range(len(run) - 1)}
        for word in words:
            counts[word] += times
    return counts
