"""Area pins: coordinates that stand for a whole township or district.

A geocoder that does not find an address answers with the centre of the smallest area that it knows
of it. Such a pin tells the area and nothing more. One exact coordinate is a pin

* *by its place*: it is an area's centroid or inner point, to `CENTRE_M` metres, at least
  `LEAST_AT_CENTRE` cases lie there with at least `LEAST_STREETS_AT_CENTRE` different streets, and
  no other area is named by most of those that name one; or
* *by its look*: at least `LEAST_CASES` cases lie there, naming at least `LEAST_STREETS` different
  streets or estates and no place in common; at least half name an area, `ONE_AREA_SHARE` of these
  one and the same; and it lies in that area, within `CENTRAL` of its radius around the centroid.

The area is the smallest that fits: a township, else a district. In a large city every estate's
point is shared by many cases; the look of the `LOOKED_AT` most crowded ones is judged, by at most
`SAMPLED_CASES` cases each.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from geodata.areas import OUTSIDE, Boundaries
from geodata.coordinate_checks.naming import AreaNaming
from geodata.coordinates import Floats, to_wgs84
from geodata.default_points import (
    COMMON_WORD_SHARE,
    KEYS_A_DEGREE,
    RARE_WORD_RATIO,
    SAMPLED_ADDRESSES,
    SEVERAL,
    CountedCoordinates,
    street_of,
    with_keys,
    word_counts,
)

CENTRE_M = 30.0
LEAST_AT_CENTRE = SEVERAL
LEAST_STREETS_AT_CENTRE = 3
LEAST_CASES = 10
LEAST_STREETS = 6
ONE_AREA_SHARE = 0.9
LOOKED_AT = 2_000
"""Coordinates that are judged by their look: those with the most cases."""
SAMPLED_CASES = 500
"""Cases by which a coordinate is judged; an even sample stands for more."""
CENTRAL = 0.5
"""Of the radius of a circle as large as the area."""

_METRES_PER_DEGREE = 111_195.0

PinLevel = Literal["township", "district"]


@dataclass(frozen=True)
class AreaPin:
    """A coordinate that stands for an area.

    Attributes
    ----------
    lng, lat : float
        WGS84 degrees.
    level : {"township", "district"}
    code, name : str
        Of the area when the pin was found.
    by : {"centre", "look"}
    cases, streets : int
        Cases at it, and different streets that they name, when it was found.
    share : float
        Of all cases with coordinates that were looked at.
    """

    lng: float
    lat: float
    level: PinLevel
    code: str
    name: str
    by: str
    cases: int
    streets: int
    share: float


class _Level:
    """Areas of one level with their centres."""

    def __init__(self, level: PinLevel, areas: Boundaries) -> None:
        self.level: PinLevel = level
        self.areas = areas
        self.naming = AreaNaming(areas)
        self.centroid = shapely.centroid(areas.geometry)
        self.inner = shapely.point_on_surface(areas.geometry)
        self.radius_m = np.sqrt(areas.areas_km2 / np.pi) * 1000.0


def find_area_pins(
    cases: pl.LazyFrame,
    counted: CountedCoordinates,
    crs: str,
    townships: Boundaries | None,
    districts: Boundaries | None,
) -> tuple[AreaPin, ...]:
    """Find the area pins among cases.

    Parameters
    ----------
    cases : LazyFrame
        Columns ``lng, lat`` as the file has them, in which pins are exact; ``case_id, address,
        reported_township, reported_district``.
    counted : CountedCoordinates
        Of these by `geodata.default_points.count_coordinates`.
    crs : str
        Coordinate system of ``lng, lat``.
    townships, districts : Boundaries or None

    Returns
    -------
    tuple of AreaPin
        Most cases first.
    """
    if counted.shared.is_empty():
        return ()
    given: tuple[tuple[PinLevel, Boundaries | None], ...]
    given = (("township", townships), ("district", districts))
    levels = [_Level(level, areas) for level, areas in given if areas is not None]
    crowded = _crowded(counted.shared, crs)
    asked = crowded[_asked(crowded, levels)]
    if asked.is_empty():
        return ()
    groups = _cases_at(asked, cases).partition_by("lng_key", "lat_key", as_dict=True)
    total = counted.total
    elsewhere = _elsewhere(cases, total)
    found = [
        _judge(groups[at["lng_key"], at["lat_key"]], at, levels, elsewhere, total)
        for at in asked.iter_rows(named=True)
        if (at["lng_key"], at["lat_key"]) in groups
    ]
    pins = [pin for pin in found if pin is not None]
    return tuple(sorted(pins, key=lambda pin: (-pin.cases, pin.lng, pin.lat)))


def _crowded(shared: pl.DataFrame, crs: str) -> pl.DataFrame:
    """Return the shared coordinates in WGS84 too."""
    many = shared.sort("lng_key", "lat_key")
    east, north = (many[name].to_numpy() / KEYS_A_DEGREE for name in ("lng_key", "lat_key"))
    lng, lat = to_wgs84(east, north, crs)
    return many.with_columns(wgs_lng=pl.Series(lng), wgs_lat=pl.Series(lat)).filter(
        pl.col("wgs_lng").is_finite()
    )


def _asked(crowded: pl.DataFrame, levels: list[_Level]) -> NDArray[np.int64]:
    """Which crowded coordinates lie at the centre of an area, or near it with the most cases."""
    lng, lat = (crowded[name].to_numpy() for name in ("wgs_lng", "wgs_lat"))
    cases = crowded["cases"].to_numpy()
    close, central = np.zeros(len(lng), dtype=bool), np.zeros(len(lng), dtype=bool)
    for level in levels:
        index = level.areas.locate(lng, lat)
        inside = np.flatnonzero((index != OUTSIDE) & (cases >= LEAST_CASES))
        away = _metres(lng[inside], lat[inside], level.centroid[index[inside]])
        central[inside] |= away <= CENTRAL * level.radius_m[index[inside]]
        for centres in (level.centroid, level.inner):
            close |= _near_any(lng, lat, centres)
    others = np.flatnonzero(central & ~close)
    most = others[np.argsort(-cases[others], kind="stable")][:LOOKED_AT]
    return np.sort(np.concatenate([np.flatnonzero(close), most]))


def _near_any(lng: Floats, lat: Floats, centres: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which coordinates lie at one of some centres."""
    east, north = shapely.get_x(centres), shapely.get_y(centres)
    across = np.cos(np.radians(north.mean()))
    tree = KDTree(np.column_stack([east * across, north]))
    reach = 2 * CENTRE_M / _METRES_PER_DEGREE
    away, nearest = tree.query(np.column_stack([lng * across, lat]), distance_upper_bound=reach)
    near = np.flatnonzero(np.isfinite(away))
    found = np.zeros(len(lng), dtype=bool)
    centre = centres[np.asarray(nearest)[near]]
    found[near] = _metres(lng[near], lat[near], centre) <= CENTRE_M
    return found


def _cases_at(asked: pl.DataFrame, cases: pl.LazyFrame) -> pl.DataFrame:
    """Return the cases at some coordinates, of each an even sample, whatever their order."""
    keys = ["lng_key", "lat_key"]
    every = (pl.col("cases") + SAMPLED_CASES - 1) // SAMPLED_CASES
    wanted = asked.lazy().select(*keys, every=every)
    there = with_keys(cases).join(wanted, on=keys)
    chosen = (pl.col("every") == 1) | (pl.col("case_id").hash(seed=1) % pl.col("every") == 0)
    return there.filter(chosen).collect(engine="streaming")


def _elsewhere(cases: pl.LazyFrame, total: int) -> tuple[Counter[str], int]:
    """Count words in the addresses of some `SAMPLED_ADDRESSES` cases, whatever their order."""
    chosen = pl.col("address").hash(seed=1) % max(1, total // SAMPLED_ADDRESSES) == 0
    sample = cases.select(pl.col("address").drop_nulls()).filter(chosen)
    streets = Counter(map(street_of, sample.collect(engine="streaming")["address"]))
    return word_counts(streets), streets.total()


def _judge(
    rows: pl.DataFrame,
    at: dict[str, float],
    levels: list[_Level],
    elsewhere: tuple[Counter[str], int],
    total: int,
) -> AreaPin | None:
    addresses = rows["address"].fill_null("").sort().to_list()
    streets = Counter(street for street in map(street_of, addresses) if street)
    for level in levels:
        named = level.naming.find(
            rows[f"reported_{level.level}"].to_list(),
            rows["reported_district"].to_list(),
            rows["address"].fill_null("").to_list(),
        )
        for by, area in (
            ("centre", _area_at_centre(at, level, named, streets)),
            ("look", _area_by_look(at, level, named, streets, elsewhere)),
        ):
            if area is not None:
                return AreaPin(
                    lng=float(at["wgs_lng"]),
                    lat=float(at["wgs_lat"]),
                    level=level.level,
                    code=str(level.areas.codes[area]),
                    name=str(level.areas.names[area]),
                    by=by,
                    cases=int(at["cases"]),
                    streets=len(streets),
                    share=at["cases"] / total,
                )
    return None


def _area_at_centre(
    at: dict[str, float], level: _Level, named: NDArray[np.int64], streets: Counter[str]
) -> int | None:
    if len(streets) < LEAST_STREETS_AT_CENTRE:
        return None
    here = np.array([at["wgs_lng"]]), np.array([at["wgs_lat"]])
    away = np.minimum(_metres(*here, level.centroid), _metres(*here, level.inner))
    area = int(np.argmin(away))
    known = named[named != OUTSIDE]
    if away[area] > CENTRE_M or (known.size and (known == area).mean() < COMMON_WORD_SHARE):
        return None
    return area


def _area_by_look(
    at: dict[str, float],
    level: _Level,
    named: NDArray[np.int64],
    streets: Counter[str],
    elsewhere: tuple[Counter[str], int],
) -> int | None:
    known = named[named != OUTSIDE]
    if len(named) < LEAST_CASES or len(streets) < LEAST_STREETS or 2 * known.size < len(named):
        return None
    area, times = Counter(map(int, known)).most_common(1)[0]
    here = np.array([at["wgs_lng"]]), np.array([at["wgs_lat"]])
    if times < ONE_AREA_SHARE * known.size or level.areas.locate(*here)[0] != area:
        return None
    away = _metres(*here, level.centroid[[area]])[0]
    if away > CENTRAL * level.radius_m[area] or _have_place_in_common(streets, elsewhere):
        return None
    return area


def _have_place_in_common(streets: Counter[str], elsewhere: tuple[Counter[str], int]) -> bool:
    """Whether half of the addresses share a street, or a word that is rare elsewhere."""
    asked = streets.total()
    if max(streets.values()) >= COMMON_WORD_SHARE * asked:
        return True
    words, of = elsewhere
    return any(
        times >= COMMON_WORD_SHARE * asked
        and times / asked > RARE_WORD_RATIO * words[word] / max(of, 1)
        for word, times in word_counts(streets).items()
    )


def _metres(lng: Floats, lat: Floats, points: NDArray[np.object_]) -> Floats:
    """Distances on a local plane: centres and pins are a few kilometres apart at most."""
    up = (lat - shapely.get_y(points)) * _METRES_PER_DEGREE
    across = (lng - shapely.get_x(points)) * _METRES_PER_DEGREE * np.cos(np.radians(lat))
    distance: Floats = np.hypot(up, across)
    return distance
