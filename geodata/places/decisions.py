"""What people have decided about texts that name no place by themselves.

A decision says of one text, as reported in one district and township, which place it means, or
that it means none. It is asked before any geocoder, for stored cases and for later imports. The
file only grows: undoing a decision is a line of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from geodata.errors import InvalidPlaces, NotFound
from geodata.home import Home
from geodata.places.records import plain_text
from geodata.places.register import places_lock

LOG = "decisions.jsonl"
KEY_DIGITS = 16


class TextKey(NamedTuple):
    """A text as it is told apart from others.

    Attributes
    ----------
    text : str
        As `geodata.placing.texts` writes it.
    district, township : str
        As reported, folded; empty where nothing is.
    """

    text: str
    district: str = ""
    township: str = ""

    @classmethod
    def of(cls, text: str, district: str | None, township: str | None) -> TextKey:
        """Return the key of a text and what was reported with it."""
        return cls(text, plain_text(district), plain_text(township))

    @property
    def id(self) -> str:
        """A name of the key that says nothing of the text, for forms and addresses."""
        return hashlib.sha256("\0".join(self).encode()).hexdigest()[:KEY_DIGITS]


@dataclass(frozen=True)
class Decision:
    """What someone decided of a text.

    Attributes
    ----------
    number : int
        From 1.
    when : datetime
    key : TextKey
    example : str
        The text as it was reported once.
    place : str or None
        Code; None where the text is to be left without a place.
    how : {"candidate", "map", "search", "unplaced"}
    reason : str
        Why it is left unplaced.
    cases : int
        Cases with the text when it was decided.
    state : str
        In which list of the review it waited; empty where that was not written down. Once it is
        applied, its cases no longer tell.
    by : str
        Name of who decided; empty in lines from before accounts.
    """

    number: int
    when: datetime
    key: TextKey
    example: str
    place: str | None
    how: str
    reason: str = ""
    cases: int = 0
    state: str = ""
    by: str = ""


@dataclass(frozen=True)
class Decisions:
    """All decisions of a home.

    Attributes
    ----------
    all : tuple of Decision
        Oldest first, those undone too.
    undone : frozenset of int
        Numbers of the undone ones.
    version : int
        Lines of the file: it grows with every decision and every undoing.
    """

    all: tuple[Decision, ...] = ()
    undone: frozenset[int] = frozenset()
    version: int = 0
    by_key: dict[TextKey, Decision] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of texts that are decided."""
        return len(self.by_key)


def read_decisions(home: Home) -> Decisions:
    """Return the decisions of a home; of several on one text the newest that stands counts."""
    made: list[Decision] = []
    undone: set[int] = set()
    lines = _lines(home)
    for entry in map(json.loads, lines):
        if entry["how"] == "undo":
            undone.add(entry["undone"])
            continue
        when = datetime.fromisoformat(entry["when"])
        made.append(Decision(**{**entry, "when": when, "key": TextKey(*entry["key"])}))
    standing = {each.key: each for each in made if each.number not in undone}
    return Decisions(tuple(made), frozenset(undone), len(lines), standing)


def decisions_version(home: Home) -> int:
    """Return the number of lines of the file."""
    return len(_lines(home))


def decide(
    home: Home,
    key: TextKey,
    *,
    example: str,
    place: str | None,
    how: str,
    reason: str = "",
    cases: int = 0,
    state: str = "",
    by: str = "",
) -> Decision:
    """Write a decision down.

    Raises
    ------
    InvalidPlaces
        It names neither a place nor a reason.
    """
    if place is None and not reason.strip():
        raise InvalidPlaces("a text is left unplaced only with a reason", "不定位的文本须写明原因")
    with places_lock(home):
        lines = _lines(home)
        number, why = len(lines) + 1, reason.strip()
        made = Decision(number, _now(), key, example, place, how, why, cases, state, by)
        _append(home, lines, {**asdict(made), "when": made.when.isoformat(), "key": list(key)})
    return made


def undo_decision(home: Home, number: int, *, by: str = "") -> Decision:
    """Take a decision back: the text waits for review again, or an older decision counts.

    Raises
    ------
    NotFound
        There is no such decision, or it is undone already.
    """
    with places_lock(home):
        known = read_decisions(home)
        found = next((each for each in known.all if each.number == number), None)
        if found is None or number in known.undone:
            raise NotFound(f"no decision {number} stands", f"没有第 {number} 项决定，或已撤销")
        entry = {"number": known.version + 1, "when": _now().isoformat(), "how": "undo"}
        _append(home, _lines(home), {**entry, "undone": number, "by": by})
    return found


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _lines(home: Home) -> list[str]:
    path = home.places / LOG
    if not path.exists():
        return []
    text = path.read_text("utf-8", errors="replace")
    # What a killed process left of a line has no end, and is no decision.
    return text[: text.rfind("\n") + 1].splitlines()


def _append(home: Home, lines: Sequence[str], entry: dict[str, Any]) -> None:
    path = home.places / LOG
    whole = sum(len(line.encode()) + 1 for line in lines)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.truncate(whole)
        file.seek(whole)
        file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
