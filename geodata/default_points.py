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

import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from geodata.home import Home

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

_SCALE = 10**COORDINATE_DECIMALS
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


def default_points_of(cases: pl.LazyFrame) -> tuple[DefaultPoint, ...]:
    """Find default points in a frame with columns ``lng``, ``lat`` (WGS84) and ``address``.

    Only addresses of the few crowded points are brought to memory whole.
    """
    usable = cases.select(
        pl.col("lng", "lat"),
        _grid("lng"),
        _grid("lat"),
        pl.col("address").str.strip_chars().replace("", None),
    ).drop_nulls(["lng_key", "lat_key"])
    counts = usable.group_by("lng_key", "lat_key").len("cases").collect(engine="streaming")
    total = int(counts["cases"].sum())
    crowded = counts.filter(
        (pl.col("cases") >= LEAST_CASES) & (pl.col("cases") >= LEAST_SHARE * total)
    ).sort("cases", "lng_key", "lat_key", descending=[True, False, False])
    judge = partial(_judge, usable, total)
    points = [judge(*row) for row in crowded.iter_rows()]
    return tuple(point for point in points if point is not None)


def is_default_point(
    lng: NDArray[np.float64], lat: NDArray[np.float64], points: tuple[DefaultPoint, ...]
) -> NDArray[np.bool_]:
    """Return which coordinates are one of the default points; NaN is none.

    Examples
    --------
    >>> here = DefaultPoint(116.4, 39.9, 60, 0.3, 60)
    >>> is_default_point(np.array([116.4, 116.5, np.nan]), np.array([39.9] * 3), (here,))
    array([ True, False, False])
    """
    finite = (np.where(np.isfinite(values), values, -999.0) for values in (lng, lat))
    east, north = (np.rint(values * _SCALE) for values in finite)
    found = np.zeros(len(lng), dtype=bool)
    for point in points:
        found |= (east == np.rint(point.lng * _SCALE)) & (north == np.rint(point.lat * _SCALE))
    return found


def at_default_point(points: tuple[DefaultPoint, ...]) -> pl.Expr:
    """Return the expression that is true where columns ``lng``, ``lat`` are a default point."""
    here = [
        (_grid("lng") == round(point.lng * _SCALE)) & (_grid("lat") == round(point.lat * _SCALE))
        for point in points
    ]
    return pl.any_horizontal(*here) if here else pl.lit(value=False)


def known_default_points(home: Home) -> tuple[DefaultPoint, ...]:
    """Return the default points that earlier imports found."""
    if not home.default_points.exists():
        return ()
    stored = json.loads(home.default_points.read_text(encoding="utf-8"))
    return tuple(DefaultPoint(**point) for point in stored)


def remember_default_points(home: Home, points: tuple[DefaultPoint, ...]) -> None:
    """Keep the default points, so that they are known in files too small to show them."""
    draft = home.default_points.with_suffix(".draft")
    draft.write_text(json.dumps([asdict(point) for point in points], indent=1), encoding="utf-8")
    draft.replace(home.default_points)


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
    key: pl.Expr = (pl.col(column) * _SCALE).round().cast(pl.Int64, strict=False)
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
    streets = Counter(map(_street, _evenly(addresses)))
    asked = streets.total()
    if len(streets) < LEAST_STREETS or max(streets.values()) >= COMMON_WORD_SHARE * asked:
        return False
    shared = {
        word: count / asked
        for word, count in _word_counts(streets).items()
        if count >= COMMON_WORD_SHARE * asked
    }
    elsewhere = rest.drop_nulls().collect(engine="streaming")["address"].sort()
    others = Counter(map(_street, _evenly(elsewhere)))
    frequency = _word_counts(others)
    return not any(
        share > RARE_WORD_RATIO * frequency[word] / max(others.total(), 1)
        for word, share in shared.items()
    )


def _evenly(values: pl.Series) -> list[str]:
    step = -(-len(values) // SAMPLED_ADDRESSES) or 1
    return values.gather_every(step).to_list()


def _street(address: str) -> str:
    """Address without house numbers and the names of the areas it begins with."""
    text = unicodedata.normalize("NFKC", address).casefold()
    text = _PREFIX.sub("", text)
    if _CHINESE_RUN.search(text):
        return re.sub(r"[\d\s]+", "", text)
    return " ".join(_NUMBERS.sub(" ", text).split())


def _word_counts(streets: Counter[str]) -> Counter[str]:
    """In how many addresses each word occurs; of Chinese text, each pair of characters."""
    counts: Counter[str] = Counter()
    for street, times in streets.items():
        words = set(_LATIN_WORD.findall(street))
        for run in _CHINESE_RUN.findall(street):
            words |= {run[i : i + 2] for i in range(len(run) - 1)}
        for word in words:
            counts[word] += times
    return counts
