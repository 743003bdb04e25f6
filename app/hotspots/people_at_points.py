"""People are expected where their reports are put.

A case that is placed by what it says stands at its place's own point, however large the place is;
one with coordinates stands where its coordinates say. Were people spread over outlines and cases
put on points, every place of several cells would look busy in the one and quiet in the others: the
dispersion that is estimated from the same counts would take that for chance, and in a city whose
cases come without coordinates no hot spot would be left. So of a place's people that share is
expected at its point which its township's cases have there, and the rest over its outline.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geodata.areas import Places

SAME_POINT = 1e-5
"""Degrees, about a metre: exports round what they are given, to five decimals at the coarsest."""


def people_where_reports_are(places: Places, located: pl.DataFrame) -> Places:
    """Return the register as expected counts need it: some of the people at points.

    Parameters
    ----------
    places : Places
    located : DataFrame
        Cases with ``place, lng, lat``.

    Returns
    -------
    Places
        Every place that has both kinds of cases twice: with its outline and with its point. For
        `geodata.areas.expected_surface` alone; codes no longer tell places apart.
    """
    share = _shares_at_points(places, located)
    moved = np.flatnonzero(share > 0)
    if not moved.size:
        return places
    every = np.concatenate([np.arange(len(places)), moved])
    return dataclasses.replace(
        places,
        **{
            field.name: getattr(places, field.name)[every]
            for field in dataclasses.fields(places)
            if field.name not in ("version", "geometry", "population")
        },
        geometry=np.concatenate(
            [places.geometry, shapely.points(places.lng[moved], places.lat[moved])]
        ),
        population=np.concatenate(
            [places.population * (1 - share), places.population[moved] * share[moved]]
        ),
    )


def count_at_points(places: Places | None, located: pl.DataFrame) -> int:
    """Count the cases that stand at the point of a place with an outline."""
    return 0 if places is None else int(_at_points(places, located)[1].sum())


def _shares_at_points(places: Places, located: pl.DataFrame) -> NDArray[np.float64]:
    """Return for each place the share of its township's cases that stand at points.

    By township, because whole exports come with coordinates or without, and a single place has too
    few cases to tell. Places without an outline are their point already: 0.
    """
    place, stands = _at_points(places, located)
    township = np.unique(places.township.astype(str), return_inverse=True)[1]
    of = township[place]
    cases = np.bincount(of, minlength=township.max(initial=0) + 1)
    standing = np.bincount(of, weights=stands, minlength=cases.size)
    share = standing / np.maximum(cases, 1)
    return np.where(shapely.area(places.geometry) > 0, share[township], 0.0)


def _at_points(
    places: Places, located: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the place of each case whose place has an outline, and whether it is at its point."""
    positions = places.positions()
    index = located["place"].replace_strict(
        list(positions), list(positions.values()), default=None, return_dtype=pl.Int64
    )
    cases = located.select("lng", "lat", index.alias("at")).drop_nulls("at")
    at, lng, lat = (cases[name].to_numpy() for name in ("at", "lng", "lat"))
    near = (np.abs(lng - places.lng[at]) < SAME_POINT) & (np.abs(lat - places.lat[at]) < SAME_POINT)
    outlined = shapely.area(places.geometry[at]) > 0
    return at[outlined], near[outlined]
