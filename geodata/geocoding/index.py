"""The gazetteer made ready for look-ups: which rows bear a name, and which names look alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.geocoding.address import Address
from geodata.geocoding.gazetteer import Gazetteer
from geodata.geocoding.normalise import is_chinese
from geodata.geocoding.parse import parse_address
from geodata.geocoding.words import AreaWords

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNKNOWN = -1
SQUARE_DEGREES = 0.02
"""Side of the squares that stand for townships where none are named: about 2 km."""

METRES_PER_DEGREE = 111_320.0

TOWNSHIP = "township"
"""Kind of a gazetteer's row that gives a township's own name and middle."""

UNITS = {"": 0, "号": 1, "弄": 2}

KEPT_ADDRESSES = 1 << 18
"""Texts whose reading is kept: a register that one edit has changed is read anew in a moment."""

_parsed = lru_cache(maxsize=KEPT_ADDRESSES)(parse_address)

_AREA_SUFFIX = re.compile(r"(?<=..)(?:街道办事处|地区办事处|街道|地区|镇|乡|新区|区|县|市)$")
_STEM_SUFFIX = re.compile(
    r"(?:公路|大道|马路|大街|路|街|道|巷|胡同|弄|新村|村|小区|社区|花园|家园|花苑|公寓|苑|园|城|坊|里|宅|队|组)$"
)
_STEM_MODIFIER = re.compile(
    r"(?<=..)(?:[东南西北中新支后]|[一二三四五六七八九十]+)+$|(?<=..)[大小老]$"
)
_ENGLISH_TYPE = re.compile(r" (?:ST|AVE|RD|PL|LN|CT|TER|SQ|BLVD|DR|PARK|WAY|CIR|PKWY|HWY)$")


def short_area(name: str | None) -> str | None:
    """Return the name of a township or district without what it is, for comparison.

    Examples
    --------
    >>> short_area("曹杨新村街道"), short_area("浦东新区"), short_area("唐镇"), short_area(None)
    ('曹杨新村', '浦东', '唐镇', None)
    """
    if not name:
        return None
    tidy = "".join(name.upper().split())
    return _AREA_SUFFIX.sub("", tidy)


def stem_of(name: str) -> str:
    """Return what a name shares with its sisters: 长宁支路 and 长宁路, 月浦九村 and 月浦镇.

    Examples
    --------
    >>> [stem_of(name) for name in ("长宁支路", "月浦九村", "沪亭北路", "N MAIN ST")]
    ['长宁', '月浦', '沪亭', 'MAIN']
    """
    if not is_chinese(name):
        bare = _ENGLISH_TYPE.sub("", name)
        return re.sub(r"^(?:[NSEW]|NE|NW|SE|SW) (?=..)", "", bare)
    bare = _STEM_SUFFIX.sub("", name)
    bare = bare if len(bare) > 1 else name
    return _STEM_MODIFIER.sub("", bare)


def tokens_of(name: str) -> list[str]:
    """Return the pieces by which names are compared, with the beginning marked."""
    if not is_chinese(name):
        pieces = [f"w{word}" for word in name.split()]
        padded = f" {stem_of(name)} "
        return [*pieces, *(padded[at : at + 3] for at in range(len(padded) - 2))]
    stem = stem_of(name)
    pieces = [f"={stem}", f"^{stem[:1]}", f"^{stem[:2]}", f"{stem[-1:]}$", f"~{name[-1:]}", *stem]
    return [*pieces, *(stem[at : at + 2] for at in range(len(stem) - 1))]


class NameIndex:
    """Rows by name and number, and name and area groups by the likeness of their names.

    Rows are those of the gazetteer in an order of their own (by content, so that the order in
    which they were given does not matter), followed by one row for each township.

    Attributes
    ----------
    order : ndarray of int64
        Row of the gazetteer behind each row; -1 for those of townships.
    easting, northing : ndarray of float
        Metres in a local plane.
    area, district, group : ndarray of int64
        Township (or square), district (-1 unknown), and what is left out together in
        cross-validation: rows of one place, or of one text.
    post_name, post_row, post_number, post_unit : ndarray
        The names of all rows, sorted by name and number (NaN last).
    only_group : ndarray of int64
        The group that all rows of a name belong to; -1 where they belong to several.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._read_rows(gazetteer)
        self._read_areas()
        self._add_townships()
        self._post()
        self._group_names()
        self.words = AreaWords(self)

    def _read_rows(self, gazetteer: Gazetteer) -> None:
        is_township = gazetteer.kind == TOWNSHIP
        self.given = gazetteer.take(np.flatnonzero(is_township))
        rows = sorted(
            np.flatnonzero(~is_township).tolist(),
            key=lambda row: (
                gazetteer.texts[row], float(gazetteer.lng[row]), float(gazetteer.lat[row]),
                str(gazetteer.place[row]), str(gazetteer.township[row]),
                str(gazetteer.district[row]),
            ),
        )  # fmt: skip
        self.order: Ints = np.array(rows, dtype=np.int64)
        self.rows = gazetteer.take(self.order)
        self.addresses: list[Address] = [_parsed(text) for text in self.rows.texts]
        self.lng, self.lat = self.rows.lng, self.rows.lat
        self.middle_lng, self.middle_lat = (
            float(np.median(each)) if len(each) else 0.0 for each in (gazetteer.lng, gazetteer.lat)
        )
        named = [
            f"p{place}" if place is not None else f"k{address.key}"
            for place, address in zip(self.rows.place, self.addresses, strict=True)
        ]
        self.group: Ints = np.unique(np.array(named, dtype=str), return_inverse=True)[1].astype(
            np.int64
        )

    def _read_areas(self) -> None:
        self.seats = self._find_seats()
        names = [
            f"t{town}"
            if town is not None
            else f"s{int(lng // SQUARE_DEGREES)}:{int(lat // SQUARE_DEGREES)}"
            for town, lng, lat in zip(self.rows.township, self.lng, self.lat, strict=True)
        ]
        names += [f"t{name}" for name in self.seats]
        areas, area = np.unique(np.array(names, dtype=str), return_inverse=True)
        self.area: Ints = area.astype(np.int64)
        self.area_names = [name[1:] if name[0] == "t" else None for name in areas.tolist()]
        self.area_of_short: dict[str, list[int]] = {}
        for at, name in enumerate(self.area_names):
            if short := short_area(name):
                self.area_of_short.setdefault(short, []).append(at)

    def _find_seats(self) -> dict[str, tuple[float, float, str | None]]:
        """Return a point and the district of each township: as given, else its middle row's."""
        seats: dict[str, tuple[float, float, str | None]] = {
            str(self.given.township[at] or self.given.texts[at]): (
                float(self.given.lng[at]), float(self.given.lat[at]), self.given.district[at],
            )
            for at in range(len(self.given))
        }  # fmt: skip
        east, north = self.plane(self.lng, self.lat)
        members: dict[str, list[int]] = {}
        for row, name in enumerate(self.rows.township):
            if name is not None and name not in seats:
                members.setdefault(name, []).append(row)
        for name, rows in members.items():
            at = np.array(rows)
            middle = np.hypot(east[at] - np.median(east[at]), north[at] - np.median(north[at]))
            row = rows[int(np.argmin(middle))]
            seats[name] = (float(self.lng[row]), float(self.lat[row]), self.rows.district[row])
        return dict(sorted(seats.items()))

    def _add_townships(self) -> None:
        """Add a row for each named township, so that its name alone is known too."""
        self.seat_names = list(self.seats)
        points = np.array([seat[:2] for seat in self.seats.values()], dtype=float).reshape(-1, 2)
        n_rows = len(self.lng)
        self.lng = np.append(self.lng, points[:, 0])
        self.lat = np.append(self.lat, points[:, 1])
        self.easting, self.northing = self.plane(self.lng, self.lat)
        rows = np.column_stack([self.easting, self.northing])[:n_rows]
        self.tree = cKDTree(rows) if n_rows else None
        shorts = [short_area(name) for name in self.rows.district]
        shorts += [short_area(seat[2]) for seat in self.seats.values()]
        known = sorted({short for short in shorts if short})
        self.district_ids = {name: at for at, name in enumerate(known)}
        self.district: Ints = np.array(
            [self.district_ids.get(short, UNKNOWN) if short else UNKNOWN for short in shorts],
            dtype=np.int64,
        )
        self.order = np.append(self.order, np.full(len(points), UNKNOWN))
        first = self.group.max(initial=-1) + 1
        self.group = np.append(self.group, first + np.arange(len(points)))
        self.is_seat = self.order == UNKNOWN
        self.keys = [*(address.key for address in self.addresses), *self.seat_names]

    def _post(self) -> None:
        posts: list[tuple[str, int, float, int]] = []
        for place, address in enumerate(self.addresses):
            for part in address.parts:
                told = np.nan if part.number is None else float(part.number)
                posts.append((part.name, place, told, UNITS[part.unit]))
        first = len(self.addresses)
        posts += [(name, first + at, np.nan, 0) for at, name in enumerate(self.seat_names)]
        self.names = sorted({post[0] for post in posts})
        self.name_ids = {name: at for at, name in enumerate(self.names)}
        name = np.array([self.name_ids[post[0]] for post in posts], dtype=np.int64)
        row = np.array([post[1] for post in posts], dtype=np.int64)
        number = np.array([post[2] for post in posts], dtype=float)
        unit = np.array([post[3] for post in posts], dtype=np.int64)
        by = np.lexsort((row, np.nan_to_num(number, nan=np.inf), name))
        self.post_name, self.post_row = name[by], row[by]
        self.post_number, self.post_unit = number[by], unit[by]
        self.post_start: Ints = np.searchsorted(self.post_name, np.arange(len(self.names) + 1))
        groups = self.group[self.post_row]
        low, high = (
            cut.reduceat(groups, self.post_start[:-1]) if len(groups) else groups
            for cut in (np.minimum, np.maximum)
        )
        self.only_group: Ints = np.where(low == high, low, UNKNOWN)
        self.row_postcode = np.array(
            [hash_text(address.postcode) for address in self.addresses]
            + [0] * (len(self.group) - first),
            dtype=np.int64,
        )
        kinds = {part.name: part.kind for each in self.addresses for part in each.parts}
        self.name_kind = [kinds.get(name, "name") for name in self.names]
        self.key_ids = {key: at for at, key in enumerate(sorted(set(self.keys)))}
        self.row_key: Ints = np.array([self.key_ids[key] for key in self.keys], dtype=np.int64)

    def _group_names(self) -> None:
        """Find one posting for each name and area, and the weighted pieces of the names."""
        pair = self.post_name * (self.area.max(initial=0) + 1) + self.area[self.post_row]
        counts = np.unique(pair, return_counts=True)[1]
        by = np.argsort(pair, kind="stable")
        starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
        self.group_post: Ints = by[starts + counts // 2]
        self.group_name = self.post_name[self.group_post]
        seats = np.flatnonzero(self.is_seat[self.post_row])
        self.seat_posts = {
            district: seats[self.district[self.post_row[seats]] == district]
            for district in range(len(self.district_ids))
        }
        names = [tokens_of(name) for name in self.names]
        self.tokens = {t: at for at, t in enumerate(sorted({t for each in names for t in each}))}
        counts_of = np.zeros(max(len(self.tokens), 1))
        for each in names:
            for token in set(each):
                counts_of[self.tokens[token]] += 1
        self.token_weight: Floats = np.log((1 + len(names)) / (1 + counts_of)) + 0.1
        self.name_pieces = self.pieces(self.names)
        self.group_pieces = self.name_pieces[self.group_name].T.tocsr()
        self.name_stem: Ints = np.array([hash_text(stem_of(name)) for name in self.names], np.int64)

    def pieces(self, names: Sequence[str]) -> sp.csr_array:
        """Return the weighted pieces of names, each row of length 1."""
        columns: list[int] = []
        starts = [0]
        for name in names:
            columns += sorted({self.tokens[t] for t in tokens_of(name) if t in self.tokens})
            starts.append(len(columns))
        indices = np.array(columns, dtype=np.int64)
        data = self.token_weight[indices]
        lengths = np.diff(starts)
        row = np.repeat(np.arange(len(names)), lengths)
        norm = np.sqrt(np.bincount(row, data**2, minlength=len(names)))
        data = data / norm[row]
        return sp.csr_array((data, indices, starts), shape=(len(names), len(self.token_weight)))

    def plane(self, lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return metres east and north of the gazetteer's middle."""
        scale = np.cos(np.radians(self.middle_lat)) * METRES_PER_DEGREE
        return (lng - self.middle_lng) * scale, (lat - self.middle_lat) * METRES_PER_DEGREE


def hash_text(text: str | None) -> int:
    """Return a number for a text, the same in every process; 0 for none."""
    value = 0
    for byte in (text or "").encode():
        value = (value * 257 + byte + 1) % 2_305_843_009_213_693_951
    return value
