"""How a township stood in the assessment months of the last year."""

from __future__ import annotations

from dataclasses import dataclass

from app.config import Settings
from app.db import Database
from app.townships.assessment.board import Board, Line, board, cycles_of_data
from app.townships.assessment.cycles import MONTHS_OF_A_YEAR, Cycle
from app.townships.assessment.timeline import timeline
from geodata.home import Home


@dataclass(frozen=True)
class Month:
    """An assessment month.

    Attributes
    ----------
    cycle : Cycle
    line : Line
        Of the township.
    ranked : int
        Townships that have a score.
    complete : bool
        Whether the data reach to its end.
    """

    cycle: Cycle
    line: Line
    ranked: int
    complete: bool


def boards_of_year(home: Home, database: Database, settings: Settings) -> tuple[Board, ...]:
    """Return the boards of the months that the data have days of, a year at most, newest first."""
    found = timeline(database, settings)
    cycles = cycles_of_data(home, "month", found)[:MONTHS_OF_A_YEAR]
    boards = (board(home, cycle, found.rules_for(cycle)) for cycle in cycles)
    return tuple(each for each in boards if each is not None)


def course_of(boards: tuple[Board, ...], code: str) -> tuple[Month, ...]:
    """Return a township's months, the newest first; those in which it did not exist are left out."""
    months = []
    for each in boards:
        line = next((line for line in each.lines if line.code == code), None)
        if line is not None:
            ranked = sum(other.rank is not None for other in each.lines)
            months.append(Month(each.cycle, line, ranked, each.complete))
    return tuple(months)
