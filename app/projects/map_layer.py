"""What the map draws of projects: their points, how far the work is, and what it did."""

from __future__ import annotations

from typing import Any

from app.accounts.access import Access
from app.projects.effects.kept import kept_effects, of_points
from app.projects.listing import worked_points
from app.projects.models import CLAIMED_DONE, CLOSED, PAUSED, UNDER_WAY, VERIFIED
from app.projects.states import OPEN
from geodata.home import Home

PLANNED, WORKING, DONE = "planned", "under_way", "done"

_PHASES = {
    UNDER_WAY: WORKING,
    PAUSED: WORKING,
    CLAIMED_DONE: DONE,
    VERIFIED: DONE,
    CLOSED: DONE,
}


def phase_of(status: str) -> str:
    """Return how far work of a status is, as a map shows it: planned, under way or done."""
    return _PHASES.get(status, PLANNED)


def map_layer(access: Access, home: Home) -> list[dict[str, Any]]:
    """Return the points of projects that are not cancelled, each with its project.

    ``id`` names project and point; ``effect`` is the verdict on the finished work there, or None.
    """
    told = of_points(kept_effects(home, access.database))
    return [
        {
            "id": f"{project.id}-{point.id}",
            "name": project.name,
            "point": point.name,
            "status": project.status,
            "phase": phase_of(project.status),
            "effect": told.get((project.id, point.id)),
            "lng": point.lng,
            "lat": point.lat,
            "radius_m": point.radius_m,
            "corners": point.corners,
            "owner": project.owner,
        }
        for project, point in worked_points(access, (*OPEN, CLOSED))
    ]
