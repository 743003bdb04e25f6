"""What an export says of a call's place: mostly coordinates, sometimes a name, sometimes nothing.

Which calls lose their coordinates does not depend on where they come from, so those that keep
them are spread like all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.sample.plane import COORDINATE_DECIMALS, Points

WITHOUT_SHARE = 0.04
"""Calls without coordinates."""
NAMED_SHARE = 0.7
"""Of these, calls with the name of a township; the others name no place at all."""
DEFAULT_SHARE = 0.025
"""Calls that software put on the default point …"""
FAULT_SHARE = 0.0005
"""… and, for each kind of fault, calls whose coordinates are wrong."""

EXACT, TOWNSHIP_ONLY, NOTHING, DEFAULT, SWAPPED, ZERO, WHOLE_DEGREE, FAR_AWAY = range(8)

FAR_AWAY_DEGREES = 2.5
"""How far east of the truth a far-away point lies; beyond the city from everywhere in it."""


@dataclass(frozen=True)
class Reported:
    """Coordinates as given; shape (n, 2), NaN where there are none, and how they came about."""

    coordinates: Points
    manner: NDArray[np.int64]

    @property
    def names_township(self) -> NDArray[np.bool_]:
        """Which calls name a township."""
        named: NDArray[np.bool_] = self.manner != NOTHING
        return named


def report_places(
    position: Points,
    default_point: tuple[float, float],
    without_default: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Reported:
    """Decide how each call's place is reported.

    Parameters
    ----------
    position : ndarray of float, shape (n, 2)
        True longitude and latitude.
    default_point : tuple of float
        Longitude and latitude that the hotline's software fills in.
    without_default : ndarray of bool, shape (n,)
        Calls whose office leaves coordinates empty where others fill in the default point.
    rng : numpy Generator

    Returns
    -------
    Reported

    Examples
    --------
    >>> position = np.full((1_000, 2), (83.1, 39.1))
    >>> reported = report_places(position, (83.0, 39.0), np.zeros(1_000, dtype=bool),
    ...                          np.random.default_rng(1))
    >>> bool(0.9 < (reported.coordinates == position).all(axis=1).mean() < 0.96)
    True
    """
    nothing = WITHOUT_SHARE * (1 - NAMED_SHARE)
    shares = [WITHOUT_SHARE - nothing, nothing, DEFAULT_SHARE, *[FAULT_SHARE] * 4]
    manner = rng.choice(8, len(position), p=[1 - sum(shares), *shares])
    manner[(manner == DEFAULT) & without_default] = TOWNSHIP_ONLY
    given = position.copy()
    given[np.isin(manner, (TOWNSHIP_ONLY, NOTHING))] = np.nan
    given[manner == DEFAULT] = default_point
    given[manner == SWAPPED] = position[manner == SWAPPED][:, ::-1]
    given[manner == ZERO] = 0.0
    given[manner == WHOLE_DEGREE] = position[manner == WHOLE_DEGREE].round()
    given[manner == FAR_AWAY] += (FAR_AWAY_DEGREES, 0.0)
    return Reported(given.round(COORDINATE_DECIMALS), manner.astype(np.int64))
