"""The place register: imported from any file, edited and merged by people, with its history.

Every change makes a version that stays (`register`), and a line of the log that says what it
changed (`changes`). What people decide of texts is kept beside it (`decisions`). How analyses see
a version stands in `geodata.areas.places`.
"""

from geodata.places.applied import PlaceState, applied_state, place_state, remember_applied
from geodata.places.changes import Change, history_of, read_changes
from geodata.places.decisions import (
    Decision,
    Decisions,
    TextKey,
    decide,
    read_decisions,
    undo_decision,
)
from geodata.places.editing import (
    add_place,
    change_place,
    merge_of,
    merge_places,
    remove_added_place,
    undo_merge,
)
from geodata.places.importing import (
    NO_REGISTER,
    PlaceReport,
    import_by_columns,
    import_places,
)
from geodata.places.previewing import PlacePreview, preview_places
from geodata.places.problems import InvalidPlaceFile, Problem
from geodata.places.records import KINDS, Place
from geodata.places.register import (
    current_places,
    find_place,
    names_of_places,
    places_lock,
    places_of_version,
    read_register,
)

__all__ = [
    "KINDS",
    "NO_REGISTER",
    "Change",
    "Decision",
    "Decisions",
    "InvalidPlaceFile",
    "Place",
    "PlacePreview",
    "PlaceReport",
    "PlaceState",
    "Problem",
    "TextKey",
    "add_place",
    "applied_state",
    "change_place",
    "current_places",
    "decide",
    "find_place",
    "history_of",
    "import_by_columns",
    "import_places",
    "merge_of",
    "merge_places",
    "names_of_places",
    "place_state",
    "places_lock",
    "places_of_version",
    "preview_places",
    "read_changes",
    "read_decisions",
    "read_register",
    "remember_applied",
    "remove_added_place",
    "undo_decision",
    "undo_merge",
]
