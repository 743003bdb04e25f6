"""What a correction no longer chooses, and how it stands: a correction withdraws nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.db import Database
from app.succession import lineage
from app.townships.choosing.decisions import document_of, find_decision
from app.townships.choosing.models import Decision
from app.townships.designations.models import Designation


@dataclass(frozen=True)
class Dropped:
    """A township that a decision chose and its correction does not.

    Attributes
    ----------
    name : str
        As the former decision called it.
    designation : Designation or None
        The newest by which it was taken in.
    """

    name: str
    designation: Designation | None


def dropped(
    database: Database, decision: Decision, corrected: Mapping[int, int]
) -> tuple[Dropped, ...]:
    """Return what a decision chose and its correction does not, or it does not and the former did.

    A township that the newest correction chooses again is left out.

    Parameters
    ----------
    database : Database
    decision : Decision
    corrected : mapping of int to int
        Which decision is set right by which: `decisions.corrected_by`.
    """
    changes, earlier, newest = lineage(database), [decision], decision
    if decision.corrects_id:
        earlier.append(find_decision(database, decision.corrects_id))
    # A correction has a greater number than what it corrects, so this ends.
    while newest.id in corrected:
        newest = find_decision(database, corrected[newest.id])
    kept = {changes.current(code) for code in _chosen(newest)}
    names = {code: name for each in earlier for code, name in _chosen(each).items()}
    return tuple(
        Dropped(name, _designation(database, changes.followed(code)))
        for code, name in names.items()
        if changes.current(code) not in kept
    )


def _chosen(decision: Decision) -> dict[str, str]:
    """Return the code and name of each township that a decision chose."""
    document = document_of(decision)
    names = {row["code"]: row["name"] for row in document["townships"]}
    return {each["code"]: names[each["code"]] for each in document["chosen"]}


def _designation(database: Database, codes: tuple[str, ...]) -> Designation | None:
    query = select(Designation).where(
        Designation.township.in_(codes), Designation.designated_on.is_not(None)
    )
    with database.session() as session:
        return session.scalar(query.order_by(Designation.id.desc()).limit(1))
