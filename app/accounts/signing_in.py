"""Sign in by name and password; who guesses is slowed down by account and by address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.audit import Act, record
from app.accounts.models import Account, AuditEntry
from app.accounts.passwords import hash_password, needs_rehash, verify_password
from app.db import Database
from app.errors import InvalidParameter, TooMany

FAILURES_ALLOWED = 5
"""Wrong passwords for one account before it waits."""

FAILURES_OF_ADDRESS = 50
"""Failed attempts from one address before it waits: an office may share one."""

WAIT = timedelta(minutes=15)
"""Failures are counted over this time, so nobody is locked out for longer."""

NOBODY = "?"
"""Whose name nobody has."""

FAILED, SIGNED_IN = "sign_in.failed", "sign_in"


def sign_in(database: Database, name: str, password: str, address: str) -> Account:
    """Return the account that a name and password belong to, and record the attempt.

    Raises
    ------
    TooMany
        There were too many failures of late.
    InvalidParameter
        Name or password is wrong, or the account is closed; which of them is not told.
    """
    now = datetime.now(UTC)
    with database.session() as session:
        account = session.scalar(select(Account).where(Account.name == name))
        _check_rate(session, account, address, now)
        right = verify_password(account.password_hash if account else None, password)
        if account is not None and right and account.active:
            if needs_rehash(str(account.password_hash)):
                account.password_hash = hash_password(password)
            record_sign_in(session, account, address)
            return account
        # What nobody is called may be a password typed into the wrong field: it is not kept.
        who, account_id = (account.name, account.id) if account else (NOBODY, None)
        record(session, who, account_id, address, Act(FAILED, "account", str(account_id or "")))
    raise InvalidParameter("name or password is wrong", "账号或密码不正确")


def record_sign_in(session: Session, account: Account, address: str) -> None:
    """Write down that a person came in."""
    record(session, account.name, account.id, address, Act(SIGNED_IN, "account", str(account.id)))


def check_address(session: Session, action: str, address: str, now: datetime) -> None:
    """Let an address wait that failed in one way too often of late.

    Raises
    ------
    TooMany
    """
    failed = select(func.count()).where(
        AuditEntry.subject_kind == "account",
        AuditEntry.action == action,
        AuditEntry.at > now - WAIT,
        AuditEntry.address == address,
    )
    if (session.scalar(failed) or 0) >= FAILURES_OF_ADDRESS:
        raise _too_many()


def _check_rate(session: Session, account: Account | None, address: str, now: datetime) -> None:
    check_address(session, FAILED, address, now)
    if account is None:
        return
    of_account = select(AuditEntry.action).where(
        AuditEntry.subject_kind == "account",
        AuditEntry.subject_id == str(account.id),
        AuditEntry.action.in_((FAILED, SIGNED_IN)),
        AuditEntry.at > now - WAIT,
    )
    latest = session.scalars(of_account.order_by(AuditEntry.id.desc()).limit(FAILURES_ALLOWED))
    if list(latest) == [FAILED] * FAILURES_ALLOWED:
        raise _too_many()


def _too_many() -> TooMany:
    minutes = int(WAIT.total_seconds() // 60)
    return TooMany(
        f"too many failed attempts: try again in {minutes} minutes, or ask an administrator",
        f"失败次数过多，请 {minutes} 分钟后再试，或联系管理员",
    )
