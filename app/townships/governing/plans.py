"""Plans 方案: one a designation and year, its district's above it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict, Forbidden, InvalidParameter
from app.succession import lineage_in
from app.townships.designations.life import DESIGNATION
from app.townships.designations.models import UNDER_WAY, WITHDRAWN, Designation
from app.townships.governing.models import DISTRICT_PLAN, TOWNSHIP_PLAN, Plan
from geodata.areas import current_boundaries
from geodata.home import Home

PLAN = Kind(Plan, "plan", "plan", "方案", untold=frozenset({"summary"}))

FIRST_YEAR, LAST_YEAR = 2000, 2100


class PlanValues(BaseModel):
    """What a person may write into a plan."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    summary: str = Field(default="", max_length=20_000)


@dataclass(frozen=True)
class District:
    """A district as the boundaries call it."""

    code: str
    name: str


def is_within(access: Access, permission: Permission, plan: Plan) -> bool:
    """Tell whether a plan lies in the area where a person may do something.

    A district's plan is the district's own: who works in one of its townships does not change it.
    """
    area = access.reach(permission)
    if plan.level == TOWNSHIP_PLAN:
        return area.has_township(plan.area_code)
    return area.whole or plan.area_code in area.districts


def require_plan(access: Access, permission: Permission, plan: Plan) -> None:
    """Check that a person may do something to a plan.

    Raises
    ------
    Forbidden
        She may not, or not there.
    """
    access.area(permission)
    if not is_within(access, permission, plan):
        raise Forbidden(
            f"{access.who} may not: the plan of {plan.name} is outside the area of this account",
            f"“{plan.name}”的方案不在您的辖区内，如有需要请联系管理员",
        )


def find_plan(access: Access, plan_id: int, permission: Permission = Permission.READ) -> Plan:
    """Return a plan, for somebody with a permission where it lies.

    Raises
    ------
    Missing
        None has this id.
    Forbidden
        It is outside her area.
    """
    with access.database.session() as session:
        plan = PLAN.find(session, plan_id)
    require_plan(access, permission, plan)
    return plan


def plans_of(access: Access, designation_id: int) -> list[Plan]:
    """Return the plans of a designation, the newest year first."""
    query = select(Plan).where(Plan.designation_id == designation_id).order_by(Plan.year.desc())
    with access.database.session() as session:
        return list(session.scalars(query))


def current_plans(database: Database, townships: Collection[str], year: int) -> dict[str, int]:
    """Return which plan of each township is worked on now 现行方案.

    It is one of the designation under way: that of the newest year which has begun, else the first
    to come. Those of earlier designations stay as they are.

    Parameters
    ----------
    database : Database
    townships : collection of str
        Codes, each standing for all that its township had.
    year : int
        Of today.

    Returns
    -------
    dict
        Code as given → id of the plan; without those that have none.
    """
    with database.session() as session:
        changes = lineage_in(session)
        codes = {each: changes.followed(each) for each in townships}
        query = (
            select(Plan.area_code, Plan.year, Plan.id)
            .join(Designation, Designation.id == Plan.designation_id)
            .where(Designation.state.in_(UNDER_WAY))
            .where(Plan.area_code.in_(changes.all_of(townships)))
        )
        rows = [(code, own, number) for code, own, number in session.execute(query)]
    found = {}
    for township, own in codes.items():
        plans = [(each, number) for code, each, number in rows if code in own]
        begun = max((each for each in plans if each[0] <= year), default=None)
        chosen = begun or min(plans, default=None)
        if chosen is not None:
            found[township] = chosen[1]
    return found


def plans_below(access: Access, plan_id: int) -> list[Plan]:
    """Return the townships' plans that a district's plan stands above."""
    query = select(Plan).where(Plan.parent_id == plan_id).order_by(Plan.name, Plan.id)
    with access.database.session() as session:
        return list(session.scalars(query))


def plan_above(access: Access, plan: Plan) -> Plan | None:
    """Return the district's plan above a township's, for who may see it; None for others."""
    if plan.parent_id is None:
        return None
    with access.database.session() as session:
        above = PLAN.find(session, plan.parent_id)
    return above if is_within(access, Permission.READ, above) else None


def begin_plan(access: Access, home: Home, designation_id: int, year: int) -> Plan:
    """Make the plan of a designation and a year, and its district's where there is none.

    Raises
    ------
    Conflict
        This designation has one already, or the township is not designated in that year.
    Forbidden
        The person may not.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidParameter(
            f"year {year} is not between {FIRST_YEAR} and {LAST_YEAR}",
            f"年度 {year} 应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间",
        )
    with access.database.session() as session:
        designation = DESIGNATION.find(session, designation_id)
        name, township = designation.name, designation.township
        access.require_township(Permission.WORK_PLANS, township)
        _require_in_force(designation, year)
        district = district_of(home, lineage_in(session).followed(township))
        above = _district_plan(access, session, district, year)
        plan = Plan(
            level=TOWNSHIP_PLAN,
            area_code=township,
            name=name,
            year=year,
            begun_on=date.today(),
            designation_id=designation_id,
            parent_id=above.id if above else None,
        )
        try:
            return PLAN.create(access, session, plan)
        except IntegrityError as error:
            raise Conflict(
                f"{name} has a plan for {year} already", f"{name}已有 {year} 年度方案"
            ) from error


def change_plan(access: Access, plan_id: int, values: PlanValues, version: int) -> Plan:
    """Write a plan's name and summary, if nobody else wrote since ``version``."""

    def change(_session: Session, plan: Plan) -> Mapping[str, Any]:
        require_plan(access, Permission.WORK_PLANS, plan)
        return values.model_dump()

    return PLAN.change(access, plan_id, version, change)


def district_of(home: Home, codes: Sequence[str]) -> District | None:
    """Return the district of a township, by any of its codes; None where no boundaries tell it.

    One that is no more, as it was split, has none: its plan stands alone.
    """
    found = current_boundaries(home, "township")
    at = next((at for at, code in enumerate(found.codes) if code in codes), None) if found else None
    if found is None or at is None:
        return None
    code = found.district_codes[at]
    return District(str(code), str(found.district_names[at] or code)) if code else None


def _district_plan(
    access: Access, session: Session, district: District | None, year: int
) -> Plan | None:
    """Return the district's plan, made as the frame of its first township's where there is none."""
    if district is None:
        return None
    found = session.scalar(
        select(Plan).where(
            Plan.level == DISTRICT_PLAN, Plan.area_code == district.code, Plan.year == year
        )
    )
    if found is not None:
        return found
    plan = Plan(
        level=DISTRICT_PLAN,
        area_code=district.code,
        name=district.name,
        year=year,
        begun_on=date.today(),
    )
    return PLAN.create(access, session, plan)


def _require_in_force(designation: Designation, year: int) -> None:
    if designation.state == WITHDRAWN:
        raise Conflict(
            f"the designation of {designation.name} was withdrawn: it has no plan",
            f"{designation.name}的指定已撤销，不能编制方案",
        )
    begins, exits = designation.designated_on, designation.exited_on
    if begins is None or year < begins.year or (exits is not None and year > exits.year):
        raise Conflict(
            f"{designation.name} is not designated in {year}: a plan belongs to a year in which it "
            "is",
            f"{designation.name}在 {year} 年不是治理类街乡镇，不能编制该年度方案",
        )
