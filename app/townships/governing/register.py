"""The register of designations, and suggestions that a person follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import InvalidParameter
from app.townships.designations.life import DESIGNATION, Township, propose
from app.townships.designations.models import Designation
from app.townships.governing.progress import Progress
from geodata.areas import current_boundaries
from geodata.home import Home


def list_designations(database: Database) -> list[Designation]:
    """Return all designations, those that came into their state last first."""
    query = select(Designation).order_by(Designation.since.desc(), Designation.id.desc())
    with database.session() as session:
        return list(session.scalars(query))


def progress_shown(
    access: Access, designations: Iterable[Designation], found: Mapping[int, Progress]
) -> dict[int, Progress]:
    """Return the progress of those designations that lie in a person's area, by id.

    Lists and their history are told of a person's own area alone; that a township is designated,
    and what its cases are, everybody may know.
    """
    area = access.reach(Permission.READ)
    return {each.id: found[each.id] for each in designations if area.has_township(each.township)}


def find_designation(database: Database, number: int) -> Designation:
    """Return a designation.

    Raises
    ------
    Missing
        None has this id.
    """
    with database.session() as session:
        return DESIGNATION.find(session, number)


def later_of(database: Database, number: int) -> Designation | None:
    """Return the designation that names this one as its former."""
    with database.session() as session:
        return session.scalar(select(Designation).where(Designation.former_id == number))


def propose_township(access: Access, home: Home, code: str, on: date, reason: str) -> Designation:
    """Put a township of the boundaries in use on the list of those that may be designated.

    Raises
    ------
    InvalidParameter
        The boundaries have no such township, or no reason is given.
    Conflict
        It is proposed or designated already.
    """
    township = find_township(home, code)
    if not reason.strip():
        raise InvalidParameter(
            f"reason: why is {township.name} proposed?", f"请说明为何建议纳入{township.name}"
        )
    with access.database.session() as session:
        return propose(access, session, township, on, reason.strip())


def find_township(home: Home, code: str) -> Township:
    """Return a township of the boundaries in use.

    Raises
    ------
    InvalidParameter
        There is none of this code.
    """
    found = current_boundaries(home, "township")
    codes = [] if found is None else [str(each) for each in found.codes]
    if found is None or code not in codes:
        raise InvalidParameter(
            f"township: the boundaries have none of code {code[:40]!r}",
            f"边界中没有代码为“{code[:40]}”的街乡镇",
        )
    at = codes.index(code)
    return Township(code, str(found.names[at]), str(found.district_names[at] or ""))
