"""Import profiles: what a source's headers, words, times and coordinates mean.

A profile is a YAML file; six are shipped beside this module. `load_profile` takes a shipped
profile's name or the path of one's own file.
"""

from geodata.profiles.model import INPUT_FIELDS, DateOrder, Profile
from geodata.profiles.shipped import known_profiles, load_profile

__all__ = ["INPUT_FIELDS", "DateOrder", "Profile", "known_profiles", "load_profile"]
