"""Where each township stands in the supervision loop, for the map."""

from __future__ import annotations

from sqlalchemy import select

from app.db import Database
from app.townships.designations.models import (
    DESIGNATED,
    EXIT_PROPOSED,
    EXITED,
    GOVERNED,
    Designation,
)
from app.townships.supervising.models import Alert, EarlyWarning

REBOUNDED, WARNED, IN_FORCE, WATCHED = "rebounded", "warned", "governed", "watched"
STANDINGS = (REBOUNDED, WARNED, IN_FORCE, WATCHED)
"""A township of which several are true stands by the first of them."""

_OF_DESIGNATION = {
    DESIGNATED: IN_FORCE,
    GOVERNED: IN_FORCE,
    EXIT_PROPOSED: IN_FORCE,
    EXITED: WATCHED,
}

CLOSED = "closed"


def standings(database: Database) -> dict[str, str]:
    """Return the code of each township that is supervised or warned, and its standing.

    ``rebounded`` has an open alert, ``warned`` an open warning; ``governed`` is designated,
    ``watched`` has left and is followed.
    """
    with database.session() as session:
        designations = session.execute(
            select(Designation.township, Designation.state).where(
                Designation.state.in_(list(_OF_DESIGNATION))
            )
        )
        alerts = select(Alert.township).where(Alert.state != CLOSED)
        warnings = select(EarlyWarning.township).where(EarlyWarning.state != CLOSED)
        found = [(code, _OF_DESIGNATION[state]) for code, state in designations]
        found += [(code, REBOUNDED) for code in session.scalars(alerts)]
        found += [(code, WARNED) for code in session.scalars(warnings)]
    ordered = sorted(found, key=lambda each: STANDINGS.index(each[1]), reverse=True)
    # The weightier of two comes later, and so stays.
    return dict(ordered)
