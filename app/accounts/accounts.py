"""Make, change, close and list accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access, units_below
from app.accounts.models import CITY, Account, Appointment, AuditEntry, Unit
from app.accounts.passwords import check_password, generate_password, hash_password, verify_password
from app.accounts.permissions import ADMINISTRATOR, DUTIES, ROLES, Permission
from app.accounts.signing_in import SIGNED_IN
from app.db import Database, row_of
from app.errors import Conflict, Forbidden, InvalidParameter, Missing, changed_meanwhile


class OfficeIn(BaseModel):
    """A role or duty in a unit."""

    model_config = ConfigDict(frozen=True)

    office: str
    unit_id: int


class AccountValues(BaseModel):
    """What an administrator may write into an account."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(pattern=r"^[\w.@-]{2,60}$")
    display_name: str = Field(min_length=1, max_length=100)
    active: bool = True
    offices: tuple[OfficeIn, ...] = ()


@dataclass(frozen=True)
class AccountLine:
    """One account as the list shows it."""

    account: Account
    offices: tuple[tuple[str, Unit], ...]


def count_accounts(database: Database) -> int:
    """Count all accounts, closed ones too."""
    with database.session() as session:
        return int(session.scalar(select(func.count()).select_from(Account)) or 0)


def list_accounts(access: Access) -> list[AccountLine]:
    """Return the accounts whose every office the administrator keeps, by name."""
    access.area(Permission.KEEP_ACCOUNTS)
    with access.database.session() as session:
        kept = _kept_units(session, access)
        units = {unit.id: unit for unit in session.scalars(select(Unit))}
        found = session.scalars(select(Account).order_by(Account.name))
        return [_line(account, units) for account in found if _is_kept(account, kept)]


def count_never_signed_in(access: Access) -> tuple[int, int]:
    """Count the active accounts of `list_accounts` that nobody has ever signed in with, and all."""
    signed_in = select(AuditEntry.id).where(
        AuditEntry.subject_kind == "account",
        AuditEntry.subject_id == cast(Account.id, String),
        AuditEntry.action == SIGNED_IN,
    )
    query = select(func.count().filter(~signed_in.exists()), func.count()).select_from(Account)
    query = query.where(Account.active)
    with access.database.session() as session:
        if not access.area(Permission.KEEP_ACCOUNTS).whole:
            kept = _kept_units(session, access)
            query = query.where(~Account.appointments.any(Appointment.unit_id.not_in(kept)))
        never, active = session.execute(query).one()
    return int(never), int(active)


def get_account(access: Access, account_id: int) -> Account:
    """Return one account.

    Raises
    ------
    Missing
        There is none.
    Forbidden
        It is not the administrator's to keep.
    """
    with access.database.session() as session:
        return _get(session, access, account_id)


def create_account(
    access: Access, values: AccountValues, password: str | None = None
) -> tuple[Account, str]:
    """Make an account; returns it with its first password, which is to be changed at sign-in.

    Raises
    ------
    Conflict
        The name is taken.
    """
    first = password or generate_password()
    if password:
        check_password(password, (values.name, values.display_name))
    account = Account(
        name=values.name,
        display_name=values.display_name,
        active=values.active,
        password_hash=hash_password(first),
        must_change_password=True,
        created_at=datetime.now(UTC),
    )
    try:
        with access.database.session() as session:
            _check_offices(session, access, values.offices)
            account.appointments = [Appointment(**each.model_dump()) for each in values.offices]
            session.add(account)
            session.flush()
            access.record(
                "account.create",
                ("account", account.id),
                None,
                _told(session, account),
                session=session,
            )
    except IntegrityError:
        raise Conflict(
            f"name: {values.name!r} is taken by another account",
            f"账号名“{values.name}”已被使用",
        ) from None
    return account, first


def change_account(access: Access, account_id: int, values: AccountValues, version: int) -> Account:
    """Write changed values, if nobody else wrote since `version`; its sessions then end.

    Raises
    ------
    Conflict
        Someone did, or the last administrator of the whole city would be gone.
    """
    try:
        with access.database.session() as session:
            account = _get(session, access, account_id)
            changed = changed_meanwhile(f"account {account.name}", f"账号“{account.name}”")
            if account.row_version != version:
                raise changed
            _check_offices(session, access, values.offices)
            before = _told(session, account)
            _write(account, values)
            session.flush()
            _keep_an_administrator(session)
            access.record(
                "account.change",
                ("account", account_id),
                before,
                _told(session, account),
                session=session,
            )
    except StaleDataError:
        raise changed from None
    except IntegrityError:
        raise Conflict(
            f"name: {values.name!r} is taken by another account",
            f"账号名“{values.name}”已被使用",
        ) from None
    return account


def reset_password(access: Access, account_id: int) -> str:
    """Give an account a new first password and end its sessions; returns the password."""
    first = generate_password()
    with access.database.session() as session:
        account = _get(session, access, account_id)
        _set_password(account, first, must_change=True)
        access.record("account.reset_password", ("account", account_id), session=session)
    return first


def change_own_password(access: Access, old: str, new: str) -> Account:
    """Change the password of who is signed in; her other sessions end.

    Raises
    ------
    InvalidParameter
        The old one is wrong, or the new one would be guessed or is the old one.
    """
    with access.database.session() as session:
        account = session.get_one(Account, access.account_id)
        if not verify_password(account.password_hash, old):
            raise InvalidParameter("the present password is wrong", "当前密码不正确")
        if new == old:
            raise InvalidParameter("the new password is the old one", "新密码不能与当前密码相同")
        check_password(new, (account.name, account.display_name))
        _set_password(account, new, must_change=False)
        access.record("account.change_password", ("account", account.id), session=session)
    return account


def require_by_name(database: Database, name: str) -> Account:
    """Return the account of a name.

    Raises
    ------
    Missing
        Nobody has it.
    """
    with database.session() as session:
        found = session.scalar(select(Account).where(Account.name == name))
    if found is None:
        raise Missing(f"no account {name!r}", f"没有名为“{name}”的账号")
    return found


def _write(account: Account, values: AccountValues) -> None:
    account.name, account.display_name = values.name, values.display_name
    account.active = values.active
    wanted = {(each.office, each.unit_id) for each in values.offices}
    held = {(each.office, each.unit_id): each for each in account.appointments}
    for key, appointment in held.items():
        if key not in wanted:
            account.appointments.remove(appointment)
    for office, unit_id in sorted(wanted - set(held)):
        account.appointments.append(Appointment(office=office, unit_id=unit_id))
    account.session_epoch += 1


def _set_password(account: Account, password: str, *, must_change: bool) -> None:
    account.password_hash = hash_password(password)
    account.must_change_password = must_change
    account.session_epoch += 1


def _check_offices(session: Session, access: Access, offices: tuple[OfficeIn, ...]) -> None:
    """Nobody gives what is not hers to give: offices are known and in units that she keeps."""
    kept = _kept_units(session, access)
    for each in offices:
        if each.office not in (*ROLES, *DUTIES):
            raise InvalidParameter(
                f"office: {each.office!r} is no role or duty", f"没有“{each.office}”这种角色或职责"
            )
        if session.get(Unit, each.unit_id) is None:
            raise Missing(f"no unit {each.unit_id}", f"没有编号为 {each.unit_id} 的单位")
        if each.unit_id not in kept:
            raise Forbidden(
                f"unit {each.unit_id} is outside the area of this account",
                "该单位不在您管理的范围内",
            )


def _kept_units(session: Session, access: Access) -> frozenset[int]:
    """Units for which an administrator keeps accounts: all, or those below her own."""
    units = list(session.scalars(select(Unit)))
    if access.area(Permission.KEEP_ACCOUNTS).whole:
        return frozenset(unit.id for unit in units)
    own = session.get_one(Account, access.account_id)
    return frozenset().union(
        *(
            units_below(each.unit_id, units)
            for each in own.appointments
            if each.office == ADMINISTRATOR
        )
    )


def _is_kept(account: Account, kept: frozenset[int]) -> bool:
    return all(each.unit_id in kept for each in account.appointments)


def _get(session: Session, access: Access, account_id: int) -> Account:
    account = row_of(session, Account, account_id)
    if account is None:
        raise Missing(f"no account {account_id}", f"没有编号为 {account_id} 的账号")
    if not _is_kept(account, _kept_units(session, access)):
        raise Forbidden(
            f"account {account_id} has offices outside the area of this account",
            "该账号在您管理的范围之外任职",
        )
    return account


def _keep_an_administrator(session: Session) -> None:
    """Refuse a change after which nobody could give rights any more."""
    left = session.scalar(
        select(func.count())
        .select_from(Appointment)
        .join(Account, Account.id == Appointment.account_id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(
            Appointment.office == ADMINISTRATOR,
            Account.active,
            Unit.whole_city | (Unit.kind == CITY),
        )
    )
    if not left:
        raise Conflict(
            "no active administrator of the whole city would be left",
            "至少要保留一名启用中的全市管理员",
        )


def _line(account: Account, units: dict[int, Unit]) -> AccountLine:
    offices = tuple((each.office, units[each.unit_id]) for each in account.appointments)
    return AccountLine(account, offices)


def _told(session: Session, account: Account) -> dict[str, Any]:
    """Return what the audit keeps of an account."""
    units = {unit.id: unit.name for unit in session.scalars(select(Unit))}
    return {
        "name": account.name,
        "display_name": account.display_name,
        "active": account.active,
        "offices": sorted(
            f"{each.office} @ {units[each.unit_id]}" for each in account.appointments
        ),
    }
