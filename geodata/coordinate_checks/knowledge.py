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
from geodata.coordinate_checks.gathering import Gathered
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
    default_points_of,
    is_default_point,
    merge_default_points,
)
from geodata.home import Home

FOUND = "found.json"


@dataclass(frozen=True)
class Shown:
    """What cases show of false coordinates, before anybody decides about it.

    Attributes
    ----------
    default_points : tuple of DefaultPoint
    pins : tuple of AreaPin
    coarse : mapping of str to CoarseRule
        By batch.
    systems : mapping of str to SystemVerdict
        By batch: whether its coordinates look like the system that they declare.
    """

    default_points: tuple[DefaultPoint, ...] = ()
    pins: tuple[AreaPin, ...] = ()
    coarse: Mapping[str, CoarseRule] = field(default_factory=dict)
    systems: Mapping[str, SystemVerdict] = field(default_factory=dict)

    def and_then(self, later: Shown) -> Shown:
        """Return both together; of two verdicts on a batch the later one counts."""
        return Shown(
            merge_default_points(self.default_points, later.default_points),
            (*self.pins, *(pin for pin in later.pins if not _is_one_of(pin, self.pins))),
            {**self.coarse, **later.coarse},
            {**self.systems, **later.systems},
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as the log of the store keeps them."""
        return {
            "default_points": [asdict(point) for point in self.default_points],
            "pins": [asdict(pin) for pin in self.pins],
            "coarse": {batch: asdict(rule) for batch, rule in self.coarse.items()},
            "systems": {batch: verdict.to_json() for batch, verdict in self.systems.items()},
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Shown:
        """Read what `to_json` wrote."""
        return cls(
            tuple(DefaultPoint(**point) for point in values.get("default_points", ())),
            tuple(AreaPin(**pin) for pin in values.get("pins", ())),
            {batch: _rule(rule) for batch, rule in values.get("coarse", {}).items()},
            {batch: _verdict(found) for batch, found in values.get("systems", {}).items()},
        )


def _rule(values: Mapping[str, Any]) -> CoarseRule:
    return CoarseRule(**{**values, "grid": Grid(**values["grid"]) if values["grid"] else None})


def _verdict(values: Mapping[str, Any]) -> SystemVerdict:
    evidence = tuple(Evidence(**each) for each in values["evidence"])
    return SystemVerdict(**{**values, "evidence": evidence})


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


def false_coordinates(home: Home, shown: Shown) -> FalseCoordinates:
    """Return what counts as false: what is shown, without real places, and what was decided.

    A default point that is an area pin counts as the pin, which tells more.
    """
    decided = decisions(home)
    pins = without_real_places(shown.pins, decided)
    found = [point for point in shown.default_points if not _is_one_of(point, pins)]
    points = without_real_places(found, decided)
    by_hand = tuple(
        DefaultPoint(each.lng, each.lat, cases=0, share=0.0, addresses=0)
        for each in decided.values()
        if each.meaning == "default_point"
    )
    kept_pins = tuple(pin for pin in pins if not _is_one_of(pin, by_hand))
    return FalseCoordinates(merge_default_points(points, by_hand), kept_pins, shown.coarse)


def look_for_points(
    cases: pl.LazyFrame,
    read: Mapping[str, Gathered],
    townships: Boundaries | None,
    districts: Boundaries | None,
) -> Shown:
    """Look for default points and area pins among cases.

    Parameters
    ----------
    cases : LazyFrame
        ``source_lng, source_lat, source_crs, address, reported_township, reported_district``.
    read : mapping of str to Gathered
        Their coordinates, by system.
    """
    shown = Shown()
    for crs, coordinates in read.items():
        rows = _in_system(cases, crs)
        counted = coordinates.count(rows)
        points = _in_wgs84(default_points_of(rows, counted), crs)
        pins = find_area_pins(rows, counted, crs, townships, districts)
        shown = shown.and_then(Shown(points, pins))
    return shown


def look_for_coarse(batch: str, cases: pl.LazyFrame, read: Mapping[str, Gathered]) -> Shown:
    """Find out which coordinates of one batch are too coarse."""
    for crs, coordinates in [*read.items()][:1]:
        rows, in_degrees = _in_system(cases, crs), is_geographic(crs)
        rule = find_coarse(rows, in_degrees=in_degrees, gathered=coordinates)
        if rule is not None:
            return Shown(coarse={batch: rule})
    return Shown()


def judge_systems(
    cases: pl.LazyFrame,
    townships: Boundaries | None,
    districts: Boundaries | None,
    places: Places | None,
) -> Shown:
    """Judge the coordinate system of each batch by a sample of its cases."""
    samples = sample_of(cases).items()
    return Shown(
        systems={
            batch: judge_system(sample, townships, districts, places) for batch, sample in samples
        }
    )


def judge_batch(
    batch: str,
    sample: pl.DataFrame,
    townships: Boundaries | None,
    districts: Boundaries | None,
    places: Places | None,
) -> Shown:
    """Judge the coordinate system of one batch by a sample of its cases."""
    if sample.is_empty():
        return Shown()
    return Shown(systems={batch: judge_system(sample, townships, districts, places)})


def known(home: Home) -> Shown:
    """Return what is known by now, as the log of the store told it last."""
    path = home.coordinate_checks / FOUND
    return Shown.from_json(json.loads(path.read_text("utf-8"))) if path.is_file() else Shown()


def remember(home: Home, shown: Shown) -> None:
    """Keep what is known, for everybody who asks."""
    if shown == known(home):
        return
    home.coordinate_checks.mkdir(mode=0o700, exist_ok=True)
    path = home.coordinate_checks / FOUND
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(shown.to_json(), ensure_ascii=False, indent=1), "utf-8")
    draft.replace(path)


def known_default_points(home: Home) -> tuple[DefaultPoint, ...]:
    """Return the default points found so far, whatever was decided about them."""
    return known(home).default_points


def known_area_pins(home: Home) -> tuple[AreaPin, ...]:
    """Return the area pins found so far, whatever was decided about them."""
    return known(home).pins


def known_systems(home: Home) -> dict[str, SystemVerdict]:
    """Return the newest verdict on the coordinate system of each batch."""
    return dict(known(home).systems)


def _in_system(cases: pl.LazyFrame, crs: str) -> pl.LazyFrame:
    """Rows of one system with coordinates that may be good, as the file has them."""
    lng, lat = pl.col("source_lng"), pl.col("source_lat")
    zero = (lng == 0) & (lat == 0)
    whole = (lng == lng.round()) & (lat == lat.round()) & is_geographic(crs)
    usable = cases.filter(
        pl.col("source_crs") == crs, ~zero, ~whole, lng.is_finite(), lat.is_finite()
    )
    names = "case_id", "address", "reported_township", "reported_district"
    return usable.select(lng.alias("lng"), lat.alias("lat"), *names)


def _in_wgs84(points: tuple[DefaultPoint, ...], crs: str) -> tuple[DefaultPoint, ...]:
    east, north = to_wgs84([p.lng for p in points], [p.lat for p in points], crs)
    return tuple(
        dataclasses.replace(point, lng=float(x), lat=float(y))
        for point, x, y in zip(points, east, north, strict=True)
    )


def _is_one_of(point: Coordinate, points: Sequence[Coordinate]) -> bool:
    return bool(is_default_point(np.array([point.lng]), np.array([point.lat]), points)[0])
