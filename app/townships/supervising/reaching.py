"""Whose a matter of supervision is: by its township, else by the unit that it was put to."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.models import DISTRICT, TOWNSHIP, Unit
from app.accounts.permissions import Permission
from app.errors import Forbidden


def reaches(area: Area, unit: Unit | None, township: str | None = None) -> bool:
    """Tell whether an area has a matter.

    What is of a township is of those who have the township; what is of a district of those who
    have all of it; what is of a department or an enterprise is the whole city's.
    """
    if area.whole or township is not None:
        return area.has_township(township)
    if unit is None or unit.area_code is None:
        return False
    if unit.kind == DISTRICT:
        return unit.area_code in area.districts
    return unit.kind == TOWNSHIP and area.has_township(unit.area_code)


def reaches_unit(session: Session, area: Area, unit: Unit) -> bool:
    """Tell whether an area has a unit's matters, or those of a unit above it."""
    at: Unit | None = unit
    seen: set[int] = set()
    while at is not None and at.id not in seen:
        if reaches(area, at):
            return True
        seen.add(at.id)
        at = session.get(Unit, at.parent_id) if at.parent_id else None
    return False


def require_reach(
    access: Access, permission: Permission, unit: Unit | None, township: str | None = None
) -> None:
    """Check that a person may do something to a matter.

    Raises
    ------
    Forbidden
        She may not, or it is not in her area.
    """
    if not reaches(access.area(permission), unit, township):
        name = township or (unit.name if unit is not None else "the whole city")
        raise Forbidden(
            f"{access.who} may not: {name} is outside the area of this account",
            "这不在您的辖区内，如有需要请联系管理员",
        )
