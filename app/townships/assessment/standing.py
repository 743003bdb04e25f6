"""On what the figures of a cycle stand: on its document once it is closed, else on what is newest.

What is decided after a cycle was closed, a warning or a talk, so tells the figures that its board
shows, whatever data came later.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.db import Database
from app.townships.assessment.board import Board, board_of
from app.townships.assessment.closing import closed_cycle
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.documents import Document, read_document
from app.townships.assessment.left_out import left_out_now
from app.townships.assessment.registers import Registers, registers_now
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source, source_of_now
from geodata.home import Home


@dataclass(frozen=True)
class Standing:
    """What a cycle is counted from.

    Attributes
    ----------
    cycle : Cycle
        Of a closed one as it was, so that the cycle before is that of then too.
    source : Source or None
        None while there are no cases or no boundaries.
    document : Document or None
        None where it is open.
    """

    cycle: Cycle
    source: Source | None
    document: Document | None

    def registers(self, database: Database) -> Registers | None:
        """Return who is who: as of its closing, as of now where it is open, None if not kept."""
        if self.document is not None:
            return self.document.inputs.registers
        return registers_now(database)

    def board(self, home: Home, rules: Rules) -> Board | None:
        """Return its board by the rules that it is assessed by; that of the document if closed."""
        if self.document is not None:
            return self.document.board(rules.ledger)
        if self.source is None:
            return None
        return board_of(home, self.source, self.cycle, rules, frozenset())

    def before(self, home: Home, database: Database) -> Standing:
        """Return what the cycle before is counted from: its own document, else as this one."""
        earlier = standing(home, database, self.cycle.previous)
        return earlier if earlier.document else Standing(earlier.cycle, self.source, None)


def standing(home: Home, database: Database, cycle: Cycle) -> Standing:
    """Return what a cycle is counted from."""
    closed = closed_cycle(database, cycle.id)
    if closed is None:
        return Standing(cycle, source_of_now(home, left_out_now(database)), None)
    document = read_document(closed.document)
    return Standing(document.inputs.cycle, document.inputs.source, document)
