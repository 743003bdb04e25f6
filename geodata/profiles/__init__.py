"""Import profiles: what a source's headers, words, times and coordinates mean.

A profile is a YAML file; six are shipped beside this module. `load_profile` takes a shipped
profile's name, that of one saved in the home, or the path of a file.
"""

from geodata.profiles.fields import FIELD_GROUPS
from geodata.profiles.model import BOOLEAN_FIELDS, INPUT_FIELDS, DateOrder, Profile
from geodata.profiles.own import check_profile_name, delete_profile, profile_yaml, save_profile
from geodata.profiles.shipped import build_profile, known_profiles, load_profile

__all__ = [
    "BOOLEAN_FIELDS",
    "FIELD_GROUPS",
    "INPUT_FIELDS",
    "DateOrder",
    "Profile",
    "build_profile",
    "check_profile_name",
    "delete_profile",
    "known_profiles",
    "load_profile",
    "profile_yaml",
    "save_profile",
]
