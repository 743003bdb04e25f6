"""Where each township stands in the supervision loop, for the map."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.succession import lineage
from app.townships.designations.models import (
    DESIGNATED,
    EXIT_PROPOSED,
    EXITED,
    GOVERNED,
    Designation,
)
from app.townships.supervising.models import Alert, EarlyWarning
from app.townships.supervising.warnings import CLOSED as WARNING_CLOSED
from app.townships.supervising.watching import CLOSED as ALERT_CLOSED

REBOUNDED, WARNED, IN_FORCE, WATCHED = "rebounded", "warned", "governed", "watched"
STANDINGS = (REBOUNDED, WARNED, IN_FORCE, WATCHED)
"""A township of which several are true stands by the first of them."""

_OF_DESIGNATION = {
    DESIGNATED: IN_FORCE,
    GOVERNED: IN_FORCE,
    EXIT_PROPOSED: IN_FORCE,
    EXITED: WATCHED,
}


def standings(access: Access) -> dict[str, str]:
    """Return the code of each township that is supervised or warned, and its standing.

    A renamed township stands under its newest code; one that was split or merged under that of
    then.

    ``governed`` is designated, ``watched`` has left and is followed: this everybody may know.
    ``rebounded`` has an open alert, ``warned`` an open warning: told of a person's own area alone.
    """
    area = access.reach(Permission.READ)
    changes = lineage(access.database)
    with access.database.session() as session:
        designations = session.execute(
            select(Designation.township, Designation.state).where(
                Designation.state.in_(list(_OF_DESIGNATION))
            )
        )
        alerts = select(Alert.township).where(Alert.state != ALERT_CLOSED)
        warnings = select(EarlyWarning.township).where(EarlyWarning.state != WARNING_CLOSED)
        found = [(code, _OF_DESIGNATION[state]) for code, state in designations]
        told = [(code, REBOUNDED) for code in session.scalars(alerts)]
        told += [(code, WARNED) for code in session.scalars(warnings)]
    found += [(code, standing) for code, standing in told if area.has_township(code)]
    ordered = sorted(found, key=lambda each: STANDINGS.index(each[1]), reverse=True)
    # The weightier of two comes later, and so stays.
    return {changes.current(code): standing for code, standing in ordered}
