"""How a township stood in the assessment months of the last year."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.config import Settings
from app.db import Database
from app.townships.assessment.board import cycles_of_data
from app.townships.assessment.closing import Assessed, assessed_each
from app.townships.assessment.cycles import MONTHS_OF_A_YEAR, Cycle
from app.townships.assessment.lines import Line
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
    frozen : bool
        Whether it is closed, so that its figures stay.
    """

    cycle: Cycle
    line: Line
    ranked: int
    complete: bool
    frozen: bool


def year_of(home: Home, database: Database, settings: Settings) -> tuple[Assessed, ...]:
    """Return the months that the data have days of, a year at most, newest first."""
    over_time = timeline(database, settings)
    cycles = cycles_of_data(home, "month", over_time)[:MONTHS_OF_A_YEAR]
    return assessed_each(home, database, over_time, cycles)


def course_of(year: Iterable[Assessed], codes: Collection[str]) -> tuple[Month, ...]:
    """Return a township's months under any of its codes, the newest first.

    Those in which it did not exist are left out.
    """
    months = []
    for each in year:
        lines = each.board.lines if each.board else ()
        line = next((line for line in lines if line.code in codes), None)
        if line is not None and each.board is not None:
            ranked = sum(other.rank is not None for other in lines)
            months.append(Month(each.cycle, line, ranked, each.board.complete, each.frozen))
    return tuple(months)
