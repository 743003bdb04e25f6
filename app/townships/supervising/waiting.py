"""What of warnings, talks and orders waits for a person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.townships.supervising import orders, talks, warnings
from app.townships.supervising.models import EarlyWarning

Waiting = dict[str, tuple[int, int]]
"""What waits → how many, and how many of them are overdue."""


def to_supervise(access: Access, today: date) -> Waiting:
    """Return what waits for somebody who supervises; nothing for others."""
    if not access.may(Permission.SUPERVISE):
        return {}
    warned = warnings.count_warnings(access, today)
    counted = orders.count_orders(access, today)
    talked = talks.count_talks(access, today)
    # Warnings are closed, and what the rules propose is confirmed, by the city alone.
    whole = access.reach(Permission.SUPERVISE).whole
    return {
        "warnings_open": (warned[warnings.OPEN] + warned[warnings.TALKED], warned["overdue"]),
        "warnings_to_close": (warned[warnings.ANSWERED] if whole else 0, 0),
        "talks_to_confirm": (talked[talks.PROPOSED] if whole else 0, 0),
        "talks_overdue": (talked["overdue"], talked["overdue"]),
        "orders_overdue": (counted["overdue"], counted["overdue"]),
        "orders_to_close": (counted["to_close"], 0),
    }


def to_answer(access: Access, today: date) -> Waiting:
    """Return what a person's own townships and units were asked."""
    if not access.may(Permission.ANSWER):
        return {}
    return {
        "warnings_owed": _warnings_owed(access, today),
        "orders_owed": orders.count_owed(access, today),
    }


def _warnings_owed(access: Access, today: date) -> tuple[int, int]:
    area = access.area(Permission.ANSWER)
    query = select(func.count(), func.count().filter(EarlyWarning.deadline < today)).where(
        EarlyWarning.state.in_(warnings.UNANSWERED),
        EarlyWarning.township.in_(sorted(area.townships)),
    )
    with access.database.session() as session:
        count, overdue = session.execute(query).one()
    return int(count), int(overdue)
