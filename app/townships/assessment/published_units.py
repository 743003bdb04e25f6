"""Published results of districts, departments and enterprises, beside ours."""

from __future__ import annotations

from collections.abc import Sequence

from app.accounts.models import DEPARTMENT, DISTRICT, ENTERPRISE
from app.db import Database
from app.townships.assessment.lines import Line
from app.townships.assessment.published import Beside, Ours, published_results
from app.townships.assessment.registers import Registers
from app.townships.assessment.units import By

KINDS = (DISTRICT, DEPARTMENT, ENTERPRISE)

Key = tuple[str, str]


def ours_of_units(by: By, lines: Sequence[Line], registers: Registers | None) -> dict[str, Ours]:
    """Return our scores of the units of a board by line, with their ranks among units of a kind.

    Results are published of each kind apart, while a board of handlers ranks all kinds together.
    """
    kind_of = {code: kind for code, (kind, _unit) in _keys(by, lines, registers).items()}
    ranks = [(kind_of.get(line.code), line.rank) for line in lines if line.rank is not None]
    found = {}
    for line in lines:
        kind, rank = kind_of.get(line.code), line.rank
        ahead = rank and sum(other == kind and each < rank for other, each in ranks)
        found[line.code] = Ours(line.score.value, None if ahead is None else 1 + ahead)
    return found


def published_beside(
    database: Database,
    cycle_id: str,
    by: By,
    lines: Sequence[Line],
    registers: Registers | None,
) -> dict[str, Beside]:
    """Return what was published of the units of a board, by the code of their line.

    Parameters
    ----------
    database : Database
    cycle_id : str
    by : {"district", "handler", "department", "topic"}
        Nothing is published of topics. Who leads by the duty list is found by name.
    lines : sequence of Line
        As the reader sees them.
    registers : Registers or None
    """
    keys = _keys(by, lines, registers)
    results = {
        (kind, each.unit): each
        for kind in KINDS
        if kind in {own for own, _unit in keys.values()}
        for each in published_results(database, cycle_id, kind)
    }
    ours, names = ours_of_units(by, lines, registers), {line.code: line.name for line in lines}
    return {
        code: Beside(results[key], code, names[code], "", ours[code])
        for code, key in keys.items()
        if key in results
    }


def _keys(by: By, lines: Sequence[Line], registers: Registers | None) -> dict[str, Key]:
    """Return by which kind and key results of each line are published."""
    if by == "district":
        return {line.code: (DISTRICT, line.code) for line in lines}
    if by == "handler":  # the note on a handler is the kind of its unit
        return {line.code: (line.district, line.code) for line in lines if line.district in KINDS}
    if by == "department" and registers is not None:
        meant = {line.code: registers.unit_of.get(line.name) for line in lines}
        return {code: (unit.kind, unit.code) for code, unit in meant.items() if unit is not None}
    return {}
