"""Incidents: reports that tell of one thing, by a plain rule.

Reports belong to one incident when they have the same site and the same class, and each but the
first came within N days after the one before it. A site is a place; where a report has none, it is
a cluster of coordinates at most 60 m across (`spatial.points.clusters`). So time chains as long as
the reports keep coming (a noise every night is one thing), while space never chains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_codes, check_same_length, check_times
from spatial.points.clusters import CLUSTER_DIAMETER_M, cluster_coordinates

UNKNOWN = -1

INCIDENT_DAYS = 7
"""Longest silence within an incident: as the working rule of seven days has it."""

SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Incidents:
    """Incidents by site, class and time; reports that cannot be told together come last.

    Attributes
    ----------
    incident : ndarray of int64, shape (reports,)
        Number of each report's incident.
    first, last : ndarray of datetime64[s], shape (incidents,)
        Times of its first and last report.
    reports : ndarray of int64, shape (incidents,)
    """

    incident: NDArray[np.int64]
    first: NDArray[np.datetime64]
    last: NDArray[np.datetime64]
    reports: NDArray[np.int64]


def find_incidents(
    site: ArrayLike, classes: ArrayLike, when: ArrayLike, *, days: int = INCIDENT_DAYS
) -> Incidents:
    """Tell which reports are of one incident.

    Parameters
    ----------
    site, classes : array_like of int, shape (n,)
        Codes; -1 is unknown. A report without a site or a class is an incident of its own.
    when : array_like of datetime64[s], shape (n,)
        Time received.
    days : int
        A report belongs with the one before it when it came at most `days` times 24 hours later.

    Returns
    -------
    Incidents

    Raises
    ------
    ValueError
        If lengths differ, a code is not a whole number from -1 up, a time is missing, or `days` is
        below 1.

    References
    ----------
    The rule is the product's own, after the practice of hotline offices: docs/METHODS.md.

    Examples
    --------
    >>> when = np.array(["2024-05-01", "2024-05-08", "2024-05-15", "2024-05-23"], "datetime64[s]")
    >>> found = find_incidents([4, 4, 4, 4], [1, 1, 1, 1], when)
    >>> found.incident, found.reports
    (array([0, 0, 0, 1]), array([3, 1]))
    """
    places, kinds = check_codes("site", site), check_codes("classes", classes)
    times = check_times("when", when)
    check_same_length(site=places, classes=kinds, when=times)
    if days < 1:
        raise ValueError(f"days: must be 1 or more, found {days}")
    alone = (places == UNKNOWN) | (kinds == UNKNOWN)
    seconds = times.astype(np.int64)
    order = np.lexsort((seconds, kinds, places, alone))
    place, kind, second = places[order], kinds[order], seconds[order]
    begins = np.ones(order.size, dtype=bool)
    begins[1:] = (place[1:] != place[:-1]) | (kind[1:] != kind[:-1]) | alone[order][1:]
    begins[1:] |= second[1:] - second[:-1] > days * SECONDS_A_DAY
    incident = np.empty(order.size, dtype=np.int64)
    incident[order] = np.cumsum(begins) - 1
    starts = np.flatnonzero(begins)
    ends = np.append(starts, order.size)[1:]
    return Incidents(incident, times[order[starts]], times[order[ends - 1]], ends - starts)


def find_sites(
    place: ArrayLike,
    lng: ArrayLike,
    lat: ArrayLike,
    *,
    within_m: float = CLUSTER_DIAMETER_M,
) -> NDArray[np.int64]:
    """Return each report's site: its place, else a cluster of coordinates, -1 where it has neither.

    Parameters
    ----------
    place : array_like of int, shape (n,)
        Code of the place; -1 where there is none.
    lng, lat : array_like of float, shape (n,)
        WGS84 degrees, NaN where unknown.
    within_m : float
        Widest cluster, metres.

    Returns
    -------
    ndarray of int64, shape (n,)
        Codes of places as given, codes of clusters above them.

    Raises
    ------
    ValueError
        If lengths differ, a code is not a whole number from -1 up, only one of a report's
        coordinates is known, or one is outside its range.

    References
    ----------
    As for `cluster_coordinates`.

    Examples
    --------
    >>> find_sites([7, -1, -1, -1], [116.0, 116.0, 116.0, np.nan], [40.0, 40.0, 40.0005, np.nan])
    array([ 7,  8,  8, -1])
    """
    places = check_codes("place", place)
    east, north = np.asarray(lng, dtype=float), np.asarray(lat, dtype=float)
    check_same_length(place=places, lng=east, lat=north)
    if (np.isnan(east) != np.isnan(north)).any():
        at = int(np.flatnonzero(np.isnan(east) != np.isnan(north))[0])
        raise ValueError(
            f"lng, lat: both or none must be known, found {east[at]}, {north[at]} at {at}"
        )
    loose = (places == UNKNOWN) & ~np.isnan(east)
    clusters = cluster_coordinates(east[loose], north[loose], diameter_m=within_m)
    sites = places.copy()
    sites[loose] = clusters.cluster + places.max(initial=UNKNOWN) + 1
    return sites
