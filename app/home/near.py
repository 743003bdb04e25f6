"""What is near a person in the field: places, projects and hot points, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.hotspots import layers
from app.hotspots.runs import newest_run
from app.projects.listing import worked_points
from app.projects.points.attachment import distances_m
from geodata.home import Home
from geodata.places import current_places

RADIUS_M = 1_000.0

DECIMALS = 4
"""Of the position, about ten metres: enough to walk by, and no finer record of where she stood."""


@dataclass(frozen=True)
class Spot:
    """A ``place``, ``project`` or ``point``."""

    kind: str
    id: str
    name: str
    lng: float
    lat: float


@dataclass(frozen=True)
class Neighbour:
    """A spot near by, and how far it is."""

    spot: Spot
    distance_m: float


def find_near(home: Home, access: Access, lng: float, lat: float) -> tuple[Neighbour, ...]:
    """Return what of the person's area lies within `RADIUS_M` of a position, the nearest first."""
    here = (round(lng, DECIMALS), round(lat, DECIMALS))
    area = access.area(Permission.READ)
    spots = [*_places(home, area), *_projects(access), *_points(home, area)]
    if not spots:
        return ()
    lngs, lats = np.array([(spot.lng, spot.lat) for spot in spots]).T
    distances = distances_m(lngs, lats, *here)
    return tuple(
        Neighbour(spots[i], float(distances[i]))
        for i in np.argsort(distances, kind="stable")
        if distances[i] <= RADIUS_M
    )


def _places(home: Home, area: Area) -> Iterable[Spot]:
    places = current_places(home)
    if places is None:
        return
    columns = (places.codes, places.names, places.lng, places.lat, places.township)
    for code, name, lng, lat, township in zip(*columns, strict=True):
        if area.has_township(township):
            yield Spot("place", str(code), str(name), float(lng), float(lat))


def _projects(access: Access) -> Iterable[Spot]:
    for project, point in worked_points(access):
        yield Spot("project", str(project.id), project.name, point.lng, point.lat)


def _points(home: Home, area: Area) -> Iterable[Spot]:
    run = newest_run(home)
    if run is None:
        return
    for point in layers.points(home, area, run.id):
        yield Spot("point", point["id"], point["name"], point["lng"], point["lat"])
