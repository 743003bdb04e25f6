"""Who is to be talked with after a cycle, by rule, with the figures that the rule saw.

末位 is the last district by score; 集体 the last townships, department and enterprise by score and
slow governance townships; 预警 the townships that were warned. What a rule gives is proposed once
for a cycle and a subject; a person confirms it or drops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.models import DEPARTMENT, ENTERPRISE
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import changed_meanwhile
from app.succession import Lineage, lineage_in
from app.townships.assessment.board import Line, require_whole
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.governance_rules import in_effect
from app.townships.assessment.rules import Rules
from app.townships.assessment.standing import standing
from app.townships.assessment.units import unit_board
from app.townships.designations.in_force import designated_on
from app.townships.designations.models import Designation
from app.townships.governing.progress import progress
from app.townships.supervising.models import EarlyWarning, Talk
from app.townships.supervising.talks import PROPOSED, TALKS, SubjectKind, TalkKind
from geodata.home import Home


@dataclass(frozen=True)
class Proposal:
    """A talk that a rule gives."""

    kind: TalkKind
    rule: str
    subject_kind: SubjectKind
    subject: str
    subject_name: str
    facts: dict[str, Any]

    def key(self, lineage: Lineage) -> tuple[str | None, str, str]:
        """Return what tells it from the others of its cycle."""
        return _key(lineage, self.rule, self.subject_kind, self.subject)


def propose_talks(
    access: Access, home: Home, cycle: Cycle, rules: Rules, today: date
) -> tuple[Talk, ...]:
    """Propose the talks of a cycle that were not proposed before.

    Raises
    ------
    Forbidden
        The rules look at the whole city.
    Conflict
        The data do not reach to the end of the cycle yet, or someone else proposes them just now.
    """
    access.require_township(Permission.SUPERVISE, None)
    require_whole(home, cycle)
    found = tuple(proposals(home, access.database, cycle, rules, today))
    try:
        with access.database.session() as session:
            changes = lineage_in(session)
            known = _known(session, cycle, changes)
            return tuple(
                _create(access, session, each, cycle)
                for each in found
                if each.key(changes) not in known
            )
    except IntegrityError:
        raise changed_meanwhile(f"talks of {cycle.id}", f"{cycle.id} 的约谈") from None


def proposals(
    home: Home, database: Database, cycle: Cycle, rules: Rules, today: date
) -> Iterator[Proposal]:
    """Give what the rules say of a cycle, whether it was proposed before or not.

    Parameters
    ----------
    home : Home
    database : Database
    cycle : Cycle
        Once it is closed the figures are those of its document, and of the versions that it names.
    rules : Rules
        Those that it is assessed by.
    today : date
    """
    stands = standing(home, database, cycle)
    made, source = stands.board(home, rules), stands.source
    if made is not None and source is not None:
        counted, known = stands.cycle, stands.registers(database)
        districts = unit_board(home, known, source, counted, rules, "district").lines
        counts = in_effect(database, cycle.first_day).rules.talks
        yield from _lowest(districts, counts.last_districts, "last", "last_district", "district")
        yield from _lowest(
            made.lines, rules.results.talk_last, "collective", "last_township", "township"
        )
        # Of a cycle that was closed before registers were kept nobody is known to be the last.
        handlers = unit_board(home, known, source, counted, rules, "handler").lines if known else ()
        for kind, n in (
            (DEPARTMENT, counts.last_departments), (ENTERPRISE, counts.last_enterprises),
        ):  # fmt: skip
            # The note on a handler is the kind of its unit.
            alike = [line for line in handlers if line.district == kind]
            yield from _lowest(alike, n, "collective", f"last_{kind}", "unit")
    yield from _slow(database, cycle, today)
    yield from _warned(database, cycle)


def _lowest(
    lines: Sequence[Line], n: int, kind: TalkKind, rule: str, subject_kind: SubjectKind
) -> Iterator[Proposal]:
    """Give the last `n` of some units, with their rank among these units."""
    ranks = [line.rank for line in lines if line.rank is not None]
    for line in last(lines, n):
        facts = {
            "score": line.score.value,
            "rank": 1 + sum(rank < (line.rank or 0) for rank in ranks),
            "of": len(ranks),
            "tied": ranks.count(line.rank or 0) > 1,
            "valid": line.valid,
        }
        yield Proposal(kind, rule, subject_kind, line.code, line.name, facts)


def last(lines: Sequence[Line], n: int) -> tuple[Line, ...]:
    """Return the last `n` by score, the lowest first; of those who share the last place all.

    Where all have the same score nobody is last. Units without a score take no part.

    Parameters
    ----------
    lines : sequence of Line
    n : int
    """
    rank_of = {line.code: line.rank for line in lines if line.rank is not None}
    ranks = list(rank_of.values())
    scored = sorted(rank_of, key=lambda code: (-rank_of[code], code))
    lowest = [
        code
        for code in scored
        if rank_of[code] > min(ranks) and sum(rank > rank_of[code] for rank in ranks) < n
    ]
    by_code = {line.code: line for line in lines}
    return tuple(by_code[code] for code in lowest)


def _slow(database: Database, cycle: Cycle, today: date) -> Iterator[Proposal]:
    """Give the governance townships whose lists are slow today."""
    codes = designated_on(database, cycle.last_day)
    query = select(Designation).where(
        Designation.township.in_(codes),
        Designation.designated_on <= cycle.last_day,
        Designation.exited_on.is_(None) | (Designation.exited_on > cycle.last_day),
    )
    with database.session() as session:
        found = {each.id: each for each in session.scalars(query.order_by(Designation.township))}
    for number, each in progress(database, list(found), today).items():
        if each.slow:
            facts = {
                "done_share": each.done_share,
                "scheduled_share": each.scheduled_share,
                "longest_overdue": each.longest_overdue,
                "on": str(today),
            }
            township = found[number]
            yield Proposal(
                "collective", "slow_township", "township", township.township, township.name, facts
            )


def _warned(database: Database, cycle: Cycle) -> Iterator[Proposal]:
    query = select(EarlyWarning).where(EarlyWarning.cycle_id == cycle.id)
    with database.session() as session:
        found = list(session.scalars(query.order_by(EarlyWarning.rank, EarlyWarning.township)))
    for each in found:
        facts = {"cases": each.cases, "rank": each.rank, "warning": each.id}
        yield Proposal("warning", "warning", "township", each.township, each.name, facts)


def _known(session: Session, cycle: Cycle, lineage: Lineage) -> set[tuple[str | None, str, str]]:
    query = select(Talk.rule, Talk.subject_kind, Talk.subject).where(Talk.cycle_id == cycle.id)
    return {_key(lineage, *each) for each in session.execute(query)}


def _key(
    lineage: Lineage, rule: str | None, kind: str, subject: str
) -> tuple[str | None, str, str]:
    # A renamed township is one: a rule proposes it once in a cycle.
    return rule, kind, lineage.current(subject) if kind == "township" else subject


def _create(access: Access, session: Session, proposal: Proposal, cycle: Cycle) -> Talk:
    talk = Talk(
        kind=proposal.kind,
        rule=proposal.rule,
        cycle_id=cycle.id,
        subject_kind=proposal.subject_kind,
        subject=proposal.subject,
        subject_name=proposal.subject_name,
        facts=proposal.facts,
        state=PROPOSED,
    )
    TALKS.create(access, session, talk)
    if proposal.rule == "warning":
        session.get_one(EarlyWarning, proposal.facts["warning"]).talk_id = talk.id
    return talk
