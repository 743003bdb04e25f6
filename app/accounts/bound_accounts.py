"""Which account belongs to whom the office's own sign-in says it is."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.accounts import get_account
from app.accounts.audit import Act, record
from app.accounts.models import Account
from app.accounts.signing_in import NOBODY, check_address, record_sign_in
from app.accounts.single_sign_on import Identity
from app.db import Database
from app.errors import Forbidden

FAILED, BOUND, RELEASED = "sign_in.office_failed", "account.bind", "account.release"


def come_in(database: Database, identity: Identity, address: str) -> Account:
    """Return the account of a person, bound to her from the first time on, and record it.

    Raises
    ------
    Forbidden
        No account has her name, it is closed, or it belongs to somebody else.
    """
    with database.session() as session:
        account = _account_of(session, identity)
        if account is not None and account.active:
            if account.bound_to != identity.key:
                account.bound_to = identity.key
                act = Act(BOUND, "account", str(account.id))
                record(session, account.name, account.id, address, act)
            record_sign_in(session, account, address)
            return account
    raise Forbidden(
        "single sign-on: no open account here belongs to you; ask an administrator",
        "您在这里没有可用的账号，请联系本单位的管理员",
    )


def record_failure(database: Database, address: str, why: str) -> None:
    """Write down that somebody did not come in.

    Raises
    ------
    TooMany
        This address failed too often of late; nothing is written.
    """
    with database.session() as session:
        check_address(session, FAILED, address, datetime.now(UTC))
        act = Act(FAILED, "account", "", None, {"why": why})
        record(session, NOBODY, None, address, act)


def release(access: Access, account_id: int) -> Account:
    """Let the next person of the account's name be bound to it."""
    get_account(access, account_id)
    with access.database.session() as session:
        account = session.get_one(Account, account_id)
        account.bound_to = None
        account.session_epoch += 1
        access.record(RELEASED, ("account", account_id), session=session)
    return account


def _account_of(session: Session, identity: Identity) -> Account | None:
    """Find who was bound before; else by name, unless that account is another person's.

    An account bound at another issuer is free: who configures a new one trusts its names anew.
    """
    bound = session.scalar(select(Account).where(Account.bound_to == identity.key))
    if bound is not None:
        return bound
    named = session.scalar(select(Account).where(Account.name == identity.name))
    if named is None or (named.bound_to or "").startswith(f"{identity.issuer} "):
        return None
    return named
