"""The operational tables: engine and sessions, on SQLite in WAL mode or on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import DateTime, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from app.config import Settings
from app.errors import InvalidSetting, UnreachableDatabase
from app.revisions import NEWEST, migrate, newest_revision, revision_of
from geodata.home import Home

SQLITE, POSTGRESQL = "sqlite", "postgresql"

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another before it gives up."""


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the table (SQLite itself keeps no zone)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its zone: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Parent of every table."""


LARGEST_ID = 2**31 - 1
"""Ids are numbered in this range; an address may hold any digits."""

Row = TypeVar("Row", bound=Base)


def row_of(session: Session, table: type[Row], number: int) -> Row | None:
    """Return the row of an id, None where there is none."""
    return session.get(table, number) if 0 < number <= LARGEST_ID else None


class Database:
    """Engine and sessions of one home's tables.

    Parameters
    ----------
    where : Path or str
        A SQLite file, made when absent, or the URL of a PostgreSQL database.

    Raises
    ------
    InvalidSetting
        The URL is none, or of another kind of database.
    """

    def __init__(self, where: Path | str) -> None:
        url = _file_url(where) if isinstance(where, Path) else _server_url(where)
        # Connections that the server has closed meanwhile are noticed before they are used.
        self.engine: Engine = create_engine(url, pool_pre_ping=isinstance(where, str))
        if self.is_file:
            event.listen(self.engine, "connect", _configure_sqlite)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """Return the tables that the settings name: the home's own file, or a server's."""
        return cls(settings.database_url or Home.at(settings.home.absolute()).database)

    @property
    def is_file(self) -> bool:
        """Tell whether the tables are in a file of the home."""
        return self.engine.dialect.name == SQLITE

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session whose work is kept when the block ends well and undone when not."""
        with self._sessions.begin() as session:
            yield session

    def revision(self) -> str | None:
        """Return the revision of the tables, None where there are none yet.

        Raises
        ------
        NewerTables
            They are a newer program's.
        UnreachableDatabase
            The server does not answer, or refuses.
        """
        try:
            with self.engine.connect() as connection:
                return revision_of(connection)
        except OperationalError as error:
            raise self._unreachable(error) from error

    def migrate(self, revision: str = NEWEST) -> None:
        """Bring the tables to a revision, the newest when not given; where none are they are made.

        Raises
        ------
        NewerTables
            They are a newer program's.
        UnreachableDatabase
            The server does not answer, or refuses.
        """
        wanted = newest_revision() if revision == NEWEST else revision
        if self.revision() == wanted:
            return
        with self.engine.begin() as connection:
            migrate(connection, wanted)
        # What SQLite was told for the migration alone goes with its connection.
        self.engine.dispose()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def _unreachable(self, error: OperationalError) -> UnreachableDatabase:
        """Tell in one line; the address without its password, the reason in the driver's words."""
        reason = str(error.orig).strip().splitlines()[-1]
        url = self.engine.url.render_as_string(hide_password=True)
        return UnreachableDatabase(
            f"the database {url} cannot be used: {reason}",
            f"无法使用数据库 {url}：{reason}",
        )


def _file_url(path: Path) -> URL:
    return URL.create(SQLITE, database=str(path))


def _server_url(text: str) -> URL:
    """Read the URL of a PostgreSQL database, in any of its usual spellings."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        # The value may hold a password: it is not repeated.
        raise InvalidSetting(
            "DATABASE_URL: this is no URL; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
            "DATABASE_URL：不是网址；应为 postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
        ) from error
    if url.get_backend_name() not in (POSTGRESQL, "postgres"):
        raise InvalidSetting(
            f"DATABASE_URL: {url.drivername!r} is not supported; expected postgresql://…, or "
            "nothing for the SQLite file of the home",
            f"DATABASE_URL：不支持 {url.drivername!r}；应为 postgresql://…，"
            "不设置则使用数据目录中的 SQLite 文件",
        )
    return url.set(drivername=f"{POSTGRESQL}+psycopg")


def _configure_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
