"""Decisions: which townships were chosen, by whom and why, kept with every number they stood on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import defer

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database, row_of
from app.errors import InvalidParameter, Missing
from app.hotspots.runs import RunSummary
from app.townships.choosing.models import Decision
from app.townships.choosing.ranking import Board, board
from app.townships.choosing.weights import Weights
from app.townships.designations.in_force import designated_on
from app.townships.designations.life import Township, designate
from geodata.home import Home

FORMAT = 1
"""Of the document; pages go on reading those of earlier formats."""

LONGEST_TEXT = 4_000

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]
Needed = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)
]


class Choice(BaseModel):
    """A chosen township and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    reason: Needed


class DecisionValues(BaseModel):
    """What a person writes into a decision.

    Attributes
    ----------
    decided_by : str
        In words: a meeting or an office.
    n_considered : int
        How many of the first townships were looked at.
    objections : str
        不同意见; empty where there were none.
    corrects : int or None
        The earlier decision that this one sets right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    decided_on: date
    decided_by: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
    ]
    n_considered: int = Field(ge=1, le=50)
    objections: Text = ""
    corrects: int | None = None
    chosen: tuple[Choice, ...] = Field(min_length=1)


def record_decision(
    access: Access, home: Home, run: RunSummary, weights: Weights | None, values: DecisionValues
) -> Decision:
    """Write a decision down for good, and designate the townships that it chose.

    One that corrects another leaves those designated that are so already. All or nothing is kept.

    Raises
    ------
    Forbidden
        The person may not govern.
    Missing
        The decision that this one corrects does not exist.
    InvalidParameter
        A township is not in the run, or chosen twice.
    Conflict
        A township is designated already.
    """
    access.area(Permission.GOVERN)
    found = board(home, run, "zh", weights, values.n_considered)
    rows = _chosen_rows(found, values)
    former = None if values.corrects is None else find_decision(access.database, values.corrects)
    text = canonical(_document(run, found, weights, values, former))
    decision = Decision(
        title=values.title,
        run_id=run.id,
        case_store_version=run.record["case_store_version"],
        decided_on=values.decided_on,
        decided_by=values.decided_by,
        chosen=[row["name"] for row in rows],
        corrects_id=values.corrects,
        document=text,
        digest=digest_of(text),
        recorded_at=datetime.now(UTC),
        recorded_by=access.who,
    )
    designated = designated_on(access.database, values.decided_on) if former else frozenset()
    with access.database.session() as session:
        session.add(decision)
        session.flush()
        told = {
            "title": decision.title, "run": run.id, "digest": decision.digest,
            "corrects": values.corrects, "chosen": [each.code for each in values.chosen],
        }  # fmt: skip
        subject = ("decision", decision.id)
        access.record("decision.create", subject, None, told, session=session)
        for choice, row in zip(values.chosen, rows, strict=True):
            if choice.code not in designated:
                township = Township(choice.code, row["name"], row["district"] or "")
                designate(
                    access, session, township, values.decided_on,
                    reason=choice.reason, decision_id=decision.id,
                )  # fmt: skip
    return decision


def find_decision(database: Database, number: int) -> Decision:
    """Return a decision.

    Raises
    ------
    Missing
        None has this id.
    """
    with database.session() as session:
        found = row_of(session, Decision, number)
    if found is None:
        raise Missing(f"no decision {number}", f"没有编号为 {number} 的决策记录")
    return found


def list_decisions(database: Database) -> list[Decision]:
    """Return all decisions without their documents, the newest first."""
    query = select(Decision).options(defer(Decision.document))
    query = query.order_by(Decision.decided_on.desc(), Decision.id.desc())
    with database.session() as session:
        return list(session.scalars(query))


def corrected_by(decisions: list[Decision]) -> dict[int, int]:
    """Return which decision sets which right: the former's id → the latter's."""
    return {each.corrects_id: each.id for each in reversed(decisions) if each.corrects_id}


def document_of(decision: Decision) -> dict[str, Any]:
    """Return what was frozen."""
    document: dict[str, Any] = json.loads(decision.document)
    return document


def is_intact(decision: Decision) -> bool:
    """Tell whether the document is still the one that was written down."""
    return digest_of(decision.document) == decision.digest


def canonical(document: Mapping[str, Any]) -> str:
    """Return a document as text, always the same for the same content."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def digest_of(text: str) -> str:
    """Return the SHA-256 of a document."""
    return hashlib.sha256(text.encode()).hexdigest()


def _chosen_rows(found: Board, values: DecisionValues) -> list[dict[str, Any]]:
    rows = {row["code"]: row for row in found.candidates}
    codes = [each.code for each in values.chosen]
    for code in codes:
        if code not in rows or codes.count(code) > 1:
            raise InvalidParameter(
                f"chosen: township {code!r} is not in the run, or chosen twice",
                f"所选街乡镇“{code}”不在这次分析中，或选了两次",
            )
    return [rows[code] for code in codes]


def _document(
    run: RunSummary,
    found: Board,
    weights: Weights | None,
    values: DecisionValues,
    former: Decision | None,
) -> dict[str, Any]:
    """Put down everything that the page shows; labels in both languages, no clock."""
    chosen = {each.code: each.reason for each in values.chosen}
    sure = found.sure
    return {
        "format": FORMAT,
        "title": values.title,
        "decided_on": values.decided_on.isoformat(),
        "decided_by": values.decided_by,
        "n_considered": values.n_considered,
        "objections": values.objections,
        "corrects": former and {"id": former.id, "title": former.title, "digest": former.digest},
        "run": {
            "id": run.id,
            "label": run.label,
            "from": run.start.isoformat(),
            "to": run.end.isoformat(),
            "case_store_version": run.record["case_store_version"],
            "boundary_version": run.record["boundary_versions"]["township"],
            "code_version": run.record["code_version"],
        },
        "default_weights": weights is None,
        "criteria": [
            {**each, "weight": shown["weight"], "default": shown["default"]}
            for each, shown in zip(run.record["criteria"], found.criteria, strict=True)
        ],
        "rank_uncertainty": sure
        and {
            "draws": sure.draws, "level": sure.level, "first": sure.first,
            "certain": sure.certain, "concentration": sure.concentration,
        },
        "chosen": [{"code": code, "reason": reason} for code, reason in chosen.items()],
        "townships": [_row(row) for row in found.candidates],
    }  # fmt: skip


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        "code", "name", "district", "rank", "default_rank", "score", "rank_low", "rank_high",
        "first_share", "undominated", "population", "count", "rate", "points", "contributions",
        "standing", "values", "missing",
    )  # fmt: skip
    return {name: row[name] for name in kept}
