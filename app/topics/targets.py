"""Targets: how many cases a month should not exceed, set against one version of the definition."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete, select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import InvalidParameter
from app.topics.baselines import baseline_of
from app.topics.models import CaseDefinition, TopicTarget
from app.topics.problems import touch
from app.townships.assessment.timeline import Timeline
from geodata.home import Home

Targets = Mapping[tuple[int, str], float]
"""(id of a version, month as ``2025-03``) → cases a month."""

LARGEST_TARGET = 1_000_000
ROUNDING = 0.05
"""Cases: a target may be the baseline as pages show it, to a tenth."""


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


def versions_with_targets(
    versions: Sequence[CaseDefinition], targets: Targets, year: int
) -> list[CaseDefinition]:
    """Return the versions that have targets in a year or count a day of it, the newest first.

    Where there is none, the newest version is returned alone.
    """
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    have = {number for number, month in targets if month.startswith(f"{year:04}-")}
    found = []
    for each in versions:
        later = [other.valid_from for other in versions if other.number > each.number]
        until = min(later, default=end)
        if each.id in have or max(each.valid_from, first) < min(until, end):
            found.append(each)
    return sorted(found or versions[-1:], key=lambda each: -each.number)


def set_targets(
    access: Access,
    home: Home,
    line: Timeline,
    problem_id: int,
    definition_id: int,
    targets: Mapping[str, float | None],
    version: int,
) -> None:
    """Write the targets of months by a version; None takes one out.

    Parameters
    ----------
    access : Access
    home : Home
    line : Timeline
        Cuts the days of the baseline.
    problem_id, definition_id : int
        The version must be of the problem.
    targets : mapping of str to float or None
        Month → cases.
    version : int
        Of the problem, as the person saw it.

    Raises
    ------
    InvalidParameter
        A target is out of its range or above the baseline, or the version is of another problem.
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
        _require_below(baseline_of(home, line, definition).per_day, targets)
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


def _require_below(per_day: float | None, targets: Mapping[str, float | None]) -> None:
    """Check targets against a version's baseline, where the data have the whole of it."""
    for month, cases in targets.items():
        if per_day is None or cases is None:
            continue
        usual = per_day * monthrange(int(month[:4]), int(month[5:]))[1]
        if cases > usual + ROUNDING:
            raise InvalidParameter(
                f"{month}: the target of {cases:g} is above the baseline, {usual:.1f} cases in "
                f"this month ({per_day:.2f} a day); it may be as high at most",
                f"{month} 的目标 {cases:g} 件高于基期：基期每日 {per_day:.2f} 件，"
                f"折合该月 {usual:.1f} 件，目标不能更高",
                field=f"m{month[-2:]}",
            )
