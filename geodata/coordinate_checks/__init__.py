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
from geodata.coordinate_checks.gathering import Gathered, gather
from geodata.coordinate_checks.knowledge import (
    FalseCoordinates,
    Shown,
    false_coordinates,
    judge_batch,
    judge_systems,
    known,
    known_area_pins,
    known_default_points,
    known_systems,
    look_for_coarse,
    look_for_points,
    remember,
)
from geodata.coordinate_checks.precision import CoarseRule, find_coarse, is_coarse, reach_of
from geodata.coordinate_checks.systems import SystemVerdict, judge_system, sample_of_batch

__all__ = [
    "MEANINGS",
    "AreaPin",
    "CoarseRule",
    "Decision",
    "FalseCoordinates",
    "Gathered",
    "Shown",
    "SystemVerdict",
    "coordinate_of",
    "decide",
    "decision_log",
    "decisions",
    "false_coordinates",
    "find_area_pins",
    "find_coarse",
    "gather",
    "is_coarse",
    "judge_batch",
    "judge_system",
    "judge_systems",
    "known",
    "known_area_pins",
    "known_default_points",
    "known_systems",
    "look_for_coarse",
    "look_for_points",
    "reach_of",
    "remember",
    "sample_of_batch",
]
