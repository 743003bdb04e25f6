"""Targets: how many cases a month should not exceed, set against one version of the definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import InvalidParameter
from app.topics.models import CaseDefinition, TopicTarget
from app.topics.problems import touch

Targets = Mapping[tuple[int, str], float]
"""(id of a version, month as ``2025-03``) → cases a month."""

LARGEST_TARGET = 1_000_000


def targets_of(database: Database, versions: Sequence[CaseDefinition]) -> Targets:
    """Return the targets of some versions."""
    ids = [each.id for each in versions]
    query = select(TopicTarget).where(TopicTarget.definition_id.in_(ids))
    with database.session() as session:
        return {(each.definition_id, each.month): each.cases for each in session.scalars(query)}


def months_of(year: int) -> tuple[str, ...]:
    """Return the months of a year.

    Examples
    --------
    >>> months_of(2025)[:2]
    ('2025-01', '2025-02')
    """
    return tuple(f"{year:04}-{month:02}" for month in range(1, 13))


def set_targets(
    access: Access,
    problem_id: int,
    definition_id: int,
    targets: Mapping[str, float | None],
    version: int,
) -> None:
    """Write the targets of months by a version; None takes one out.

    Parameters
    ----------
    access : Access
    problem_id, definition_id : int
        The version must be of the problem.
    targets : mapping of str to float or None
        Month → cases.
    version : int
        Of the problem, as the person saw it.

    Raises
    ------
    InvalidParameter
        A target is out of its range, or the version is of another problem.
    Conflict
        Someone else changed the problem meanwhile.
    """
    access.require_township(Permission.GOVERN, None)
    for month, cases in targets.items():
        if cases is not None and not 0 <= cases <= LARGEST_TARGET:
            raise InvalidParameter(
                f"{month}: {cases:g} is not from 0 to {LARGEST_TARGET}",
                f"{month} 的目标应为 0 至 {LARGEST_TARGET} 的数",
                field=f"m{month[-2:]}",
            )
    with touch(access, problem_id, version) as (session, _problem):
        definition = session.get(CaseDefinition, definition_id)
        if definition is None or definition.problem_id != problem_id:
            raise InvalidParameter(
                f"definition: {definition_id} is none of this problem", "口径版本不属于这个问题"
            )
        mine = (TopicTarget.definition_id == definition_id, TopicTarget.month.in_(list(targets)))
        before = {row.month: row.cases for row in session.scalars(select(TopicTarget).where(*mine))}
        session.execute(delete(TopicTarget).where(*mine))
        kept = {month: cases for month, cases in targets.items() if cases is not None}
        session.add_all(
            TopicTarget(definition_id=definition_id, month=month, cases=cases)
            for month, cases in kept.items()
        )
        told = {"definition": definition.number, "targets": kept}
        access.record("topic_problem.targets", ("topic_problem", problem_id),
                      {"targets": before}, told, session=session)  # fmt: skip
