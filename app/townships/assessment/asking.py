"""What a page of a cycle is asked for, and what its figures are counted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.db import Database
from app.services import Services
from app.townships.assessment.board import cycles_of_data, newest_cycle
from app.townships.assessment.closing import closed_cycle, earlier_of
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.documents import read_document
from app.townships.assessment.forms import BoardQuery
from app.townships.assessment.left_out import left_out_now
from app.townships.assessment.registers import Registers, registers_now
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source, source_of_now
from app.townships.assessment.timeline import timeline


@dataclass(frozen=True)
class Asked:
    """A cycle that was asked for.

    Attributes
    ----------
    query : BoardQuery
    rules : Rules
    cycles : tuple of Cycle
        Those that the data have days of, the newest first.
    cycle : Cycle or None
        None without data.
    source : Source or None
        None without cases or boundaries.
    closed : bool
    frozen : bool
        Whether a closed cycle is counted as it was closed, not by another attribution or moment.
    kept : Registers or None
        What a frozen one was closed with, where that was kept.
    """

    query: BoardQuery
    rules: Rules
    cycles: tuple[Cycle, ...]
    cycle: Cycle | None
    source: Source | None
    closed: bool = False
    frozen: bool = False
    kept: Registers | None = None

    @property
    def beyond(self) -> bool:
        """Whether the data have no day of the cycle; one that is closed keeps its figures."""
        return is_beyond(self.cycle, self.cycles, closed=self.closed)

    def registers(self, database: Database) -> Registers | None:
        """Return who is who: as of its closing where it is frozen, None if not kept; else now."""
        return self.kept if self.frozen else registers_now(database)

    def link(self) -> dict[str, str]:
        """Return the query of the same cycle counted alike, for links."""
        names = set(BoardQuery.model_fields) - {"result"}
        told = self.query.model_dump(exclude_none=True, include=names)
        return {**told, "cycle": self.cycle.id} if self.cycle else told


def is_beyond(cycle: Cycle | None, cycles: Sequence[Cycle], *, closed: bool) -> bool:
    """Tell whether an open cycle is none of those that the data have days of."""
    known = {each.id for each in cycles}
    return cycle is not None and bool(known) and not closed and cycle.id not in known


def read_asked(found: Services, query: BoardQuery) -> Asked:
    """Return what a query asks for; without a cycle the newest whole one.

    A closed cycle is counted from what its document names, unless it is asked for by another
    attribution or moment than it was closed by: that is worked out from the data of now.

    Raises
    ------
    InvalidParameter
        It names no cycle.
    """
    over_time = timeline(found.database, found.settings)
    cycles = cycles_of_data(found.home, query.cycle_kind, over_time)
    newest = newest_cycle(found.home, cycles)
    cycle_id = query.cycle_id or (newest and newest.id)
    if not cycle_id:
        rules = query.rules(over_time.era_of(date.today()).rules)
        return Asked(query, rules, cycles, None, None)
    closed = closed_cycle(found.database, cycle_id)
    if closed is None:
        cycle = over_time.find(cycle_id)
        rules = query.rules(over_time.rules_for(cycle))
        earlier = earlier_of(found.database, cycle, rules)
        source = source_of_now(found.home, left_out_now(found.database), earlier)
        return Asked(query, rules, cycles, cycle, source)
    inputs = read_document(closed.document).inputs
    given = inputs.era.rules
    rules = query.rules(given)
    if (rules.attribution, rules.basis) == (given.attribution, given.basis):
        then = inputs.cycle, inputs.source
        return Asked(query, rules, cycles, *then, closed=True, frozen=True, kept=inputs.registers)
    earlier = earlier_of(found.database, inputs.cycle, rules)
    now = source_of_now(found.home, inputs.source.left_out, earlier)
    return Asked(query, rules, cycles, inputs.cycle, now, closed=True)
