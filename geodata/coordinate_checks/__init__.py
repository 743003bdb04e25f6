"""False coordinates that only a whole file or store gives away.

Zero, whole degrees, exchanged values and points outside the city can be told from one case
(`geodata.locating`). Area pins, coarse coordinates and files in another coordinate system than they
say are found here, and the home remembers them, beside what people decided by hand.
"""

from geodata.coordinate_checks.area_pins import AreaPin, find_area_pins
from geodata.coordinate_checks.decisions import (
    MEANINGS,
    Decision,
    coordinate_of,
    decide,
    decision_log,
    decisions,
)
from geodata.coordinate_checks.knowledge import (
    FalseCoordinates,
    known_area_pins,
    known_coarse,
    known_false_coordinates,
    known_systems,
    learn_coarse,
    learn_points,
    learn_systems,
)
from geodata.coordinate_checks.precision import CoarseRule, find_coarse, is_coarse, reach_of
from geodata.coordinate_checks.systems import SystemVerdict, judge_system

__all__ = [
    "MEANINGS",
    "AreaPin",
    "CoarseRule",
    "Decision",
    "FalseCoordinates",
    "SystemVerdict",
    "coordinate_of",
    "decide",
    "decision_log",
    "decisions",
    "find_area_pins",
    "find_coarse",
    "is_coarse",
    "judge_system",
    "known_area_pins",
    "known_coarse",
    "known_false_coordinates",
    "known_systems",
    "learn_coarse",
    "learn_points",
    "learn_systems",
    "reach_of",
]
