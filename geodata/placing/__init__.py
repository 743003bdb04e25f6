"""Every case gets its place, when one can be told.

`by_coordinates` asks where a located case lies, `by_text` what an unlocated one says; what people
have decided of a text comes first. `placer` puts both together for `geodata.locating`.
"""

from geodata.placing.by_text import ACCEPTED_FINE, DECIDED, GEOCODED
from geodata.placing.geocoders import geocoder_code, home_geocoder, is_trained, register_geocoder
from geodata.placing.placer import Placer, known_placer
from geodata.placing.texts import TEXT_COLUMNS, questions_of, text_key

__all__ = [
    "ACCEPTED_FINE",
    "DECIDED",
    "GEOCODED",
    "TEXT_COLUMNS",
    "Placer",
    "geocoder_code",
    "home_geocoder",
    "is_trained",
    "known_placer",
    "questions_of",
    "register_geocoder",
    "text_key",
]
