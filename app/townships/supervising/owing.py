"""Who owes what of talks, orders and warnings that are past their deadline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.accounts.access import Access
from app.townships.supervising import orders, talks, warnings
from app.townships.supervising.models import EarlyWarning, Talk
from app.townships.supervising.orders import OrderLine

What = Literal["talk", "mend", "recheck", "feedback", "close_order", "answer"]

MOST_SHOWN = 12
"""So many debtors are named above a register; the register itself has them all."""


@dataclass(frozen=True)
class Debt:
    """That somebody owes something; ``who`` is empty where nobody was named."""

    who: str
    what: What


@dataclass(frozen=True)
class Overdue:
    """What is overdue in a register.

    Attributes
    ----------
    n : int
        Records.
    debts : tuple of (Debt, int)
        Who owes what, how many times, the most first.
    more : int
        Debts that are not named.
    """

    n: int
    debts: tuple[tuple[Debt, int], ...]
    more: int


def debts_of_talk(talk: Talk) -> tuple[Debt, ...]:
    """Return what is owed of a talk: the talk, or what it demands and the look afterwards."""
    if talk.state == talks.CONFIRMED:
        return (Debt(talk.talkers, "talk"),)
    if talk.state == talks.HELD:
        return Debt(talk.subject_name, "mend"), Debt(talk.talkers, "recheck")
    return ()


def debts_of_order(line: OrderLine) -> tuple[Debt, ...]:
    """Return what is owed of an order: its answer, or its closing by who issued it."""
    if line.order.state == orders.OPEN:
        return (Debt(line.unit.name, "feedback"),)
    return (Debt("", "close_order"),) if line.order.state == orders.ANSWERED else ()


def debts_of_warning(warning: EarlyWarning) -> tuple[Debt, ...]:
    """Return what is owed of a warning: its township's answer."""
    return (Debt(warning.name, "answer"),) if warning.state in warnings.UNANSWERED else ()


def overdue_talks(access: Access, today: date) -> Overdue:
    """Return what is overdue of the talks that a person may see."""
    return _overdue([debts_of_talk(each) for each in talks.list_talks(access, today, "overdue")])


def overdue_orders(access: Access, today: date) -> Overdue:
    """Return what is overdue of the orders that a person may see."""
    return _overdue([debts_of_order(each) for each in orders.list_orders(access, today, "overdue")])


def overdue_warnings(access: Access, today: date) -> Overdue:
    """Return what is overdue of the warnings that a person may see."""
    found = warnings.list_warnings(access, today, "overdue")
    return _overdue([debts_of_warning(each) for each in found])


def _overdue(records: Sequence[Iterable[Debt]]) -> Overdue:
    counted = Counter(debt for debts in records for debt in debts)
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0].who, each[0].what))
    return Overdue(len(records), tuple(ordered[:MOST_SHOWN]), max(0, len(ordered) - MOST_SHOWN))
