"""What people decided about a coordinate: a real place, or a default point.

The log of decisions is their only record: of several about one coordinate the newest counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar, get_args

from geodata.default_points import COORDINATE_DECIMALS, Coordinate
from geodata.errors import InvalidDecision
from geodata.home import Home

LOG = "decisions.jsonl"

Meaning = Literal["real_place", "default_point", "undecided"]
MEANINGS: tuple[Meaning, ...] = get_args(Meaning)

Point = TypeVar("Point", bound=Coordinate)


@dataclass(frozen=True)
class Decision:
    """What one coordinate means by hand.

    Attributes
    ----------
    lng, lat : float
        WGS84 degrees, to `COORDINATE_DECIMALS`.
    meaning : {"real_place", "default_point", "undecided"}
        ``undecided`` takes an earlier decision back.
    decided_at : str
        ISO 8601, UTC.
    """

    lng: float
    lat: float
    meaning: Meaning
    decided_at: str


def decide(home: Home, lng: float, lat: float, meaning: str, now: datetime) -> Decision:
    """Log a decision; it takes effect when cases are located anew.

    Raises
    ------
    InvalidDecision
        The coordinate is none of this Earth, or the meaning is none there is.
    """
    if not (abs(lng) <= 180 and abs(lat) <= 90):
        raise InvalidDecision(
            f"lng, lat: {lng}, {lat} are no degrees: expected ±180 and ±90",
            f"经纬度 {lng}, {lat} 不是度数；经度应在 ±180 之间，纬度应在 ±90 之间",
        )
    if meaning not in MEANINGS:
        raise InvalidDecision(
            f"meaning: {meaning!r} is none of {', '.join(MEANINGS)}",
            f"meaning：{meaning!r} 不在 {'、'.join(MEANINGS)} 之中",
        )
    made = Decision(
        round(lng, COORDINATE_DECIMALS),
        round(lat, COORDINATE_DECIMALS),
        meaning,
        now.astimezone(UTC).isoformat(timespec="seconds"),
    )
    with home.writing():
        home.coordinate_checks.mkdir(mode=0o700, exist_ok=True)
        with (home.coordinate_checks / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(made)) + "\n")
    return made


def decision_log(home: Home) -> tuple[Decision, ...]:
    """Return every decision, oldest first."""
    path = home.coordinate_checks / LOG
    if not path.is_file():
        return ()
    lines = path.read_text("utf-8").splitlines()
    return tuple(Decision(**json.loads(line)) for line in lines)


def decisions(home: Home) -> dict[tuple[float, float], Decision]:
    """Return the decisions that count, by coordinate."""
    newest = {(each.lng, each.lat): each for each in decision_log(home)}
    return {where: each for where, each in newest.items() if each.meaning != "undecided"}


def without_real_places(
    points: Sequence[Point], decided: dict[tuple[float, float], Decision]
) -> tuple[Point, ...]:
    """Return the points but those that were decided to be real places."""
    return tuple(
        point
        for point in points
        if (each := decided.get(coordinate_of(point))) is None or each.meaning != "real_place"
    )


def coordinate_of(point: Coordinate) -> tuple[float, float]:
    """Return a point's coordinate as decisions name it."""
    return round(point.lng, COORDINATE_DECIMALS), round(point.lat, COORDINATE_DECIMALS)
