"""Records that several people change, one after the other: none writes over another unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.db import Base, row_of
from app.errors import Conflict, Missing, changed_meanwhile

Record = TypeVar("Record", bound=Base)

OLD_WORDS, NEW_WORDS = "…", "……"
"""What the audit keeps of words that it does not tell: only that they were written or changed."""


class Keep(Protocol):
    """Keeps what a record said and says, in the session that has written it."""

    def __call__(
        self,
        access: Access,
        session: Session,
        record: Any,
        /,
        *,
        act: str,
        before: Mapping[str, Any] | None,
    ) -> None:
        """Keep a record as it stands now; `before` holds the columns that were set, or None."""


@dataclass(frozen=True)
class Kind(Generic[Record]):
    """A kind of record with an ``id`` and a ``row_version`` that its mapper raises.

    Attributes
    ----------
    table : type
    key : str
        What the audit calls it.
    english, chinese : str
        What messages call it.
    secret : bool
        Whether the audit tells only that one was made or changed, and nothing of what it says.
    untold : frozenset of str
        Columns of free words, which may name people: the audit tells only that they changed. What
        a person says of a step is told as its reason.
    keep : callable or None
        Is called after each change, in its session: for records whose versions are kept.
    """

    table: type[Record]
    key: str
    english: str
    chinese: str
    secret: bool = False
    untold: frozenset[str] = frozenset()
    keep: Keep | None = None

    def find(self, session: Session, number: int) -> Record:
        """Return a record.

        Raises
        ------
        Missing
            None has this id.
        """
        found = row_of(session, self.table, number)
        if found is None:
            raise Missing(f"no {self.english} {number}", f"没有编号为 {number} 的{self.chinese}")
        return found

    def create(self, access: Access, session: Session, record: Record, **told: Any) -> Record:
        """Add a record and tell the audit `told` of it, or all its columns."""
        session.add(record)
        session.flush()
        self._tell_new(access, session, record, told or _columns(record))
        return record

    def create_all(self, access: Access, session: Session, records: Sequence[Record]) -> None:
        """Add many records as `create` does, all sent to the database together."""
        session.add_all(records)
        session.flush()
        with session.no_autoflush:
            for record in records:
                self._tell_new(access, session, record, _columns(record))
        _send_new(session)

    def change(
        self,
        access: Access,
        number: int,
        version: int,
        change: Callable[[Session, Record], Mapping[str, Any]],
        *,
        act: str = "change",
        words: str = "",
    ) -> Record:
        """Change a record as it stands, if nobody else did since `version`, and tell the audit.

        Parameters
        ----------
        access : Access
        number : int
        version : int
            Of the record that the person saw.
        change : callable
            Given the session and the record, checks that the person may do it and the step is
            allowed, and returns the columns to set.
        act : str
            What the audit calls it.
        words : str
            What the person says of it; the audit keeps them.

        Raises
        ------
        Missing
            None has this id.
        Conflict
            Someone else changed it meanwhile.
        """
        try:
            with access.database.session() as session:
                return self.change_in(
                    access, session, number, version, change, act=act, words=words
                )
        except StaleDataError:
            raise self.meanwhile(number) from None

    def change_in(
        self,
        access: Access,
        session: Session,
        number: int,
        version: int,
        change: Callable[[Session, Record], Mapping[str, Any]],
        *,
        act: str = "change",
        words: str = "",
    ) -> Record:
        """Change a record as `change` does, in a session of several changes.

        What is refused leaves the session as it was, so that the others may go on. The session
        raises `StaleDataError` where somebody else changes the record at the same moment.
        """
        record = self.find(session, number)
        values = change(session, record)
        before = self._set(access, session, record, version, values, act, words)
        if self.keep is not None:
            session.flush()
            self.keep(access, session, record, act=act, before=before)
        return record

    def change_checked(
        self,
        access: Access,
        session: Session,
        changes: Sequence[tuple[Record, int, Mapping[str, Any]]],
    ) -> None:
        """Change many records of a session, none of them twice, all sent together.

        Parameters
        ----------
        access : Access
        session : Session
        changes : sequence of (record, version, columns)
            Each was checked in this session, as `change` would have it checked.

        Raises
        ------
        Conflict
            Someone else changed one of them meanwhile: the session is to be left.
        """
        former = [
            self._set(access, session, record, version, values, "change", "")
            for record, version, values in changes
        ]
        _send_new(session)
        session.flush()
        if self.keep is None:
            return
        with session.no_autoflush:
            for (record, _version, _values), before in zip(changes, former, strict=True):
                self.keep(access, session, record, act="change", before=before)
        _send_new(session)

    def _set(
        self,
        access: Access,
        session: Session,
        record: Record,
        version: int,
        values: Mapping[str, Any],
        act: str,
        words: str,
    ) -> dict[str, Any]:
        """Set columns of a record and tell the audit; returns what they were."""
        if record.row_version != version:  # type: ignore[attr-defined]
            raise self.meanwhile(record.id)  # type: ignore[attr-defined]
        before = {name: getattr(record, name) for name in values}
        for name, value in values.items():
            setattr(record, name, value)
        told_before, told_after = self._told(before, values)
        if told_after is not None and words:
            told_after["words"] = words
        access.record(
            f"{self.key}.{act}", self._subject(record), told_before, told_after, session=session
        )
        return before

    def _tell_new(
        self, access: Access, session: Session, record: Record, told: Mapping[str, Any]
    ) -> None:
        _before, after = self._told({}, told)
        access.record(f"{self.key}.create", self._subject(record), None, after, session=session)
        if self.keep is not None:
            self.keep(access, session, record, act="create", before=None)

    def meanwhile(self, number: int) -> Conflict:
        """Return what the second of two people who change a record is told."""
        return changed_meanwhile(f"{self.english} {number}", f"{self.chinese} {number} ")

    def _told(
        self, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Return the columns before and after as the audit may keep them."""
        if self.secret:
            return None, None
        old, new = dict(before), dict(after)
        for name in self.untold & new.keys():
            was, now = old.get(name), new[name]
            if was:
                old[name] = OLD_WORDS
            if now:
                new[name] = OLD_WORDS if was == now else NEW_WORDS
        return old, new

    def _subject(self, record: Record) -> tuple[str, object]:
        return self.key, record.id  # type: ignore[attr-defined]


def _send_new(session: Session) -> None:
    """Write what was added to a session, the rows of each table in one go, and let go of it."""
    added = list(session.new)
    for each in added:
        session.expunge(each)
    session.bulk_save_objects(added, preserve_order=False)


def _columns(record: Base) -> dict[str, Any]:
    names = (column.key for column in record.__table__.columns)
    return {name: getattr(record, name) for name in names if name not in ("id", "row_version")}
