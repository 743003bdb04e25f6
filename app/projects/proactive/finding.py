"""What stands beside an application: areas to ask for, its unit, its exclusion, those after it."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.db import Database, row_of
from app.projects.proactive.models import APPLIED, RETURNED, REVIEWED, ProactiveProject
from app.townships.assessment.models import Exclusion
from geodata.areas import Boundaries, current_boundaries
from geodata.home import Home


def townships_within(
    home: Home, district: str | None, township: str | None
) -> frozenset[str] | None:
    """Return the codes of what is asked for; None where no part is named."""
    if township:
        return frozenset({township})
    if not district:
        return None
    return frozenset(code for code, _name, of in _rows(home) if of[0] == district)


def districts_offered(home: Home, area: Area) -> list[tuple[str, str]]:
    """Return code and name of the districts that have a township of an area, by name."""
    found = {of for code, _name, of in _rows(home) if of[0] and area.has_township(code)}
    return sorted(found, key=lambda pair: pair[1])


def townships_offered(home: Home, area: Area, district: str | None) -> list[tuple[str, str]]:
    """Return code and name of the townships of an area, of a district where one is named."""
    rows = [
        (code, name)
        for code, name, of in _rows(home)
        if area.has_township(code) and (not district or of[0] == district)
    ]
    return sorted(rows, key=lambda pair: pair[1])


def unit_name(database: Database, unit_id: int | None) -> str | None:
    """Return the name of the unit that applies; None where none is named."""
    if unit_id is None:
        return None
    with database.session() as session:
        found = row_of(session, Unit, unit_id)
        return found.name if found else None


def exclusion_of(database: Database, record: ProactiveProject) -> Exclusion | None:
    """Return the exclusion that the approval wrote, as it stands."""
    if record.exclusion_id is None:
        return None
    with database.session() as session:
        return row_of(session, Exclusion, record.exclusion_id)


def followers_of(database: Database, number: int) -> list[ProactiveProject]:
    """Return the applications that are to take the place of one."""
    query = select(ProactiveProject).where(ProactiveProject.former_id == number)
    with database.session() as session:
        return list(session.scalars(query.order_by(ProactiveProject.id)))


def count_waiting(access: Access, home: Home) -> int:
    """Count the applications that wait for a person: to be reviewed, approved or mended."""
    work, decides = access.reach(Permission.WORK_PLANS), access.reach(Permission.ASSESS).whole
    district = {code: of[0] for code, _name, of in _rows(home)}
    query = select(ProactiveProject.township, ProactiveProject.state)
    query = query.where(ProactiveProject.state.in_((APPLIED, REVIEWED, RETURNED)))
    with access.database.session() as session:
        rows = session.execute(query).all()

    def waits(township: str, state: str) -> bool:
        above = district.get(township, "")
        if state == REVIEWED:
            return decides
        if state == APPLIED:  # where no district is known, the city reviews
            return above in work.districts or (work.whole and not above)
        return not work.whole and work.has_township(township)

    return sum(waits(township, state) for township, state in rows)


def _rows(home: Home) -> list[tuple[str, str, tuple[str, str]]]:
    """Return code, name and district (code, name) of each township in use."""
    found: Boundaries | None = current_boundaries(home, "township")
    if found is None:
        return []
    columns = (found.codes, found.names, found.district_codes, found.district_names)
    return [
        (str(code), str(name), (str(district or ""), str(called or district or "")))
        for code, name, district, called in zip(*columns, strict=True)
    ]
