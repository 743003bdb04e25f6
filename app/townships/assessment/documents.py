"""The document of a closed cycle: what it was worked out from, and all that its board shows.

It is canonical JSON, so that equal figures have equal bytes and one digest. Worked out again, a
document is made of the inputs that it names, and of nothing that has changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any

from pydantic import TypeAdapter

from app.townships.assessment.board import Board, Reconciled, board_of
from app.townships.assessment.cycles import Calendar, Cycle
from app.townships.assessment.left_out import LeftOut
from app.townships.assessment.lines import Line
from app.townships.assessment.registers import Registers
from app.townships.assessment.rules import LEDGERS, Ledger, ResultRules, Rules, Weights
from app.townships.assessment.sources import Earlier, Source
from app.townships.assessment.timeline import Era, Timeline
from app.townships.assessment.units import BYS, UnitBoard, unit_board
from geodata.home import Home

FORMAT = 2
"""Raised when a document says more, or something else: those of before are then read, but cannot
be worked out again. 2: who is who beside the cases (`registers`), and digests of other units'."""

_LINE, _LINES = TypeAdapter(Line), TypeAdapter(tuple[Line, ...])
_UNITS = TypeAdapter(UnitBoard)


@dataclass(frozen=True)
class Inputs:
    """What the figures of a cycle follow from.

    Attributes
    ----------
    cycle : Cycle
        Of the timeline as it was.
    era : Era
        The rules, and whose they are.
    source : Source
    designated : frozenset of str
        Codes of the townships that were designated on the cycle's last day.
    registers : Registers or None
        Units, duties and topics on the day of closing; None in documents of before they were kept.
    """

    cycle: Cycle
    era: Era
    source: Source
    designated: frozenset[str]
    registers: Registers | None


class Document:
    """A document as it is read: each board only when it is asked for, as most readers want one.

    Attributes
    ----------
    inputs : Inputs
    format : int
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.inputs = _read_inputs(told["inputs"])
        self.format = int(told["format"])
        self._told: dict[Ledger, Mapping[str, Any]] = dict(told["boards"])
        self._boards: dict[Ledger, Board] = {}
        self._reading = Lock()

    def board(self, ledger: Ledger) -> Board:
        """Return the board of a ledger."""
        with self._reading:
            if ledger not in self._boards:
                self._boards[ledger] = _read_board(self._told.pop(ledger), self.inputs.cycle)
            return self._boards[ledger]


def write_document(home: Home, inputs: Inputs) -> str:
    """Work the figures out and return the document."""
    rules = inputs.era.rules
    boards = {
        ledger: board_of(home, inputs.source, inputs.cycle, _with(rules, ledger), inputs.designated)
        for ledger in LEDGERS
    }
    told = {
        "format": FORMAT,
        "inputs": _told_inputs(inputs),
        "boards": {ledger: _told_board(made) for ledger, made in boards.items()},
        "units": _digests_of_units(home, inputs),
    }
    return canonical(told)


def canonical(told: Mapping[str, Any]) -> str:
    """Return JSON that is the same for the same values.

    Examples
    --------
    >>> canonical({"b": 0.1, "a": [1, None, "街"]})
    '{"a":[1,null,"街"],"b":0.1}'
    """
    return json.dumps(
        told, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def digest_of(document: str) -> str:
    """Return the SHA-256 of a document, in hexadecimal digits."""
    return hashlib.sha256(document.encode()).hexdigest()


@lru_cache(maxsize=32)
def read_document(document: str) -> Document:
    """Read a document; what its format did not know yet has its default."""
    return Document(json.loads(document))


def _digests_of_units(home: Home, inputs: Inputs) -> dict[str, dict[str, str]]:
    """Return a digest of each board of other units, by ledger and kind: what they were then.

    Their lines, of thousands of handlers, would make the document many times as long; they follow
    from the inputs, and the digests tell whether they still do.
    """
    if inputs.registers is None:
        return {}
    rules, found = inputs.era.rules, (home, inputs.registers, inputs.source, inputs.cycle)
    return {
        ledger: {by: digest_of_units(unit_board(*found, _with(rules, ledger), by)) for by in BYS}
        for ledger in LEDGERS
    }


def digest_of_units(board: UnitBoard) -> str:
    """Return the SHA-256 of a board of units, as it stands in a document."""
    return digest_of(canonical(_UNITS.dump_python(board, mode="json")))


def _told_inputs(inputs: Inputs) -> dict[str, Any]:
    cycle, era, source = inputs.cycle, inputs.era, inputs.source
    if not isinstance(cycle.tiling, Timeline):
        raise TypeError("a cycle that is closed is one of a timeline")
    return {
        "cycle": cycle.id,
        "first_day": cycle.first_day.isoformat(),
        "end_day": cycle.end_day.isoformat(),
        "calendars": [
            {"from": each.first_day.isoformat(), "until": each.end_day.isoformat()}
            | asdict(each.rules.calendar)
            for each in cycle.tiling.eras
        ],
        "rules": {
            "set": era.set_id,
            "name": era.name,
            "source": era.source,
            "from": era.first_day.isoformat(),
            "until": era.end_day.isoformat(),
            **asdict(era.rules.calendar),
            "attribution": era.rules.attribution,
            "basis": era.rules.basis,
            "ledger": era.rules.ledger,
            "weights": asdict(era.rules.weights),
            "results": era.rules.results.model_dump(),
        },
        "case_store_version": source.cases,
        "boundary_version": source.townships,
        "zone": source.zone,
        "left_out": source.left_out.to_json(),
        "designated": sorted(inputs.designated),
        "registers": inputs.registers and inputs.registers.to_json(),
        **_told_earlier(source.earlier),
    }


def _told_earlier(earlier: Earlier | None) -> dict[str, Any]:
    """Tell what the cycle before is counted from, where that is not the same."""
    if earlier is None:
        return {}
    told = {"case_store_version": earlier.cases, "left_out": earlier.left_out.to_json()}
    renamed = {"renamed": [list(each) for each in earlier.renamed]} if earlier.renamed else {}
    return {"before": told | renamed}


def _read_earlier(told: Mapping[str, Any] | None) -> Earlier | None:
    if told is None:
        return None
    renamed = tuple((old, new) for old, new in told.get("renamed", ()))
    return Earlier(told["case_store_version"], LeftOut.from_json(told["left_out"]), renamed)


def _read_inputs(told: Mapping[str, Any]) -> Inputs:
    over_time = Timeline(
        tuple(
            Era(
                date.fromisoformat(each["from"]),
                date.fromisoformat(each["until"]),
                Rules(Calendar(each["start_day"], each["cut_hour"])),
            )
            for each in told["calendars"]
        )
    )
    rules = told["rules"]
    era = Era(
        date.fromisoformat(rules["from"]),
        date.fromisoformat(rules["until"]),
        Rules(
            Calendar(rules["start_day"], rules["cut_hour"]),
            rules["attribution"],
            rules["basis"],
            rules["ledger"],
            Weights(**rules["weights"]),
            ResultRules.model_validate(rules["results"]),
        ),
        rules["set"],
        rules["name"],
        rules["source"],
    )
    return Inputs(
        over_time.find(told["cycle"]),
        era,
        Source(
            told["case_store_version"],
            told["boundary_version"],
            told["zone"],
            LeftOut.from_json(told["left_out"]),
            _read_earlier(told.get("before")),
        ),
        frozenset(told["designated"]),
        Registers.from_json(told["registers"]) if told.get("registers") else None,
    )


def _told_board(made: Board) -> dict[str, Any]:
    return {
        "lines": _LINES.dump_python(made.lines, mode="json"),
        "city": _LINE.dump_python(made.city, mode="json"),
        "reconciled": asdict(made.reconciled),
    }


def _read_board(told: Mapping[str, Any], cycle: Cycle) -> Board:
    return Board(
        cycle,
        _LINES.validate_python(told["lines"]),
        _LINE.validate_python(told["city"]),
        Reconciled(**told["reconciled"]),
        complete=True,
    )


def _with(rules: Rules, ledger: Ledger) -> Rules:
    return Rules(
        rules.calendar, rules.attribution, rules.basis, ledger, rules.weights, rules.results
    )
