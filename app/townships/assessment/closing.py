"""Close a cycle: its figures stay as they are, whatever data come later; and work it out again.

Cycles of a kind are closed in their order. What is closed names the versions that it was counted
from; these are pinned, so that it gives the same bytes years later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from app.accounts.access import Access
from app.cases.reach import data_reach
from app.db import Database
from app.errors import Conflict, Missing
from app.succession import lineage
from app.townships.assessment.board import Board, board, forget_boards, is_whole
from app.townships.assessment.counting import count_cycles
from app.townships.assessment.cycles import Cycle, CycleKind, kind_of_id
from app.townships.assessment.documents import (
    FORMAT,
    Inputs,
    digest_of,
    read_document,
    write_document,
)
from app.townships.assessment.left_out import left_out_now
from app.townships.assessment.models import ClosedCycle
from app.townships.assessment.registers import registers_now
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Earlier, Source, source_of_now
from app.townships.assessment.timeline import Era, Timeline
from app.townships.designations.in_force import designated_on
from geodata.home import Home

SUBJECT = "cycle"
"""What the audit calls a closed cycle; its id is the cycle's."""


@dataclass(frozen=True)
class Assessed:
    """The board of a cycle, and on what it stands.

    Attributes
    ----------
    cycle : Cycle
    board : Board or None
        None without cases or boundaries.
    rules : Rules
        As asked for.
    era : Era
        Whose rules they are.
    closed : ClosedCycle or None
    frozen : bool
        Whether the board is that of the document. A closed cycle that is asked for by another
        attribution or moment is worked out now.
    """

    cycle: Cycle
    board: Board | None
    rules: Rules
    era: Era
    closed: ClosedCycle | None
    frozen: bool


@dataclass(frozen=True)
class Recomputed:
    """A closed cycle worked out again.

    Attributes
    ----------
    cycle_id : str
    digest, again : str
        Of the document, and of what was worked out from the versions that it names.
    """

    cycle_id: str
    digest: str
    again: str

    @property
    def same(self) -> bool:
        """Whether they are the same."""
        return self.digest == self.again


def closed_cycle(database: Database, cycle_id: str) -> ClosedCycle | None:
    """Return a closed cycle, None where it is open."""
    with database.session() as session:
        return session.scalar(select(ClosedCycle).where(ClosedCycle.cycle_id == cycle_id))


def earlier_of(database: Database, cycle: Cycle, rules: Rules) -> Earlier | None:
    """Return what the cycle before was closed with, None where it is counted as the cycle itself.

    So it is where it is open, or counted by another attribution or moment than it was closed by.
    """
    closed = closed_cycle(database, cycle.previous.id)
    if closed is None:
        return None
    inputs = read_document(closed.document).inputs
    given = inputs.era.rules
    if (rules.attribution, rules.basis) != (given.attribution, given.basis):
        return None
    renamed = lineage(database).renamings
    return Earlier(inputs.source.cases, inputs.source.left_out, renamed)


def closed_cycles(database: Database) -> list[ClosedCycle]:
    """Return the closed cycles without their documents, the latest first."""
    query = select(ClosedCycle).options(defer(ClosedCycle.document))
    query = query.order_by(ClosedCycle.end_day.desc(), ClosedCycle.cycle_id)
    with database.session() as session:
        return list(session.scalars(query))


def closed_by_rule_set(database: Database, over_time: Timeline) -> dict[int, list[str]]:
    """Return the ids of the closed cycles that stand on each rule set."""
    found: dict[int, list[str]] = defaultdict(list)
    with database.session() as session:
        rows = session.execute(select(ClosedCycle.cycle_id, ClosedCycle.first_day)).all()
    for cycle_id, day in rows:
        set_id = over_time.era_of(day).set_id
        if set_id is not None:
            found[set_id].append(cycle_id)
    return found


def assessed(
    home: Home,
    database: Database,
    over_time: Timeline,
    cycle_id: str,
    asked: Callable[[Rules], Rules] = lambda rules: rules,
) -> Assessed:
    """Return the board of a cycle: that of its document once it is closed, else as of now.

    Parameters
    ----------
    home : Home
    database : Database
    over_time : Timeline
    cycle_id : str
    asked : callable
        Given the rules of the cycle, returns those that are asked for.

    Raises
    ------
    InvalidParameter
        The id names no cycle.
    """
    closed = closed_cycle(database, cycle_id)
    if closed is None:
        cycle = over_time.find(cycle_id)
        era, left_out = over_time.era_for(cycle), left_out_now(database)
        designated = designated_on(database, cycle.last_day)
    else:
        document = read_document(closed.document)
        cycle, era, designated = (
            document.inputs.cycle, document.inputs.era, document.inputs.designated
        )  # fmt: skip
        left_out = document.inputs.source.left_out
    rules = asked(era.rules)
    if closed is not None and (rules.attribution, rules.basis) == (
        era.rules.attribution, era.rules.basis
    ):  # fmt: skip
        return Assessed(cycle, document.board(rules.ledger), rules, era, closed, frozen=True)
    earlier = earlier_of(database, cycle, rules)
    made = board(home, cycle, rules, left_out, designated, earlier)
    return Assessed(cycle, made, rules, era, closed, frozen=False)


def assessed_each(
    home: Home, database: Database, over_time: Timeline, cycles: Sequence[Cycle]
) -> tuple[Assessed, ...]:
    """Return the boards of cycles of one kind; all that are open are counted in one scan."""
    closed = {each.cycle_id for each in closed_cycles(database)}
    source = source_of_now(home, left_out_now(database))
    counted: dict[Rules, dict[Cycle, None]] = defaultdict(dict)
    for cycle in cycles:
        if cycle.id not in closed:
            rules, before = over_time.rules_for(cycle), cycle.previous
            wanted = (cycle,) if before.id in closed else (cycle, before)
            counted[rules].update(dict.fromkeys(wanted))
    for rules, found in counted.items():
        if source is not None:
            count_cycles(home, source, list(found), rules)
    return tuple(assessed(home, database, over_time, cycle.id) for cycle in cycles)


def close(access: Access, home: Home, over_time: Timeline, cycle_id: str) -> ClosedCycle:
    """Close a cycle whose data are whole.

    Raises
    ------
    InvalidParameter
        The id names no cycle.
    Conflict
        It is closed already, its data do not reach to its end, or the one before, which has data,
        is open while others of the kind are closed.
    """
    cycle = over_time.find(cycle_id)
    source, era = _require_closable(access.database, home, cycle), over_time.era_for(cycle)
    source = replace(source, earlier=earlier_of(access.database, cycle, era.rules))
    designated = designated_on(access.database, cycle.last_day)
    registers = registers_now(access.database)
    inputs = Inputs(cycle, era, source, designated, registers)
    document = write_document(home, inputs)
    record = ClosedCycle(
        cycle_id=cycle.id,
        first_day=cycle.first_day,
        end_day=cycle.end_day,
        case_store_version=source.cases,
        boundary_version=source.townships,
        document=document,
        digest=digest_of(document),
        closed_at=datetime.now(UTC),
        closed_by=access.who,
    )
    told = {"digest": record.digest, "case_store_version": source.cases,
            "boundary_version": source.townships}  # fmt: skip
    try:
        with access.database.session() as session:
            session.add(record)
            access.record("cycle.close", (SUBJECT, cycle.id), None, told, session=session)
    except IntegrityError:
        raise _closed_already(cycle.id) from None
    return record


def recompute(access: Access, home: Home, cycle_id: str) -> Recomputed:
    """Work a closed cycle out again, from the versions that its document names.

    They are read anew: what the program still remembers would prove nothing.

    Raises
    ------
    Missing
        No closed cycle has this id.
    Conflict
        Its document is one of an earlier version of the program.
    """
    closed = closed_cycle(access.database, cycle_id)
    if closed is None:
        raise Missing(
            f"cycle {cycle_id[:40]} is not closed", f"周期 {cycle_id[:40]} 没有关闭，不能复算"
        )
    document = read_document(closed.document)
    if document.format != FORMAT:
        raise Conflict(
            f"cycle {cycle_id} was closed by an earlier version of the program (format "
            f"{document.format}, now {FORMAT}): it is shown as it was, but not worked out again",
            f"周期 {cycle_id} 由较早版本的系统关闭（格式 {document.format}，现为 {FORMAT}），"
            "仍按原样展示，但不能复算",
        )
    forget_boards()
    again = digest_of(write_document(home, document.inputs))
    found = Recomputed(cycle_id, digest_of(closed.document), again)
    access.record("cycle.recompute", (SUBJECT, cycle_id), None,
                  {"same": found.same, "digest": again})  # fmt: skip
    return found


def next_to_close(home: Home, database: Database, over_time: Timeline, kind: CycleKind) -> (
    Cycle | None
):  # fmt: skip
    """Return the cycle of a kind that is to be closed next, None where none is whole yet.

    That after the latest closed one; where none is closed, the first that the data begin in.
    """
    reach = data_reach(home)
    if reach is None:
        return None
    ends = [each.end_day for each in closed_cycles(database) if kind_of_id(each.cycle_id) == kind]
    cycle = over_time.cycle_of_day(max(ends, default=reach.first.date()), kind)
    return cycle if is_whole(home, cycle) else None


def _require_closable(database: Database, home: Home, cycle: Cycle) -> Source:
    """Return what a cycle is counted from, if it may be closed."""
    if closed_cycle(database, cycle.id) is not None:
        raise _closed_already(cycle.id)
    source, reach = source_of_now(home, left_out_now(database)), data_reach(home)
    if source is None or reach is None:
        raise Conflict(
            f"cycle {cycle.id}: there are no cases or no boundaries",
            f"周期 {cycle.id}：还没有诉求或街乡镇边界，不能关闭",
        )
    if not is_whole(home, cycle):
        raise Conflict(
            f"cycle {cycle.id} ends at {cycle.window.end:%Y-%m-%d %H:%M}, the data at "
            f"{reach.newest:%Y-%m-%d %H:%M}: only a cycle whose data are whole can be closed",
            f"周期 {cycle.id} 到 {cycle.window.end:%Y-%m-%d %H:%M} 结束，数据只到 "
            f"{reach.newest:%Y-%m-%d %H:%M}：数据完整后才能关闭",
        )
    if cycle.end_day <= reach.first.date():
        raise Conflict(
            f"cycle {cycle.id} lies before the data, which begin on {reach.first:%Y-%m-%d}",
            f"周期 {cycle.id} 没有数据：数据从 {reach.first:%Y-%m-%d} 开始",
        )
    _require_order(database, cycle, reach.first.date())
    return source


def _require_order(database: Database, cycle: Cycle, first: date) -> None:
    """Refuse to close a cycle before the one before it, unless it is the first of its kind."""
    closed = [each for each in closed_cycles(database) if kind_of_id(each.cycle_id) == cycle.kind]
    has_data = cycle.previous.end_day > first
    if closed and has_data and cycle.first_day not in {each.end_day for each in closed}:
        before = cycle.previous.id
        raise Conflict(
            f"cycle {cycle.id}: close {before} first; cycles are closed in their order",
            f"请先关闭上一期 {before}，再关闭 {cycle.id}：周期按先后顺序关闭",
        )


def _closed_already(cycle_id: str) -> Conflict:
    return Conflict(f"cycle {cycle_id} is closed already", f"周期 {cycle_id} 已经关闭")
