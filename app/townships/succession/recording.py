"""Say that codes stand for others since a day, and take it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.errors import Conflict, InvalidParameter, Missing
from app.succession.lineage import Change, Lineage, changes_of, lineage_in
from app.succession.models import Succession
from geodata.areas import known_areas
from geodata.home import Home

MOST_CODES = 20
"""On either side of a change."""

Codes = tuple[str, ...]


class ChangeValues(BaseModel):
    """What is written of a change: the codes of before and after, each once, and the day."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    before: Codes = Field(min_length=1, max_length=MOST_CODES)
    after: Codes = Field(min_length=1, max_length=MOST_CODES)
    since: date
    note: str = Field(default="", max_length=1000)


def record_change(access: Access, home: Home, values: ChangeValues) -> None:
    """Record a change.

    Raises
    ------
    InvalidParameter
        A code is in no version of the boundaries, or a code would stand for itself alone.
    Conflict
        It does not fit what is recorded already: a code ends and begins once, and does not come
        back.
    """
    access.require_township(Permission.ASSESS, None)
    before, after = tuple(sorted(set(values.before))), tuple(sorted(set(values.after)))
    change = Change(values.since, before, after)
    _check_known(home, change)
    with access.database.session() as session:
        _check_fits(lineage_in(session), change)
        session.add_all(
            Succession(old_code=old, new_code=new, since=values.since, note=values.note)
            for old, new in _pairs(change)
        )
        told = {**_told(change), "note": values.note}
        access.record("succession.create", _subject(change), None, told, session=session)


def remove_change(access: Access, row: int) -> None:
    """Take back the change that a row of the table belongs to.

    Raises
    ------
    Missing
        There is none.
    """
    access.require_township(Permission.ASSESS, None)
    with access.database.session() as session:
        rows = list(session.scalars(select(Succession)))
        change = next((each for each in changes_of(rows) if row in each.rows), None)
        if change is None:
            raise Missing(f"no change of codes {row}", f"没有编号为 {row} 的区划代码变更")
        for each in rows:
            if each.id in change.rows:
                session.delete(each)
        access.record("succession.remove", _subject(change), _told(change), None, session=session)


def _pairs(change: Change) -> Iterable[tuple[str, str]]:
    """Return the rows of a change: enough of them to tell that its codes belong together."""
    first_old, first_new = change.before[0], change.after[0]
    pairs = {(first_old, new) for new in change.after} | {(old, first_new) for old in change.before}
    return sorted(pairs)


def _check_known(home: Home, change: Change) -> None:
    if change.is_renaming and change.before == change.after:
        raise InvalidParameter(
            f"codes: {', '.join(change.before)} on both sides; nothing changes",
            f"新旧代码相同（{'、'.join(change.before)}），没有变更",
        )
    known = known_areas(home, "township")
    for code in sorted(change.codes):
        if code not in known:
            raise InvalidParameter(
                f"code {code[:64]!r}: in no version of the township boundaries; import the "
                "boundaries that have it first",
                f"代码“{code[:64]}”不在任何一版街乡镇边界中，请先导入含有它的边界",
            )


def _check_fits(lineage: Lineage, change: Change) -> None:
    """Refuse what would let a code end twice, begin twice, or come back after it ended."""
    for other in lineage.changes:
        common = sorted(other.codes & change.codes)
        if other.since == change.since and common:
            raise _conflict(common[0], other, "is in a change of that day", "当天已有变更")
        for code in sorted(other.ended & change.ended):
            raise _conflict(code, other, "has ended already", "已经停用")
        for code in sorted(other.begun & change.begun):
            raise _conflict(code, other, "has begun already", "已经启用")
        for code in sorted(other.ended & frozenset(change.after)):
            if other.since <= change.since:
                raise _conflict(code, other, "does not come back after it ended",
                                "停用后不再启用")  # fmt: skip
        for code in sorted(other.begun & frozenset(change.before)):
            if change.since <= other.since:
                raise _conflict(code, other, "had not begun then", "当时尚未启用")
        for code in sorted(change.ended & frozenset(other.after)):
            if change.since <= other.since:
                raise _conflict(code, other, "is still there then", "此后仍在使用")
        for code in sorted(change.begun & frozenset(other.before)):
            if other.since <= change.since:
                raise _conflict(code, other, "was there before", "此前已在使用")


def _conflict(code: str, other: Change, english: str, chinese: str) -> Conflict:
    old, new = (", ".join(codes) for codes in (other.before, other.after))
    return Conflict(
        f"code {code}: {english} ({old} → {new} since {other.since})",
        f"代码 {code} {chinese}（已登记：{old} → {new}，自 {other.since} 起）",
    )


def _subject(change: Change) -> tuple[str, str]:
    return "succession", "+".join(change.before)[:200]


def _told(change: Change) -> dict[str, Any]:
    return {"before": change.before, "after": change.after, "since": change.since}
