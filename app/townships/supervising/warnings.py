"""Early warnings 预警: a township among the first of a cycle that nobody has designated.

They go by cases received, raw: what is left out of an assessment still counts here. Once a cycle
is closed they go by the versions that its document names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import Forbidden, changed_meanwhile
from app.succession import Lineage, lineage, lineage_in
from app.townships.assessment.board import require_whole
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.most_cases import Leader, first, most_cases
from app.townships.assessment.rules import Rules
from app.townships.assessment.standing import standing
from app.townships.designations.in_force import designated_on
from app.townships.steps import Steps
from app.townships.supervising.models import EarlyWarning
from app.townships.supervising.words import required_words
from geodata.home import Home

WARNINGS = Kind(EarlyWarning, "warning", "warning", "预警", untold=frozenset({"answer"}))

OPEN, TALKED, ANSWERED, CLOSED = "open", "talked", "answered", "closed"
STEPS = Steps(
    {OPEN: (TALKED, ANSWERED), TALKED: (ANSWERED,), ANSWERED: (CLOSED,), CLOSED: ()},
    {OPEN: "待回应", TALKED: "已约谈", ANSWERED: "已回应", CLOSED: "已办结"},
)
STATES = tuple(STEPS.following)
UNANSWERED = (OPEN, TALKED)

Which = Literal["open", "talked", "answered", "closed", "overdue"]


@dataclass(frozen=True)
class Due:
    """Who is to be warned of a cycle.

    Attributes
    ----------
    cycle : Cycle
    leaders : tuple of Leader
        Among the first, neither designated on the last day nor warned before, under any code.
    designated : tuple of Leader
        Among the first, but designated: they are governed already.
    warned : int
        How many were warned of this cycle before.
    """

    cycle: Cycle
    leaders: tuple[Leader, ...]
    designated: tuple[Leader, ...]
    warned: int


def due_warnings(home: Home, database: Database, cycle: Cycle, rules: Rules) -> Due:
    """Return who is to be warned of a cycle."""
    results, stands = rules.results, standing(home, database, cycle)
    counted = most_cases(home, stands.cycle, rules.attribution, stands.source)
    leaders = first(counted, results.warn_first, results.warn_ties)
    governed = designated_on(database, cycle.last_day)
    with database.session() as session:
        found = session.scalars(
            select(EarlyWarning.township).where(EarlyWarning.cycle_id == cycle.id)
        )
        warned, changes = list(found), lineage_in(session)
    known = governed | changes.all_of(warned)
    return Due(
        cycle,
        tuple(each for each in leaders if each.code not in known),
        tuple(each for each in leaders if each.code in governed),
        len(warned),
    )


def raise_warnings(
    access: Access, home: Home, cycle: Cycle, rules: Rules, today: date
) -> tuple[EarlyWarning, ...]:
    """Warn the townships of a cycle that are to be warned; each once, however often it is asked.

    Raises
    ------
    Forbidden
        Warnings are of the whole city.
    Conflict
        The data do not reach to the end of the cycle yet, or someone else raises them just now.
    """
    access.require_township(Permission.SUPERVISE, None)
    require_whole(home, cycle)
    due = due_warnings(home, access.database, cycle, rules)
    stands = standing(home, access.database, cycle)
    then = stands.before(home, access.database)
    earlier = most_cases(home, then.cycle, rules.attribution, then.source)
    changes = lineage(access.database)
    before = {changes.current(each.code): each for each in earlier}
    made = tuple(
        _warning(each, _before(each, before, cycle, changes), cycle, rules, today)
        for each in due.leaders
    )
    try:
        with access.database.session() as session:
            for each in made:
                WARNINGS.create(access, session, each)
    except IntegrityError:
        raise changed_meanwhile(f"warnings of {cycle.id}", f"{cycle.id} 的预警") from None
    return made


def _before(
    leader: Leader, before: Mapping[str, Leader], cycle: Cycle, lineage: Lineage
) -> Leader | None:
    """Return where a township stood in the cycle before; of one that was parted nobody knows."""
    if lineage.parted_between(leader.code, cycle.previous.first_day, cycle.end_day):
        return None
    return before.get(lineage.current(leader.code))


def _warning(
    leader: Leader, before: Leader | None, cycle: Cycle, rules: Rules, today: date
) -> EarlyWarning:
    return EarlyWarning(
        cycle_id=cycle.id,
        township=leader.code,
        name=leader.name,
        district=leader.district,
        rank=leader.rank,
        cases=leader.cases,
        facts={
            "tied": leader.tied,
            "first": rules.results.warn_first,
            "ties": rules.results.warn_ties,
            "attribution": rules.attribution,
            "days": cycle.days,
            "received": str(cycle.window),
            "cases_before": before.cases if before else None,
            "rank_before": before.rank if before else None,
            "days_before": cycle.previous.days,
        },
        state=OPEN,
        raised_on=today,
        deadline=today + timedelta(days=rules.results.answer_days),
    )


def list_warnings(
    access: Access, today: date, which: Which | None = None, cycle_id: str | None = None
) -> list[EarlyWarning]:
    """Return the warnings of a person's area: the newest cycle first, then by rank."""
    query = _seen(access).order_by(EarlyWarning.cycle_id.desc(), EarlyWarning.rank)
    if which == "overdue":
        query = query.where(*_overdue(today))
    elif which:
        query = query.where(EarlyWarning.state == which)
    if cycle_id:
        query = query.where(EarlyWarning.cycle_id == cycle_id)
    with access.database.session() as session:
        return list(session.scalars(query.order_by(EarlyWarning.township)))


def count_warnings(access: Access, today: date) -> dict[str, int]:
    """Count the warnings of a person's area by state; ``overdue`` are unanswered and late."""
    query = _seen(access).with_only_columns(EarlyWarning.state, func.count())
    late = _seen(access).with_only_columns(func.count()).where(*_overdue(today))
    with access.database.session() as session:
        found = session.execute(query.group_by(EarlyWarning.state))
        counts = {str(state): int(n) for state, n in found}
        overdue = int(session.scalar(late) or 0)
    return {state: counts.get(state, 0) for state in STATES} | {"overdue": overdue}


def get_warning(access: Access, number: int) -> EarlyWarning:
    """Return a warning of a person's area.

    Raises
    ------
    Missing, Forbidden
    """
    with access.database.session() as session:
        found = WARNINGS.find(session, number)
    access.require_township(Permission.READ, found.township)
    return found


def may_answer(access: Access, township: str) -> bool:
    """Tell whether a person answers for a township."""
    return access.reach(Permission.ANSWER).has_township(township)


def may_close(access: Access) -> bool:
    """Tell whether a person closes warnings: they are the city's, and so is their end."""
    return access.reach(Permission.SUPERVISE).whole


def answer(access: Access, number: int, version: int, words: str, today: date) -> EarlyWarning:
    """Answer a warning for the township.

    Raises
    ------
    Forbidden
        The person is not of the township.
    InvalidParameter
        It says nothing.
    Conflict
        It was answered before, or someone else changed it since `version`.
    """

    def write(_session: Session, warning: EarlyWarning) -> Mapping[str, Any]:
        if not may_answer(access, warning.township):
            raise Forbidden(
                f"{access.who} may not: {warning.name} answers for itself",
                f"预警由“{warning.name}”的人员回应",
            )
        STEPS.require(warning.state, ANSWERED)
        return {"state": ANSWERED, "answer": required_words(words), "answered_on": today}

    return WARNINGS.change(access, number, version, write, act="answer")


def close(access: Access, number: int, version: int, words: str, today: date) -> EarlyWarning:
    """Close a warning that was answered, with words.

    Raises
    ------
    Forbidden
        The person does not supervise the whole city.
    InvalidParameter, Conflict
    """
    said = required_words(words)

    def write(_session: Session, warning: EarlyWarning) -> Mapping[str, Any]:
        if not may_close(access):
            raise Forbidden(
                f"{access.who} may not: a warning is the city's, and the city closes it",
                "预警由市级办结",
            )
        STEPS.require(warning.state, CLOSED)
        return {"state": CLOSED, "closed_on": today}

    return WARNINGS.change(access, number, version, write, act="close", words=said)


def mark_talked(access: Access, session: Session, talk_id: int) -> None:
    """Say of the warning that a talk is of, if there is one, that it was talked of."""
    query = select(EarlyWarning).where(EarlyWarning.talk_id == talk_id, EarlyWarning.state == OPEN)
    warning = session.scalar(query)
    if warning is not None:
        warning.state = TALKED
        subject = (WARNINGS.key, warning.id)
        before, after = {"state": OPEN}, {"state": TALKED}
        access.record("warning.talk", subject, before, after, session=session)


def _seen(access: Access) -> Select[Any]:
    area = access.area(Permission.READ)
    query = select(EarlyWarning)
    if area.whole:
        return query
    return query.where(EarlyWarning.township.in_(sorted(area.townships)))


def _overdue(today: date) -> tuple[Any, ...]:
    return EarlyWarning.state.in_(UNANSWERED), EarlyWarning.deadline < today
