"""Offline geocoder: from an address as people write it to a place, a point or a township.

`normalise` and `parse` read the text (`chinese`, `english`), `index` holds what is known, `pairs`
lays every known row that may be meant beside an address, `model` and `training` learn from the
register itself what speaks for a row and how sure one may be, `geocoder` answers.
"""

from geodata.geocoding.gazetteer import Gazetteer
from geodata.geocoding.geocoder import LEVELS, Candidate, Geocoded, Geocoder, Level
from geodata.geocoding.normalise import normalise
from geodata.geocoding.parse import parse_address
from geodata.geocoding.phrases import PlacePhrase, find_place_phrases
from geodata.geocoding.tables import GeocodeReport, geocode_table
from geodata.geocoding.training import Model

__all__ = [
    "LEVELS",
    "Candidate",
    "Gazetteer",
    "GeocodeReport",
    "Geocoded",
    "Geocoder",
    "Level",
    "Model",
    "PlacePhrase",
    "find_place_phrases",
    "geocode_table",
    "normalise",
    "parse_address",
]
