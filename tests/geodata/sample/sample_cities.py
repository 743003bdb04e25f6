"""Sample cities that several tests look at, each made once."""

from __future__ import annotations

from functools import lru_cache

from geodata.sample import City, make_city


@lru_cache(maxsize=1)
def planted_city() -> City:
    """Return the city as a planner gets it."""
    return make_city(1)


@lru_cache(maxsize=1)
def null_city() -> City:
    """Return a city where nothing depends on the place but the number of people."""
    return make_city(7, cases=60_000, plants=False, repeats=False, duplicates=False)


@lru_cache(maxsize=1)
def small_city() -> City:
    """Return a planted city with few cases."""
    return make_city(3, cases=8_000, months=12)
