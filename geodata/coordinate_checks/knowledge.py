"""What a home knows of false coordinates: found in files and over the store, or decided by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl

from geodata.areas import Boundaries, Places
from geodata.coordinate_checks.area_pins import AreaPin, find_area_pins
from geodata.coordinate_checks.decisions import decisions, without_real_places
from geodata.coordinate_checks.precision import CoarseRule, Grid, find_coarse
from geodata.coordinate_checks.systems import (
    Evidence,
    SystemVerdict,
    judge_system,
    sample_of,
)
from geodata.coordinates import is_geographic, to_wgs84
from geodata.default_points import (
    Coordinate,
    DefaultPoint,
    count_coordinates,
    default_points_of,
    is_default_point,
    known_default_points,
    merge_default_points,
    remember_default_points,
)
from geodata.home import Home

PINS, COARSE, SYSTEMS = "area_pins.json", "coarse.json", "systems.json"


@dataclass(frozen=True)
class FalseCoordinates:
    """Coordinates that locate no case.

    Attributes
    ----------
    default_points : tuple of DefaultPoint
    pins : tuple of AreaPin
    coarse : mapping of str to CoarseRule
        By batch.
    """

    default_points: tuple[DefaultPoint, ...] = ()
    pins: tuple[AreaPin, ...] = ()
    coarse: Mapping[str, CoarseRule] = field(default_factory=dict)


def known_false_coordinates(home: Home) -> FalseCoordinates:
    """Return what counts as false now: what was found, without real places, and what was decided.

    A found default point that is an area pin counts as the pin, which tells more.
    """
    decided = decisions(home)
    pins = without_real_places(known_area_pins(home), decided)
    found = [p for p in known_default_points(home) if not _is_one_of(p, pins)]
    points = without_real_places(found, decided)
    by_hand = tuple(
        DefaultPoint(each.lng, each.lat, cases=0, share=0.0, addresses=0)
        for each in decided.values()
        if each.meaning == "default_point"
    )
    kept_pins = tuple(pin for pin in pins if not _is_one_of(pin, by_hand))
    return FalseCoordinates(merge_default_points(points, by_hand), kept_pins, known_coarse(home))


def learn_points(
    home: Home, cases: pl.LazyFrame, townships: Boundaries | None, districts: Boundaries | None
) -> None:
    """Look for default points and area pins among cases, and remember them.

    Parameters
    ----------
    cases : LazyFrame
        ``source_lng, source_lat, source_crs, address, reported_township, reported_district``.
    """
    points, pins = known_default_points(home), known_area_pins(home)
    names = cases.select(pl.col("source_crs").drop_nulls().unique().sort()).collect().to_series()
    for crs in names:
        rows = _in_system(cases, crs)
        counted = count_coordinates(rows)
        pins = _merged(pins, find_area_pins(rows, counted, crs, townships, districts))
        points = merge_default_points(points, _in_wgs84(default_points_of(rows, counted), crs))
    if points != known_default_points(home):
        remember_default_points(home, points)
    if pins != known_area_pins(home):
        _write(home, PINS, [asdict(pin) for pin in pins])


def learn_coarse(home: Home, batch: str, cases: pl.LazyFrame) -> None:
    """Find out which coordinates of one batch are too coarse, and remember it."""
    names = cases.select(pl.col("source_crs").drop_nulls().unique().sort()).collect().to_series()
    known = dict(known_coarse(home))
    known.pop(batch, None)
    for crs in names[:1]:
        rule = find_coarse(_in_system(cases, crs), in_degrees=is_geographic(crs))
        if rule is not None:
            known[batch] = rule
    if known != known_coarse(home):
        _write(home, COARSE, {name: asdict(rule) for name, rule in known.items()})


def learn_systems(
    home: Home,
    cases: pl.LazyFrame,
    townships: Boundaries | None,
    districts: Boundaries | None,
    places: Places | None,
) -> dict[str, SystemVerdict]:
    """Judge the coordinate system of each batch by a sample of its cases, and remember it."""
    found = {
        batch: judge_system(sample, townships, districts, places)
        for batch, sample in sample_of(cases).items()
    }
    known = {**known_systems(home), **found}
    _write(home, SYSTEMS, {name: each.to_json() for name, each in known.items()})
    return found


def known_area_pins(home: Home) -> tuple[AreaPin, ...]:
    """Return the area pins found so far, whatever was decided about them."""
    return tuple(AreaPin(**pin) for pin in _read(home, PINS, []))


def known_coarse(home: Home) -> dict[str, CoarseRule]:
    """Return what is too coarse in each batch that has such coordinates."""
    return {
        batch: CoarseRule(**{**rule, "grid": Grid(**rule["grid"]) if rule["grid"] else None})
        for batch, rule in _read(home, COARSE, {}).items()
    }


def known_systems(home: Home) -> dict[str, SystemVerdict]:
    """Return the newest verdict on the coordinate system of each batch."""
    return {
        batch: SystemVerdict(
            **{**found, "evidence": tuple(Evidence(**each) for each in found["evidence"])}
        )
        for batch, found in _read(home, SYSTEMS, {}).items()
    }


def _in_system(cases: pl.LazyFrame, crs: str) -> pl.LazyFrame:
    """Rows of one system with coordinates that may be good, as the file has them."""
    lng, lat = pl.col("source_lng"), pl.col("source_lat")
    zero = (lng == 0) & (lat == 0)
    whole = (lng == lng.round()) & (lat == lat.round()) & is_geographic(crs)
    usable = cases.filter(
        pl.col("source_crs") == crs, ~zero, ~whole, lng.is_finite(), lat.is_finite()
    )
    names = "address", "reported_township", "reported_district"
    return usable.select(lng.alias("lng"), lat.alias("lat"), *names)


def _in_wgs84(points: tuple[DefaultPoint, ...], crs: str) -> tuple[DefaultPoint, ...]:
    east, north = to_wgs84([p.lng for p in points], [p.lat for p in points], crs)
    return tuple(
        dataclasses.replace(point, lng=float(x), lat=float(y))
        for point, x, y in zip(points, east, north, strict=True)
    )


def _merged(known: tuple[AreaPin, ...], found: tuple[AreaPin, ...]) -> tuple[AreaPin, ...]:
    return (*known, *(pin for pin in found if not _is_one_of(pin, known)))


def _is_one_of(point: Coordinate, points: Sequence[Coordinate]) -> bool:
    return bool(is_default_point(np.array([point.lng]), np.array([point.lat]), points)[0])


def _read(home: Home, name: str, empty: Any) -> Any:
    path = home.coordinate_checks / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else empty


def _write(home: Home, name: str, content: Any) -> None:
    home.coordinate_checks.mkdir(mode=0o700, exist_ok=True)
    path = home.coordinate_checks / name
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    draft.replace(path)
